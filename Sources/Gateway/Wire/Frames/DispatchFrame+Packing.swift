extension DispatchFrame {
    /// Packs a text frame for connections with compression: a whole binary frame, which is patched like the one it was made from.
    ///
    /// - Parameters:
    ///   - frame: the bytes of a `DispatchFrame`, header included.
    ///   - sequenceOffset: where its sequence field begins.
    ///   - compression: not `none`.
    ///   - deflate: appends bytes as deflate blocks (RFC 1951) that refer to nothing in front of them and end with an empty stored one, and
    ///     begin and end on a byte; or appends nothing and answers false, and they are stored as they are. Asked for zlib only.
    package init(
        packing frame: UnsafeRawBufferPointer, sequenceOffset: Int, as compression: TransportCompression,
        deflate: (UnsafeRawBufferPointer, inout [UInt8]) -> Bool
    ) {
        precondition(compression != .none, "nothing to pack")
        let payload = UnsafeRawBufferPointer(rebasing: frame[FrameEncoder.headerBytes(ofFrame: frame)...])
        let headerBytes = frame.count - payload.count
        let fieldEnd = sequenceOffset - headerBytes + Self.sequenceFieldBytes
        precondition(sequenceOffset >= headerBytes && fieldEnd <= payload.count, "no sequence field there")
        let head = UnsafeRawBufferPointer(rebasing: payload[..<fieldEnd])
        let tail = UnsafeRawBufferPointer(rebasing: payload[fieldEnd...])

        // The header's length is known when the payload is there, so the most it may take is left free.
        let room = WireLimits.serverFrameHeaderBytesMax
        var bytes = [UInt8](repeating: 0, count: room)
        bytes.reserveCapacity(room + payload.count + 64)
        switch compression {
        case .none: break
        case .zlib:
            compression.store(head, in: &bytes)
            if !deflate(tail, &bytes) {
                compression.store(tail, in: &bytes)
                compression.endMessage(in: &bytes)
            }
        case .zstd: compression.store(payload, in: &bytes)
        }
        let packedHeaderBytes = FrameEncoder.headerBytes(payloadBytes: bytes.count - room)
        let unused = room - packedHeaderBytes
        bytes.withUnsafeMutableBytes {
            let header = UnsafeMutableRawBufferPointer(rebasing: $0[unused...])
            _ = FrameEncoder.writeHeader(.binary, payloadBytes: $0.count - room, into: header)
        }
        bytes.removeFirst(unused)
        self.init(
            made: bytes,
            sequenceOffset: packedHeaderBytes + compression.blockHeaderBytes + sequenceOffset - headerBytes)
    }
}
