import Chat
import Synchronization
import Testing
import Wire

@testable import Gateway

/// MESSAGE_CONTENT: what bots are told that did not ask for it.
@Suite("Delivery to bots without the content intent") struct RedactionTests {
    private static let messages: UInt64 = 1 << 9
    private static let content: UInt64 = 1 << 15
    private static let embed = Array(#"[{"type":"rich","title":"t"}]"#.utf8)

    /// A guild of user 1 with the bots 2 and 3.
    private func rig() async throws -> GatewayRig {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        for bot in [2, 3] as [UInt64] { rig.source.state.withLock { $0.users[UserID(bot)]?.isBot = true } }
        return rig
    }

    private func message(
        _ id: UInt64, by author: UInt64 = 1, mentioning users: [UInt64] = [], quoting quoted: Message? = nil
    ) -> HydratedMessage {
        var message = Message(
            id: MessageID(id), channel: ChannelID(200), guild: GuildID(100), author: UserID(author),
            content: "words \(id)",
            embeds: Self.embed, mentions: Mentions(users: users.map { UserID($0) }), version: id)
        message.attachments = [Attachment(id: AttachmentID(id), filename: "f.txt", size: 3, key: "k")]
        let user = User(id: UserID(author), username: "user\(author)")
        return HydratedMessage(
            message: message, author: user, member: Member(user: user.id, joinedAt: 0),
            referenced: quoted.map { .quoted(QuotedMessage(message: $0, author: user)) })
    }

    /// What messages a client was told of say, and how many embeds and attachments they have.
    private func told(_ client: GatewayClient) -> [String] {
        client.payloads().filter { $0["t"]?.string?.hasPrefix("MESSAGE_") == true }.map {
            let data = $0["d"]
            let parts = ["embeds", "attachments"].map { data?[$0]?.array?.count ?? -1 }
            return "\(data?["content"]?.string ?? "none") \(parts[0]) \(parts[1])"
        }
    }

    @Test func aBotIsToldOnlyWhatConcernsIt() async throws {
        let rig = try await rig()
        let person = try await rig.logIn(1, intents: Self.messages)
        let without = try await rig.logIn(2, intents: Self.messages)
        let other = try await rig.logIn(3, intents: Self.messages)
        let with = try await rig.logIn(2, intents: Self.messages | Self.content)
        let events: [ChannelEvent] = [
            .messageCreated(message(11)), .messageUpdated(message(12)),
            .messageCreated(message(13, by: 2)), .messageCreated(message(14, mentioning: [2])),
        ]
        for (index, event) in events.enumerated() {
            try await rig.source.publish(event, at: UInt64(index) + 11, guild: 100)
        }
        await rig.settle()
        let whole = (11...14).map { "words \($0) 1 1" }
        #expect(told(person) == whole)
        #expect(told(with) == whole)
        #expect(told(without) == [" 0 0", " 0 0"] + whole.suffix(2))
        #expect(told(other) == Array(repeating: " 0 0", count: 4))
    }

    /// One dispatch for each session and event, with no number left out, whichever of the two it is.
    @Test func numbersRunOn() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.messages)
        let before = client.login.compactMap { $0["s"]?.int }.max() ?? 0
        for id in 11...14 as ClosedRange<UInt64> {
            let event = ChannelEvent.messageCreated(message(id, mentioning: id % 2 == 0 ? [2] : []))
            try await rig.source.publish(event, at: id, guild: 100)
        }
        await rig.settle()
        let payloads = client.payloads()
        #expect(payloads.compactMap { $0["s"]?.int } == Array(before + 1...before + 4))
        #expect(payloads.compactMap { $0["d"]?["id"]?.string } == ["11", "12", "13", "14"])
    }

    @Test func quotationsAreKeptBackToo() async throws {
        let rig = try await rig()
        rig.source.state.withLock { state in
            state.guilds[GuildID(100)]?.channels[ChannelID(200)]?.overwrites = [
                PermissionOverwrite(target: .member(UserID(3)), allow: [], deny: .readMessageHistory)
            ]
        }
        let person = try await rig.logIn(1, intents: Self.messages)
        let reader = try await rig.logIn(2, intents: Self.messages)
        let blind = try await rig.logIn(3, intents: Self.messages)
        let event = ChannelEvent.messageCreated(message(12, quoting: message(11).message))
        try await rig.source.publish(event, at: 12, guild: 100)
        await rig.settle()
        let quotations = [person, reader, blind].map { client in
            client.payloads().last?["d"]?["referenced_message"]?["content"]?.string
        }
        #expect(quotations == ["words 11", "", nil])
    }

    @Test func whoSubscribesLazilyIsNoException() async throws {
        let rig = try await rig()
        let lazy = try await rig.logIn(2, intents: Self.messages, extra: #","lazy":true"#)
        let person = try await rig.logIn(1, intents: Self.messages, extra: #","lazy":true"#)
        for client in [lazy, person] { client.send(#"{"op":100,"d":{"channel_id":"200"}}"#) }
        await rig.settle()
        for client in [lazy, person] { _ = client.payloads() }
        try await rig.source.publish(.messageCreated(message(11)), at: 11, guild: 100)
        await rig.settle()
        #expect(told(lazy) == [" 0 0"])
        #expect(told(person) == ["words 11 1 1"])
    }

    @Test func directMessagesAreTheBotsToRead() async throws {
        let rig = try await rig()
        rig.source.addDirect(300, parties: [1, 2])
        let client = try await rig.logIn(2, intents: 1 << 12)
        let message = Message(
            id: MessageID(10), channel: ChannelID(300), guild: nil, author: UserID(1), content: "words", version: 10)
        let event = ChannelEvent.messageCreated(
            HydratedMessage(message: message, author: User(id: UserID(1), username: "user1"), member: nil))
        try await rig.source.publish(direct: event, position: 10)
        await rig.settle()
        #expect(told(client) == ["words 0 0"])
    }

    /// Records of before the intent meant anything have every bit where a session asked for everything.
    @Test func recordsOfEarlierVersionsKeepNothingBack() {
        #expect(!Intents(recorded: .max).contains(.withoutContent))
        #expect(Intents(recorded: Intents([.guildMessages]).granted(isBot: true).rawValue).contains(.withoutContent))
        #expect(!Intents(clientValue: 1 << 31).contains(.withoutContent))
    }
}
