/// A checked request to open a WebSocket (RFC 6455, 4.2.1).
package struct HandshakeRequest: Hashable, Sendable {
    package struct Parameter: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    /// The path of the target, still percent-encoded; begins with a slash.
    package var path: String
    /// The query of the target without its question mark, still encoded; empty when there is none.
    package var query: String
    /// The query's pairs in their order, decoded as a form: `+` is a space, `%41` is `A`.
    package var parameters: [Parameter]
    /// The authority the client asked for, from the target if it names one, else from `Host`.
    package var host: String
    /// `Origin`: browsers always send it, other clients may.
    package var origin: String?
    package var userAgent: String?
    /// The subprotocols offered in `Sec-WebSocket-Protocol`, best first.
    package var protocols: [String]
    /// The elements of `X-Forwarded-For` in their order: what a proxy says of whom it heard, or what anybody made up.
    package var forwardedFor: [String]
    /// `Sec-WebSocket-Key`: base64 of 16 bytes, to be answered by ``HandshakeResponse/accept(key:subprotocol:)``.
    package var key: String

    package init(
        path: String,
        query: String,
        parameters: [Parameter],
        host: String,
        origin: String?,
        userAgent: String?,
        protocols: [String],
        forwardedFor: [String] = [],
        key: String
    ) {
        self.path = path
        self.query = query
        self.parameters = parameters
        self.host = host
        self.origin = origin
        self.userAgent = userAgent
        self.protocols = protocols
        self.forwardedFor = forwardedFor
        self.key = key
    }

    /// The decoded value of a query parameter; of a repeated one the last, as with JSON's keys.
    package func parameter(_ name: String) -> String? {
        parameters.last { $0.name == name }?.value
    }
}

/// What ``HandshakeParser/parse(_:limits:scanned:)`` made of the bytes so far.
package enum HandshakeOutcome: Hashable, Sendable {
    /// The header block has not ended yet.
    case incomplete
    /// A request; `consumed` bytes belong to it, and frames may follow at once.
    case request(HandshakeRequest, consumed: Int)
    /// Answer with ``HandshakeRefusal/response()`` and close.
    case refused(HandshakeRefusal)
}

/// The HTTP answer to a handshake that can't be accepted. The connection closes after it.
package struct HandshakeRefusal: Error, Hashable, Sendable {
    package var status: HTTPStatus
    /// One sentence for the person who debugs the client; never repeats what the client sent.
    package var reason: String

    package init(_ status: HTTPStatus, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    /// The whole HTTP response.
    package func response() -> [UInt8] {
        HandshakeResponse.refusal(status: status, reason: reason)
    }
}

/// The HTTP statuses that a gateway port answers with.
package enum HTTPStatus: Int, Hashable, Sendable, CaseIterable {
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case uriTooLong = 414
    case upgradeRequired = 426
    case tooManyRequests = 429
    case requestHeaderFieldsTooLarge = 431
    case serviceUnavailable = 503
    case httpVersionNotSupported = 505

    /// The reason phrase of RFC 9110, 15 and RFC 6585, 5.
    package var phrase: StaticString {
        switch self {
        case .badRequest: "Bad Request"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .requestTimeout: "Request Timeout"
        case .uriTooLong: "URI Too Long"
        case .upgradeRequired: "Upgrade Required"
        case .tooManyRequests: "Too Many Requests"
        case .requestHeaderFieldsTooLarge: "Request Header Fields Too Large"
        case .serviceUnavailable: "Service Unavailable"
        case .httpVersionNotSupported: "HTTP Version Not Supported"
        }
    }
}

/// What a handshake may cost before it is refused.
package struct HandshakeLimits: Hashable, Sendable {
    /// Longest request line and fields together, with the empty line.
    package var headerBytes: Int
    /// Most fields.
    package var fields: Int
    /// Longest request target.
    package var targetBytes: Int

    package init(
        headerBytes: Int = WireLimits.handshakeBytesMax,
        fields: Int = WireLimits.handshakeFieldsMax,
        targetBytes: Int = WireLimits.handshakeTargetBytesMax
    ) {
        self.headerBytes = headerBytes
        self.fields = fields
        self.targetBytes = targetBytes
    }
}
