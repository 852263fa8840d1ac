package import Wire

/// What lives above a loop's sockets. One handler per loop; it is called on the loop's thread only.
///
/// Laws:
/// - No method of the loop calls back: whatever `send`, `close` or `setDeadline` cause is reported after the callback
///   that called them has returned. All of them may therefore be called from any callback, on any connection.
///   The one exception is the question `admits`, which `adopt(descriptor:)` asks at once.
/// - Between `opened` and the end of a connection every callback for it comes in order. The end is exactly one of:
///   `closed` is called; the handler called `close` or `abort`; the handler called `detach`.
///   After it no callback names that `ConnectionID` again, and every call with it does nothing.
/// - Each callback gets its loop as a borrowed argument, so that the hot path needs no stored reference to it.
package protocol SocketHandler: AnyObject, SendableMetatype {
    /// What other threads send to this handler.
    associatedtype Mail: Sendable

    /// The first call, on the loop's thread, before anything else.
    func started(on loop: SocketLoop<Self>)

    /// Whether a connection from there is wanted at all; asked before a byte is read or written. Each `true` is
    /// followed by exactly one `released` with the same address when that socket has gone, however it went.
    func admits(_ address: PeerAddress, on loop: SocketLoop<Self>) -> Bool
    func released(_ address: PeerAddress, on loop: SocketLoop<Self>)

    /// Judges a well-formed upgrade request: path, query, origin. No frame may be sent yet.
    func verdict(on request: HandshakeRequest, from address: PeerAddress, loop: SocketLoop<Self>) -> HandshakeVerdict

    /// The 101 has been written: frames may be sent from here on. HELLO belongs here.
    func opened(
        _ connection: ConnectionID, request: HandshakeRequest, from address: PeerAddress, on loop: SocketLoop<Self>)

    /// A whole message, unmasked, text checked for UTF-8. The bytes are the loop's and valid during the call only.
    func received(
        _ connection: ConnectionID, kind: PayloadKind, payload: UnsafeRawBufferPointer,
        on loop: SocketLoop<Self>)

    /// The connection's deadline has passed. It is no longer set: call `setDeadline` for another.
    func deadlineReached(_ connection: ConnectionID, on loop: SocketLoop<Self>)

    /// How much waits to be written has crossed a mark. At `half` shed what can be done without.
    func outputMark(_ connection: ConnectionID, _ mark: OutputMark, on loop: SocketLoop<Self>)

    /// The connection is of no more use. The loop still flushes its close frame by itself.
    func closed(_ connection: ConnectionID, reason: CloseReason, on loop: SocketLoop<Self>)

    /// All that was posted since the last turn, in the order of posting.
    func mail(_ batch: [Mail], on loop: SocketLoop<Self>)

    /// Everything this turn brought has been handed over: write what has been collected. Called on every turn.
    func turnEnded(on loop: SocketLoop<Self>)

    /// About every second (`tickMilliseconds`), for sweeps.
    func tick(on loop: SocketLoop<Self>)
}

/// The handler's answer to an upgrade request.
package enum HandshakeVerdict: Sendable {
    case accept
    /// Answered with this, then closed.
    case refuse(HandshakeRefusal)
}

/// Marks on the bytes that wait for one connection.
package enum OutputMark: Sendable {
    /// Half of `outputBytesMax` waits. Reported again only after `drained`.
    case half
    /// Nothing waits any more, after `half` had been reported.
    case drained
}

/// Why a connection ended that the handler did not end itself.
package enum CloseReason: Hashable, Sendable {
    /// The peer sent a close frame, with or without a code.
    case byPeer(code: WebSocketCloseCode?)
    /// The peer shut the connection down, or it was reset, without a close frame.
    case vanished
    /// The peer broke the protocol; it was sent this code.
    case violation(code: WebSocketCloseCode)
    /// More than `outputBytesMax` waited; it is sent `overflowCloseCode`.
    case overflow
    /// A byte waited longer than `outputMillisecondsMax`; it is sent `overflowCloseCode`.
    case stalled
    /// It held the most of an exhausted output budget; it is sent `overflowCloseCode`.
    case budget
    /// The loop is being stopped; it is sent `stopCloseCode`.
    case stopped
}

/// What became of the bytes handed to `send`.
package enum SendOutcome: Sendable {
    /// The kernel has them all.
    case written
    /// Some or all of them wait in the connection's output buffer.
    case queued
    /// The connection is gone, closing, or has just passed its limit: they were dropped.
    case dropped
}
