import Arguments
import Operations
import Synchronization

@testable import discordctl

/// Keeps what was written.
final class MemorySink: TextSink {
    private let state = Mutex("")

    var text: String { state.withLock { $0 } }

    func write(_ text: String) throws(SinkFailure) {
        state.withLock { $0 += text }
    }
}

/// A sink whose reader left.
struct BrokenSink: TextSink {
    func write(_ text: String) throws(SinkFailure) {
        throw SinkFailure(isReaderGone: true, number: 32)
    }
}

/// What came of a line.
struct LineResult {
    var exit: ExitCode
    var output: String
    var errors: String
}

/// Runs a line of words without terminal, home or node.
func run(
    _ words: [Word], environment: [String: String] = [:], facts: TerminalFacts = TerminalFacts()
) async throws -> LineResult {
    let output = MemorySink()
    let errors = MemorySink()
    let line = CommandLineRun(words: words, environment: environment, output: output, errors: errors, facts: facts)
    let exit = try await line.run()
    return LineResult(exit: exit, output: output.text, errors: errors.text)
}

/// The same for a line without quotes.
func run(_ line: String, environment: [String: String] = [:], facts: TerminalFacts = TerminalFacts()) async throws
    -> LineResult
{
    try await run(line.split(separator: " ").map { Word($0) }, environment: environment, facts: facts)
}

/// Names that try to move the cursor, end the line, reverse it, or hide.
let hostileNames = [
    "\u{1B}[2J\u{1B}]0;owned\u{7}", "a\rb", "line\nbreak", "\u{202E}gnp.exe", "zero\u{200B}width\u{FEFF}", "\u{9B}31m",
    "tab\there",
    "\u{2028}separator", "quote\"back\\slash", "emoji 👩‍👩‍👧‍👦 漢字", "a: b #c", "- x",
    "null", "007", "{}", "",
]

enum Sample {
    static let presence = PresenceResource(
        event: "changed", userID: "80351110224678912", user: "ada", status: "invisible",
        since: "2023-11-14T22:13:20.000Z", sessions: 2, devices: ["mobile", "web"], gateways: ["local"], lastSeen: nil,
        source: "sessions")
    static let presenceSession = PresenceSessionResource(
        session: "000000000000002a", status: "idle", device: "mobile", activities: ["chess"],
        expiresAt: "2023-11-14T22:13:20.000Z", decides: true, reason: "the most available, changed last")

    static let gateway = GatewayResource(
        node: "local", state: "active", isReady: true, sessions: 12, connections: 10, resumable: 11, detached: 2,
        voice: 3,
        inPerSecond: 4, outPerSecond: 500, slow: 1, capacityPercent: 7, clientErrors: 9, resyncs: 8,
        recordedAt: "2023-11-14T22:13:20.000Z", url: "ws://127.0.0.1:8081")
    static let session = SessionResource(
        session: "000000000000002a", place: "4294967299", userID: "80351110224678912", user: "ada", gateway: "local",
        state: "detached", client: "web", isLazy: true, shard: "0/1", ageSeconds: 61, sequence: 1_000,
        unacknowledged: 12, pendingBytes: 4_096, heardAt: "2023-11-14T22:13:20.000Z", guilds: 2, subscriptions: 5)

    static func guild(_ name: String, id: String = "1100222333444555666", members: Int = 2) -> GuildResource {
        GuildResource(
            id: id, name: name, ownerID: "80351110224678912", members: members, channels: 3, invite: nil,
            createdAt: "2026-11-23T21:00:00.000Z"
        )
    }

    static func message(_ content: String?, author: String = "ada") -> MessageResource {
        MessageResource(
            event: "created", id: "1100222333444555666", timeUUID: "0188f0a1b2c3-0123456789abcdef", channelID: "7",
            authorID: "8",
            author: author, at: "2026-11-23T21:00:00.000Z", editedAt: nil, bytes: content?.utf8.count ?? 0,
            content: content
        )
    }

    static let user = UserResource(id: "8", username: "ada", bot: false, createdAt: "2026-11-23T21:00:00.000Z")
    static let channel = ChannelResource(
        id: "7", guildID: "6", name: "general", type: "text", topic: nil, parentID: "5", lastMessageID: nil
    )
    static let setting = SettingResource(key: "listen", value: "127.0.0.1:8080", source: "default")
    static let dependency = DependencyStatus(role: "log", backend: "sqlite:log.db", isHealthy: true)
    static let hit = SearchHitResource(
        id: "1100222333444555666", channelID: "7", channel: "general", authorID: "8", author: "ada",
        at: "2026-11-23T21:00:00.000Z", score: 1_500,
        snippet: [
            SnippetPartResource(text: "the quick ", match: false), SnippetPartResource(text: "fox", match: true),
            SnippetPartResource(text: " \u{1B}[31m", match: false),
        ]
    )
    static let indexJob = IndexJobResource(
        job: "verify", state: "done", startedAt: "2026-11-23T21:00:00.000Z", endedAt: nil, scanned: 9, missing: 1,
        outdated: 2, surplus: 3, repaired: 0
    )
    static let index = IndexResource(
        name: "messages", documents: 9, lag: 0, bytes: 4_096, state: "ready",
        indexedThrough: "2026-11-23T21:00:00.000Z", job: indexJob
    )
    static let status = NodeStatus(
        name: "local", number: 1, version: "0.1.0", processID: 42, state: "active", services: ["api", "chat"],
        uptimeSeconds: 3_725,
        dataDirectory: "/data", restURL: "http://127.0.0.1:8080", gatewayURL: "ws://127.0.0.1:8081",
        adminSocket: "/data/admin.sock",
        connections: 3, sessions: 2, partitions: 16, lag: 0, residentBytes: 64 << 20, dependencies: [dependency],
        idle: [
            IdleGroupStatus(
                group: "search-indexer", lag: 7, since: "2026-11-23T21:00:00.000Z", until: "2026-11-30T21:00:00.000Z")
        ]
    )

    static func renderer(_ format: OutputFormat, width: Int? = nil, isColored: Bool = false) -> Renderer {
        Renderer(
            format: format, table: TableText.Style(width: width, isColored: isColored), columnNames: nil, order: nil)
    }
}
