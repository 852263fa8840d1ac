package import Interface
package import Services

/// What the REST edge is told at start. Every bound has the default of the security reference.
package struct APIConfiguration: Hashable, Sendable {
    /// Where clients reach the gateway, `ws://` or `wss://`; the answer of `GET /gateway`.
    package var gatewayURL: String
    /// Bytes of a body.
    package var bodyBytesMax: Int
    /// Bytes of all header fields of a request together, names and values.
    package var headerBytesMax: Int
    /// Header fields of a request.
    package var headerFieldsMax: Int
    /// Bytes of a request's target: path and query.
    package var targetBytesMax: Int
    /// Seconds from the opening of a connection to the end of its first request's header.
    package var headerSeconds: Int64
    /// Seconds from the end of a request's header to the end of its body.
    package var bodySeconds: Int64
    /// Seconds from the end of a request's header to the last byte of the answer, after which the connection is closed.
    package var exchangeSeconds: Int64
    /// Seconds that a connection may wait for its next request.
    package var idleSeconds: Int64
    /// Connections that an address may have open; `nil` for as many as it likes.
    package var connectionsPerAddress: Int?
    /// Answers with 401, 403 and 429 that an address may get; `nil` for as many as it likes.
    package var invalidRequests: RateLimit?
    /// The origins whose pages may use the API with a browser.
    package var allowedOrigins: Set<String>
    /// Whose word on the addresses of clients is taken.
    package var proxies: TrustedProxies
    /// Whether the machine's own addresses are not limited: behind a proxy on it that is not trusted everybody has one of them.
    package var exemptsLoopback: Bool

    package init(
        gatewayURL: String, bodyBytesMax: Int = 1_048_576, headerBytesMax: Int = 16_384, headerFieldsMax: Int = 100,
        targetBytesMax: Int = 8_192, headerSeconds: Int64 = 10, bodySeconds: Int64 = 30, exchangeSeconds: Int64 = 60,
        idleSeconds: Int64 = 75, connectionsPerAddress: Int? = nil, invalidRequests: RateLimit? = nil,
        allowedOrigins: Set<String> = [], proxies: TrustedProxies = .none, exemptsLoopback: Bool = true
    ) {
        self.gatewayURL = gatewayURL
        self.bodyBytesMax = bodyBytesMax
        self.headerBytesMax = headerBytesMax
        self.headerFieldsMax = headerFieldsMax
        self.targetBytesMax = targetBytesMax
        self.headerSeconds = headerSeconds
        self.bodySeconds = bodySeconds
        self.exchangeSeconds = exchangeSeconds
        self.idleSeconds = idleSeconds
        self.connectionsPerAddress = connectionsPerAddress
        self.invalidRequests = invalidRequests
        self.allowedOrigins = allowedOrigins
        self.proxies = proxies
        self.exemptsLoopback = exemptsLoopback
    }
}
