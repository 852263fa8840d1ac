import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A WebSocket client on another implementation than the gateway's own, so that one checks the other.
actor GatewayClient {
    enum Frame: Sendable {
        case payload(JSON)
        case closed(code: UInt16?)
    }

    private let channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    private var buffered: [Frame] = []
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var isOver = false
    private(set) var sequence: Int?
    private(set) var sessionID: String?

    private init(_ channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>) {
        self.channel = channel
    }

    /// Connects and reads in the background until the connection ends.
    static func connect(_ url: String, query: String = "/?v=10&encoding=json") async throws -> GatewayClient {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw Expired(what: "a gateway URL, not \(url)")
        }
        let upgraded = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
            host: host, port: port
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                let upgrader = NIOTypedWebSocketClientUpgrader<NIOAsyncChannel<WebSocketFrame, WebSocketFrame>?>(
                    maxFrameSize: 16 << 20,
                    upgradePipelineHandler: { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try NIOAsyncChannel<WebSocketFrame, WebSocketFrame>(wrappingChannelSynchronously: channel)
                        }
                    }
                )
                var headers = HTTPHeaders()
                headers.add(name: "Host", value: "\(host):\(port)")
                let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: query, headers: headers)
                let configuration = NIOTypedHTTPClientUpgradeConfiguration(
                    upgradeRequestHead: request, upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            nil as NIOAsyncChannel<WebSocketFrame, WebSocketFrame>?
                        }
                    }
                )
                var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
                // HELLO comes in one segment with the 101.
                pipeline.leftOverBytesStrategy = .forwardBytes
                return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                    configuration: pipeline)
            }
        }
        guard let channel = try await upgraded.get() else { throw Expired(what: "an upgrade to WebSocket") }
        let client = GatewayClient(channel)
        Task { await client.read() }
        return client
    }

    private func read() async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                self.outbound = outbound
                var text = ByteBuffer()
                for try await frame in inbound {
                    switch frame.opcode {
                    case .text, .binary, .continuation:
                        var data = frame.unmaskedData
                        text.writeBuffer(&data)
                        if frame.fin {
                            note(.payload(JSON(text: String(buffer: text))))
                            text.clear()
                        }
                    case .connectionClose:
                        var data = frame.unmaskedData
                        note(.closed(code: data.readInteger(as: UInt16.self)))
                        return
                    default: break
                    }
                }
                note(.closed(code: nil))
            }
        } catch {
            note(.closed(code: nil))
        }
        isOver = true
        wake()
    }

    private var outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>?

    private func note(_ frame: Frame) {
        if case .payload(let json) = frame {
            if let number = json["s"].int { sequence = number }
            if json["t"].string == "READY" { sessionID = json["d"]["session_id"].string }
            if json["op"].int == 10, let interval = json["d"]["heartbeat_interval"].int {
                Task { await beat(every: interval * 2 / 3) }
            }
        }
        buffered.append(frame)
        wake()
    }

    /// Shows that it is there, as every client does: a busy machine may take longer for a test than a client may be silent. Acknowledges nothing.
    private func beat(every milliseconds: Int) async {
        while (try? await Task.sleep(for: .milliseconds(milliseconds))) != nil, !isOver {
            try? await send(text: #"{"op":1,"d":null}"#)
        }
    }

    private func wake() {
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    /// Sends a payload.
    func send(_ json: JSON) async throws {
        try await send(text: json.text)
    }

    func send(text: String) async throws {
        let writer = try await eventually("the connection's writer") { self.outbound }
        try await writer.write(
            WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text))
        )
    }

    /// Takes frames until one is what is looked for, and returns it; what came before it is dropped.
    func next(_ what: String, seconds: Double = 120, where matches: (Frame) -> Bool) async throws -> Frame {
        try await eventually(what, seconds: seconds) { () -> Frame? in
            while !buffered.isEmpty {
                let frame = buffered.removeFirst()
                if matches(frame) { return frame }
            }
            if isOver { throw Expired(what: "\(what) on a connection that ended") }
            return nil
        }
    }

    /// The next dispatch of a name.
    func dispatch(_ name: String, seconds: Double = 120) async throws -> JSON {
        let frame = try await next(name, seconds: seconds) { frame in
            if case .payload(let json) = frame { json["t"].string == name } else { false }
        }
        guard case .payload(let json) = frame else { throw Expired(what: name) }
        return json["d"]
    }

    /// The next payload of an op.
    func operation(_ number: Int) async throws -> JSON {
        let frame = try await next("op \(number)") { frame in
            if case .payload(let json) = frame { json["op"].int == number } else { false }
        }
        guard case .payload(let json) = frame else { throw Expired(what: "op \(number)") }
        return json
    }

    /// The code with which the server closes.
    func closeCode() async throws -> UInt16? {
        let frame = try await next("a close frame") { if case .closed = $0 { true } else { false } }
        guard case .closed(let code) = frame else { return nil }
        return code
    }

    /// HELLO, IDENTIFY, READY.
    func identify(token: String, intents: Int = 513 | 1 << 15, lazy: Bool = false) async throws -> JSON {
        _ = try await operation(10)
        var data: [String: Any] = ["token": token, "intents": intents, "properties": ["os": "linux"]]
        if lazy { data["lazy"] = true }
        try await send(JSON(["op": 2, "d": data]))
        return try await dispatch("READY")
    }

    /// Whether a dispatch of a name arrives before a message of a content, which marks the end of the wait.
    func sees(_ name: String, before marker: String) async throws -> Bool {
        var seen = false
        _ = try await next("the message '\(marker)'") { frame in
            guard case .payload(let json) = frame else { return false }
            if json["t"].string == name, json["d"]["content"].string != marker { seen = true }
            return json["t"].string == "MESSAGE_CREATE" && json["d"]["content"].string == marker
        }
        return seen
    }

    func close() {
        channel.channel.close(promise: nil)
    }
}
