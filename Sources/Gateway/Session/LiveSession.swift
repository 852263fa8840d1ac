import Chat
import Wire

/// One session of a loop. It outlives its connection: until it is resumed or its time is up it goes on collecting in its ring.
///
///     free ─IDENTIFY─▶ building ─token right─▶ live, connected ◀─RESUME─ live, detached ─resume window over─▶ free
///                                                    └──────connection lost──────▶┘
///
/// Kept small: a node is to hold 100,000 of them (``MemoryLayout`` is tested against a budget).
struct LiveSession: ~Copyable {
    enum Phase: UInt8 { case free, building, live }

    /// One guild the session belongs to.
    struct Membership {
        var guild: GuildID
        /// Index into the guild's audiences.
        var audience: Int32
        /// Index into the audience's roster.
        var position: Int32
        /// The guild's epoch up to which the session knows the guild's members, itself included.
        var epoch: UInt64
    }

    /// One channel the session subscribed to lazily.
    struct Subscription {
        var channel: ChannelID
        /// Index into the room's roster.
        var position: Int32
    }

    var phase = Phase.free
    var id = SessionID(high: 0, low: 0, loop: 0, slot: 0)
    var user = UserID(0)
    var token = TokenMark()
    var connection = ConnectionID(slot: 0, generation: 0)
    /// Whether `connection` is open and belongs to this session.
    var isConnected = false
    /// Whether missed dispatches are still being sent: newer ones then only go to the ring.
    var isReplaying = false
    var isLazy = false
    /// What op 3 or IDENTIFY asked for.
    var presence = PresenceStatus.online
    var platform = ClientPlatform.web
    /// Whether presences were not sent to it, of which it has not been told.
    var hasMissed = false
    /// Fits 50 to 250.
    var largeThreshold: UInt8 = 50
    /// Its connection's.
    var compression = TransportCompression.none
    /// Answers to op 8 under way.
    var memberRequests: UInt8 = 0
    var shard = Shard(id: 0, count: 1)
    var intents: Intents = []
    /// Of what only the user's own stream tells, as the client knows it; 0 when that cannot be told any more.
    var digest: UInt32 = 0
    /// The user's read states: all changes up to here were told.
    var readVersion: UInt32 = 0
    /// The loop's seconds at which it logged in or was taken up.
    var startedAt: UInt32 = 0
    /// The last dispatch's number.
    var sequence: UInt32 = 0
    /// While replaying, the last one that was sent.
    var replayed: UInt32 = 0
    /// In how many of this turn's rosters it stands.
    var touched: UInt16 = 0
    var ring = ReplayRing()
    /// The loop's milliseconds at which the connection was lost.
    var detachedAt: Int64 = 0
    /// The other sessions of the same user on this loop; −1 at the ends.
    var nextOfUser: Int32 = -1
    var previousOfUser: Int32 = -1
    var memberships: [Membership] = []
    var subscriptions: [Subscription] = []

    /// The oldest sequence that a client may resume from.
    var floor: UInt32 { sequence &- ring.count }

    /// Whether a dispatch goes out at once.
    var takesDispatches: Bool { isConnected && !isReplaying }

    /// The client has everything up to here.
    mutating func acknowledge(_ seen: UInt32) {
        guard seen <= sequence, seen > floor, !isReplaying else { return }
        ring.drop(first: seen - floor)
    }
}

/// The sessions of one loop, by slot. A slot's memory is touched when it is first used.
struct SessionSlab: ~Copyable {
    let capacity: Int
    /// Valid for the slots given out so far; the hot path indexes it without a look at this struct.
    let cells: UnsafeMutablePointer<LiveSession>
    private var used = 0
    private var free: [Int32] = []
    private(set) var count = 0

    init(capacity: Int) {
        precondition(capacity > 0 && capacity <= Int(Int32.max))
        self.capacity = capacity
        cells = .allocate(capacity: capacity)
    }

    deinit {
        cells.deinitialize(count: used)
        cells.deallocate()
    }

    /// A free slot; `nil` when all are taken.
    mutating func take() -> Int32? {
        if let slot = free.popLast() {
            count += 1
            return slot
        }
        guard used < capacity else { return nil }
        (cells + used).initialize(to: LiveSession())
        used += 1
        count += 1
        return Int32(used - 1)
    }

    /// Takes a certain slot; false when it is none, or not free. To be called before any other is taken, in ascending order.
    mutating func take(at slot: Int32) -> Bool {
        guard slot >= used, slot < capacity else { return false }
        while used <= slot {
            (cells + used).initialize(to: LiveSession())
            if used < slot { free.append(Int32(used)) }
            used += 1
        }
        count += 1
        return true
    }

    mutating func release(_ slot: Int32) {
        cells[Int(slot)] = LiveSession()
        free.append(slot)
        count -= 1
    }

    /// The session with this identity, if it still is one. Compares secrets without early exit.
    func find(_ id: SessionID) -> Int32? {
        guard let slot = Int32(exactly: id.slot), slot < used else { return nil }
        let cell = cells + Int(slot)
        guard cell.pointee.phase != .free, cell.pointee.id.matches(id) else { return nil }
        return slot
    }

    /// The slots given out so far; some may be free.
    var slots: Range<Int32> { 0..<Int32(used) }
}
