/// One record of the topic `messages-dlq`: something that failed by itself, with all that is needed to look at it and
/// to put it back.
///
/// A record that is redelivered after a crash may be set aside again: readers take `(topic, partition, offset)` as its
/// name, and the latest of a name counts.
package struct DeadLetter: Hashable, Sendable {
    /// The most bytes of the original that are kept: what a record may hold, less room for the rest of this.
    package static let payloadBytesMax = Limits.recordBytesMax - 8 * 1_024
    /// Bytes of ``errorText``; what is longer is cut.
    package static let errorTextBytesMax = 1_024

    package var topic: String
    package var partition: UInt32
    package var offset: UInt64
    /// Unix milliseconds at which the log took the record.
    package var timestamp: UInt64
    package var key: UInt64
    /// The record's own bytes, up to ``payloadBytesMax``.
    package var payload: [UInt8]
    /// How many bytes the record had; more than ``payload`` holds when it was cut.
    package var payloadBytes: UInt64
    /// The id that the fold drew for it, under which a replay writes it; `nil` when the record could not be read far
    /// enough.
    package var mintedID: MessageID?
    /// The class of the failure, from a closed set: a ``RecordError/Code``, a backend's code, or `oversized`.
    package var errorCode: String
    /// What the failing part said, without message text.
    package var errorText: String
    package var attempts: UInt32
    /// Unix milliseconds.
    package var firstFailureAt: UInt64
    /// Unix milliseconds.
    package var lastFailureAt: UInt64

    package init(
        topic: String, partition: UInt32, offset: UInt64, timestamp: UInt64, key: UInt64, payload: [UInt8],
        mintedID: MessageID?,
        errorCode: String, errorText: String, attempts: UInt32, firstFailureAt: UInt64, lastFailureAt: UInt64
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.payload = payload.count > Self.payloadBytesMax ? Array(payload.prefix(Self.payloadBytesMax)) : payload
        payloadBytes = UInt64(payload.count)
        self.mintedID = mintedID
        self.errorCode = errorCode
        self.errorText = String(decoding: errorText.utf8.prefix(Self.errorTextBytesMax), as: UTF8.self)
        self.attempts = attempts
        self.firstFailureAt = firstFailureAt
        self.lastFailureAt = lastFailureAt
    }
}

extension DeadLetter: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        topic = try reader.readString()
        partition = try reader.readUInt32()
        offset = try reader.readUInt64()
        timestamp = try reader.readUInt64()
        key = try reader.readUInt64()
        payload = try reader.readBytes()
        payloadBytes = try reader.readUInt64()
        mintedID = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        errorCode = try reader.readString()
        errorText = try reader.readString()
        attempts = try reader.readUInt32()
        firstFailureAt = try reader.readUInt64()
        lastFailureAt = try reader.readUInt64()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(topic)
        writer.write(partition)
        writer.write(offset)
        writer.write(timestamp)
        writer.write(key)
        writer.write(payload)
        writer.write(payloadBytes)
        writer.write(optional: mintedID) { $0.write($1) }
        writer.write(errorCode)
        writer.write(errorText)
        writer.write(attempts)
        writer.write(firstFailureAt)
        writer.write(lastFailureAt)
    }
}
