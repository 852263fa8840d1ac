/// Cuts what a WebSocket server sends into frames, in place.
package struct ServerFrames: Sendable {
    package enum Step: Equatable, Sendable {
        /// The payload's place in the bytes; the next frame begins at its end.
        case frame(opcode: UInt8, payload: Range<Int>)
        /// The frame goes on in bytes that are still to come.
        case incomplete
        /// Masked, fragmented, with reserved bits or longer than ``payloadBytesMax``: no server of ours sends that.
        case invalid
    }

    /// Longest payload that is taken: far above READY and a channel's events.
    package static let payloadBytesMax = 2 << 20

    package static func next(in bytes: UnsafeRawBufferPointer, from offset: Int) -> Step {
        let left = bytes.count - offset
        guard left >= 2 else { return .incomplete }
        let (first, second) = (bytes[offset], bytes[offset + 1])
        guard first & 0xF0 == 0x80, first & 0x0F != 0, second & 0x80 == 0 else { return .invalid }
        var length = Int(second)
        var header = 2
        switch second {
        case 126:
            header = 4
            guard left >= header else { return .incomplete }
            length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
        case 127:
            header = 10
            guard left >= header else { return .incomplete }
            var long: UInt64 = 0
            for index in 2..<10 { long = long << 8 | UInt64(bytes[offset + index]) }
            guard long <= UInt64(payloadBytesMax) else { return .invalid }
            length = Int(long)
        default: break
        }
        guard left - header >= length else { return .incomplete }
        let start = offset + header
        return .frame(opcode: first & 0x0F, payload: start..<start + length)
    }
}
