import Glibc
import Synchronization

/// A signal's wish that the bench should end, cleaning up behind itself.
package enum BenchInterrupt {
    private static let number = Atomic<Int32>(0)
    private static let child = Atomic<Int32>(0)

    /// The signal that came; 0 while none has.
    package static var signalNumber: Int32 { number.load(ordering: .relaxed) }

    package static var isRequested: Bool { signalNumber != 0 }

    /// Lets the first SIGINT or SIGTERM end the bench in good order, and the second one end the process.
    package static func install() {
        for number in [SIGINT, SIGTERM] { signal(number) { BenchInterrupt.take($0) } }
    }

    /// Names a process that must not outlive this one; 0 for none. A second signal takes it along.
    package static func takeAlong(_ process: Int32) {
        child.store(process, ordering: .relaxed)
    }

    /// Runs in the signal handler: exchanges without a lock, kill(2) and _exit(2), nothing else (signal-safety(7)).
    private static func take(_ signal: Int32) {
        guard number.exchange(signal, ordering: .relaxed) != 0 else { return }
        let process = child.load(ordering: .relaxed)
        if process > 0 { kill(process, SIGKILL) }
        _exit(128 + signal)
    }
}
