import Wire

/// Frames that a client sends: whole, and masked as RFC 6455, 5.3 demands.
enum ClientFrame {
    static let text: UInt8 = 1
    static let close: UInt8 = 8
    static let pong: UInt8 = 10

    /// Bytes before a payload: two, the long length, the key.
    static func headerBytes(payloadBytes: Int) -> Int {
        payloadBytes < 126 ? 6 : payloadBytes < 65_536 ? 8 : 14
    }

    /// Writes the header for a payload that follows it, and masks that payload.
    /// - Parameter frame: the header's room and the payload behind it.
    static func seal(_ opcode: UInt8, _ frame: UnsafeMutableRawBufferPointer, payloadBytes: Int, key: UInt32) {
        let header = headerBytes(payloadBytes: payloadBytes)
        frame[0] = 0x80 | opcode
        switch header {
        case 6: frame[1] = 0x80 | UInt8(payloadBytes)
        case 8:
            frame[1] = 0x80 | 126
            frame.storeBytes(of: UInt16(payloadBytes).bigEndian, toByteOffset: 2, as: UInt16.self)
        default:
            frame[1] = 0x80 | 127
            frame.storeBytes(of: UInt64(payloadBytes).bigEndian, toByteOffset: 2, as: UInt64.self)
        }
        let payload = UnsafeMutableRawBufferPointer(rebasing: frame[header..<header + payloadBytes])
        key.withKeyBytes { for index in 0..<4 { frame[header - 4 + index] = $0[index] } }
        FrameMask.apply(key, to: payload)
    }

    static func frame(_ opcode: UInt8, _ payload: [UInt8], key: UInt32 = .random(in: .min ... .max)) -> [UInt8] {
        let header = headerBytes(payloadBytes: payload.count)
        var frame = [UInt8](repeating: 0, count: header) + payload
        frame.withUnsafeMutableBytes { seal(opcode, $0, payloadBytes: payload.count, key: key) }
        return frame
    }

    /// A close frame with code 1000, after which the server keeps no session to be resumed.
    static func goodbye() -> [UInt8] { frame(close, [0x03, 0xE8]) }
}

extension UInt32 {
    /// The four bytes of a masking key in the order of the wire.
    fileprivate func withKeyBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeBytes(of: self, body)
    }
}
