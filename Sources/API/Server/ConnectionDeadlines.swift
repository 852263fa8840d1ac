/// When a connection has to be closed, as a function of what was read and written. No clock and no timer: seconds come
/// in as values.
///
///     waiting ──head──► reading a body ──end──► answering ──answer's end──► waiting
///
/// Requests may be pipelined, so a second one may be read while the first is answered. Laws: a first header takes at
/// most `header` seconds, a body at most `body`, an exchange at most `exchange`, however slowly the bytes drip, and a
/// second more for each ``bytesPerSecond`` that a body or an answer has brought, so that files take the time they need
/// and nobody crawls; a connection without a request lives `idle` seconds.
package struct ConnectionDeadlines {
    /// The pace below which nobody is waited for.
    package static let bytesPerSecond: Int64 = 16_384

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
    private var bodyBytes: Int64 = 0
    private var answerBytes: Int64 = 0

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
        let earned = (body: bodyBytes / Self.bytesPerSecond, answer: answerBytes / Self.bytesPerSecond)
        return [
            bodyDeadline.map { $0 + earned.body }, answerDeadline.map { $0 + earned.body + earned.answer },
            waitDeadline,
        ].compactMap { $0 }.min() ?? .max
    }

    /// A request's header is complete.
    package mutating func requestHeadRead(now: Int64) {
        unanswered += 1
        waitDeadline = nil
        bodyDeadline = now + body
        bodyBytes = 0
        if answerDeadline == nil { answerDeadline = now + exchange }
    }

    /// A part of a request's body came.
    package mutating func bodyRead(bytes: Int) { bodyBytes += Int64(clamping: bytes) }

    /// A part of an answer's body was handed to the socket, which takes no more than it can send soon.
    package mutating func answerWritten(bytes: Int) { answerBytes += Int64(clamping: bytes) }

    /// A request's body is complete.
    package mutating func requestEndRead(now: Int64) {
        bodyDeadline = nil
        // An early answer may be complete before the body is.
        if unanswered == 0 { waitDeadline = now + idle }
    }

    /// The last byte of an answer was handed to the socket.
    package mutating func answerWritten(now: Int64) {
        unanswered = max(0, unanswered - 1)
        answerBytes = 0
        answerDeadline = unanswered > 0 ? now + exchange : nil
        if unanswered == 0, bodyDeadline == nil { waitDeadline = now + idle }
    }
}
