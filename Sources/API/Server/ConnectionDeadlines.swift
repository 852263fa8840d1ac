/// When a connection has to be closed, as a function of what was read and written. No clock and no timer: seconds come
/// in as values.
///
///     waiting ──head──► reading a body ──end──► answering ──answer's end──► waiting
///
/// Requests may be pipelined, so a second one may be read while the first is answered. Laws: a first header takes at
/// most `header` seconds, a body at most `body`, an exchange at most `exchange`, however slowly the bytes drip; a
/// connection without a request lives `idle` seconds.
package struct ConnectionDeadlines {
    private let header: Int64
    private let body: Int64
    private let exchange: Int64
    private let idle: Int64

    /// Requests whose answer is not complete.
    package private(set) var unanswered = 0
    /// The header of the last request was read, and its body is not complete.
    package var isReadingBody: Bool { bodyDeadline != nil }
    private var bodyDeadline: Int64?
    private var answerDeadline: Int64?
    private var waitDeadline: Int64?

    /// - Parameter now: any steady time in seconds.
    package init(_ configuration: APIConfiguration, now: Int64) {
        header = configuration.headerSeconds
        body = configuration.bodySeconds
        exchange = configuration.exchangeSeconds
        idle = configuration.idleSeconds
        waitDeadline = now + header
    }

    /// The next moment at which the connection has to be closed if nothing happens.
    package var deadline: Int64 {
        [bodyDeadline, answerDeadline, waitDeadline].compactMap { $0 }.min() ?? .max
    }

    /// A request's header is complete.
    package mutating func requestHeadRead(now: Int64) {
        unanswered += 1
        waitDeadline = nil
        bodyDeadline = now + body
        if answerDeadline == nil { answerDeadline = now + exchange }
    }

    /// A request's body is complete.
    package mutating func requestEndRead(now: Int64) {
        bodyDeadline = nil
        // An early answer may be complete before the body is.
        if unanswered == 0 { waitDeadline = now + idle }
    }

    /// The last byte of an answer was handed to the socket.
    package mutating func answerWritten(now: Int64) {
        unanswered = max(0, unanswered - 1)
        answerDeadline = unanswered > 0 ? now + exchange : nil
        if unanswered == 0, bodyDeadline == nil { waitDeadline = now + idle }
    }
}
