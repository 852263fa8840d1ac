import Wire

/// The frames of one delivery behind each other, as they go to connections with one kind of compression.
struct PackedBatch {
    var bytes: [UInt8] = []
    /// Where in them the sequence fields lie.
    var fields: [Int] = []
    /// The delivery they were made for.
    var delivery: UInt64 = 0
}

/// Delivery to connections with compression: the same frames, packed when the first such connection of a delivery is met.
extension SessionHandler {
    /// Sends what `prepare` was last called with.
    /// - Parameter sequence: the session's before these frames.
    func deliverPacked(
        _ pending: UnsafeBufferPointer<UInt32>, after sequence: UInt32, to cell: UnsafeMutablePointer<LiveSession>,
        on loop: Loop
    ) {
        let compression = cell.pointee.compression
        let index = Int(compression.rawValue)
        if scratch.packed[index].delivery != scratch.delivery { pack(pending, as: compression) }
        var sequence = sequence
        let fields = scratch.packed[index].fields
        scratch.packed[index].bytes.withUnsafeMutableBytes { bytes in
            for field in fields {
                sequence &+= 1
                DispatchFrame.patch(sequence: sequence, in: bytes, at: field)
            }
            _ = loop.send(UnsafeRawBufferPointer(bytes), to: cell.pointee.connection)
        }
    }

    private func pack(_ pending: UnsafeBufferPointer<UInt32>, as compression: TransportCompression) {
        let index = Int(compression.rawValue)
        scratch.packed[index].delivery = scratch.delivery
        scratch.packed[index].bytes.removeAll(keepingCapacity: true)
        scratch.packed[index].fields.removeAll(keepingCapacity: true)
        for number in pending {
            guard let packed = packed(number, as: compression) else { continue }
            scratch.packed[index].fields.append(scratch.packed[index].bytes.count + packed.sequenceOffset)
            scratch.packed[index].bytes.append(contentsOf: packed.bytes)
        }
    }

    /// A frame that the log holds, packed.
    func packed(_ number: UInt32, as compression: TransportCompression) -> DispatchFrame? {
        guard let place = log.place(of: number) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: log.bytes + place.offset, count: place.length)
        return packer.packed(number, bytes, sequenceOffset: place.sequenceOffset, as: compression)
    }

    /// Sends a payload that is no dispatch, in the form that the connection takes.
    func send(_ frame: ControlFrame, to connection: ConnectionID, on loop: Loop) {
        guard let slot = slot(of: connection) else { return }
        frame[connections[slot].compression].withUnsafeBytes { _ = loop.send($0, to: connection) }
    }
}
