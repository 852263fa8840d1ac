/// The server's side of writing WebSocket frames (RFC 6455, 5.2): whole, unmasked.
package enum FrameEncoder {
    /// Bytes of the header in front of a payload of that length: 2, 4 or 10.
    package static func headerBytes(payloadBytes: Int) -> Int {
        switch payloadBytes {
        case ...125: 2
        case ...0xFFFF: 4
        default: 10
        }
    }

    /// Bytes of the header of a whole unmasked frame.
    static func headerBytes(ofFrame frame: UnsafeRawBufferPointer) -> Int {
        precondition(frame.count >= 2, "no frame")
        return switch frame[1] & 0x7F {
        case 126: 4
        case 127: 10
        default: 2
        }
    }

    /// Writes the header of a whole frame to the start of `buffer`.
    ///
    /// - Precondition: `buffer` holds ``headerBytes(payloadBytes:)`` bytes and `payloadBytes` is not negative.
    /// - Returns: the number of bytes written.
    @discardableResult
    package static func writeHeader(
        _ opcode: FrameOpcode,
        payloadBytes: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let length = headerBytes(payloadBytes: payloadBytes)
        precondition(payloadBytes >= 0 && buffer.count >= length, "no room for a frame header")
        buffer[0] = 0x80 | opcode.rawValue
        switch length {
        case 2:
            buffer[1] = UInt8(payloadBytes)
        case 4:
            buffer[1] = 126
            buffer.storeBytes(of: UInt16(payloadBytes).bigEndian, toByteOffset: 2, as: UInt16.self)
        default:
            buffer[1] = 127
            buffer.storeBytes(of: UInt64(payloadBytes).bigEndian, toByteOffset: 2, as: UInt64.self)
        }
        return length
    }

    /// Appends one whole frame to `output`.
    ///
    /// - Precondition: a control frame's payload is at most 125 bytes.
    package static func append(_ opcode: FrameOpcode, payload: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        precondition(
            !opcode.isControl || payload.count <= WireLimits.controlPayloadBytesMax,
            "control frame too long"
        )
        output.reserveCapacity(output.count + headerBytes(payloadBytes: payload.count) + payload.count)
        withUnsafeTemporaryAllocation(byteCount: WireLimits.serverFrameHeaderBytesMax, alignment: 8) { header in
            let length = writeHeader(opcode, payloadBytes: payload.count, into: header)
            output.append(contentsOf: header[..<length])
        }
        output.append(contentsOf: payload)
    }

    /// One whole frame on its own.
    package static func frame(_ opcode: FrameOpcode, payload: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        payload.withUnsafeBytes { append(opcode, payload: $0, to: &output) }
        return output
    }

    /// A close frame. A reason longer than 123 bytes is cut before the first character that does not fit.
    ///
    /// - Precondition: the code may stand on the wire; 1005, 1006 and 1015 may not.
    package static func close(_ code: WebSocketCloseCode, reason: String = "") -> [UInt8] {
        precondition(code.isLegalOnTheWire, "close code \(code.rawValue) must not be sent")
        var payload = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
        for scalar in reason.unicodeScalars {
            let encoded = Array(String(scalar).utf8)
            guard payload.count + encoded.count <= WireLimits.controlPayloadBytesMax else { break }
            payload.append(contentsOf: encoded)
        }
        return frame(.close, payload: payload)
    }
}
