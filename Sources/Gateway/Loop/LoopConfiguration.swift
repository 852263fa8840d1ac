package import Wire

/// The limits of one loop. Times are milliseconds, sizes bytes.
package struct LoopConfiguration: Sendable {
    /// Slots of the slab: memory is reserved for all of them and touched only as they are used.
    package var connectionsMax = 65_536
    /// From accept to the end of the WebSocket handshake, TLS included, in total: slow headers do not extend it.
    package var handshakeMilliseconds: Int64 = 10_000
    /// How long the peer may take to answer our close frame once that has left.
    package var closeMilliseconds: Int64 = 2_000
    /// How long the close frame may wait behind bytes that the peer does not read.
    package var flushMilliseconds: Int64 = 5_000
    /// Bytes that may wait to be written for one connection (design.md, *Slow consumer*).
    package var outputBytesMax = 256 * 1024
    /// Age at which the oldest unwritten byte closes its connection.
    package var outputMillisecondsMax: Int64 = 20_000
    /// Bytes that may wait on all connections of the loop together; from 80 % of it the worst are closed first.
    package var outputBudgetBytes = 64 * 1024 * 1024
    /// Close code sent when one of the three limits above closes a connection. 4000 is resumable in Discord's table.
    package var overflowCloseCode = WebSocketCloseCode(rawValue: 4000)
    /// Close code sent to everybody when the loop is stopped: service restart (RFC 6455, IANA registry).
    package var stopCloseCode = WebSocketCloseCode.serviceRestart
    /// What a longer deadline of the handler is cut to: a year, far from the end of the clock's range.
    package var deadlineMillisecondsMax: Int64 = 365 * 86_400_000
    /// Interval of the handler's `tick` and of the loop's own sweeps.
    package var tickMilliseconds: Int64 = 1_000
    /// Mails that may wait; `post` answers false beyond it.
    package var mailsMax = 65_536
    /// Connections accepted in one turn.
    package var acceptsPerTurn = 64
    /// Deadlines that are served in one turn; the others wait for the next, which follows at once.
    package var deadlinesPerTurn = 256
    /// Reads of 16 KiB each that one connection gets in one turn.
    package var readsPerTurn = 4
    /// How long the listener rests when descriptors or kernel memory are exhausted.
    package var acceptBackoffMilliseconds: Int64 = 100
    /// Kernel send buffer; nil leaves the system's automatic sizing.
    package var socketSendBufferBytes: Int?
    /// Kernel receive buffer; nil leaves the system's automatic sizing.
    package var socketReceiveBufferBytes: Int?

    /// How a connection is taken from the listener. Tests put a source of errors here.
    package var accept: @Sendable (_ listener: Int32) -> AcceptOutcome = Listener.accept

    package init() {}
}

/// What one accept brought.
package enum AcceptOutcome: Sendable {
    case accepted(descriptor: Int32, address: PeerAddress)
    /// Nobody is waiting.
    case nobody
    /// The connection was gone before it was taken: try the next.
    case aborted
    /// Out of descriptors or kernel memory, or an error of the listener itself: trying again at once would spin.
    case exhausted
}
