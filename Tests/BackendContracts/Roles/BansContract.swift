import Chat
package import Interface

/// The promises of ``Interface/Directory`` about bans and timeouts, one case each.
package enum BansContract: String, CaseIterable, Sendable {
    case bansReadBack, bansComeAscendingInPages, banningRemovesTheMember, strangersAreBanned, usersWhoDoNotExistConflict
    case aSecondBanReplacesTheFirst, unbanningForgets, unbanningNobodyConflicts, theBannedCannotBeAdded
    case theBannedCannotRedeem, deletingAGuildTakesItsBans, bansRaiseTheEpochByOne
    case timeoutsReadBack, timeoutsOutliveTheMembership, timeoutsEndWithAReplacement

    private static let guild = DirectoryContract.guild

    /// - Parameter make: a directory of its own for each call, empty.
    package func check(_ make: () async throws -> any Directory) async throws {
        let directory = try await make()
        try await DirectoryContract.prepare(directory)
        switch self {
        case .timeoutsReadBack, .timeoutsOutliveTheMembership, .timeoutsEndWithAReplacement:
            try await checkTimeouts(in: directory)
        default: try await checkBans(in: directory)
        }
    }

    private static func ban(_ user: UInt64, _ reason: String? = nil, in directory: any Directory) async throws {
        try await DirectoryContract.apply(.ban(Ban(user: UserID(user), reason: reason)), in: directory)
    }

    private static func profile(_ user: UInt64, _ reason: String? = nil) -> BanProfile {
        BanProfile(user: Samples.user(user, "user\(user)"), reason: reason)
    }

    private func checkBans(in directory: any Directory) async throws {
        let guild = Self.guild
        switch self {
        case .bansReadBack:
            try await Self.ban(2, "spam", in: directory)
            try demand(
                try await directory.ban(of: UserID(2), in: guild), is: Self.profile(2, "spam"), "a ban reads back")
            try demand(try await directory.ban(of: UserID(3), in: guild), is: nil, "others are not banned")
            try demand(try await directory.ban(of: UserID(2), in: GuildID(5)), is: nil, "nor is one elsewhere")
        case .bansComeAscendingInPages:
            for user: UInt64 in [7, 3, 5, 4] { try await Self.ban(user, in: directory) }
            func page(_ cursor: BanCursor, _ limit: Int = 2) async throws -> [UInt64] {
                try await directory.bans(of: guild, cursor, limit: limit).map(\.user.id.rawValue)
            }
            try demand(try await page(.after(UserID(0)), 10), is: [3, 4, 5, 7], "bans come ascending")
            try demand(try await page(.after(UserID(3))), is: [4, 5], "the next ones above, exclusive, limited")
            try demand(try await page(.before(UserID(7))), is: [4, 5], "the next ones below, ascending all the same")
            try demand(try await page(.after(UserID(.max))), is: [], "nobody comes last")
        case .banningRemovesTheMember:
            var channel = DirectoryContract.channel
            channel.overwrites = [PermissionOverwrite(target: .member(UserID(2)), allow: .viewChannel, deny: [])]
            try await DirectoryContract.apply(.putMember(Samples.member(2)), in: directory)
            try await DirectoryContract.apply(.putChannel(channel), in: directory)
            try await Self.ban(2, in: directory)
            let snapshot = try await DirectoryContract.snapshot(directory)
            try demand(try await directory.member(UserID(2), of: guild), is: nil, "the banned is no member")
            try demand(snapshot.memberCount, is: 1, "the count goes down")
            try demand(snapshot.channels[channel.id]?.overwrites, is: [], "its overwrites go")
        case .strangersAreBanned:
            try await Self.ban(2, in: directory)
            try demand(try await DirectoryContract.snapshot(directory).memberCount, is: 1, "nobody is counted out")
        case .usersWhoDoNotExistConflict:
            try await demandRefusal(.conflict, "only users are banned") { try await Self.ban(99, in: directory) }
        case .aSecondBanReplacesTheFirst:
            try await Self.ban(2, "first", in: directory)
            try await Self.ban(2, in: directory)
            try demand(
                try await directory.bans(of: guild, .after(UserID(0)), limit: 9), is: [Self.profile(2)],
                "one ban, for the later reason")
        case .unbanningForgets:
            try await Self.ban(2, in: directory)
            try await DirectoryContract.apply(.unban(UserID(2)), in: directory)
            try demand(try await directory.ban(of: UserID(2), in: guild), is: nil, "the ban is gone")
            try await DirectoryContract.apply(.putMember(Samples.member(2)), in: directory)
        case .unbanningNobodyConflicts:
            try await demandRefusal(.conflict, "who is not banned cannot be let in again") {
                try await DirectoryContract.apply(.unban(UserID(2)), in: directory)
            }
            try demand(try await DirectoryContract.snapshot(directory).epoch, is: 1, "nothing changes")
        case .theBannedCannotBeAdded:
            try await Self.ban(2, in: directory)
            try await demandRefusal(.conflict, "the banned cannot be added") {
                try await DirectoryContract.apply(.putMember(Samples.member(2)), in: directory)
            }
        case .theBannedCannotRedeem:
            let invite = Invite(
                code: "a", guild: guild, channel: DirectoryContract.channel.id, inviter: UserID(1), createdAt: 0)
            try await directory.create(invite)
            try await Self.ban(2, in: directory)
            try await demandRefusal(.conflict, "an invite lets nobody in who is banned") {
                _ = try await directory.redeem("a", member: Samples.member(2), now: 1)
            }
            try demand(try await directory.invite("a")?.uses, is: 0, "that costs no use")
        case .deletingAGuildTakesItsBans:
            try await Self.ban(2, in: directory)
            _ = try await directory.deleteGuild(guild)
            try demand(try await directory.ban(of: UserID(2), in: guild), is: nil, "its bans are gone")
        case .bansRaiseTheEpochByOne:
            let changes: [GuildChange] = [.ban(Ban(user: UserID(2))), .unban(UserID(2))]
            for (index, change) in changes.enumerated() {
                let epoch = try await directory.apply(change, to: guild, at: UInt64(index + 1))
                try demand(epoch, is: UInt64(index + 2), "a change raises the epoch by one")
            }
        default: preconditionFailure("not a clause of bans")
        }
    }

    private func checkTimeouts(in directory: any Directory) async throws {
        let end = Samples.startUnixMilliseconds + 60_000
        var member = Samples.member(2)
        try await DirectoryContract.apply(.putMember(member), in: directory)
        member.timedOutUntil = end
        try await DirectoryContract.apply(.putMember(member), in: directory)
        func read() async throws -> UInt64? {
            try await directory.members(of: Self.guild, after: UserID(1), limit: 1).first?.member.timedOutUntil
        }
        switch self {
        case .timeoutsReadBack:
            try demand(try await directory.member(UserID(2), of: Self.guild)?.member, is: member, "alone")
            try demand(try await read(), is: end, "and with others")
        case .timeoutsOutliveTheMembership:
            try await DirectoryContract.apply(.removeMember(UserID(2)), in: directory)
            try await DirectoryContract.apply(.putMember(Samples.member(2)), in: directory)
            try demand(try await read(), is: end, "who comes back is still timed out")
        case .timeoutsEndWithAReplacement:
            try await DirectoryContract.apply(.putMember(Samples.member(2, nick: "n")), in: directory)
            try demand(try await read(), is: nil, "a member is replaced with its timeout")
        default: preconditionFailure("not a clause of timeouts")
        }
    }
}
