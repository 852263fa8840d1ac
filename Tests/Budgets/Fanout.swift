import Bench
import Chat
import EmbeddedBackend
import Gateway
import Glibc
import Interface
import Services

/// What a delivery costs: one event of the bus, encoded once, into the rings and sockets of all sessions of a room.
enum Fanout {
    private static let sessions = 100
    private static let messages = 30
    private static let warmUp = 2

    static func run() async throws -> Int {
        let world = try await World()
        defer { world.remove() }
        let token = try await world.accounts.issueToken(for: World.user.id)
        var configuration = GatewayConfiguration()
        configuration.port = 0
        let source = ServiceSource(
            accounts: world.accounts, cache: world.access.cache, directory: world.backends.directory,
            directs: world.directs, history: world.history, intake: world.intake,
            limits: RateLimits(.off, limiter: world.backends.limiter, time: world.time), presence: world.presence,
            readStates: ReadStateService(
                access: world.access, directory: world.backends.directory, store: world.backends.store,
                bus: world.backends.bus, time: SystemTime()),
            notifications: NotificationService(
                access: world.access, directory: world.backends.directory, bus: world.backends.bus, time: SystemTime()),
            deliveries: DeliveryReports(store: world.backends.deliveries, time: SystemTime()), secrets: world.secrets)
        let server = try GatewayServer(
            configuration: configuration, source: source, bus: world.backends.bus, logger: World.logger)
        let running = Task { try await server.run() }
        defer { running.cancel() }
        guard let port = server.url.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Failure("the gateway has no port: \(server.url)")
        }
        let room = try await BenchThread.run { () throws(BenchFailure) in
            var room: [Int32] = []
            for _ in 0..<sessions { room.append(try FanoutClient.subscribe(port: port, token: token)) }
            return room
        }
        for number in 1...warmUp { try await deliver(UInt64(number), to: room, world) }
        try await counted {
            for number in 1...messages { try await deliver(UInt64(warmUp + number), to: room, world) }
        }
        return sessions * messages
    }

    /// One message at a time: what a turn of the loop joins would depend on the threads' luck.
    private static func deliver(_ number: UInt64, to room: [Int32], _ world: World) async throws {
        let message = Message(
            id: MessageID(number), channel: World.channel, guild: World.guild, author: World.user.id,
            content: String(repeating: "budget ", count: 36), version: number)
        let hydrated = HydratedMessage(
            message: message, author: World.user, member: Member(user: World.user.id, joinedAt: 0))
        try await world.backends.bus.publish([
            FanoutMessage(
                topic: .channel(World.channel), position: number, epoch: 1, acceptedAt: world.time.unixMilliseconds,
                payload: ChannelEvent.messageCreated(hydrated).encoded())
        ])
        try await BenchThread.run { () throws(BenchFailure) in
            for descriptor in room { try FanoutClient.readMessage(descriptor) }
        }
    }
}

/// The client's side of a session, on a blocking socket.
enum FanoutClient {
    static func subscribe(port: UInt16, token: String) throws(BenchFailure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchFailure(.system, "the gateway takes no connection") }
        try write(
            Array(
                ("GET /?v=10&encoding=json HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").utf8),
            to: descriptor)
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head += try read(1, from: descriptor) }
        try write(ClientFrames.text(#"{"op":2,"d":{"token":"\#(token)","lazy":true,"properties":{}}}"#), to: descriptor)
        try readUntil(#"{"op":0,"t":"READY""#, descriptor)
        try write(ClientFrames.text(#"{"op":100,"d":{"channel_id":"\#(World.channel)"}}"#), to: descriptor)
        try readUntil(#"{"op":0,"t":"CHANNEL_SUBSCRIBED""#, descriptor)
        return descriptor
    }

    static func readMessage(_ descriptor: Int32) throws(BenchFailure) {
        try readUntil(#"{"op":0,"t":"MESSAGE_CREATE""#, descriptor)
    }

    /// Reads frames until one that begins with a text.
    private static func readUntil(_ text: String, _ descriptor: Int32) throws(BenchFailure) {
        while true {
            let header = try read(2, from: descriptor)
            guard header[0] == 0x81 else { throw BenchFailure(.server, "the gateway closed the connection") }
            var length = Int(header[1])
            if length == 126 {
                length = try read(2, from: descriptor).reduce(0) { $0 << 8 | Int($1) }
            } else if length == 127 {
                length = try read(8, from: descriptor).reduce(0) { $0 << 8 | Int($1) }
            }
            let payload = try read(length, from: descriptor)
            if payload.starts(with: text.utf8) { return }
        }
    }

    private static func read(_ count: Int, from descriptor: Int32) throws(BenchFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count else {
            throw BenchFailure(.server, "the gateway closed the connection")
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(BenchFailure) {
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw BenchFailure(.server, "the gateway takes nothing")
        }
    }
}
