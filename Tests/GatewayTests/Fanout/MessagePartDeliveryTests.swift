import Chat
import Interface
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Delivery of replies, reactions and pins") struct MessagePartDeliveryTests {
    private static let author = User(id: UserID(1), username: "user1")

    private func message(_ id: UInt64, _ content: String) -> Message {
        Message(
            id: MessageID(id), channel: ChannelID(200), guild: GuildID(100), author: UserID(1), content: content,
            version: id)
    }

    private func reply(_ id: UInt64, to quoted: Message) -> ChannelEvent {
        var message = message(id, "answer")
        message.kind = .reply
        message.reference = MessageReference(message: quoted.id, channel: quoted.channel, guild: quoted.guild)
        return .messageCreated(
            HydratedMessage(
                message: message, author: Self.author, member: Member(user: UserID(1), joinedAt: 0),
                referenced: .quoted(QuotedMessage(message: quoted, author: Self.author))))
    }

    private func quotations(_ client: GatewayClient) -> [String?] {
        client.payloads().filter { $0["t"]?.string == "MESSAGE_CREATE" }.map {
            $0["d"]?["referenced_message"]?["content"]?.string
        }
    }

    @Test func whoMayNotReadBackGetsNoQuotation() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { state in
            state.guilds[GuildID(100)]?.channels[ChannelID(200)]?.overwrites = [
                PermissionOverwrite(target: .member(UserID(3)), allow: [], deny: .readMessageHistory)
            ]
        }
        let reader = try await rig.logIn(2)
        let other = try await rig.logIn(3)
        let watching = try await rig.logIn(3, extra: #","lazy":true"#)
        watching.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await rig.settle()
        for client in [reader, other, watching] { _ = client.payloads() }
        try await rig.source.publish(reply(11, to: message(10, "secret")), at: 11, guild: 100)
        await rig.settle()
        #expect(quotations(reader) == ["secret"])
        #expect(quotations(other) == [nil])
        #expect(quotations(watching) == [nil])
    }

    @Test func reactionsGoToWhoAskedForThem() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let asking = try await rig.logIn(1, intents: 1 << 10)
        let silent = try await rig.logIn(2, intents: 1 << 9)
        for client in [asking, silent] { _ = client.payloads() }
        let note = ReactionNote(
            message: MessageID(5), channel: ChannelID(200), guild: GuildID(100), emoji: ReactionEmoji(name: "👍"),
            user: UserID(1),
            member: MemberProfile(user: Self.author, member: Member(user: UserID(1), joinedAt: 0)), author: UserID(2))
        let clearing = ReactionClearing(message: MessageID(5), channel: ChannelID(200), guild: GuildID(100), emoji: nil)
        var one = clearing
        one.emoji = note.emoji
        let events: [ChannelEvent] = [
            .reactionAdded(note), .reactionRemoved(note), .reactionsCleared(one), .reactionsCleared(clearing),
        ]
        for (index, event) in events.enumerated() {
            try await rig.source.publish(event, at: UInt64(index) + 1, guild: 100)
        }
        await rig.settle()
        #expect(
            asking.payloads().compactMap { $0["t"]?.string } == [
                "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "MESSAGE_REACTION_REMOVE_EMOJI",
                "MESSAGE_REACTION_REMOVE_ALL",
            ])
        #expect(silent.payloads().isEmpty)
    }

    @Test func directMessagesHaveIntentsOfTheirOwn() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.addDirect(300, parties: [1, 2])
        let reacting = try await rig.logIn(1, intents: 1 << 13)
        let reading = try await rig.logIn(2, intents: 1 << 12 | 1)
        let guilds = try await rig.logIn(1, intents: 1 << 9 | 1 << 10)
        for client in [reacting, reading, guilds] { _ = client.payloads() }
        let note = ReactionNote(
            message: MessageID(5), channel: ChannelID(300), guild: nil, emoji: ReactionEmoji(name: "👍"),
            user: UserID(2), author: UserID(1))
        try await rig.source.publish(direct: .reactionAdded(note), position: 10)
        var pinned = Message(
            id: MessageID(5), channel: ChannelID(300), guild: nil, author: UserID(1), content: "rules", version: 5)
        pinned.pinnedAt = 1_582_979_696_789
        let pin = ChannelEvent.pinsChanged(
            HydratedMessage(message: pinned, author: Self.author, member: nil), lastPinAt: pinned.pinnedAt)
        try await rig.source.publish(direct: pin, position: 11)
        await rig.settle()
        let reaction = reacting.payloads()
        #expect(reaction.compactMap { $0["t"]?.string } == ["MESSAGE_REACTION_ADD"])
        #expect(reaction.first?["d"]?["guild_id"] == nil && reaction.first?["d"]?["member"] == nil)
        #expect(reading.payloads().compactMap { $0["t"]?.string } == ["MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE"])
        #expect(guilds.payloads().isEmpty)
    }

    @Test func aPinIsToldAsAChangeOfTheMessageAndOfTheChannel() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1, intents: 1 << 9 | 1)
        _ = client.payloads()
        var pinned = message(10, "rules")
        pinned.pinnedAt = 1_582_979_696_789
        let event = ChannelEvent.pinsChanged(
            HydratedMessage(message: pinned, author: Self.author, member: nil), lastPinAt: pinned.pinnedAt)
        try await rig.source.publish(event, at: 11, guild: 100)
        await rig.settle()
        let told = client.payloads()
        #expect(told.compactMap { $0["t"]?.string } == ["MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE"])
        #expect(told.first?["d"]?["pinned"]?.bool == true)
        #expect(told.last?["d"]?["last_pin_timestamp"]?.string == "2020-02-29T12:34:56.789000+00:00")
    }
}
