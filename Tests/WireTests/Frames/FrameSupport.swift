import Wire

/// An event with its payload copied out, so that it can be compared after the buffer is gone.
enum RecordedEvent: Equatable {
    case message(PayloadKind, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, [UInt8])
    case failure(UInt16)

    /// `nil` for the event that says nothing happened.
    init?(_ event: FrameEvent) {
        switch event {
        case .needMore: return nil
        case .message(let kind, let payload): self = .message(kind, Array(payload))
        case .ping(let payload): self = .ping(Array(payload))
        case .pong(let payload): self = .pong(Array(payload))
        case .close(let code, let reason): self = .close(code?.rawValue, Array(reason))
        case .failure(let code): self = .failure(code.rawValue)
        }
    }
}

/// Does with a decoder what the event loop does: carries what is left of one read in front of the next.
struct FrameFeed {
    var decoder: FrameDecoder
    private(set) var carry: [UInt8] = []
    private(set) var events: [RecordedEvent] = []
    /// Set when a call answered with an event and yet took nothing.
    private(set) var stalled = false

    init(messageBytesMax: Int = WireLimits.messageBytesMax) {
        decoder = FrameDecoder(messageBytesMax: messageBytesMax)
    }

    /// - Returns: false once the stream failed.
    @discardableResult
    mutating func feed(_ chunk: some Sequence<UInt8>) -> Bool {
        var buffer = carry
        buffer.append(contentsOf: chunk)
        var offset = 0
        var failed = false
        buffer.withUnsafeMutableBytes { raw in
            while true {
                let before = offset
                guard let event = RecordedEvent(decoder.next(in: raw, from: &offset)) else { return }
                events.append(event)
                if case .failure = event {
                    failed = true
                    return
                }
                if offset <= before {
                    stalled = true
                    return
                }
            }
        }
        carry = Array(buffer[offset...])
        return !failed
    }

    static func events(of stream: [UInt8], chunks: [Int] = [], messageBytesMax: Int = 16_384) -> [RecordedEvent] {
        var feed = FrameFeed(messageBytesMax: messageBytesMax)
        var start = 0
        for end in chunks + [stream.count] {
            guard feed.feed(stream[start..<end]) else { break }
            start = end
        }
        return feed.events
    }
}

/// A client frame, built byte by byte as RFC 6455, 5.2 draws it.
func clientFrame(
    _ opcode: UInt8,
    _ payload: [UInt8],
    final: Bool = true,
    mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
) -> [UInt8] {
    var frame: [UInt8] = [(final ? 0x80 : 0) | opcode]
    switch payload.count {
    case ...125: frame.append(0x80 | UInt8(payload.count))
    case ...0xFFFF: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default:
        frame.append(0x80 | 127)
        for shift in stride(from: 56, through: 0, by: -8) { frame.append(UInt8(payload.count >> shift & 0xFF)) }
    }
    frame += mask
    for (index, byte) in payload.enumerated() { frame.append(byte ^ mask[index % 4]) }
    return frame
}

func closeFrame(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
    clientFrame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
}

/// A second, plain implementation of the rules over a whole stream, to compare the real one with.
struct ReferenceDecoder {
    private var stream: [UInt8]
    private let limit: Int
    private var open: (kind: PayloadKind, bytes: [UInt8], frames: Int)?
    private(set) var events: [RecordedEvent] = []

    static func events(of stream: [UInt8], messageBytesMax: Int) -> [RecordedEvent] {
        var reference = ReferenceDecoder(stream: stream, limit: messageBytesMax)
        while reference.step() {}
        return reference.events
    }

    private init(stream: [UInt8], limit: Int) {
        self.stream = stream
        self.limit = limit
    }

    private mutating func fail(_ code: UInt16) -> Bool {
        events.append(.failure(code))
        return false
    }

    /// Takes one frame; false at the end of all that can be taken.
    private mutating func step() -> Bool {
        guard let first = stream.first else { return false }
        let opcode = first % 16
        let isControl = opcode >= 8
        if first & 0x70 != 0 || ![0, 1, 2, 8, 9, 10].contains(opcode) || (isControl && first < 0x80) {
            return fail(1002)
        }
        guard stream.count > 1 else { return false }
        let short = Int(stream[1] % 128)
        if stream[1] < 0x80 || (isControl && short > 125) { return fail(1002) }
        let extra = short == 126 ? 2 : short == 127 ? 8 : 0
        guard stream.count >= 2 + extra else { return false }
        let length = extra == 0 ? Double(short) : stream[2..<(2 + extra)].reduce(0) { $0 * 256 + Double($1) }
        if extra == 2, length < 126 { return fail(1002) }
        if extra == 8, length < 65536 || stream[2] >= 0x80 { return fail(1002) }
        guard stream.count >= 6 + extra else { return false }
        if opcode == 0, open == nil { return fail(1002) }
        if opcode == 1 || opcode == 2, open != nil { return fail(1002) }
        if !isControl, length + Double(open?.bytes.count ?? 0) > Double(limit) { return fail(1009) }
        if opcode == 0, let open, open.frames >= 1024 { return fail(1008) }
        let end = 6 + extra + Int(length)
        guard stream.count >= end else { return false }
        let mask = stream[(2 + extra)..<(6 + extra)]
        let payload = stream[(6 + extra)..<end].enumerated().map { $1 ^ mask[2 + extra + $0 % 4] }
        stream.removeFirst(end)
        return take(opcode, isFinal: first >= 0x80, payload)
    }

    private mutating func take(_ opcode: UInt8, isFinal: Bool, _ payload: [UInt8]) -> Bool {
        switch opcode {
        case 9: events.append(.ping(payload))
        case 10: events.append(.pong(payload))
        case 8:
            if payload.count == 1 { return fail(1002) }
            guard payload.count > 1 else {
                events.append(.close(nil, []))
                return false
            }
            let code = UInt16(payload[0]) * 256 + UInt16(payload[1])
            let legal = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].contains(code)
            if !legal && !(3000..<5000).contains(code) { return fail(1002) }
            let reason = Array(payload[2...])
            if String(validating: reason, as: UTF8.self) == nil { return fail(1007) }
            events.append(.close(code, reason))
            return false
        default:
            var message = open ?? (opcode == 1 ? .text : .binary, [], 0)
            message.bytes += payload
            message.frames += 1
            if message.kind == .text, !Self.isText(message.bytes, orBeginning: !isFinal) { return fail(1007) }
            open = isFinal ? nil : message
            if isFinal { events.append(.message(message.kind, message.bytes)) }
        }
        return true
    }

    /// Whether the bytes are UTF-8, or would be with some continuation bytes added.
    private static func isText(_ bytes: [UInt8], orBeginning: Bool) -> Bool {
        if String(validating: bytes, as: UTF8.self) != nil { return true }
        guard orBeginning else { return false }
        let endings: [[UInt8]] = [0x80, 0x90, 0xA0].flatMap { [[$0], [$0, 0x80], [$0, 0x80, 0x80]] }
        return endings.contains { String(validating: bytes + $0, as: UTF8.self) != nil }
    }
}
