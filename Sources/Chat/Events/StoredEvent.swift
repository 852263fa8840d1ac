/// Something that happened in a channel, and which record of the topic `messages` led to it: as the chat service writes events to
/// `messages-stored` and to the bus. Whoever is after the event alone reads these bytes as a ``ChannelEvent``.
package struct StoredEvent: Hashable, Sendable {
    /// The partition of the topic `messages`.
    package var partition: Int
    /// The event's position on `channel:{id}`: the record's offset, plus one.
    package var position: UInt64
    /// The guild's permissions, or the direct channel's version, under which it was accepted.
    package var epoch: UInt64
    package var event: ChannelEvent

    /// What stands where an event of an older version has its kind.
    static let mark: UInt8 = 255
    /// Far more than any topic has.
    private static let partitionMax: UInt64 = 65_535

    package init(partition: Int, position: UInt64, epoch: UInt64, event: ChannelEvent) {
        self.partition = partition
        self.position = position
        self.epoch = epoch
        self.event = event
    }

    /// The partition named by an encoded event, without a look at the rest; `nil` where none is.
    package static func partition(ofEncoded bytes: [UInt8]) -> Int? {
        guard bytes.count > 2, bytes[1] == mark else { return nil }
        var reader = RecordReader(bytes)
        guard (try? reader.readByte()) != nil, (try? reader.readByte()) != nil,
            let partition = try? reader.readUInt64(), partition <= partitionMax
        else { return nil }
        return Int(partition)
    }

    /// Reads what precedes the event, behind the mark.
    static func origin(
        from reader: inout RecordReader
    ) throws(RecordError) -> (partition: Int, position: UInt64, epoch: UInt64) {
        let partition = try reader.readUInt64()
        guard partition <= partitionMax else { throw reader.error(.malformed) }
        return (Int(partition), try reader.readUInt64(), try reader.readUInt64())
    }
}

extension StoredEvent: RecordCodable {
    /// - Throws: `.malformed` for an event of an older version, too, which does not say where it came from.
    package init(from reader: inout RecordReader) throws(RecordError) {
        guard try reader.readByte() == Self.mark else { throw reader.error(.malformed) }
        (partition, position, epoch) = try Self.origin(from: &reader)
        event = try ChannelEvent(kind: try reader.readByte(), from: &reader)
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(Self.mark)
        writer.write(UInt64(partition))
        writer.write(position)
        writer.write(epoch)
        writer.write(event)
    }
}
