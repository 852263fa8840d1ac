/// The server's side of reading WebSocket frames (RFC 6455, 5 to 7): one per connection, 16 bytes while no fragmented
/// message is open, no I/O, no clock.
///
///     open ──bad frame──► failed (says so for ever)
///       └───close frame─► closed (discards what follows)
///
/// At all times: bytes held ≤ `messageBytesMax`, fragments counted ≤ ``WireLimits/fragmentsPerMessageMax``. A copy shares
/// the fragment buffer with its original, so keep one decoder per connection and don't copy it.
package struct FrameDecoder {
    private enum State: UInt8 { case open, failed, closed }

    /// Only while a fragmented message is open, and until the call after the one that delivered it.
    private var fragments: FragmentBuffer?
    private let messageBytesMax: UInt32
    private var failure: UInt16 = 0
    private var state = State.open

    /// - Parameter messageBytesMax: longest message over all its fragments; a longer one fails with 1009. Clamped to
    ///   125…2³² - 1.
    package init(messageBytesMax: Int = WireLimits.messageBytesMax) {
        self.messageBytesMax = UInt32(clamping: max(messageBytesMax, WireLimits.controlPayloadBytesMax))
    }

    /// The most bytes that may have to be kept between two calls: one frame short of its last byte.
    package var carryBytesMax: Int { Int(messageBytesMax) + WireLimits.clientFrameHeaderBytesMax - 1 }

    /// Whether a fragmented message is open: the connection holds a buffer for it.
    package var holdsFragments: Bool { fragments != nil }

    /// Decodes the next event at `offset`, unmasking in place, and moves `offset` past all it consumed.
    ///
    /// Call until ``FrameEvent/needMore``; then keep `buffer[offset...]` in front of what is read next. Bytes before
    /// `offset` must not be offered again, they are unmasked already.
    ///
    /// - Precondition: `0 ≤ offset ≤ buffer.count`.
    package mutating func next(in buffer: UnsafeMutableRawBufferPointer, from offset: inout Int) -> FrameEvent {
        precondition(offset >= 0 && offset <= buffer.count, "offset outside the buffer")
        switch state {
        case .open:
            break
        case .failed:
            offset = buffer.count
            return .failure(WebSocketCloseCode(rawValue: failure))
        case .closed:
            offset = buffer.count
            return .needMore
        }
        if let fragments, fragments.isDelivered { self.fragments = nil }

        while true {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
            let header: FrameHeader
            switch FrameHeader.read(UnsafeRawBufferPointer(rest)) {
            case .needMore: return .needMore
            case .failure(let code): return fail(code)
            case .header(let read): header = read
            }
            // Judged by the claim, before a byte of it is waited for or kept.
            if let code = refusal(of: header) { return fail(code) }
            let payloadBytes = Int(header.payloadBytes)
            guard rest.count - header.headerBytes >= payloadBytes else { return .needMore }

            let payload = UnsafeMutableRawBufferPointer(
                rebasing: rest[header.headerBytes..<(header.headerBytes + payloadBytes)]
            )
            FrameMask.apply(header.maskingKey, to: payload)
            offset += header.headerBytes + payloadBytes
            if let event = take(header, payload: UnsafeRawBufferPointer(payload)) { return event }
        }
    }

    /// Why a well-formed header can't be accepted in the present state, or `nil`.
    private func refusal(of header: FrameHeader) -> WebSocketCloseCode? {
        switch header.opcode {
        case .close, .ping, .pong:
            return nil
        case .text, .binary:
            guard fragments == nil else { return .protocolError }
            return header.payloadBytes > UInt64(messageBytesMax) ? .messageTooBig : nil
        case .continuation:
            guard let fragments else { return .protocolError }
            guard header.payloadBytes <= UInt64(messageBytesMax) - UInt64(fragments.count) else {
                return .messageTooBig
            }
            return fragments.frames < WireLimits.fragmentsPerMessageMax ? nil : .policyViolation
        }
    }

    /// The event of a whole frame, or `nil` for a fragment after which the message goes on.
    private mutating func take(_ header: FrameHeader, payload: UnsafeRawBufferPointer) -> FrameEvent? {
        switch header.opcode {
        case .ping: return .ping(payload: payload)
        case .pong: return .pong(payload: payload)
        case .close: return close(payload)
        case .text: return data(.text, isFinal: header.isFinal, payload)
        case .binary: return data(.binary, isFinal: header.isFinal, payload)
        case .continuation: return continuation(isFinal: header.isFinal, payload)
        }
    }

    private mutating func data(_ kind: PayloadKind, isFinal: Bool, _ payload: UnsafeRawBufferPointer) -> FrameEvent? {
        guard isFinal else {
            let opened = FragmentBuffer(kind: kind)
            fragments = opened
            return opened.append(payload, isFinal: false) ? nil : fail(.invalidPayload)
        }
        guard kind == .binary || UTF8Validator.isValid(payload) else { return fail(.invalidPayload) }
        return .message(kind: kind, payload: payload)
    }

    private mutating func continuation(isFinal: Bool, _ payload: UnsafeRawBufferPointer) -> FrameEvent? {
        guard let fragments else { return fail(.protocolError) }
        guard fragments.append(payload, isFinal: isFinal) else { return fail(.invalidPayload) }
        guard isFinal else { return nil }
        fragments.isDelivered = true
        return .message(kind: fragments.kind, payload: fragments.bytes)
    }

    private mutating func close(_ payload: UnsafeRawBufferPointer) -> FrameEvent {
        guard payload.count != 1 else { return fail(.protocolError) }
        var code: WebSocketCloseCode?
        var reason = payload
        if payload.count >= 2 {
            let given = WebSocketCloseCode(rawValue: UInt16(bigEndian: payload.loadUnaligned(as: UInt16.self)))
            guard given.isLegalOnTheWire else { return fail(.protocolError) }
            reason = UnsafeRawBufferPointer(rebasing: payload[2...])
            guard UTF8Validator.isValid(reason) else { return fail(.invalidPayload) }
            code = given
        }
        state = .closed
        fragments = nil
        return .close(code: code, reason: reason)
    }

    private mutating func fail(_ code: WebSocketCloseCode) -> FrameEvent {
        state = .failed
        failure = code.rawValue
        fragments = nil
        return .failure(code)
    }
}
