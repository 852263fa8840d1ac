import Chat
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Every way in which a channel goes out of somebody's sight, and every door through which something of it comes (cases R11, S02, S03).
@Suite("Rights and doors") struct RightsTableTests {
    /// How user 2 loses sight of channel 201.
    enum Loss: String, CaseIterable {
        case overwriteOfTheMember, madePrivate, movedToAPrivateCategory, roleTaken, roleDenied, roleDeleted, removed,
            banned

        /// Whether the user is no member afterwards.
        var endsMembership: Bool { self == .removed || self == .banned }
    }

    /// What happens in channel 201, or is asked of it.
    enum Door: String, CaseIterable {
        case message, edit, deletion, reaction, pins, typing, voice, webhooks, channelUpdate, subscription, members
    }

    private static let insiders = Role(id: RoleID(77), name: "insiders", permissions: [])
    private static let intents: UInt64 = 1 | 2 | 32 | 128 | 256 | 512 | 1_024 | 2_048

    /// Guild 100, where nobody but the owner and the insiders sees 201, and user 2 is one of these; or where everybody does.
    private func world(_ loss: Loss) async throws -> GatewayRig {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { state in
            guard loss == .roleTaken || loss == .roleDeleted || loss == .roleDenied else { return }
            let role = Self.insiders
            state.guilds[GuildID(100)]?.roles[role.id] = role
            state.members[GuildID(100)]?[UserID(2)]?.roles = [role.id]
            guard loss != .roleDenied else { return }
            state.guilds[GuildID(100)]?.hide(201)
            state.guilds[GuildID(100)]?.channels[ChannelID(201)]?.overwrites.append(
                PermissionOverwrite(target: .role(role.id), allow: .viewChannel, deny: []))
        }
        return rig
    }

    private func lose(_ loss: Loss, _ rig: GatewayRig) async throws {
        let source = rig.source
        let user = try #require(source.state.withLock { $0.users[UserID(2)] })
        var profile = try #require(source.state.withLock { $0.profile(UserID(2), GuildID(100)) })
        switch loss {
        case .overwriteOfTheMember:
            try await source.change(100) {
                $0.channels[ChannelID(201)]?.overwrites = [
                    PermissionOverwrite(target: .member(UserID(2)), allow: [], deny: .viewChannel)
                ]
            }
        case .madePrivate: try await source.change(100) { $0.hide(201) }
        case .movedToAPrivateCategory:
            let category = Channel(
                id: ChannelID(300), kind: .category, guild: GuildID(100), name: "private",
                overwrites: [
                    PermissionOverwrite(target: .role(RoleID(100)), allow: [], deny: .viewChannel)
                ])
            try await source.change(100, .channelCreated(category)) { $0.channels[category.id] = category }
            // As the service moves a channel that follows its category.
            try await source.change(100) {
                $0.channels[ChannelID(201)]?.parent = category.id
                $0.channels[ChannelID(201)]?.overwrites = category.overwrites
            }
        case .roleTaken:
            profile.member.roles = []
            try await source.change(100, .memberUpdated(profile))
        case .roleDenied:
            try await source.change(100) {
                $0.channels[ChannelID(201)]?.overwrites = [
                    PermissionOverwrite(target: .role(Self.insiders.id), allow: [], deny: .viewChannel)
                ]
            }
        case .roleDeleted:
            // As the directory does it: its overwrites go with it.
            try await source.change(100, .roleDeleted(Self.insiders.id)) { snapshot in
                snapshot.roles[Self.insiders.id] = nil
                snapshot.channels[ChannelID(201)]?.overwrites.removeAll { $0.target == .role(Self.insiders.id) }
            }
        case .removed:
            try await source.change(100, .memberRemoved(user))
            try await source.publish(.guildLeft(GuildID(100)), to: 2)
        case .banned:
            try await source.change(100, .memberBanned(user, wasMember: true))
            try await source.publish(.guildLeft(GuildID(100)), to: 2)
        }
    }

    private func open(_ door: Door, _ rig: GatewayRig, _ client: GatewayClient, at position: UInt64) async throws {
        let (channel, guild) = (ChannelID(201), GuildID(100))
        let source = rig.source
        let author = try #require(source.state.withLock { $0.users[UserID(1)] })
        let message = HydratedMessage(
            message: Message(
                id: MessageID(position), channel: channel, guild: guild, author: UserID(1), content: "secret",
                version: position),
            author: author, member: nil)
        switch door {
        case .message: try await source.publish(position, channel: 201, guild: 100)
        case .edit: try await source.publish(.messageUpdated(message), at: position, guild: 100)
        case .deletion:
            try await source.publish(
                .messageDeleted(MessageID(5), channel: channel, guild: guild), at: position, guild: 100)
        case .reaction:
            let note = ReactionNote(
                message: MessageID(5), channel: channel, guild: guild, emoji: ReactionEmoji(name: "👍"), user: UserID(1),
                author: UserID(1))
            try await source.publish(.reactionAdded(note), at: position, guild: 100)
        case .pins: try await source.publish(.pinsChanged(message, lastPinAt: nil), at: position, guild: 100)
        case .typing:
            try await source.pass(
                .typing(TypingNotice(channel: channel, user: UserID(1), member: nil, guild: guild, at: 1)), in: 100)
        case .voice:
            let state = VoiceState(guild: guild, user: UserID(1), channel: channel, session: SessionTag(7))
            try await source.pass(.voice(VoiceChange(member: nil, now: state, before: nil)), in: 100)
        case .webhooks: try await source.pass(.webhooksChanged(channel), in: 100)
        case .channelUpdate:
            try await source.change(100) { $0.channels[channel]?.topic = "secret \(position)" }
        case .subscription: client.send(#"{"op":100,"d":{"channel_id":"201"}}"#)
        case .members: client.send(#"{"op":8,"d":{"guild_id":"100","query":"","limit":0}}"#)
        }
        await rig.settle()
    }

    @Test(arguments: Loss.allCases, [false, true])
    func whatIsOutOfSightComesThroughNoDoor(_ loss: Loss, isLazy: Bool) async throws {
        let rig = try await world(loss)
        let client = try await rig.logIn(2, intents: Self.intents, extra: isLazy ? #","lazy":true"# : "")
        if isLazy { for id in [200, 201] { client.send(#"{"op":100,"d":{"channel_id":"\#(id)"}}"#) } }
        await rig.settle()
        _ = client.payloads()
        for (index, door) in Door.allCases.enumerated() {
            try await open(door, rig, client, at: UInt64(10 + index))
            #expect(!client.payloads().isEmpty, "\(door) is a door, as long as it is open")
        }
        try await lose(loss, rig)
        // Everything that was accepted after the change, even before this node has heard of it.
        try await rig.source.publish(50, channel: 201, guild: 100)
        await rig.settle()
        let end = client.payloads().compactMap { $0["t"]?.string }
        #expect(!end.contains("MESSAGE_CREATE"))
        if isLazy {
            #expect(end.contains("CHANNEL_UNSUBSCRIBED"))
        } else {
            #expect(end.contains(loss.endsMembership ? "GUILD_DELETE" : "CHANNEL_DELETE"))
        }
        for (index, door) in Door.allCases.enumerated() {
            if loss.endsMembership || door != .members { try await open(door, rig, client, at: UInt64(60 + index)) }
            for payload in client.payloads() {
                #expect(payload["t"]?.string == "COMMAND_ERROR", "\(door): \(payload["t"]?.string ?? "")")
                #expect(payload["d"]?["code"]?.int == (door == .members ? 10_004 : 10_003))
            }
        }
        guard !loss.endsMembership else { return #expect(rig.handler.guilds.isEmpty) }
        // The other channel goes on, and this one is there again with the right.
        try await rig.source.publish(90, channel: 200, guild: 100)
        try await rig.source.change(100) { $0.show(201) }
        await rig.settle()
        if isLazy { client.send(#"{"op":100,"d":{"channel_id":"201"}}"#) }
        await rig.settle()
        try await rig.source.publish(91, channel: 201, guild: 100)
        await rig.settle()
        #expect(client.messages() == ["90", "91"])
    }

    /// Presence is the guild's, as far as the user is a member and, in lazily subscribed sessions, looks at some channel.
    @Test(arguments: Loss.allCases, [false, true])
    func presencesEndWithTheLastSight(_ loss: Loss, isLazy: Bool) async throws {
        let rig = try await world(loss)
        let client = try await rig.logIn(2, intents: Self.intents, extra: isLazy ? #","lazy":true"# : "")
        if isLazy { client.send(#"{"op":100,"d":{"channel_id":"201"}}"#) }
        await rig.settle()
        _ = client.payloads()
        try await rig.source.show(3, .idle, in: 100)
        await rig.settle()
        #expect(client.events() == ["PRESENCE_UPDATE"])
        try await lose(loss, rig)
        await rig.settle()
        _ = client.payloads()
        try await rig.source.show(3, .online, in: 100)
        await rig.settle()
        #expect(client.events() == (isLazy || loss.endsMembership ? [] : ["PRESENCE_UPDATE"]))
        if isLazy { #expect(rig.handler.rooms.isEmpty && rig.handler.guilds.isEmpty) }
    }

    /// In a large guild only a channel's window is followed, and it must not outlast the sight of the channel.
    @Test func theWindowOfALargeGuildEndsWithItsChannel() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 260)
        let client = try await rig.logIn(2, intents: Self.intents, extra: #","lazy":true"#)
        for id in [200, 201] { client.send(#"{"op":100,"d":{"channel_id":"\#(id)"}}"#) }
        await rig.settle()
        _ = client.payloads()
        try await rig.source.change(100) { $0.hide(200) }
        try await rig.source.change(100) { $0.hide(201) }
        await rig.settle()
        #expect(client.events() == ["CHANNEL_UNSUBSCRIBED", "CHANNEL_UNSUBSCRIBED"])
        try await rig.source.show(3, .online, in: 100)
        await rig.settle()
        #expect(client.events() == [])
    }
}
