internal import Wire

/// All that a loop keeps for one socket; an idle connection costs this, its entry in the timer wheel (16 bytes), and
/// what the kernel and the handler keep.
struct SocketState {
    /// Where the socket is in its life. `open` is the only phase that the handler knows.
    ///
    ///     free → tlsHandshake → handshake → open → closing → dead → free
    ///                 └────────────┴──────────┴──────────────↗ (reset, end of file, deadline, abort, detach)
    enum Phase: UInt8 {
        /// In the slab's list of free slots.
        case free
        case tlsHandshake
        /// Waiting for the upgrade request.
        case handshake
        case open
        /// Our last bytes have been written or queued: flush them, wait for the peer, read and ignore.
        case closing
        /// To be freed at the end of the turn. Until then the slot is not given out again.
        case dead
    }

    struct Flags: OptionSet {
        let rawValue: UInt16
        /// epoll reports when the socket can be written.
        static let watchesOutput = Flags(rawValue: 1 << 0)
        /// The handler was told that half of the output limit is reached.
        static let toldHalf = Flags(rawValue: 1 << 1)
        /// A `closed` notice waits to be delivered.
        static let owesClosed = Flags(rawValue: 1 << 2)
        /// The peer's close frame has come, or none will: end as soon as our bytes are flushed.
        static let peerDone = Flags(rawValue: 1 << 3)
        /// What the peer still sends is no longer parsed, and our direction is shut once our bytes are flushed.
        static let discards = Flags(rawValue: 1 << 4)
        /// Our direction has been shut.
        static let halfShut = Flags(rawValue: 1 << 5)
        /// libssl wants to write before it can go on reading.
        static let readWaitsForOutput = Flags(rawValue: 1 << 6)
        /// libssl reported a fatal error: the object may only be freed.
        static let tlsBroken = Flags(rawValue: 1 << 7)
        /// In the loop's list of sockets to be read without waiting for epoll.
        static let ready = Flags(rawValue: 1 << 8)
        /// The peer's address is charged to the handler, which is owed a `released`.
        static let charged = Flags(rawValue: 1 << 9)
        /// The deadline for our last bytes to leave has been set.
        static let flushing = Flags(rawValue: 1 << 10)
        /// The deadline for the peer's answer has been set.
        static let awaitsPeer = Flags(rawValue: 1 << 11)
    }

    /// `SSL *`, owned; nil for plain text.
    var tls: OpaquePointer?
    /// Owned; nil unless the socket did not take all.
    var output: UnsafeMutablePointer<OutputBuffer>?
    var carry = CarryBuffer()
    var address = PeerAddress.unknown
    var decoder = FrameDecoder()
    /// −1 when there is none.
    var descriptor: Int32 = -1
    var generation: UInt32
    /// The next slot of the list of free ones, −1 at its end.
    var nextFree: Int32 = -1
    var phase = Phase.free
    var flags: Flags = []

    init(generation: UInt32) {
        self.generation = generation
    }
}
