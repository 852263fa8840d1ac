package import HTTPTypes
package import Services

/// An answer that is no success, in Discord's vocabulary: an HTTP status, an API code, a message, and for forms the
/// tree of what is wrong.
package struct APIError: Error, Hashable, Sendable {
    /// The HTTP status.
    package var status: HTTPResponse.Status
    /// Discord's number; 0 where it has none.
    package var code: Int
    /// A sentence for the developer of the client. Never what the client sent, and never what a backend said.
    package var message: String
    /// The leaves of `errors`; the key is left out when there are none.
    package var fields: [FieldError]
    /// When the same request may be sent again.
    package var retryAfterMilliseconds: UInt64?
    /// Of a 429: what has run out.
    package var scope = LimitScope.shared
    /// For the log, where the cause is ours: no secrets, no message text.
    package var detail: String

    package init(
        _ status: HTTPResponse.Status, code: Int, _ message: String, fields: [FieldError] = [],
        retryAfterMilliseconds: UInt64? = nil,
        detail: String = ""
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.detail = detail
    }
}

/// What a 429 is about, which decides how a client waits.
package enum LimitScope: String, Hashable, Sendable {
    /// The user's share of a route: clients go by the bucket's headers.
    case user
    /// All that the user does.
    case global
    /// Nobody's in particular, such as a node that is busy: clients go by `retry_after`.
    case shared
}

/// A path of keys and indices that ends in one error.
extension FieldError {
    /// A form with one thing wrong.
    package var asForm: APIError { .invalidForm([self]) }

    package static func required(_ path: [String]) -> FieldError {
        FieldError(path: path, code: "BASE_TYPE_REQUIRED", message: "This field has to be there.")
    }

    package static func notSupported(_ path: [String]) -> FieldError {
        FieldError(
            path: path, code: "FIELD_NOT_SUPPORTED",
            message: "This server does not support the field yet: leave it out.")
    }
}
