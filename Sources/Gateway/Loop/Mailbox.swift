internal import CEpoll
internal import Glibc
internal import Synchronization

/// What other threads leave for a loop. The reader takes everything at once, so that a turn pays for one lock, and the
/// first writer after that wakes it, so that a turn pays for one wake-up.
final class Mailbox<Mail: Sendable>: Sendable {
    private struct Contents {
        var mails: [Mail] = []
        var isClosed = false
        var refused = 0
        var isSignalled = false
    }

    private let contents = Mutex(Contents())
    private let limit: Int
    /// The eventfd that the loop's epoll watches. Owned: closed with the mailbox, which every writer keeps alive.
    let descriptor: Int32

    init(limit: Int) throws(LoopError) {
        self.limit = limit
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        if descriptor < 0 { throw LoopError(code: .system, operation: "eventfd", number: errno) }
    }

    deinit { Glibc.close(descriptor) }

    /// False when `limit` mails wait or the loop has ended: overflow policy `refuse`, the sender decides.
    func post(_ mail: Mail) -> Bool {
        let (taken, wakes) = contents.withLock { contents -> (Bool, Bool) in
            guard !contents.isClosed, contents.mails.count < limit else {
                contents.refused += 1
                return (false, false)
            }
            contents.mails.append(mail)
            defer { contents.isSignalled = true }
            return (true, !contents.isSignalled)
        }
        if wakes { signal() }
        return taken
    }

    /// Wakes the loop without mail.
    func wake() {
        let wakes = contents.withLock { contents in
            defer { contents.isSignalled = true }
            return !contents.isSignalled
        }
        if wakes { signal() }
    }

    /// Exchanges the waiting mails for `batch`, which must be empty and whose memory is used again.
    /// Returns how many mails have been refused since the mailbox was made.
    func take(into batch: inout [Mail]) -> Int {
        var value: UInt64 = 0
        // Before the exchange: a mail that comes between the two only costs a turn that finds nothing.
        _ = Glibc.read(descriptor, &value, 8)
        return contents.withLock { contents in
            swap(&contents.mails, &batch)
            contents.isSignalled = false
            return contents.refused
        }
    }

    /// Refuses and drops everything from now on.
    func close() {
        let dropped = contents.withLock { contents in
            contents.isClosed = true
            let mails = contents.mails
            contents.mails = []
            return mails
        }
        // Released outside the lock: the last reference to a mail may run code of its own.
        _ = dropped
    }

    private func signal() {
        var one: UInt64 = 1
        // Fails only when the counter is full, and then the loop is awake anyhow.
        _ = Glibc.write(descriptor, &one, 8)
    }
}
