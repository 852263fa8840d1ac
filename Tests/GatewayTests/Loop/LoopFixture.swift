import CEpoll
import Gateway
import Glibc
import Synchronization
import Testing
import Wire

/// Time that stands still until a test moves it.
final class HandClock: Sendable {
    private let milliseconds = Atomic<Int64>(1_000_000)

    var clock: LoopClock { LoopClock { self.milliseconds.load(ordering: .relaxed) } }

    func advance(by amount: Int64) { milliseconds.add(amount, ordering: .relaxed) }
}

enum LoopMail: Sendable {
    case number(Int)
    case socket(DetachedSocket)
}

/// Writes down what it is told, and does what the test wants in between.
final class RecordingSocketHandler: SocketHandler {
    enum Event: Equatable {
        case started
        case opened(ConnectionID, path: String)
        case received(ConnectionID, PayloadKind, [UInt8])
        case deadline(ConnectionID)
        case mark(ConnectionID, OutputMark)
        case closed(ConnectionID, CloseReason)
        case released(PeerAddress)
        case numbers([Int])
        case adopted(ConnectionID?)
        case tick
    }

    var events: [Event] = []
    var admitsAll = true
    var verdict = HandshakeVerdict.accept
    var whenReceived: ((ConnectionID, [UInt8], SocketLoop<RecordingSocketHandler>) -> Void)?
    var whenDeadline: ((ConnectionID, SocketLoop<RecordingSocketHandler>) -> Void)?
    var whenClosed: ((ConnectionID, SocketLoop<RecordingSocketHandler>) -> Void)?
    var turns = 0

    /// Takes what was written down, without the ticks.
    func take() -> [Event] {
        defer { events = [] }
        return events.filter { $0 != .tick && $0 != .started }
    }

    func started(on loop: SocketLoop<RecordingSocketHandler>) { events.append(.started) }
    func admits(_ address: PeerAddress, on loop: SocketLoop<RecordingSocketHandler>) -> Bool { admitsAll }
    func released(_ address: PeerAddress, on loop: SocketLoop<RecordingSocketHandler>) {
        events.append(.released(address))
    }
    func verdict(
        on request: HandshakeRequest, from address: PeerAddress, loop: SocketLoop<RecordingSocketHandler>
    ) -> HandshakeVerdict { verdict }
    func opened(
        _ connection: ConnectionID, request: HandshakeRequest, from address: PeerAddress,
        on loop: SocketLoop<RecordingSocketHandler>
    ) { events.append(.opened(connection, path: request.path)) }
    func received(
        _ connection: ConnectionID, kind: PayloadKind, payload: UnsafeRawBufferPointer,
        on loop: SocketLoop<RecordingSocketHandler>
    ) {
        events.append(.received(connection, kind, Array(payload)))
        whenReceived?(connection, Array(payload), loop)
    }
    func deadlineReached(_ connection: ConnectionID, on loop: SocketLoop<RecordingSocketHandler>) {
        events.append(.deadline(connection))
        whenDeadline?(connection, loop)
    }
    func outputMark(_ connection: ConnectionID, _ mark: OutputMark, on loop: SocketLoop<RecordingSocketHandler>) {
        events.append(.mark(connection, mark))
    }
    func closed(_ connection: ConnectionID, reason: CloseReason, on loop: SocketLoop<RecordingSocketHandler>) {
        events.append(.closed(connection, reason))
        whenClosed?(connection, loop)
    }
    func mail(_ batch: [LoopMail], on loop: SocketLoop<RecordingSocketHandler>) {
        var numbers: [Int] = []
        for mail in batch {
            switch mail {
            case .number(let number): numbers.append(number)
            case .socket(let socket): events.append(.adopted(loop.adopt(socket)))
            }
        }
        if !numbers.isEmpty { events.append(.numbers(numbers)) }
    }
    func turnEnded(on loop: SocketLoop<RecordingSocketHandler>) { turns += 1 }
    func tick(on loop: SocketLoop<RecordingSocketHandler>) { events.append(.tick) }
}

/// The other end of a connection: a non-blocking descriptor that the test reads and writes itself.
final class LoopPeer {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    /// Connects to a listener on the loopback interface; nil when nobody listens.
    init?(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { return nil }
    }

    func write(_ bytes: [UInt8]) {
        let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        #expect(count == bytes.count)
    }

    /// Writes what a socket takes that may be full or broken.
    func tryWrite(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
    }

    /// What has arrived; `hasEnded` tells whether the end of the stream was among it.
    func read(atMost limit: Int = .max) -> (bytes: [UInt8], hasEnded: Bool) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let wanted = min(chunk.count, limit - bytes.count)
            let count = recv(descriptor, &chunk, wanted, Int32(MSG_DONTWAIT))
            if count == 0 { return (bytes, true) }
            if count < 0 { return (bytes, errno != EAGAIN) }
            bytes += chunk[..<count]
        }
        return (bytes, false)
    }

    static let request =
        "GET /?v=10 HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

    /// A whole masked client frame.
    static func frame(_ opcode: FrameOpcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        var frame: [UInt8] = [opcode.rawValue | (isFinal ? 0x80 : 0)]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        }
        frame += key
        for (index, byte) in payload.enumerated() { frame.append(byte ^ key[index & 3]) }
        return frame
    }

    static func close(_ code: UInt16) -> [UInt8] { frame(.close, [UInt8(code >> 8), UInt8(code & 255)]) }
}

/// A loop that the test turns by hand, over socket pairs.
final class HandLoop {
    let clock = HandClock()
    let loop: SocketLoop<RecordingSocketHandler>
    var handler: RecordingSocketHandler { loop.handler }

    init(tls: TLSContext? = nil, _ change: (inout LoopConfiguration) -> Void = { _ in }) throws {
        var configuration = LoopConfiguration()
        configuration.connectionsMax = 64
        change(&configuration)
        loop = try SocketLoop(
            configuration: configuration, clock: clock.clock, tls: tls, handler: RecordingSocketHandler())
        turn()
        _ = handler.take()
    }

    /// So many turns that nothing is left to do: what arrives over a socket pair is there when the write returns.
    func turn(_ count: Int = 6) {
        for _ in 0..<count { loop.turn(maxWaitMilliseconds: 0) }
    }

    /// Gives the loop one end of a pair and the test the other.
    func pair(sendBuffer: Int32? = nil, address: PeerAddress = .unknown) throws -> (LoopPeer, ConnectionID?) {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        if var size = sendBuffer {
            setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        return (LoopPeer(descriptor: ends[1]), loop.adopt(descriptor: ends[0], address: address))
    }

    /// The same over TCP on the loopback interface, where what is written takes its time.
    func tcp() throws -> (LoopPeer, ConnectionID) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try #require(bind(listener, $0, length) == 0 && listen(listener, 1) == 0)
                try #require(getsockname(listener, $0, &length) == 0)
            }
        }
        let peer = try #require(LoopPeer(port: UInt16(bigEndian: address.sin_port)))
        _ = fcntl(peer.descriptor, F_SETFL, fcntl(peer.descriptor, F_GETFL) | O_NONBLOCK)
        let accepted = accept(listener, nil, nil)
        return (peer, try #require(loop.adopt(descriptor: accepted)))
    }

    /// A pair on which the handshake is over, and its answer read.
    func open(sendBuffer: Int32? = nil) throws -> (LoopPeer, ConnectionID) {
        let (peer, connection) = try pair(sendBuffer: sendBuffer)
        let id = try #require(connection)
        peer.write(Array(LoopPeer.request.utf8))
        turn()
        let answer = peer.read().bytes
        #expect(answer.starts(with: "HTTP/1.1 101 ".utf8))
        #expect(handler.take() == [.opened(id, path: "/")])
        return (peer, id)
    }

    @discardableResult
    func send(_ bytes: [UInt8], to connection: ConnectionID) -> SendOutcome {
        bytes.withUnsafeBytes { loop.send($0, to: connection) }
    }
}
