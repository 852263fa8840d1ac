/// Why a bench did not come to its end.
package struct BenchFailure: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// Stopped by a signal.
        case interrupted
        /// What was asked for cannot be: too many connections, a scheme that is not spoken.
        case impossible
        /// The server refused a login, or did not answer in time.
        case server
        /// A call of the operating system failed.
        case system
    }

    package var code: Code
    package var message: String
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
