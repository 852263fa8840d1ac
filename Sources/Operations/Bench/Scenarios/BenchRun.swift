import CEpoll
import Glibc

/// What every scenario is told.
package struct BenchSettings: Sendable {
    package var runs: Int
    package var warmUp: Duration
    package var duration: Duration
    /// Looks for events without sleeping.
    package var spins: Bool
    /// Says how far it is; called often.
    package var progress: @Sendable (String) -> Void

    package init(
        runs: Int, warmUp: Duration, duration: Duration, spins: Bool, progress: @escaping @Sendable (String) -> Void
    ) {
        self.runs = runs
        self.warmUp = warmUp
        self.duration = duration
        self.spins = spins
        self.progress = progress
    }
}

/// A thread of its own for what blocks for minutes: the tasks' threads must not.
package enum BenchThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(BenchFailure) -> Value
    ) async throws(BenchFailure) -> Value {
        let result: Result<Value, BenchFailure> = await withCheckedContinuation { continuation in
            start {
                do throws(BenchFailure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private static func start(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                // Retained once before the thread was made, released here once.
                guard let context else { return nil }
                pthread_setname_np(pthread_self(), "bench")
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            // No thread to be had: better slow than not at all.
            body.takeRetainedValue().run()
            return
        }
        pthread_detach(thread)
    }
}
