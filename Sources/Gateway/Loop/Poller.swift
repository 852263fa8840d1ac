internal import CEpoll
internal import Glibc
internal import Wire

/// The loop's epoll instance and room for what it reports. Level-triggered: whoever stops early is reported again.
///
/// Used on the loop's thread only; `add` also before there is one.
final class Poller {
    static let listenerToken = UInt64.max
    static let mailboxToken = UInt64.max - 1
    static let eventsMax = 512

    private let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    init() throws(LoopError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        if descriptor < 0 { throw LoopError(code: .system, operation: "epoll_create1", number: errno) }
        events = .allocate(capacity: Poller.eventsMax)
    }

    deinit {
        events.deallocate()
        Glibc.close(descriptor)
    }

    /// Watches for input.
    func add(_ watched: Int32, token: UInt64) throws(LoopError) {
        if !control(EPOLL_CTL_ADD, watched, token: token, events: Poller.input) {
            throw LoopError(code: .system, operation: "epoll_ctl", number: errno)
        }
    }

    /// False when the kernel has no memory for it.
    func add(_ watched: Int32, connection: ConnectionID, output: Bool) -> Bool {
        control(EPOLL_CTL_ADD, watched, token: Poller.token(connection), events: Poller.interest(output: output))
    }

    /// Changes whether room for output is reported.
    func watch(_ watched: Int32, connection: ConnectionID, output: Bool) {
        _ = control(EPOLL_CTL_MOD, watched, token: Poller.token(connection), events: Poller.interest(output: output))
    }

    /// Changes whether the listener's input is reported.
    func watchListener(_ watched: Int32, _ isWatched: Bool) {
        _ = control(EPOLL_CTL_MOD, watched, token: Poller.listenerToken, events: isWatched ? Poller.input : 0)
    }

    func remove(_ watched: Int32) {
        _ = control(EPOLL_CTL_DEL, watched, token: 0, events: 0)
    }

    /// Waits and returns how many events can be read by `event`. An interrupted wait is a wait that found nothing.
    func wait(milliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(descriptor, events, Int32(Poller.eventsMax), milliseconds)))
    }

    func event(_ index: Int) -> (token: UInt64, mask: UInt32) {
        (events[index].data.u64, events[index].events)
    }

    static func connection(_ token: UInt64) -> ConnectionID {
        ConnectionID(slot: UInt32(truncatingIfNeeded: token), generation: UInt32(truncatingIfNeeded: token >> 32))
    }

    static var input: UInt32 { EPOLLIN.rawValue }
    static var output: UInt32 { EPOLLOUT.rawValue }
    /// The peer shut its direction, the connection is gone, or an error is pending.
    static var ended: UInt32 { EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue }

    private static func interest(output: Bool) -> UInt32 {
        EPOLLIN.rawValue | EPOLLRDHUP.rawValue | (output ? EPOLLOUT.rawValue : 0)
    }

    private static func token(_ connection: ConnectionID) -> UInt64 {
        UInt64(connection.generation) << 32 | UInt64(connection.slot)
    }

    private func control(_ operation: Int32, _ watched: Int32, token: UInt64, events: UInt32) -> Bool {
        var event = epoll_event(events: events, data: epoll_data_t(u64: token))
        return epoll_ctl(descriptor, operation, watched, &event) == 0
    }
}

/// The memory into which a loop reads from every socket.
final class ReadBuffer {
    /// What one read asks for.
    static let readBytes = 16 * 1024
    /// The longest beginning of a frame or of a request that may be carried over. A frame's payload is at most 16 KiB,
    /// its header 14 bytes; a request's header block at most 16 KiB.
    static let carryBytesMax = 16 * 1024 + 64

    let start: UnsafeMutableRawPointer
    /// The payload of the last ping in what is being parsed.
    let ping: UnsafeMutableRawBufferPointer

    init() {
        start = .allocate(byteCount: ReadBuffer.carryBytesMax + ReadBuffer.readBytes, alignment: 16)
        ping = .allocate(byteCount: WireLimits.controlPayloadBytesMax, alignment: 16)
    }

    deinit {
        start.deallocate()
        ping.deallocate()
    }

    func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: start, count: count)
    }
}
