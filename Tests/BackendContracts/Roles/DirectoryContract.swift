import Chat
package import Interface

/// The promises of ``Interface/Directory``, one case each.
package enum DirectoryContract: String, CaseIterable, Sendable {
    case accountsReadBackWhole, usernamesAreUnique, emailsAreUnique, loginsIgnoreCase, unknownAccountsAreNil
    case usersLeaveOutUnknowns, accountsComeAscending, passwordHashesAreReplaced, usersAreUpdated
    case updatesRespectUsernames
    case tokensLeadToTheirUser, revokedTokensAreGone, tokensAreBounded
    case guildsStartAtEpochOne, guildsAreUnique, unknownGuildsAreNil, deletingAGuildTakesAllWithIt
    case channelsLeadToTheirGuild, guildsComeAscending, guildsOfAUser
    case everyChangeRaisesTheEpochByOne, staleEpochsConflict, changesOfUnknownGuildsConflict
    case guildsAreUpdated, channelsArePutAndDeleted, deletingAChannelFreesItsChildrenAndInvites
    case rolesArePut, deletingARoleTakesItFromAll, membersArePutAndRemoved, removingANonMemberConflicts
    case removingAMemberTakesTheirOverwrites, concurrentChangesAllCount
    case membersReadBackWhole, membersComeAscending, membersByIDLeaveOutOthers, membersAreFoundByPrefix
    case prefixesAreLiteral
    case invitesReadBack, inviteCodesAreUnique, invitesOfAGuild, invitesAreDeleted, redeemingMakesAMember
    case redeemingTwiceChangesNothing, usedUpInvitesConflict, expiredInvitesConflict, unknownInvitesConflict
    case concurrentRedemptionsRespectTheLimit

    static let guild = GuildID(100)

    /// - Parameter make: a directory of its own for each call, empty.
    package func check(_ make: () async throws -> any Directory) async throws {
        let directory = try await make()
        switch self {
        case .accountsReadBackWhole, .usernamesAreUnique, .emailsAreUnique, .loginsIgnoreCase, .unknownAccountsAreNil,
            .usersLeaveOutUnknowns, .accountsComeAscending, .passwordHashesAreReplaced, .usersAreUpdated,
            .updatesRespectUsernames, .tokensLeadToTheirUser, .revokedTokensAreGone, .tokensAreBounded:
            try await checkAccounts(in: directory)
        case .guildsStartAtEpochOne, .guildsAreUnique, .unknownGuildsAreNil, .deletingAGuildTakesAllWithIt,
            .channelsLeadToTheirGuild, .guildsComeAscending, .guildsOfAUser:
            try await Self.prepare(directory)
            try await checkGuilds(in: directory)
        case .everyChangeRaisesTheEpochByOne, .staleEpochsConflict, .changesOfUnknownGuildsConflict, .guildsAreUpdated,
            .channelsArePutAndDeleted, .deletingAChannelFreesItsChildrenAndInvites, .rolesArePut,
            .deletingARoleTakesItFromAll, .membersArePutAndRemoved, .removingANonMemberConflicts,
            .removingAMemberTakesTheirOverwrites, .concurrentChangesAllCount:
            try await Self.prepare(directory)
            try await checkChanges(in: directory)
        case .membersReadBackWhole, .membersComeAscending, .membersByIDLeaveOutOthers, .membersAreFoundByPrefix,
            .prefixesAreLiteral:
            try await Self.prepare(directory)
            try await checkMembers(in: directory)
        case .invitesReadBack, .inviteCodesAreUnique, .invitesOfAGuild, .invitesAreDeleted, .redeemingMakesAMember,
            .redeemingTwiceChangesNothing, .usedUpInvitesConflict, .expiredInvitesConflict, .unknownInvitesConflict,
            .concurrentRedemptionsRespectTheLimit:
            try await Self.prepare(directory)
            try await checkInvites(in: directory)
        }
    }

    /// Users 1 to 9 (`user1`…), and a guild of user 1 with `@everyone`, role 200, a category 300 and a channel 301 in it.
    static func prepare(_ directory: any Directory) async throws {
        for number in 1...UInt64(9) {
            try await directory.create(Account(user: Samples.user(number, "user\(number)")))
        }
        try await directory.create(
            Guild(id: guild, name: "Guild", owner: UserID(1)),
            roles: [Samples.role(100, "@everyone"), Samples.role(200)],
            channels: [category, channel], owner: Samples.member(1))
    }

    static let category = Channel(id: ChannelID(300), kind: .category, guild: guild, name: "category")
    static let channel = Samples.channel(301, guild: guild, parent: category.id)

    static func snapshot(_ directory: any Directory) async throws -> GuildSnapshot {
        try demandValue(try await directory.snapshot(of: guild), "a guild")
    }

    @discardableResult
    static func apply(_ change: GuildChange, in directory: any Directory) async throws -> UInt64 {
        try await directory.apply(change, to: guild, at: nil)
    }
}

extension DirectoryContract {
    private func checkAccounts(in directory: any Directory) async throws {
        let account = Account(
            user: Samples.user(1, "Ada"), email: "ada@example.org", passwordHash: "$scrypt$x", owner: UserID(9))
        try await directory.create(account)
        switch self {
        case .accountsReadBackWhole:
            try demand(try await directory.account(UserID(1)), is: account, "an account reads back as it was")
            let plain = Account(user: User(id: UserID(2), username: "b", isBot: true))
            try await directory.create(plain)
            try demand(try await directory.account(UserID(2)), is: plain, "absent fields stay absent")
        case .usernamesAreUnique:
            let error = try await demandRefusal(.conflict, "usernames are unique without regard to case") {
                try await directory.create(Account(user: Samples.user(2, "aDA")))
            }
            try demand(error.detail, is: "username", "the detail says what is taken")
            try demand(try await directory.account(UserID(2)), is: nil, "a refused account is not made")
        case .emailsAreUnique:
            let error = try await demandRefusal(.conflict, "emails are unique without regard to case") {
                try await directory.create(Account(user: Samples.user(2, "b"), email: "ADA@example.org"))
            }
            try demand(error.detail, is: "email", "the detail says what is taken")
            for number in 3...UInt64(4) {
                try await directory.create(Account(user: Samples.user(number, "n\(number)")))
            }
        case .loginsIgnoreCase:
            for login in ["ada", "ADA", "Ada@Example.org"] {
                try demand(try await directory.account(login: login), is: account, "a login is a username or an email")
            }
        case .unknownAccountsAreNil:
            try demand(try await directory.account(UserID(5)), is: nil, "an unknown id is no account")
            try demand(try await directory.account(UserID(.max)), is: nil, "no id is too large to ask for")
            try demand(try await directory.account(login: "ad"), is: nil, "a part of a name is no login")
        case .usersLeaveOutUnknowns:
            let users = try await directory.users([UserID(1), UserID(5), UserID(1)])
            try demand(users, is: [account.user], "known users, each once")
        case .accountsComeAscending:
            for number: UInt64 in [7, 3, 5] {
                try await directory.create(Account(user: Samples.user(number, "n\(number)")))
            }
            let ids = try await directory.accounts(after: UserID(1), limit: 2).map(\.user.id)
            try demand(ids, is: [UserID(3), UserID(5)], "ascending, exclusive, limited")
            try demand(try await directory.accounts(after: UserID(.max), limit: 2), is: [], "nobody comes last")
        case .passwordHashesAreReplaced:
            try await directory.setPasswordHash("new", of: UserID(1))
            try demand(try await directory.account(UserID(1))?.passwordHash, is: "new", "a hash is replaced")
        case .usersAreUpdated:
            var changed = account
            changed.user = User(id: UserID(1), username: "ADA", globalName: nil, avatar: "x")
            try await directory.update(changed.user)
            try demand(
                try await directory.account(UserID(1)), is: changed, "username, global name, avatar; and no more")
        case .updatesRespectUsernames:
            try await directory.create(Account(user: Samples.user(2, "b")))
            try await demandRefusal(.conflict, "a taken username is refused") {
                try await directory.update(Samples.user(2, "ada"))
            }
        case .tokensLeadToTheirUser:
            _ = try await directory.addToken(Samples.token(1), for: UserID(1), createdAt: 5)
            try demand(try await directory.user(forToken: Samples.token(1)), is: account.user, "a token is its user's")
            try demand(try await directory.user(forToken: Samples.token(2)), is: nil, "an unknown token is nobody's")
        case .revokedTokensAreGone:
            for number in 1...UInt8(2) {
                _ = try await directory.addToken(Samples.token(number), for: UserID(1), createdAt: 5)
            }
            _ = try await directory.addToken(Samples.token(3), for: UserID(1), createdAt: 5)
            try demand(try await directory.revokeToken(Samples.token(3)), "a token can be revoked alone")
            try demand(try await directory.revokeToken(Samples.token(3)) == false, "and only once")
            try demand(try await directory.user(forToken: Samples.token(3)), is: nil, "then it is nobody's")
            let revoked = try await directory.revokeTokens(of: UserID(1))
            try demand(Set(revoked), is: [Samples.token(1), Samples.token(2)], "revoking names what it revokes")
            try demand(try await directory.user(forToken: Samples.token(1)), is: nil, "a revoked token is nobody's")
            try demand(try await directory.revokeTokens(of: UserID(1)), is: [], "nothing is left")
        case .tokensAreBounded:
            for number in 0...UInt8(100) {
                let ended = try await directory.addToken(
                    Samples.token(number), for: UserID(1), createdAt: UInt64(number))
                try demand(ended, is: number < 100 ? [] : [Samples.token(0)], "adding names what it ends")
            }
            try demand(try await directory.user(forToken: Samples.token(0)), is: nil, "the oldest of 101 tokens goes")
            try demand(try await directory.user(forToken: Samples.token(1)), is: account.user, "the others stay")
        default: preconditionFailure("not a clause of accounts")
        }
    }

    private func checkGuilds(in directory: any Directory) async throws {
        switch self {
        case .guildsStartAtEpochOne:
            let snapshot = try await Self.snapshot(directory)
            let expected = GuildSnapshot(
                guild: Guild(id: Self.guild, name: "Guild", owner: UserID(1)), epoch: 1,
                roles: [Samples.role(100, "@everyone"), Samples.role(200)], channels: [Self.category, Self.channel],
                memberCount: 1)
            try demand(snapshot, is: expected, "a new guild is whole, at epoch 1")
        case .guildsAreUnique:
            try await demandRefusal(.conflict, "a guild's id is taken once") {
                try await directory.create(
                    Guild(id: Self.guild, name: "Again", owner: UserID(2)), roles: [], channels: [],
                    owner: Samples.member(2))
            }
            try demand(try await Self.snapshot(directory).guild.name, is: "Guild", "the first one stays")
        case .unknownGuildsAreNil:
            try demand(try await directory.snapshot(of: GuildID(5)), is: nil, "an unknown id is no guild")
        case .deletingAGuildTakesAllWithIt:
            try await directory.create(
                Invite(code: "a", guild: Self.guild, channel: Self.channel.id, inviter: UserID(1), createdAt: 0))
            try demand(try await directory.deleteGuild(Self.guild), "deleting says that there was one")
            try demand(try await directory.snapshot(of: Self.guild), is: nil, "a deleted guild is gone")
            try demand(try await directory.guild(ofChannel: Self.channel.id), is: nil, "its channels are gone")
            try demand(try await directory.guilds(of: UserID(1)), is: [], "its members are none any more")
            try demand(try await directory.invite("a"), is: nil, "its invites are gone")
            try demand(try await directory.deleteGuild(Self.guild), is: false, "deleting says that there was none")
        case .channelsLeadToTheirGuild:
            try demand(try await directory.guild(ofChannel: Self.channel.id), is: Self.guild, "a channel has a guild")
            try demand(try await directory.guild(ofChannel: ChannelID(1)), is: nil, "an unknown channel has none")
        case .guildsComeAscending, .guildsOfAUser:
            for number: UInt64 in [900, 400, 600] {
                try await directory.create(
                    Guild(id: GuildID(number), name: "g\(number)", owner: UserID(2)), roles: [], channels: [],
                    owner: Samples.member(2))
            }
            let ids = try await directory.guilds(after: Self.guild, limit: 2).map(\.id)
            try demand(ids, is: [GuildID(400), GuildID(600)], "guilds come ascending, exclusive, limited")
            let joined = try await directory.guilds(of: UserID(2))
            try demand(joined, is: [400, 600, 900].map { GuildID($0) }, "a user's guilds come ascending")
        default: preconditionFailure("not a clause of guilds")
        }
    }
}
