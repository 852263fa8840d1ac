import Chat
import Services
import Testing

/// Every operation on a guild that takes a permission, and which.
enum GuildOperation: CaseIterable {
    case updateGuild, createChannel, updateChannel, deleteChannel, setOverwrite, removeOverwrite, createRole, updateRole
    case deleteRole, kick, renameAnother, renameOneself, mute, deafen, giveRole, createInvite, listInvites, deleteInvite

    var permission: Permissions {
        switch self {
        case .updateGuild, .listInvites, .deleteInvite: .manageGuild
        case .createChannel, .updateChannel, .deleteChannel: .manageChannels
        case .setOverwrite, .removeOverwrite, .createRole, .updateRole, .deleteRole, .giveRole: .manageRoles
        case .kick: .kickMembers
        case .renameAnother: .manageNicknames
        case .renameOneself: .changeNickname
        case .mute: .muteMembers
        case .deafen: .deafenMembers
        case .createInvite: .createInstantInvite
        }
    }

    /// What somebody meets who is no member.
    var refusalToStrangers: ServiceError.Code {
        switch self {
        case .updateChannel, .deleteChannel, .setOverwrite, .removeOverwrite, .createInvite: .unknownChannel
        // Whoever has the code knows of the guild.
        case .deleteInvite: .missingPermissions
        default: .unknownGuild
        }
    }
}

/// A quiet guild with something to do each operation on.
struct MatrixScene {
    let world: GuildWorld
    let guild: GuildID
    let owner: User
    let target: User
    let channel: Channel
    let role: Role
    let invite: Invite

    init() async throws {
        world = try await GuildWorld()
        (guild, owner) = try await world.quietGuild()
        target = try await world.member("target", of: guild, owner: owner)
        channel = try await world.textChannel(of: guild, for: owner)
        role = try await world.role("low", in: guild, owner: owner, position: 1)
        invite = try await world.guilds.createInvite(channel.id, InviteOptions(), by: owner.id)
    }

    func perform(_ operation: GuildOperation, by user: UserID) async throws {
        let guilds = world.guilds
        let overwrite = PermissionOverwrite(target: .member(target.id), allow: [], deny: .viewChannel)
        switch operation {
        case .updateGuild: _ = try await guilds.update(guild, GuildUpdate(name: "Renamed"), by: user)
        case .createChannel: _ = try await guilds.createChannel(in: guild, NewChannel(name: "new"), by: user)
        case .updateChannel: _ = try await guilds.updateChannel(channel.id, ChannelUpdate(name: "other"), by: user)
        case .deleteChannel: _ = try await guilds.deleteChannel(channel.id, by: user)
        case .setOverwrite: try await guilds.setOverwrite(overwrite, on: channel.id, by: user)
        case .removeOverwrite: try await guilds.removeOverwrite(target.id.rawValue, on: channel.id, by: user)
        case .createRole: _ = try await guilds.createRole(in: guild, RoleUpdate(name: "new", permissions: []), by: user)
        case .updateRole: _ = try await guilds.updateRole(role.id, in: guild, RoleUpdate(name: "other"), by: user)
        case .deleteRole: try await guilds.deleteRole(role.id, in: guild, by: user)
        case .kick: try await guilds.removeMember(target.id, from: guild, by: user)
        case .renameAnother: try await update(target.id, MemberUpdate(nick: .set("Other")), by: user)
        case .renameOneself: try await update(user, MemberUpdate(nick: .set("Self")), by: user)
        case .mute: try await update(target.id, MemberUpdate(isMuted: true), by: user)
        case .deafen: try await update(target.id, MemberUpdate(isDeafened: true), by: user)
        case .giveRole: try await update(target.id, MemberUpdate(roles: [role.id]), by: user)
        case .createInvite: _ = try await guilds.createInvite(channel.id, InviteOptions(isUnique: true), by: user)
        case .listInvites: _ = try await guilds.invites(of: guild, for: user)
        case .deleteInvite: _ = try await guilds.deleteInvite(invite.code, by: user)
        }
    }

    private func update(_ user: UserID, _ change: MemberUpdate, by asker: UserID) async throws {
        _ = try await world.guilds.updateMember(user, of: guild, change, by: asker)
    }
}

@Suite("Permission matrix of guilds")
struct PermissionMatrixTests {
    @Test(arguments: GuildOperation.allCases)
    func letsIn(whoeverHoldsThePermissionFor operation: GuildOperation) async throws {
        let scene = try await MatrixScene()
        let actor = try await scene.world.member(
            "actor", of: scene.guild, owner: scene.owner, position: 5, operation.permission
        )
        try await scene.perform(operation, by: actor.id)
    }

    @Test(arguments: GuildOperation.allCases)
    func letsInTheOwner(for operation: GuildOperation) async throws {
        let scene = try await MatrixScene()
        try await scene.perform(operation, by: scene.owner.id)
    }

    @Test(arguments: GuildOperation.allCases)
    func letsInAdministrators(for operation: GuildOperation) async throws {
        let scene = try await MatrixScene()
        let actor = try await scene.world.member(
            "actor", of: scene.guild, owner: scene.owner, position: 5, .administrator
        )
        try await scene.perform(operation, by: actor.id)
    }

    @Test(arguments: GuildOperation.allCases)
    func refusesMembersWhoHoldEverythingElse(for operation: GuildOperation) async throws {
        let scene = try await MatrixScene()
        // Two of the permissions stand for each other where it says so.
        var others = Permissions.all.subtracting([.administrator, operation.permission])
        if operation == .renameOneself { others.remove(.manageNicknames) }
        if operation == .deleteInvite { others.remove(.manageChannels) }
        let actor = try await scene.world.member("actor", of: scene.guild, owner: scene.owner, position: 5, others)
        let epoch = try await scene.world.cache.snapshot(of: scene.guild)?.epoch
        let code = try await refusal { try await scene.perform(operation, by: actor.id) }
        #expect(code == .missingPermissions)
        #expect(try await scene.world.directory.snapshot(of: scene.guild)?.epoch == epoch)
    }

    @Test(arguments: GuildOperation.allCases)
    func looksLikeNothingToStrangers(for operation: GuildOperation) async throws {
        let scene = try await MatrixScene()
        let stranger = try await scene.world.user("stranger")
        let code = try await refusal { try await scene.perform(operation, by: stranger.id) }
        #expect(code == operation.refusalToStrangers)
    }

    @Test func onlyTheOwnerDeletesTheGuild() async throws {
        let scene = try await MatrixScene()
        let admin = try await scene.world.member(
            "admin", of: scene.guild, owner: scene.owner, position: 5, .administrator
        )
        let stranger = try await scene.world.user("stranger")
        let guilds = scene.world.guilds
        #expect(try await refusal { try await guilds.delete(scene.guild, by: admin.id) } == .missingPermissions)
        #expect(try await refusal { try await guilds.delete(scene.guild, by: stranger.id) } == .unknownGuild)
        try await guilds.delete(scene.guild, by: scene.owner.id)
        let afterwards = try await refusal { _ = try await guilds.guild(scene.guild, for: scene.owner.id) }
        #expect(afterwards == .unknownGuild)
        #expect(try await guilds.guilds(of: scene.target.id).isEmpty)
    }

    @Test func hidesChannelsThatAMemberMayNotView() async throws {
        let scene = try await MatrixScene()
        let guilds = scene.world.guilds
        let hidden = try await guilds.createChannel(
            in: scene.guild,
            NewChannel(
                name: "hidden",
                overwrites: [
                    PermissionOverwrite(target: .role(RoleID(everyoneOf: scene.guild)), allow: [], deny: .viewChannel)
                ]
            ), by: scene.owner.id
        )
        let seen = try await guilds.channels(of: scene.guild, for: scene.target.id).map(\.id)
        #expect(!seen.contains(hidden.id) && seen.contains(scene.channel.id))
        let code = try await refusal { _ = try await scene.world.access.channel(hidden.id, for: scene.target.id) }
        #expect(code == .missingAccess)
        let unknown = try await refusal { _ = try await scene.world.access.channel(ChannelID(7), for: scene.target.id) }
        #expect(unknown == .unknownChannel)
    }
}
