/// A request to a node's admin API that did not succeed.
package enum AdminClientError: Error, Sendable {
    /// Nobody listens on the socket; nothing was sent.
    case unreachable(socket: String, detail: String)
    /// The request was sent and the connection broke, or the answer did not come in time: what became of it is unknown.
    case outcomeUnknown(detail: String)
    /// The node answered with an error.
    case refused(AdminError)
    /// The node answered with something this version does not understand.
    case notUnderstood(detail: String)
}
