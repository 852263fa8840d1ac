/// An address of IPv4 (4 bytes) or IPv6 (16 bytes).
package struct NetworkAddress: Hashable, Sendable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// One POST to a push service.
package struct PushRequest: Hashable, Sendable {
    /// Whether it goes over TLS, with a certificate of `host` that is checked.
    package var isSecure: Bool
    /// A name, or a numeric address without brackets.
    package var host: String
    package var port: UInt16
    /// Path and query.
    package var target: String
    package var headers: [(name: String, value: String)] {
        get { fields.map { ($0.name, $0.value) } }
        set { fields = newValue.map { Field(name: $0.name, value: $0.value) } }
    }
    package var body: [UInt8]

    private struct Field: Hashable, Sendable {
        var name: String
        var value: String
    }
    private var fields: [Field] = []

    package init(
        isSecure: Bool, host: String, port: UInt16, target: String, headers: [(name: String, value: String)],
        body: [UInt8]
    ) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.target = target
        self.body = body
        self.headers = headers
    }
}

/// What a push service answered.
package struct PushAnswer: Hashable, Sendable {
    package var status: Int
    /// Seconds of a `Retry-After` that is a number.
    package var retryAfterSeconds: UInt64?

    package init(status: Int, retryAfterSeconds: UInt64? = nil) {
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// The way to push services. It decides nothing: which addresses may be connected to is its caller's to say, and it
/// follows no redirects.
package protocol PushTransport: Sendable {
    /// The addresses of a host, at most 16; a numeric address is its own. `.unavailable` for a name that has none.
    func resolve(_ host: String) async throws(BackendError) -> [NetworkAddress]
    /// Sends a request to this very address and reads the answer's head; of its body at most 64 KiB are read.
    /// - Throws: `.unavailable`, `.timedOut` after `milliseconds` for everything together.
    func post(
        _ request: PushRequest, to address: NetworkAddress, within milliseconds: UInt64
    ) async throws(BackendError) -> PushAnswer
}
