private import Chat

/// One dispatch, encoded once and shared by every session that receives it: a whole text frame in which only the
/// sequence number differs from session to session.
///
/// The payload is `{"op":0,"t":"MESSAGE_CREATE","s":         7,"d":{…}}`. JSON allows spaces in front of a number but no
/// leading zeros, so the field has a fixed width and the digits stand at its right end.
package struct DispatchFrame: Sendable {
    /// Width of the sequence field: the digits of the largest `UInt32`.
    package static let sequenceFieldBytes = 10

    /// The whole frame, header included. Its sequence field holds zero until it is patched.
    package private(set) var bytes: [UInt8]

    /// Where the sequence field begins in ``bytes``.
    package let sequenceOffset: Int

    /// To whom it may be sent once more.
    package let scope: FrameScope

    /// - Parameters:
    ///   - event: the event's name: upper-case letters and underscores.
    ///   - scope: to whom it may be sent once more.
    ///   - data: the JSON text of `d`, copied as it is.
    package init(event: String, for scope: FrameScope = .anybody, data: [UInt8]) {
        self.init(event: event, for: scope, dataBytes: data.count) { $0.raw(data) }
    }

    /// Encodes `d` by a closure that writes exactly one JSON value.
    /// - Parameter dataBytes: about as long as it will be.
    package init(
        event: String, for scope: FrameScope = .anybody, dataBytes: Int = 900, _ data: (inout JSONWriter) -> Void
    ) {
        precondition(event.utf8.allSatisfy { 0x41...0x5A ~= $0 || $0 == 0x5F }, "an event name that needs escapes")
        // The header, whose length depends on the payload's, is written last, up to where the payload begins.
        let headerRoom = WireLimits.serverFrameHeaderBytesMax
        var builder = ByteBuilder(capacity: headerRoom + dataBytes + 96)
        builder.append(repeating: 0, count: headerRoom)
        builder.append(literal: #"{"op":0,"t":""#)
        builder.append(event)
        builder.append(literal: #"","s":"#)
        let sequenceOffset = builder.count
        builder.append(repeating: UInt8(ascii: " "), count: Self.sequenceFieldBytes - 1)
        builder.append(UInt8(ascii: "0"))
        builder.append(literal: #","d":"#)
        var writer = JSONWriter(behind: builder)
        data(&writer)
        builder = writer.finish()
        builder.append(UInt8(ascii: "}"))

        let payloadBytes = builder.count - headerRoom
        let start = headerRoom - FrameEncoder.headerBytes(payloadBytes: payloadBytes)
        bytes = builder.withBytes(from: start) {
            FrameEncoder.writeHeader(.text, payloadBytes: payloadBytes, into: $0)
            return [UInt8]($0)
        }
        self.sequenceOffset = sequenceOffset - start
        self.scope = scope
    }

    /// A frame as it was encoded before; `nil` when the bytes have no room for a sequence number there.
    package init?(saved bytes: [UInt8], sequenceOffset: Int, for scope: FrameScope = .anybody) {
        guard sequenceOffset >= 0, sequenceOffset <= bytes.count - Self.sequenceFieldBytes else { return nil }
        self.bytes = bytes
        self.sequenceOffset = sequenceOffset
        self.scope = scope
    }

    /// The JSON text of `d` in a frame's bytes; `nil` when they are none.
    package static func data(
        of frame: UnsafeRawBufferPointer, sequenceOffset: Int
    ) -> UnsafeRawBufferPointer? {
        let beforeData: StaticString = #","d":"#
        let start = sequenceOffset + sequenceFieldBytes + beforeData.utf8CodeUnitCount
        guard sequenceOffset >= 0, start < frame.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: frame[start..<(frame.count - 1)])
    }

    /// A frame that is made already.
    init(made bytes: [UInt8], sequenceOffset: Int) {
        self.bytes = bytes
        self.sequenceOffset = sequenceOffset
        scope = .anybody
    }

    /// Writes the sequence number into this frame.
    package mutating func patch(sequence: UInt32) {
        bytes.withUnsafeMutableBytes { Self.patch(sequence: sequence, in: $0, at: sequenceOffset) }
    }

    /// Writes the sequence number into a copy of a frame's bytes, right-aligned after spaces, without allocating.
    ///
    /// - Precondition: `buffer` holds ``sequenceFieldBytes`` bytes from `offset`.
    package static func patch(sequence: UInt32, in buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        precondition(offset >= 0 && buffer.count - offset >= sequenceFieldBytes, "no sequence field there")
        buffer.storeBytes(of: 0x2020_2020_2020_2020, toByteOffset: offset, as: UInt64.self)
        buffer.storeBytes(of: 0x2020, toByteOffset: offset + 8, as: UInt16.self)
        var rest = sequence
        var index = offset + sequenceFieldBytes
        repeat {
            index -= 1
            buffer[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest != 0
    }
}

/// The gateway's frames that are no dispatch.
package enum PayloadFrame {
    /// A whole frame `{"op":…,"d":…,"s":null,"t":null}`: all four keys, because clients index them unasked.
    ///
    /// - Parameters:
    ///   - compression: of the connection it is for. Payloads of this kind are small, and packed without becoming smaller.
    ///   - opensStream: whether it is the connection's first.
    package static func encode(
        operation: Int, compression: TransportCompression = .none, opensStream: Bool = false,
        _ data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("op", operation)
            $0.key("d")
            data(&$0)
            $0.null("s")
            $0.null("t")
        }
        guard compression != .none else { return FrameEncoder.frame(.text, payload: writer.bytes) }
        var packed = opensStream ? compression.streamHeader : []
        writer.bytes.withUnsafeBytes { compression.store($0, in: &packed) }
        compression.endMessage(in: &packed)
        return FrameEncoder.frame(.binary, payload: packed)
    }
}
