import Interface
import Logging
import ServiceLifecycle

/// Renews the node's lease while it lives, and gives up when somebody else has taken the name.
struct LeaseKeeper: Service {
    /// The design's lease.
    static let leaseMilliseconds: UInt64 = 10_000

    /// Another process registered under this node's name: this one has to stop before it does harm.
    struct Superseded: Error {}

    let node: NodeRecord
    let coordinator: any Coordinator
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await renewForEver()
        }
    }

    private func renewForEver() async throws {
        var node = node
        while !Task.isCancelled {
            do {
                // A third of the lease leaves room for two failed attempts.
                try await time.sleep(milliseconds: Self.leaseMilliseconds / 3)
                node = try await coordinator.renew(
                    node, now: time.unixMilliseconds, leaseMilliseconds: Self.leaseMilliseconds)
            } catch let error as BackendError where error.code == .fenced {
                logger.critical(
                    "another process runs under this node's name; stopping", metadata: ["node.name": "\(node.name)"])
                throw Superseded()
            } catch let error as BackendError {
                logger.warning(
                    "the lease could not be renewed", metadata: ["error": "\(error.operation): \(error.detail)"])
            } catch is CancellationError {
                return
            }
        }
    }
}
