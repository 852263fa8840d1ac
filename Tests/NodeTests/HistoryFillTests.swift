import Chat
import EmbeddedBackend
import FoundationEssentials
import Interface
import Logging
import Testing

@testable import Node

@Suite("Filling a channel") struct HistoryFillTests {
    private static let day: UInt64 = 86_400_000
    private static let now: UInt64 = 1_750_000_000_000
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func messages(_ count: Int, days: UInt64) -> [Message] {
        var history = SyntheticHistory(
            channel: ChannelID(5), guild: GuildID(6), author: UserID(7), count: count, start: now - days * day,
            span: days * day, contentBytes: 64)
        var messages: [Message] = []
        while let message = history.next() { messages.append(message) }
        return messages
    }

    @Test func messagesLieEvenlyUpToNow() throws {
        let messages = Self.messages(1_000, days: 800)
        #expect(messages.count == 1_000)
        #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.id < $1.id })
        #expect(try #require(messages.first).id.unixMilliseconds == Self.now - 800 * Self.day)
        #expect(try #require(messages.last).id.unixMilliseconds == Self.now - 800 * Self.day / 1_000)
        #expect(messages[500].id.unixMilliseconds == Self.now - 400 * Self.day)
        #expect(messages.allSatisfy { $0.content.hasPrefix("bench-") && $0.content.utf8.count == 64 })
    }

    @Test func moreMessagesThanMillisecondsStillRise() {
        var history = SyntheticHistory(
            channel: ChannelID(5), guild: GuildID(6), author: UserID(7), count: 10_000, start: Self.now, span: 1,
            contentBytes: 32)
        var previous = MessageID(0)
        while let message = history.next() {
            #expect(message.id > previous)
            previous = message.id
        }
    }

    /// A data directory with one guild and one channel.
    private func directory(guild name: String, _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "fill-\(UInt64.random(in: 0 ... .max))"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let backends = try EmbeddedBackends.open(directory: path, time: SystemTime(), logger: Self.logger)
        let guild = GuildID(6)
        try await backends.directory.create(Account(user: User(id: UserID(7), username: "ada")))
        try await backends.directory.create(
            Guild(id: guild, name: name, owner: UserID(7)),
            roles: [Role(id: RoleID(everyoneOf: guild), name: "@everyone", permissions: .everyoneDefault)],
            channels: [Channel(id: ChannelID(5), kind: .text, guild: guild, name: "general")],
            owner: Member(user: UserID(7), joinedAt: 1))
        try backends.close()
        try await body(path)
    }

    private func refusal(_ path: String, _ channel: UInt64 = 5) async -> NodeError.Kind? {
        let fill = HistoryFill(directory: path, channel: channel, messages: 10, days: 1, contentBytes: 32)
        do throws(NodeError) {
            try await fill.run { _ in true }
            return nil
        } catch {
            return error.kind
        }
    }

    @Test func whatIsFilledReadsBackAsHistory() async throws {
        try await directory(guild: "bench-1") { path in
            let fill = HistoryFill(directory: path, channel: 5, messages: 12_000, days: 800, contentBytes: 32)
            try await fill.run { $0.total == 12_000 }
            let backends = try EmbeddedBackends.open(directory: path, time: SystemTime(), logger: Self.logger)
            #expect(try await backends.store.page(of: ChannelID(5), .latest, limit: 100).count == 100)
            let buckets = try await backends.store.buckets(of: ChannelID(5))
            #expect(buckets.reduce(0) { $0 + $1.count } == 12_000)
            #expect((800...801).contains(buckets.count))
            try backends.close()
        }
    }

    @Test func onlyAnEmptyChannelOfABenchIsFilled() async throws {
        try await directory(guild: "bench-1") { path in
            #expect(await refusal(path, 99) == .refused)
            #expect(await refusal(path) == nil)
            #expect(await refusal(path) == .refused)
        }
        try await directory(guild: "home") { path in
            #expect(await refusal(path) == .refused)
        }
    }

    @Test func aRunningNodesDirectoryIsLeftAlone() async throws {
        try await directory(guild: "bench-1") { path in
            let backends = try EmbeddedBackends.open(directory: path, time: SystemTime(), logger: Self.logger)
            #expect(await refusal(path) == .dataDirectory)
            try backends.close()
        }
    }
}
