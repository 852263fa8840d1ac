import Glibc
import Synchronization

/// A signal's wish that the bench should end, cleaning up behind itself.
package enum BenchInterrupt {
    private static let number = Atomic<Int32>(0)

    /// The signal that came; 0 while none has.
    package static var signalNumber: Int32 { number.load(ordering: .relaxed) }

    package static var isRequested: Bool { signalNumber != 0 }

    /// Lets the first SIGINT or SIGTERM end the bench in good order, and the second one end the process.
    package static func install() {
        for number in [SIGINT, SIGTERM] { signal(number) { BenchInterrupt.take($0) } }
    }

    /// Runs in the signal handler: an exchange without a lock and _exit(2), nothing else (signal-safety(7)).
    private static func take(_ signal: Int32) {
        if number.exchange(signal, ordering: .relaxed) != 0 { _exit(128 + signal) }
    }
}
