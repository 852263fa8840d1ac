internal import CEpoll
internal import Glibc

/// A thread of its own for a loop: it blocks in `epoll_wait`, which a thread of a shared pool must not.
struct LoopThread: Sendable {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    private let thread: pthread_t

    /// Starts the thread. All signals are blocked on it: they belong to the main thread. `name` is cut to the 15 bytes
    /// that Linux keeps.
    init(name: String, run: @escaping @Sendable () -> Void) throws(LoopError) {
        let body = Unmanaged.passRetained(Body(name: name, run: run))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                // Retained once before the thread was made, released here once.
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                var signals = sigset_t()
                sigfillset(&signals)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                pthread_setname_np(pthread_self(), String(decoding: body.name.utf8.prefix(15), as: UTF8.self))
                body.run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            body.release()
            throw LoopError(code: .system, operation: "pthread_create", target: name, number: result)
        }
        self.thread = thread
    }

    /// Waits for its end. To be called once.
    func join() {
        precondition(pthread_equal(thread, pthread_self()) == 0, "a loop cannot wait for itself")
        pthread_join(thread, nil)
    }
}
