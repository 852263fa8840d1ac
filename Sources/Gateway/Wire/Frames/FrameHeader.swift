/// The header of one client frame (RFC 6455, 5.2), already checked against every rule that needs no other frame.
struct FrameHeader {
    enum Outcome {
        case needMore
        case header(FrameHeader)
        case failure(WebSocketCloseCode)
    }

    var isFinal: Bool
    var opcode: FrameOpcode
    /// The masking key as it lies in memory: to be xored without regard to byte order.
    var maskingKey: UInt32
    /// As claimed by the peer, up to 2⁶³ - 1: compare before converting.
    var payloadBytes: UInt64
    var headerBytes: Int

    /// Reads the header at the start of `bytes`. A broken rule is reported as soon as the byte that breaks it is there.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard bytes.count >= 1 else { return .needMore }
        let first = bytes[0]
        let isFinal = first & 0x80 != 0
        // No extension is ever negotiated, so the three reserved bits must be zero.
        guard first & 0x70 == 0, let opcode = FrameOpcode(rawValue: first & 0x0F), isFinal || !opcode.isControl else {
            return .failure(.protocolError)
        }

        guard bytes.count >= 2 else { return .needMore }
        let second = bytes[1]
        let shortLength = second & 0x7F
        let isMasked = second & 0x80 != 0
        guard isMasked, !opcode.isControl || Int(shortLength) <= WireLimits.controlPayloadBytesMax else {
            return .failure(.protocolError)
        }

        let payloadBytes: UInt64
        let lengthEnd: Int
        switch shortLength {
        case 126:
            guard bytes.count >= 4 else { return .needMore }
            payloadBytes = UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            // The shortest encoding is the only legal one.
            guard payloadBytes > 125 else { return .failure(.protocolError) }
            lengthEnd = 4
        case 127:
            guard bytes.count >= 10 else { return .needMore }
            payloadBytes = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            guard payloadBytes > 0xFFFF, payloadBytes <= UInt64(Int64.max) else { return .failure(.protocolError) }
            lengthEnd = 10
        default:
            payloadBytes = UInt64(shortLength)
            lengthEnd = 2
        }

        guard bytes.count >= lengthEnd + 4 else { return .needMore }
        return .header(
            FrameHeader(
                isFinal: isFinal,
                opcode: opcode,
                maskingKey: bytes.loadUnaligned(fromByteOffset: lengthEnd, as: UInt32.self),
                payloadBytes: payloadBytes,
                headerBytes: lengthEnd + 4
            )
        )
    }
}
