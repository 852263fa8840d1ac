import Dispatch
import Interface

/// A few queues for calls that block on files: no task of the cooperative pool and no event loop waits for a disk.
///
/// What concerns one file runs in the order in which it was asked for.
final class FileLanes: Sendable {
    private static let count = 4
    private let lanes: [DispatchQueue]

    init() {
        lanes = (0..<Self.count).map { DispatchQueue(label: "discordctl.files.\($0)") }
    }

    /// Runs a call on the file's lane.
    func run<Value: Sendable>(
        _ key: String, _ body: @escaping @Sendable () -> Result<Value, BackendError>
    ) async throws(BackendError) -> Value {
        // Keys are drawn at random: their first byte spreads them.
        let lane = lanes[Int(key.utf8.first ?? 0) % lanes.count]
        let result: Result<Value, BackendError> = await withCheckedContinuation { continuation in
            lane.async { continuation.resume(returning: body()) }
        }
        return try result.get()
    }
}
