import Testing
import Wire

/// A client of the gateway at the other end of a socket pair: masks what it sends, takes apart what it gets.
final class GatewayClient {
    let peer: LoopPeer
    var session = ""
    var token = ""
    /// What came before and with the login.
    var login: [JSONValue] = []
    /// The last sequence number seen.
    private(set) var sequence: Int = 0
    private(set) var closeCode: UInt16?
    /// What binary frames are read with; `nil` where only text may come.
    let decoder: StreamDecoder?
    /// Bytes of the frames that have been read.
    private(set) var frameBytes = 0
    private var buffer: [UInt8] = []

    init(_ peer: LoopPeer, compression: TransportCompression = .none) {
        self.peer = peer
        decoder = compression == .none ? nil : StreamDecoder(compression)
    }

    func send(_ json: String) { peer.tryWrite(LoopPeer.frame(.text, Array(json.utf8))) }

    func send(binary json: String) { peer.tryWrite(LoopPeer.frame(.binary, Array(json.utf8))) }

    func close(_ code: UInt16) { peer.tryWrite(LoopPeer.close(code)) }

    func resume(session: String? = nil, token: String? = nil, sequence: Int? = nil) {
        send(
            #"{"op":6,"d":{"token":"\#(token ?? self.token)","session_id":"\#(session ?? self.session)","#
                + #""seq":\#(sequence ?? self.sequence)}}"#)
    }

    func readHandshake() {
        buffer += peer.read().bytes
        let end = Array("\r\n\r\n".utf8)
        guard let index = buffer.indices.first(where: { buffer[$0...].starts(with: end) }) else { return }
        #expect(buffer.starts(with: "HTTP/1.1 101 ".utf8))
        buffer.removeFirst(index + 4)
    }

    /// Every payload that has arrived. The sequence numbers of dispatches must follow each other without a gap.
    /// - Parameter limit: bytes that are read; what lies behind them is left.
    func payloads(atMost limit: Int = .max) -> [JSONValue] {
        buffer += peer.read(atMost: limit).bytes
        var payloads: [JSONValue] = []
        while var (opcode, body) = takeFrame() {
            if let decoder, opcode == FrameOpcode.binary.rawValue {
                (opcode, body) = (FrameOpcode.text.rawValue, decoder.decode(body))
            } else if decoder != nil, opcode == FrameOpcode.text.rawValue {
                Issue.record("a text frame on a compressed connection")
            }
            if opcode == FrameOpcode.close.rawValue {
                closeCode = body.count >= 2 ? UInt16(body[0]) << 8 | UInt16(body[1]) : 1005
            } else if opcode == FrameOpcode.text.rawValue, let value = try? JSONReader.parse(body) {
                #expect(value.object?.members.map(\.key).sorted() == ["d", "op", "s", "t"])
                if value["op"]?.int == 0 {
                    let next = value["s"]?.int ?? -1
                    if sequence > 0 { #expect(next == sequence + 1) }
                    sequence = next
                }
                payloads.append(value)
            } else {
                Issue.record("an unexpected frame with opcode \(opcode)")
            }
        }
        return payloads
    }

    /// The dispatches that have arrived, by name.
    func events() -> [String] { payloads().compactMap { $0["t"]?.string } }

    /// The ids of the messages that have arrived.
    func messages() -> [String] {
        payloads().filter { $0["t"]?.string == "MESSAGE_CREATE" }.compactMap { $0["d"]?["id"]?.string }
    }

    /// Reads what has arrived and gives the code of the close frame, if there was one.
    func close() -> UInt16? {
        _ = payloads()
        return closeCode
    }

    /// Starts over after a reconnect: another connection of the same session.
    func continues(_ other: GatewayClient) {
        session = other.session
        token = other.token
        sequence = other.sequence
    }

    /// Forgets the session whose sequence it was counting.
    func startsOver() { sequence = 0 }

    private func takeFrame() -> (UInt8, [UInt8])? {
        guard buffer.count >= 2 else { return nil }
        var length = Int(buffer[1] & 127)
        var header = 2
        if length == 126 {
            guard buffer.count >= 4 else { return nil }
            length = Int(buffer[2]) << 8 | Int(buffer[3])
            header = 4
        } else if length == 127 {
            guard buffer.count >= 10 else { return nil }
            length = buffer[2..<10].reduce(0) { $0 << 8 | Int($1) }
            header = 10
        }
        guard buffer.count >= header + length else { return nil }
        defer {
            buffer.removeFirst(header + length)
            frameBytes += header + length
        }
        return (buffer[0] & 15, Array(buffer[header..<(header + length)]))
    }
}
