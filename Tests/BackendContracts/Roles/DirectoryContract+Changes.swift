import Chat
import Interface

extension DirectoryContract {
    func checkChanges(in directory: any Directory) async throws {
        switch self {
        case .everyChangeRaisesTheEpochByOne:
            let changes: [GuildChange] = [
                .updateGuild(Guild(id: Self.guild, name: "New", owner: UserID(1))),
                .putChannel(Samples.channel(302, guild: Self.guild)),
                .deleteChannel(ChannelID(302)), .putRole(Samples.role(201)), .deleteRole(RoleID(201)),
                .putMember(Samples.member(2)), .removeMember(UserID(2)),
            ]
            for (index, change) in changes.enumerated() {
                let epoch = try await directory.apply(change, to: Self.guild, at: UInt64(index + 1))
                try demand(epoch, is: UInt64(index + 2), "a change raises the epoch by one")
                try demand(try await Self.snapshot(directory).epoch, is: epoch, "the snapshot bears the new epoch")
            }
        case .staleEpochsConflict:
            try await Self.apply(.putRole(Samples.role(201)), in: directory)
            for epoch: UInt64 in [1, 3] {
                try await demandRefusal(.conflict, "a decision on another epoch is refused") {
                    _ = try await directory.apply(.putRole(Samples.role(202)), to: Self.guild, at: epoch)
                }
            }
            try demand(
                try await Self.snapshot(directory).roles[RoleID(202)], is: nil, "a refused change changes nothing")
        case .changesOfUnknownGuildsConflict:
            try await demandRefusal(.conflict, "a guild that does not exist cannot change") {
                _ = try await directory.apply(.putRole(Samples.role(201)), to: GuildID(5), at: nil)
            }
        case .guildsAreUpdated:
            let new = Guild(
                id: Self.guild, name: "New", icon: "i", description: "d", owner: UserID(2),
                systemChannel: Self.channel.id)
            try await Self.apply(.updateGuild(new), in: directory)
            let snapshot = try await Self.snapshot(directory)
            try demand(snapshot.guild, is: new, "a guild is replaced")
            try demand(
                [snapshot.roles.count, snapshot.channels.count, snapshot.memberCount], is: [2, 2, 1], "and no more")
        case .channelsArePutAndDeleted:
            var channel = Self.channel
            channel.name = "renamed"
            try await Self.apply(.putChannel(channel), in: directory)
            try demand(try await Self.snapshot(directory).channels[channel.id], is: channel, "a channel is replaced")
            try await Self.apply(.deleteChannel(channel.id), in: directory)
            try demand(try await Self.snapshot(directory).channels[channel.id], is: nil, "a channel is deleted")
            try demand(try await directory.guild(ofChannel: channel.id), is: nil, "a deleted channel has no guild")
        case .deletingAChannelFreesItsChildrenAndInvites:
            for (code, channel) in [("a", Self.category.id), ("b", Self.channel.id)] {
                try await directory.create(
                    Invite(code: code, guild: Self.guild, channel: channel, inviter: UserID(1), createdAt: 0))
            }
            try await Self.apply(.deleteChannel(Self.category.id), in: directory)
            let child = try await Self.snapshot(directory).channels[Self.channel.id]
            try demand(child?.parent, is: nil, "children of a deleted category have no parent")
            try demand(child?.name, is: Self.channel.name, "they stay")
            try demand(try await directory.invites(of: Self.guild).map(\.code), is: ["b"], "its invites go with it")
        case .rolesArePut:
            var role = Samples.role(200, "renamed")
            role.permissions = .administrator
            try await Self.apply(.putRole(role), in: directory)
            try demand(try await Self.snapshot(directory).roles[role.id], is: role, "a role is replaced")
        case .deletingARoleTakesItFromAll:
            try await checkRoleDeletion(in: directory)
        case .membersArePutAndRemoved:
            try await Self.apply(.putMember(Samples.member(2)), in: directory)
            try await Self.apply(.putMember(Samples.member(2, nick: "deux")), in: directory)
            try demand(
                try await directory.member(UserID(2), of: Self.guild)?.member.nick, is: "deux", "a member is replaced")
            try demand(try await Self.snapshot(directory).memberCount, is: 2, "a replaced member counts once")
            try await Self.apply(.removeMember(UserID(2)), in: directory)
            try demand(try await directory.member(UserID(2), of: Self.guild), is: nil, "a removed member is none")
            try demand(try await Self.snapshot(directory).memberCount, is: 1, "the count goes down")
        case .removingANonMemberConflicts:
            try await demandRefusal(.conflict, "who is no member cannot be removed") {
                try await Self.apply(.removeMember(UserID(3)), in: directory)
            }
            try demand(try await Self.snapshot(directory).epoch, is: 1, "a refused change leaves the epoch")
        case .removingAMemberTakesTheirOverwrites:
            var channel = Self.channel
            let others = PermissionOverwrite(target: .member(UserID(3)), allow: .viewChannel, deny: [])
            channel.overwrites = [
                PermissionOverwrite(target: .member(UserID(2)), allow: [], deny: .viewChannel), others,
            ]
            try await Self.apply(.putMember(Samples.member(2)), in: directory)
            try await Self.apply(.putChannel(channel), in: directory)
            try await Self.apply(.removeMember(UserID(2)), in: directory)
            let left = try await Self.snapshot(directory).channels[channel.id]?.overwrites
            try demand(left, is: [others], "a removed member's overwrites go, others stay")
        case .concurrentChangesAllCount:
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<UInt64(30) {
                    group.addTask { try await Self.apply(.putRole(Samples.role(500 + number)), in: directory) }
                }
                try await group.waitForAll()
            }
            let snapshot = try await Self.snapshot(directory)
            try demand([snapshot.epoch, UInt64(snapshot.roles.count)], is: [31, 32], "no concurrent change is lost")
        default: preconditionFailure("not a clause of changes")
        }
    }

    private func checkRoleDeletion(in directory: any Directory) async throws {
        let (doomed, kept) = (RoleID(200), RoleID(201))
        try await Self.apply(.putRole(Samples.role(201)), in: directory)
        try await Self.apply(.putMember(Samples.member(2, roles: [doomed, kept])), in: directory)
        try await Self.apply(.putMember(Samples.member(3, roles: [kept])), in: directory)
        var channel = Self.channel
        let others = PermissionOverwrite(target: .role(kept), allow: .viewChannel, deny: [])
        channel.overwrites = [PermissionOverwrite(target: .role(doomed), allow: .viewChannel, deny: []), others]
        try await Self.apply(.putChannel(channel), in: directory)
        try await Self.apply(.deleteRole(doomed), in: directory)
        let snapshot = try await Self.snapshot(directory)
        try demand(snapshot.roles[doomed], is: nil, "a deleted role is gone")
        try demand(snapshot.channels[channel.id]?.overwrites, is: [others], "its overwrites go, others stay")
        for user: UInt64 in [2, 3] {
            let roles = try await directory.member(UserID(user), of: Self.guild)?.member.roles
            try demand(roles, is: [kept], "it is taken from its members, others stay")
        }
    }

    func checkMembers(in directory: any Directory) async throws {
        for number: UInt64 in [5, 2, 4] { try await Self.apply(.putMember(Samples.member(number)), in: directory) }
        switch self {
        case .membersReadBackWhole:
            let member = Member(
                user: UserID(3), nick: "drei", roles: [RoleID(200), RoleID(.max)], joinedAt: 12, isDeafened: true,
                isMuted: true)
            try await Self.apply(.putMember(member), in: directory)
            let read = try await directory.member(UserID(3), of: Self.guild)
            let expected = MemberProfile(user: Samples.user(3, "user3"), member: member)
            try demand(read, is: expected, "a member reads back with the user")
        case .membersComeAscending:
            let ids = try await directory.members(of: Self.guild, after: UserID(1), limit: 2).map(\.user.id)
            try demand(ids, is: [UserID(2), UserID(4)], "members come ascending, exclusive, limited")
        case .membersByIDLeaveOutOthers:
            let found = try await directory.members([UserID(4), UserID(9), UserID(2)], of: Self.guild)
            try demand(Set(found.map(\.user.id)), is: [UserID(2), UserID(4)], "who is no member is left out")
        case .membersAreFoundByPrefix:
            try await Self.apply(.putMember(Samples.member(4, nick: "Zoë")), in: directory)
            func found(_ prefix: String, _ limit: Int = 10) async throws -> [UInt64] {
                try await directory.members(of: Self.guild, namePrefix: prefix, limit: limit).map(\.user.id.rawValue)
            }
            try demand(try await found("USER"), is: [1, 2, 4, 5], "usernames, ascending by id, without regard to case")
            try demand(try await found("global user5"), is: [5], "global names")
            try demand(try await found("zo"), is: [4], "nicks")
            try demand(try await found("ser"), is: [], "only the start of a name counts")
            try demand(try await found("user", 2), is: [1, 2], "at most as many as asked for")
        case .prefixesAreLiteral:
            try await Self.apply(.putMember(Samples.member(4, nick: "100%_\\sure")), in: directory)
            for (prefix, expected) in [("100%_\\", [UserID(4)]), ("%", []), ("_", []), ("1%", []), ("\\", [])] {
                let found = try await directory.members(of: Self.guild, namePrefix: prefix, limit: 10).map(\.user.id)
                try demand(found, is: expected, "a prefix is a text, not a pattern")
            }
        default: preconditionFailure("not a clause of members")
        }
    }

    func checkInvites(in directory: any Directory) async throws {
        let invite = Invite(
            code: "Abc", guild: Self.guild, channel: Self.channel.id, inviter: UserID(1), createdAt: 1_000,
            maxAgeSeconds: 10,
            maxUses: 2)
        try await directory.create(invite)
        func redeem(_ user: UInt64, at now: UInt64 = 2_000, code: String = "Abc") async throws -> UInt64? {
            try await directory.redeem(code, member: Samples.member(user), now: now)
        }
        switch self {
        case .invitesReadBack:
            try demand(try await directory.invite("Abc"), is: invite, "an invite reads back")
            try demand(try await directory.invite("abc"), is: nil, "codes are told apart by case")
        case .inviteCodesAreUnique:
            try await demandRefusal(.conflict, "a code is taken once") { try await directory.create(invite) }
        case .invitesOfAGuild:
            try demand(try await directory.invites(of: Self.guild), is: [invite], "a guild's invites")
            try demand(try await directory.invites(of: GuildID(5)), is: [], "another's are others")
        case .invitesAreDeleted:
            try demand(try await directory.deleteInvite("Abc"), "deleting says that there was one")
            try demand(try await directory.deleteInvite("Abc"), is: false, "deleting says that there was none")
        case .redeemingMakesAMember:
            try demand(try await redeem(2), is: 2, "redeeming raises the epoch and returns it")
            try demand(try await directory.member(UserID(2), of: Self.guild)?.member, is: Samples.member(2), "a member")
            try demand(try await directory.invite("Abc")?.uses, is: 1, "a use is counted")
            try demand(try await Self.snapshot(directory).memberCount, is: 2, "the member is counted")
        case .redeemingTwiceChangesNothing:
            _ = try await redeem(2)
            try demand(try await redeem(2), is: nil, "who is a member already is told so")
            try demand(try await directory.invite("Abc")?.uses, is: 1, "that costs no use")
            try demand(try await Self.snapshot(directory).epoch, is: 2, "that changes nothing")
        case .usedUpInvitesConflict:
            for user: UInt64 in [2, 3] { _ = try await redeem(user) }
            try await demandRefusal(.conflict, "an invite that is used up lets nobody in") { _ = try await redeem(4) }
        case .expiredInvitesConflict:
            _ = try await redeem(2, at: 10_999)
            try await demandRefusal(.conflict, "an expired invite lets nobody in") {
                _ = try await redeem(3, at: 11_000)
            }
        case .unknownInvitesConflict:
            try await demandRefusal(.conflict, "an unknown invite lets nobody in") {
                _ = try await redeem(2, code: "x")
            }
        case .concurrentRedemptionsRespectTheLimit:
            let joined = try await withThrowingTaskGroup(of: Bool.self) { group in
                for user in 2...UInt64(9) {
                    group.addTask {
                        do {
                            return try await directory.redeem("Abc", member: Samples.member(user), now: 2_000) != nil
                        } catch let error as BackendError where error.code == .conflict {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try demand(joined, is: 2, "two uses let two in")
            try demand(try await Self.snapshot(directory).memberCount, is: 3, "and no more")
        default: preconditionFailure("not a clause of invites")
        }
    }
}
