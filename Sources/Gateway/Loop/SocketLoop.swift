internal import CEpoll
internal import Glibc
internal import Synchronization
internal import Wire

/// One thread, one epoll, one listener of its own, and everything that it holds: nothing is shared between loops but
/// what is posted.
///
/// Every method says where it may be called. "Loop's thread" is the one made by `start`, or, for a loop that is turned
/// by hand, the thread inside `turn`.
///
/// `@unchecked Sendable`: the handler and all mutable state are touched on the loop's thread only, or before it exists
/// (`assertOnLoop`); what other threads reach is the mailbox, `shared` and `stopRequested`, each with its own guard.
package final class SocketLoop<Handler: SocketHandler>: @unchecked Sendable {
    /// What other threads may read and write, rarely.
    struct Shared {
        var statistics = LoopStatistics()
        var tls: TLSContext?
        var thread: LoopThread?
    }

    /// A report that waits for its callback, because no method of the loop calls back.
    enum Notice {
        case closed(CloseReason)
        case mark(OutputMark)
    }

    /// Loop's thread only; a test that turns the loop by hand reads it between turns.
    package let handler: Handler
    let configuration: LoopConfiguration
    let clock: LoopClock
    let mailbox: Mailbox<Handler.Mail>
    let shared: Mutex<Shared>
    let stopRequested = Atomic<Bool>(false)

    let poller: Poller
    /// Where all reads go: the carried beginning of a frame, then up to `ReadBuffer.readBytes`.
    let readBuffer = ReadBuffer()
    var slab: ConnectionSlab
    /// By slot; the entry behind the last slot is the listener's.
    var wheel: TimerWheel
    var listener: Listener?
    var listenerEntry: Int { slab.capacity }
    /// The slots that have an output buffer, in no order.
    var blocked: [Int32] = []
    /// Sockets to be read in the next turn without waiting for epoll; names may be stale.
    var ready: [ConnectionID] = []
    var notices: [(ConnectionID, Notice)] = []
    /// Slots to be freed at the end of the turn.
    var graveyard: [Int] = []
    var mails: [Handler.Mail] = []
    var counts = LoopStatistics()
    var nextTick: Int64
    var turnIsWanted = false
    var isStopping = false
    var hasStarted = false
    /// The slot whose bytes are being parsed, or −1.
    var reading = -1
    /// What of the read buffer has not been handed over: valid while a connection's bytes are being parsed.
    var unread: Range<Int> = 0..<0
    private var owner: pthread_t?

    /// Monotonic milliseconds, read once a turn. Loop's thread.
    package internal(set) var now: Int64

    /// Takes the handler for itself. With `tls` every accepted connection has to speak TLS.
    /// Throws when epoll or an event descriptor cannot be had.
    package init(
        configuration: LoopConfiguration = LoopConfiguration(),
        clock: LoopClock = .monotonic,
        tls: TLSContext? = nil,
        handler: sending Handler
    ) throws(LoopError) {
        self.configuration = configuration
        self.clock = clock
        self.handler = handler
        now = clock.milliseconds()
        nextTick = now + configuration.tickMilliseconds
        mailbox = try Mailbox(limit: configuration.mailsMax)
        poller = try Poller()
        slab = ConnectionSlab(capacity: configuration.connectionsMax)
        wheel = TimerWheel(capacity: configuration.connectionsMax + 1, now: now)
        shared = Mutex(Shared(tls: tls))
        try poller.add(mailbox.descriptor, token: Poller.mailboxToken)
    }

    deinit {
        // A loop that was not run to its end: its sockets go with it.
        for slot in 0..<slab.used where slab[slot].pointee.phase != .free {
            releaseResources(of: slab[slot])
        }
    }

    // MARK: Any thread

    /// Bytes that the loop itself keeps for an idle connection: its slot in the slab, its entry in the wheel.
    package static var idleConnectionBytes: Int { MemoryLayout<SocketState>.stride + TimerWheel.entryBytes }

    /// Leaves a mail for the handler. False, and dropped, when `mailsMax` wait already or the loop has ended.
    @discardableResult
    package func post(_ mail: Handler.Mail) -> Bool { mailbox.post(mail) }

    /// Replaces the certificate, or turns TLS off, for connections accepted from now on; the others keep theirs.
    package func replace(tls: TLSContext?) { shared.withLock { $0.tls = tls } }

    /// The statistics as of the last tick.
    package func snapshot() -> LoopStatistics { shared.withLock { $0.statistics } }

    /// Begins the end: no more accepts, `stopCloseCode` to every connection, and when all have gone the thread ends. It
    /// takes no longer than `flushMilliseconds` + `closeMilliseconds`.
    package func stop() {
        stopRequested.store(true, ordering: .releasing)
        mailbox.wake()
    }

    /// Starts the loop's thread. Call at most once, and not together with `turn`.
    package func start(name: String) throws(LoopError) {
        let thread = try LoopThread(name: name) {
            while self.turn(maxWaitMilliseconds: .max) {}
        }
        shared.withLock { $0.thread = thread }
    }

    /// Waits for the thread's end; returns at once when there is none.
    package func join() {
        let thread = shared.withLock { shared in
            defer { shared.thread = nil }
            return shared.thread
        }
        thread?.join()
    }

    // MARK: Before the start

    /// Opens the loop's own listener: `host` is a numeric IPv4 or IPv6 address, port 0 lets the system choose. Loops
    /// may listen on one port together (SO_REUSEPORT). Returns the port. To be called before the first turn, at most
    /// once.
    package func listen(host: String, port: UInt16) throws(LoopError) -> UInt16 {
        precondition(listener == nil && !hasStarted)
        let opened = try Listener(host: host, port: port)
        try poller.add(opened.descriptor, token: Poller.listenerToken)
        let bound = opened.port
        listener = consume opened
        return bound
    }

    // MARK: Loop's thread

    /// What has been counted up to now.
    package var statistics: LoopStatistics { counts }

    /// Makes the next turn follow at once, for a handler with work left over.
    package func wantTurn() { turnIsWanted = true }

    /// Whether the handler may still use it.
    package func isOpen(_ connection: ConnectionID) -> Bool {
        slab.find(connection)?.pointee.phase == .open
    }

    /// Bytes that wait to be written for it; 0 for one that has gone.
    package func pendingOutput(of connection: ConnectionID) -> Int {
        slab.find(connection)?.pointee.output?.pointee.count ?? 0
    }

    /// The peer's address, nil when the connection has gone.
    package func address(of connection: ConnectionID) -> PeerAddress? {
        slab.find(connection)?.pointee.address
    }

    /// Sets the connection's one deadline, `milliseconds` from the start of this turn, replacing an earlier one; nil
    /// cancels it. It is never early, and late by at most 32 ms and the length of a turn.
    package func setDeadline(_ connection: ConnectionID, after milliseconds: Int64?) {
        assertOnLoop()
        guard isOpen(connection) else { return }
        if let milliseconds {
            wheel.set(
                Int(connection.slot), deadline: now + min(max(0, milliseconds), configuration.deadlineMillisecondsMax))
        } else {
            wheel.cancel(Int(connection.slot))
        }
    }

    /// Closes the listener: for a drain. Connections stay.
    package func stopListening() {
        assertOnLoop()
        guard let descriptor = listener?.descriptor else { return }
        // What has been accepted by the kernel already would be reset otherwise.
        acceptWaiting()
        poller.remove(descriptor)
        wheel.cancel(listenerEntry)
        listener = nil
    }

    func assertOnLoop() {
        assert(owner.map { pthread_equal($0, pthread_self()) != 0 } ?? true, "called off the loop's thread")
    }

    /// Makes the calling thread the loop's. A loop turned by hand may move between threads between turns.
    func bindToThread() {
        let thread = pthread_self()
        if let owner, pthread_equal(owner, thread) != 0 { return }
        owner = thread
        // libssl writes with write(2), to which a closed peer answers with this signal; errno says the same.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
