import Chat
import HTTPTypes
package import Hummingbird
package import Interface
import NIOCore
package import Operations
import Synchronization

/// Whether a node can do its work: each role is asked something small, with a deadline.
package struct HealthCheck: Sendable {
    /// What a node is doing; the words that `node status` shows.
    package enum State: String, Hashable, Sendable {
        case starting, active, draining
    }

    /// One role, how it is asked, and what does not work without it.
    package struct Probe: Sendable {
        var role: String
        var backend: String
        var without: String
        var ask: @Sendable () async throws -> Void

        package init(
            role: String, backend: String, without: String, ask: @escaping @Sendable () async throws -> Void
        ) {
            self.role = role
            self.backend = backend
            self.without = without
            self.ask = ask
        }
    }

    /// How long a role may take to answer.
    private static let deadlineMilliseconds: UInt64 = 1_000
    /// How long an answer holds: strangers may ask as often as they like, and every role is asked no more often than this.
    package static let holdMilliseconds: UInt64 = 500

    private let probes: [Probe]
    private let time: any TimeSource
    private let connections: @Sendable () -> Int
    /// Why clients should be sent elsewhere, though the node does its work; `nil` when they should not.
    private let obstacle: @Sendable () -> String?
    private let state = SharedState()

    private final class SharedState: Sendable {
        struct Round {
            var since: UInt64
            var answers: Task<[DependencyStatus], Never>
        }

        let value = Mutex(State.starting)
        let round = Mutex<Round?>(nil)
    }

    package init(
        probes: [Probe], time: any TimeSource, connections: @escaping @Sendable () -> Int,
        obstacle: @escaping @Sendable () -> String? = { nil }
    ) {
        self.probes = probes
        self.time = time
        self.connections = connections
        self.obstacle = obstacle
    }

    package var current: State { state.value.withLock { $0 } }

    /// Whether clients may be sent here.
    var isReady: Bool { current == .active && obstacle() == nil }

    func become(_ new: State) { state.value.withLock { $0 = new } }

    /// How the roles are, or were at most ``holdMilliseconds`` ago.
    package func dependencies() async -> [DependencyStatus] {
        let now = time.monotonicMilliseconds
        let answers = state.round.withLock { round in
            if let round, now < round.since + Self.holdMilliseconds { return round.answers }
            // Its handle is what everybody who asks meanwhile awaits: it ends whether or not the first of them has gone.
            let answers = Task { await askAll() }
            round = SharedState.Round(since: now, answers: answers)
            return answers
        }
        return await answers.value
    }

    /// Asks every role at once.
    private func askAll() async -> [DependencyStatus] {
        await withTaskGroup(of: (Int, DependencyStatus).self) { group in
            for (index, probe) in probes.enumerated() {
                group.addTask { (index, await ask(probe)) }
            }
            var found: [(Int, DependencyStatus)] = []
            for await status in group { found.append(status) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func ask(_ probe: Probe) async -> DependencyStatus {
        let failure: String? = await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do {
                    try await probe.ask()
                    return nil
                } catch let error as BackendError {
                    return "\(error.code.rawValue): \(error.detail)"
                } catch {
                    return "failed"
                }
            }
            group.addTask {
                // A cancelled sleep ends early, when the answer was there first and nobody looks at this any more.
                try? await time.sleep(milliseconds: Self.deadlineMilliseconds)
                return "no answer within \(Self.deadlineMilliseconds) ms"
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        return DependencyStatus(
            role: probe.role, backend: probe.backend, isHealthy: failure == nil,
            detail: failure.map { "\($0); without it: \(probe.without)" } ?? ""
        )
    }

    /// Adds `GET /health` and `GET /ready`.
    /// - Parameter showsDetail: whether the answer names the roles; to strangers it says only yes or no.
    package func addRoutes<Context: RequestContext>(
        to router: Router<Context>, showsDetail: @escaping @Sendable (Request, Context) -> Bool
    ) {
        router.get("health") { request, context in
            let dependencies = await dependencies()
            let isHealthy = dependencies.allSatisfy(\.isHealthy)
            var report = HealthReport(status: isHealthy ? "ok" : "degraded", state: current.rawValue)
            if showsDetail(request, context) {
                report.connections = connections()
                report.dependencies = dependencies
            }
            return try AdminAnswer(report, status: isHealthy ? .ok : .serviceUnavailable).response
        }
        router.get("ready") { _, _ in
            let obstacle = obstacle()
            let isReady = current == .active && obstacle == nil
            return try AdminAnswer(
                HealthReport(status: isReady ? "ok" : "not ready", state: current.rawValue, detail: obstacle),
                status: isReady ? .ok : .serviceUnavailable
            ).response
        }
    }
}

/// The body of `/health` and `/ready`.
struct HealthReport: Codable, Sendable {
    var status: String
    var state: String
    var connections: Int?
    /// What keeps an active node from being ready.
    var detail: String?
    var dependencies: [DependencyStatus]?
}
