/// The opcode of a frame (RFC 6455, 5.2). All other values are reserved and refused.
package enum FrameOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Control frames are whole, short, and may stand between the fragments of a message (RFC 6455, 5.5).
    package var isControl: Bool { rawValue & 0x8 != 0 }
}

/// What a data message (a payload, in the words of the gateway) claims to hold. Text has been checked to be UTF-8, binary has not.
package enum PayloadKind: UInt8, Hashable, Sendable {
    case text = 0x1
    case binary = 0x2
}

/// What ``FrameDecoder/next(in:from:)`` found. Every payload is unmasked and points either into the caller's buffer or
/// into the decoder's own: it is valid until the next call and until the caller's buffer moves.
package enum FrameEvent {
    /// No whole frame is left; the offset stands at the first byte to keep.
    case needMore
    /// A whole message, reassembled if it came in fragments.
    case message(kind: PayloadKind, payload: UnsafeRawBufferPointer)
    /// A ping, to be answered by a pong with the same payload of at most 125 bytes (RFC 6455, 5.5.2).
    case ping(payload: UnsafeRawBufferPointer)
    /// A pong, asked for or not.
    case pong(payload: UnsafeRawBufferPointer)
    /// The peer closes. The code is legal and the reason is UTF-8 of at most 123 bytes; `nil` when the frame was empty.
    /// Whatever follows is discarded (RFC 6455, 5.5.1).
    case close(code: WebSocketCloseCode?, reason: UnsafeRawBufferPointer)
    /// The peer broke a rule: send a close frame with this code and drop the connection. Every later call says the same.
    case failure(WebSocketCloseCode)
}
