import CEpoll
import Glibc

/// The load generator: one thread, one epoll instance, all connections in a slab, one buffer to read into.
///
/// It belongs to the thread that made it.
final class LoadEngine {
    private static let eventsMax = 1_024
    private static let bufferBytes = 4 << 20
    /// A node closes a connection that was silent for a minute; each gets a heartbeat in a third of that.
    private static let beatRoundNanoseconds: UInt64 = 20_000_000_000
    private static let beatTurnNanoseconds: UInt64 = 250_000_000

    let script: LoadScript
    let connectionsMax: Int
    var connections: [Connection] = []
    var rooms: [Room]
    var book: OrderBook
    var tally = Tally()

    // Opening.
    var openings: [Opening] = []
    var openingsNext = 0
    var underWay = 0
    var underWayMax = 256
    var liveCount = 0
    var openCount = 0
    var failedOpenings = 0
    var failureNote: String?
    /// From connect to live, in nanoseconds.
    var openLatency = LogHistogram()

    // Resuming.
    var keepsTickets = false
    var tickets: [Int: ResumeTicket] = [:]
    var lostSessions = 0
    var replayed: UInt64 = 0

    // Publishing.
    var pool: [Int] = []
    var poolCursor = 0
    var poolBudget = 0
    var poolBatch = 0
    /// Publishers that may send no more, each with the time at which it says good-bye: the node still works on what
    /// they sent.
    var retiring: [(index: Int, at: UInt64)] = []
    var idlePosters: [Int] = []
    var plainPublishers: [Int]
    var isMeasuring = false
    /// Set while a closed loop wants to hear of rooms that moved on.
    var notesDirtyRooms = false
    var dirtyRooms: [Int] = []
    var nonce: UInt32 = 0

    // Output and input that did not fit.
    var carries: [Int: [UInt8]] = [:]
    var outputs: [Int: [UInt8]] = [:]
    let buffer: UnsafeMutableRawBufferPointer
    let scratch: UnsafeMutableRawBufferPointer

    private let poller: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: eventsMax)
    private var free: [Int] = []
    private var freed: [Int] = []
    private var beatCursor = 0
    private var beatNext: UInt64 = 0
    /// Nanoseconds in which there was nothing to do.
    private(set) var idleNanoseconds: UInt64 = 0

    /// - Parameter connectionsMax: how many connections the process may have.
    /// - Throws: ``BenchFailure`` when the system gives no epoll instance.
    init(_ script: LoadScript, connectionsMax: Int) throws(BenchFailure) {
        self.script = script
        self.connectionsMax = connectionsMax
        rooms = [Room](repeating: Room(), count: script.rooms)
        plainPublishers = [Int](repeating: -1, count: script.rooms)
        book = OrderBook(rooms: script.rooms)
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poller >= 0 else { throw BenchFailure(.system, "epoll: \(SystemError(number: errno).text)") }
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
        let longest = script.templates.map(\.count).max() ?? 0
        scratch = .allocate(byteCount: longest + 64, alignment: 16)
    }

    deinit {
        for connection in connections where connection.descriptor >= 0 {
            // After a failure: without a good-bye the node would keep the session for its return.
            if connection.role != .poster, script.way != .plain {
                let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
                _ = send(connection.descriptor, script.goodbye, script.goodbye.count, flags)
            }
            close(connection.descriptor)
        }
        close(poller)
        buffer.deallocate()
        scratch.deallocate()
    }

    // MARK: Turns

    /// Waits for events and works them off.
    /// - Parameter milliseconds: how long to wait at most; 0 to look only.
    /// - Throws: ``BenchFailure`` when a signal asked for the end.
    func turn(_ milliseconds: Int32) throws(BenchFailure) {
        guard !BenchInterrupt.isRequested else { throw BenchFailure(.interrupted, "interrupted") }
        free += freed
        freed.removeAll(keepingCapacity: true)
        let before = monotonicNow()
        let count = Int(epoll_wait(poller, &events, Int32(Self.eventsMax), milliseconds))
        let now = monotonicNow()
        if milliseconds != 0 || count <= 0 { idleNanoseconds &+= now &- before }
        for number in 0..<max(0, count) {
            let index = Int(truncatingIfNeeded: events[number].data.u64)
            handle(index, events[number].events, now)
        }
        startOpenings(now)
        while let first = retiring.first, first.at <= now {
            retiring.removeFirst()
            leave(first.index)
        }
        beat(now)
    }

    private func handle(_ index: Int, _ flags: UInt32, _ now: UInt64) {
        guard connections[index].descriptor >= 0 else { return }
        if flags & EPOLLOUT.rawValue != 0 {
            if connections[index].isConnecting { connected(index) } else { flush(index) }
        }
        guard flags & ~EPOLLOUT.rawValue != 0, connections[index].descriptor >= 0 else { return }
        if connections[index].isConnecting { return ended(index, "the connection was refused") }
        receive(index, now)
    }

    private func beat(_ now: UInt64) {
        guard script.way != .plain, now >= beatNext, !connections.isEmpty else { return }
        beatNext = now &+ Self.beatTurnNanoseconds
        let turns = Int(Self.beatRoundNanoseconds / Self.beatTurnNanoseconds)
        for _ in 0..<(connections.count / turns + 1) {
            beatCursor = beatCursor + 1 < connections.count ? beatCursor + 1 : 0
            let connection = connections[beatCursor]
            guard connection.descriptor >= 0, connection.role != .poster, connection.login.phase == .live else {
                continue
            }
            write(beatCursor, script.beat)
        }
    }

    // MARK: The slab

    /// Puts a connection into the slab and watches its descriptor.
    func add(_ connection: Connection) -> Int {
        let index: Int
        if let reused = free.popLast() {
            index = reused
            connections[index] = connection
        } else {
            index = connections.count
            connections.append(connection)
        }
        openCount += 1
        watch(index, EPOLL_CTL_ADD, EPOLLIN.rawValue | EPOLLOUT.rawValue)
        return index
    }

    func watch(_ index: Int, _ operation: Int32, _ flags: UInt32) {
        var event = epoll_event()
        event.events = flags
        event.data.u64 = UInt64(index)
        epoll_ctl(poller, operation, connections[index].descriptor, &event)
    }

    /// Closes the descriptor and gives the place back, but not before the next turn: events of this one may still name
    /// it.
    func release(_ index: Int) {
        close(connections[index].descriptor)
        connections[index].descriptor = -1
        if connections[index].hasCarry { carries[index] = nil }
        if connections[index].wantsWrite { outputs[index] = nil }
        freed.append(index)
        openCount -= 1
    }
}
