import Chat
import Services
import Testing

/// A guild in which a manager with most permissions stands at position 5, with roles above and below.
private struct Ladder {
    let world: GuildWorld
    let guild: GuildID
    let owner: User
    let manager: User
    let managersRole: RoleID
    let high: Role
    let low: Role
    let channel: Channel

    static let held: Permissions = [
        .viewChannel, .manageRoles, .manageChannels, .manageGuild, .kickMembers, .manageNicknames, .sendMessages,
    ]

    init() async throws {
        world = try await GuildWorld()
        (guild, owner) = try await world.quietGuild()
        manager = try await world.member("manager", of: guild, owner: owner, position: 5, Self.held)
        managersRole = try await world.guilds.member(manager.id, of: guild, for: owner.id).member.roles[0]
        high = try await world.role("high", in: guild, owner: owner, position: 6)
        low = try await world.role("low", in: guild, owner: owner, position: 2)
        channel = try await world.textChannel(of: guild, for: owner)
    }

    func managerUpdates(_ role: RoleID, _ change: RoleUpdate) async throws -> ServiceError.Code? {
        try await refusal { _ = try await world.guilds.updateRole(role, in: guild, change, by: manager.id) }
    }

    func managerGives(_ roles: [RoleID], to user: User) async throws -> ServiceError.Code? {
        try await refusal {
            _ = try await world.guilds.updateMember(user.id, of: guild, MemberUpdate(roles: roles), by: manager.id)
        }
    }

    func managerSets(_ overwrite: PermissionOverwrite) async throws -> ServiceError.Code? {
        try await refusal { try await world.guilds.setOverwrite(overwrite, on: channel.id, by: manager.id) }
    }
}

@Suite("Hierarchy and escalation in guilds")
struct HierarchyTests {
    @Test func changesOnlyRolesStrictlyBelowTheOwn() async throws {
        let ladder = try await Ladder()
        #expect(try await ladder.managerUpdates(ladder.low.id, RoleUpdate(name: "fine")) == nil)
        #expect(try await ladder.managerUpdates(ladder.high.id, RoleUpdate(name: "no")) == .missingPermissions)
        #expect(try await ladder.managerUpdates(ladder.managersRole, RoleUpdate(name: "no")) == .missingPermissions)
        #expect(try await ladder.managerUpdates(RoleID(99), RoleUpdate(name: "no")) == .unknownRole)
    }

    @Test(arguments: [4: true, 6: false] as [Int64: Bool])
    func movesRolesOnlyToPlacesBelowTheOwn(position: Int64, isAllowed: Bool) async throws {
        let ladder = try await Ladder()
        let code = try await ladder.managerUpdates(ladder.low.id, RoleUpdate(position: position))
        #expect(code == (isAllowed ? nil : .missingPermissions))
    }

    @Test func ofEqualPositionsTheOlderRoleStandsAbove() async throws {
        let ladder = try await Ladder()
        // Newer than the manager's role, at its position: below it.
        #expect(try await ladder.managerUpdates(ladder.low.id, RoleUpdate(position: 5)) == nil)
        #expect(try await ladder.managerUpdates(ladder.low.id, RoleUpdate(name: "still below")) == nil)
    }

    @Test func deletesOnlyRolesBelowTheOwn() async throws {
        let ladder = try await Ladder()
        let guilds = ladder.world.guilds
        for role in [ladder.high.id, ladder.managersRole, RoleID(everyoneOf: ladder.guild)] {
            let code = try await refusal { try await guilds.deleteRole(role, in: ladder.guild, by: ladder.manager.id) }
            #expect(code == .missingPermissions)
        }
        try await guilds.deleteRole(ladder.low.id, in: ladder.guild, by: ladder.manager.id)
    }

    @Test func nobodyDeletesMovesOrRenamesEveryone() async throws {
        let ladder = try await Ladder()
        let everyone = RoleID(everyoneOf: ladder.guild)
        for change in [RoleUpdate(position: 3), RoleUpdate(name: "all")] {
            let code = try await refusal {
                _ = try await ladder.world.guilds.updateRole(everyone, in: ladder.guild, change, by: ladder.owner.id)
            }
            #expect(code == .missingPermissions)
        }
        let code = try await refusal {
            try await ladder.world.guilds.deleteRole(everyone, in: ladder.guild, by: ladder.owner.id)
        }
        #expect(code == .missingPermissions)
        #expect(
            try await ladder.managerUpdates(everyone, RoleUpdate(permissions: [.viewChannel, .sendMessages])) == nil)
    }

    @Test(arguments: [Permissions.administrator, .banMembers, [.sendMessages, .muteMembers]])
    func grantsNoPermissionThatOneDoesNotHold(_ bits: Permissions) async throws {
        let ladder = try await Ladder()
        #expect(try await ladder.managerUpdates(ladder.low.id, RoleUpdate(permissions: bits)) == .missingPermissions)
        let everyone = RoleID(everyoneOf: ladder.guild)
        #expect(try await ladder.managerUpdates(everyone, RoleUpdate(permissions: bits)) == .missingPermissions)
        let created = try await refusal {
            _ = try await ladder.world.guilds.createRole(
                in: ladder.guild, RoleUpdate(permissions: bits), by: ladder.manager.id
            )
        }
        #expect(created == .missingPermissions)
    }

    @Test func takesNoPermissionThatOneDoesNotHold() async throws {
        let ladder = try await Ladder()
        let judge = try await ladder.world.role(
            "judge", in: ladder.guild, owner: ladder.owner, position: 3, [.banMembers, .sendMessages]
        )
        #expect(
            try await ladder.managerUpdates(judge.id, RoleUpdate(permissions: .sendMessages)) == .missingPermissions)
        #expect(try await ladder.managerUpdates(judge.id, RoleUpdate(permissions: .banMembers)) == nil)
    }

    @Test func givesAndTakesOnlyRolesBelowTheOwn() async throws {
        let ladder = try await Ladder()
        let pawn = try await ladder.world.member("pawn", of: ladder.guild, owner: ladder.owner)
        #expect(try await ladder.managerGives([ladder.high.id], to: pawn) == .missingPermissions)
        #expect(try await ladder.managerGives([ladder.high.id], to: ladder.manager) == .missingPermissions)
        #expect(try await ladder.managerGives([RoleID(99)], to: pawn) == .unknownRole)
        #expect(try await ladder.managerGives([ladder.low.id, RoleID(everyoneOf: ladder.guild)], to: pawn) == nil)
        #expect(try await ladder.world.cache.member(pawn.id, of: ladder.guild)?.member.roles == [ladder.low.id])
        // Leaving out the own role would be taking it.
        #expect(try await ladder.managerGives([], to: ladder.manager) == .missingPermissions)
    }

    @Test func kicksAndRenamesOnlyMembersBelow() async throws {
        let ladder = try await Ladder()
        let boss = try await ladder.world.member("boss", of: ladder.guild, owner: ladder.owner, position: 9)
        let guilds = ladder.world.guilds
        for user in [boss.id, ladder.owner.id] {
            let kick = try await refusal {
                try await guilds.removeMember(user, from: ladder.guild, by: ladder.manager.id)
            }
            #expect(kick == .missingPermissions)
            let rename = try await refusal {
                _ = try await guilds.updateMember(
                    user, of: ladder.guild, MemberUpdate(nick: .set("mouse")), by: ladder.manager.id
                )
            }
            #expect(rename == .missingPermissions)
        }
        let unknown = try await refusal {
            try await guilds.removeMember(UserID(9), from: ladder.guild, by: ladder.manager.id)
        }
        #expect(unknown == .unknownMember)
    }

    @Test func theOwnerCannotLeaveUntilAnotherOwns() async throws {
        let ladder = try await Ladder()
        let guilds = ladder.world.guilds
        let leave = try await refusal {
            try await guilds.removeMember(ladder.owner.id, from: ladder.guild, by: ladder.owner.id)
        }
        #expect(leave == .missingPermissions)
        let byManager = try await refusal {
            _ = try await guilds.update(ladder.guild, GuildUpdate(owner: ladder.manager.id), by: ladder.manager.id)
        }
        #expect(byManager == .missingPermissions)
        let toStranger = try await refusal {
            _ = try await guilds.update(ladder.guild, GuildUpdate(owner: UserID(9)), by: ladder.owner.id)
        }
        #expect(toStranger == .unknownMember)
        let handed = try await guilds.update(ladder.guild, GuildUpdate(owner: ladder.manager.id), by: ladder.owner.id)
        #expect(handed.guild.owner == ladder.manager.id)
        try await guilds.removeMember(ladder.owner.id, from: ladder.guild, by: ladder.owner.id)
        #expect(try await ladder.world.cache.member(ladder.owner.id, of: ladder.guild) == nil)
    }

    @Test(arguments: [Permissions.banMembers, .manageRoles, .mentionEveryone])
    func overwritesGiveAndDenyNothingThatOneDoesNotHold(_ bits: Permissions) async throws {
        let ladder = try await Ladder()
        for (allow, deny) in [(bits, Permissions()), (Permissions(), bits)] {
            let overwrite = PermissionOverwrite(target: .role(ladder.low.id), allow: allow, deny: deny)
            #expect(try await ladder.managerSets(overwrite) == .missingPermissions)
        }
        try await ladder.world.guilds.setOverwrite(
            PermissionOverwrite(target: .role(ladder.low.id), allow: [], deny: bits), on: ladder.channel.id,
            by: ladder.owner.id
        )
        let removal = try await refusal {
            try await ladder.world.guilds.removeOverwrite(
                ladder.low.id.rawValue, on: ladder.channel.id, by: ladder.manager.id
            )
        }
        #expect(removal == .missingPermissions)
    }

    @Test func anOverwriteMakesNobodyAnAdministrator() async throws {
        let ladder = try await Ladder()
        let pawn = try await ladder.world.member("pawn", of: ladder.guild, owner: ladder.owner)
        try await ladder.world.guilds.setOverwrite(
            PermissionOverwrite(target: .member(pawn.id), allow: [.administrator, .sendMessages], deny: []),
            on: ladder.channel.id, by: ladder.owner.id
        )
        let grant = try await ladder.world.access.channel(ladder.channel.id, for: pawn.id)
        #expect(grant.permissions == [.viewChannel, .sendMessages])
    }

    @Test func channelsAreMadeWithoutPermissionsTheMakerLacks() async throws {
        let ladder = try await Ladder()
        let overwrites = [PermissionOverwrite(target: .member(ladder.manager.id), allow: .muteMembers, deny: [])]
        let code = try await refusal {
            _ = try await ladder.world.guilds.createChannel(
                in: ladder.guild, NewChannel(name: "mine", overwrites: overwrites), by: ladder.manager.id
            )
        }
        #expect(code == .missingPermissions)
    }

    @Test func changingAChannelLeavesForeignOverwritesAlone() async throws {
        let ladder = try await Ladder()
        let foreign = PermissionOverwrite(target: .role(ladder.high.id), allow: .muteMembers, deny: [])
        try await ladder.world.guilds.setOverwrite(foreign, on: ladder.channel.id, by: ladder.owner.id)
        let own = PermissionOverwrite(target: .role(ladder.low.id), allow: .sendMessages, deny: [])
        let changed = try await ladder.world.guilds.updateChannel(
            ladder.channel.id, ChannelUpdate(overwrites: [foreign, own]), by: ladder.manager.id
        )
        #expect(changed.overwrites == [foreign, own])
        let dropped = try await refusal {
            _ = try await ladder.world.guilds.updateChannel(
                ladder.channel.id, ChannelUpdate(overwrites: [own]), by: ladder.manager.id
            )
        }
        #expect(dropped == .missingPermissions)
    }
}
