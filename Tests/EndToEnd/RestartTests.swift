import Foundation
import Glibc
import Synchronization
import Testing

/// Sessions over the node's end (invariant I4): each has every message exactly once, or is told what to fetch.
@Suite("A node that is restarted")
struct RestartTests {
    private final class Board: Sendable {
        let place = Mutex(FollowingSession.Place(rest: "", gateway: ""))
        let acknowledged = Mutex<Set<String>>([])
        let isOver = Mutex(false)

        func moves(to node: TestNode) {
            place.withLock { $0 = FollowingSession.Place(rest: node.rest, gateway: node.gateway) }
        }
    }

    private static let rounds = 3

    @Test(.timeLimit(.minutes(15)), arguments: [false, true])
    func everySessionHasEveryMessageOnce(isKilled: Bool) async throws {
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        var node = try await TestNode.start(data: data)
        let (token, channels) = try await Community.make(data, members: 1, channels: 3)
        let board = Board()
        board.moves(to: node)
        let sessions = (0..<8).map { number in
            FollowingSession(
                token: token, channels: number < 4 ? channels : [channels[number % 3]], isLazy: number >= 4
            ) { board.place.withLock { $0 } }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for session in sessions { group.addTask { await session.run() } }
            try await eventually("the sessions to be ready") {
                for session in sessions where await !session.isReady { return nil as Void? }
                return ()
            }
            group.addTask { try await Self.write(to: channels, token: token, board) }
            for round in 1...Self.rounds {
                let before = board.acknowledged.withLock { $0.count }
                try await eventually("the writer to go on") {
                    board.acknowledged.withLock { $0.count } > before + 40 ? () : nil
                }
                if isKilled {
                    await node.kill()
                } else {
                    #expect(await node.terminate() == 0)
                }
                node = try await TestNode.start(data: data)
                board.moves(to: node)
                try await eventually("the sessions to be back") {
                    for session in sessions {
                        guard await session.resumes + session.invalidations >= round else { return nil as Void? }
                        // One that had to begin anew and has not yet would have nothing to resume when the node ends again.
                        guard await session.isReady else { return nil as Void? }
                    }
                    return ()
                }
            }
            board.isOver.withLock { $0 = true }
            let rest = RESTClient(node.rest, token: token)
            for (number, session) in sessions.enumerated() {
                var expected: Set<String> = []
                for channel in session.channels {
                    expected.formUnion(try await Community.history(channel, rest).compactMap { $0["id"].string })
                }
                try await eventually("session \(number) to have everything\n\(node.logText)", seconds: 30) {
                    await session.known.isSuperset(of: expected) ? () : nil
                }
                #expect(await session.faults == [])
                guard !isKilled else { continue }
                #expect(await session.invalidations == 0, "\(node.logText)")
                #expect(await session.resyncs == 0)
            }
            group.cancelAll()
        }
        #expect(await node.terminate() == 0)
    }

    /// Sends one message after the other, each until it is acknowledged.
    private static func write(to channels: [String], token: String, _ board: Board) async throws {
        var number = 0
        while !board.isOver.withLock({ $0 }) {
            var client = RESTClient(board.place.withLock { $0.rest }, token: token)
            client.timeoutSeconds = 2
            let form = JSON(["content": "\(number)", "nonce": "\(number)", "enforce_nonce": true] as [String: Any])
            let answer = try? await client.call("POST", "/channels/\(channels[number % 3])/messages", form)
            if let answer, answer.status == 200, let id = answer.body["id"].string {
                board.acknowledged.withLock { _ = $0.insert(id) }
                number += 1
            } else {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}
