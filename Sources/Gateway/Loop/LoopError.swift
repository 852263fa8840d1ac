/// Why a loop could not be made, could not listen, or could not load a certificate.
package struct LoopError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// The address cannot be parsed.
        case badAddress
        /// A system call failed; `number` is errno.
        case system
        /// The certificate or key cannot be used.
        case badCertificate
    }

    package var code: Code
    /// The call that failed: "bind", "epoll_create1".
    package var operation: String
    /// What it was about: an address, a path.
    package var target: String
    /// errno, or 0.
    package var number: Int32
    /// What the library said, or empty.
    package var detail: String

    package init(code: Code, operation: String, target: String = "", number: Int32 = 0, detail: String = "") {
        self.code = code
        self.operation = operation
        self.target = target
        self.number = number
        self.detail = detail
    }
}
