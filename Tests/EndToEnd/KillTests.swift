import Chat
import Foundation
import Synchronization
import Testing

/// Invariants I1, I2, I3 under the rudest treatment: the node dies by SIGKILL at random moments under load, again and again.
@Suite("A node that is killed")
struct KillTests {
    /// What writers know: which of their messages were acknowledged, and under which ids.
    private final class Ledger: Sendable {
        let acknowledged = Mutex<[String: String]>([:])
        let isOver = Mutex(false)
        let base = Mutex("")
    }

    private static let writers = 4
    private static let channels = 3

    /// How often the node is killed: a handful in CI, hundreds in the long form.
    private static let rounds = ProcessInfo.processInfo.environment["DISCORDCTL_KILL_ROUNDS"].flatMap(Int.init) ?? 8

    @Test(.timeLimit(.minutes(60)))
    func everyAcceptedMessageIsInHistoryExactlyOnceAndInOrder() async throws {
        let seed =
            ProcessInfo.processInfo.environment["DISCORDCTL_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        var node = try await TestNode.start(data: data)
        let (token, channels) = try await Community.make(data, members: 1, channels: Self.channels)
        let ledger = Ledger()
        ledger.base.withLock { $0 = node.rest }

        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                let channel = channels[writer % channels.count]
                group.addTask { await Self.write(writer, to: channel, token: token, ledger) }
            }
            for _ in 0..<Self.rounds {
                let before = ledger.acknowledged.withLock { $0.count }
                // Death comes after some progress, at a moment that the seed chooses.
                let progress = Int(random.next() % 40)
                try await eventually("writers to go on (seed \(seed))") {
                    ledger.acknowledged.withLock { $0.count } > before + progress ? () : nil
                }
                try await Task.sleep(for: .microseconds(Int64(random.next() % 20_000)))
                await node.kill()
                node = try await TestNode.start(data: data)
                let rest = node.rest
                ledger.base.withLock { $0 = rest }
            }
            ledger.isOver.withLock { $0 = true }
            try await group.waitForAll()
        }

        try await Self.check(node, channels, token, ledger, seed)
        #expect(await node.terminate() == 0)
    }

    /// Sends one message after the other; each is repeated under its nonce until it is acknowledged.
    private static func write(_ writer: Int, to channel: String, token: String, _ ledger: Ledger) async {
        var number = 0
        while !ledger.isOver.withLock({ $0 }) {
            let content = "\(writer):\(number)"
            var isAcknowledged = false
            while !isAcknowledged {
                var client = RESTClient(ledger.base.withLock { $0 }, token: token)
                // Short, because the client keeps on knocking at the door of a dead node until its time is up.
                client.timeoutSeconds = 2
                let form = JSON(
                    ["content": content, "nonce": "\(writer)-\(number)", "enforce_nonce": true] as [String: Any])
                if let answer = try? await client.call("POST", "/channels/\(channel)/messages", form),
                    answer.status == 200,
                    let id = answer.body["id"].string
                {
                    ledger.acknowledged.withLock { $0[content] = id }
                    isAcknowledged = true
                } else {
                    // The node is dead or just born: trying again at once would only burn the processor it needs.
                    try? await Task.sleep(for: .milliseconds(10))
                }
            }
            number += 1
        }
    }

    private static func check(
        _ node: TestNode, _ channels: [String], _ token: String, _ ledger: Ledger, _ seed: UInt64
    ) async throws {
        let client = RESTClient(node.rest, token: token)
        let acknowledged = ledger.acknowledged.withLock { $0 }
        var found: [String: [String]] = [:]
        for channel in channels {
            let history = try await Community.history(channel, client)
            let ids = history.compactMap { $0["id"].string.flatMap { UInt64($0) } }
            #expect(ids == ids.sorted(), "order of ids, seed \(seed)")
            #expect(Set(ids).count == ids.count, "ids are unique, seed \(seed)")
            var lastOfWriter: [Substring: Int] = [:]
            for message in history {
                guard let content = message["content"].string, let id = message["id"].string else { continue }
                found[content, default: []].append(id)
                let parts = content.split(separator: ":")
                let number = Int(parts[1]) ?? -1
                #expect(number == (lastOfWriter[parts[0]] ?? -1) + 1, "each writer's order without holes, seed \(seed)")
                lastOfWriter[parts[0]] = number
            }
            // Two readings are equal.
            let again = try await Community.history(channel, client)
            #expect(again.map(\.text) == history.map(\.text), "history stands still, seed \(seed)")
        }
        #expect(acknowledged.count > Self.rounds, "the writers wrote")
        for (content, id) in acknowledged {
            #expect(found[content] == [id], "'\(content)' exactly once under its id, seed \(seed)")
        }
        #expect(found.count == acknowledged.count, "nothing that nobody sent, seed \(seed)")
    }
}

/// Guilds and users for a test, made through the command line.
enum Community {
    /// A guild with text channels and some members; returns the owner's token and the channels.
    static func make(_ data: String, members: Int, channels: Int) async throws -> (token: String, channels: [String]) {
        _ = try await command(data, "user", "create", "owner", "--bot")
        let token = try await command(data, "user", "token", "@owner")["token"].string ?? ""
        let guild = try await command(data, "guild", "create", "Test", "--owner", "@owner")["id"].string ?? ""
        var ids: [String] = []
        for number in 0..<channels {
            ids.append(try await command(data, "channel", "create", guild, "room-\(number)")["id"].string ?? "")
        }
        return ("Bot " + token, ids)
    }

    /// Runs a command with `-o json` and returns the document it printed.
    static func command(_ data: String, _ arguments: String...) async throws -> JSON {
        let outcome = try await Program.run(Program.discordctl, arguments + ["--data-dir", data, "-o", "json"])
        guard outcome.status == 0 else {
            throw Expired(what: "'\(arguments.joined(separator: " "))': \(outcome.errors)")
        }
        return JSON(text: outcome.output)
    }

    /// Returns when a node has written its sessions down once more.
    static func waitForRecord(of node: TestNode) async throws {
        func recordedAt() async throws -> String? {
            try await command(node.data, "gateway", "list")["items"].list.first?["recordedAt"].string
        }
        let before = try await recordedAt()
        try await eventually("the sessions to be written down") {
            let now = try await recordedAt()
            return now != nil && now != before ? () : nil
        }
    }

    /// A channel's whole history, oldest first.
    static func history(_ channel: String, _ client: RESTClient) async throws -> [JSON] {
        var pages: [JSON] = []
        var before = ""
        while true {
            let answer = try await client.call("GET", "/channels/\(channel)/messages?limit=100\(before)")
            #expect(answer.status == 200)
            let page = answer.body.list
            guard let last = page.last?["id"].string else { return pages.reversed() }
            pages += page
            before = "&before=\(last)"
        }
    }
}

/// A generator that gives the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = FixedHash.mix(state)
        return state
    }
}
