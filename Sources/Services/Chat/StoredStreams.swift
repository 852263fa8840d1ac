package import Chat
package import Interface

/// The channels' streams as the event log has them: what the bus forgot when its node ended can be read here.
package struct StoredStreams: Sendable {
    /// How far the streams had come at some moment.
    package struct Mark: Hashable, Sendable {
        /// By partition of `messages`: every event up to this position had been published.
        package var published: [UInt64]
        /// By partition of `messages-stored`: its end, before ``published`` was read.
        package var stored: [UInt64]

        package init(published: [UInt64], stored: [UInt64]) {
            self.published = published
            self.stored = stored
        }
    }

    /// An event, and the record that holds it.
    package struct Entry: Hashable, Sendable {
        package var event: StoredEvent
        package var payload: [UInt8]
        /// When it was stored, in Unix milliseconds.
        package var timestamp: UInt64
    }

    /// Bounds of what is read at once.
    private static let recordsPerRead = 1_000
    private static let bytesPerRead = 4 << 20

    private let log: any EventLog

    package init(log: any EventLog) {
        self.log = log
    }

    /// The group that publishes commits its place when it has.
    package func mark() async throws(BackendError) -> Mark {
        var mark = Mark(published: [], stored: [])
        for partition in 0..<(try await log.partitions(of: .messagesStored)) {
            mark.stored.append(try await log.end(of: .messagesStored, partition: partition))
        }
        for partition in 0..<(try await log.partitions(of: .messages)) {
            let ref = PartitionRef(group: PartitionRunner.group, topic: .messages, partition: partition)
            mark.published.append(try await log.checkpoint(of: ref)?.next ?? 0)
        }
        return mark
    }

    /// All events that were not published at a mark, in the order in which they were stored, with some that were. `nil` when they are not
    /// all there any more, or more than `limit`.
    ///
    /// What was not published at the mark may have been stored before it: at most one batch of each partition, because a partition's batches
    /// are stored, published and committed one after the other.
    package func events(after mark: Mark, limit: Int) async throws(BackendError) -> [Entry]? {
        let sources = mark.published.count == mark.stored.count ? 1 : mark.published.count
        let before = UInt64(ChatBatch.recordsMax * sources)
        var found: [Entry] = []
        for (partition, end) in mark.stored.enumerated() {
            guard let entries = try await read(partition, from: end > before ? end - before : 0, wholeFrom: end)
            else { return nil }
            found += entries
            guard found.count <= limit else { return nil }
        }
        return found.sorted {
            ($0.timestamp, $0.event.partition, $0.event.position)
                < ($1.timestamp, $1.event.partition, $1.event.position)
        }
    }

    private func read(
        _ partition: Int, from first: UInt64, wholeFrom whole: UInt64
    ) async throws(BackendError) -> [Entry]? {
        let end = try await log.end(of: .messagesStored, partition: partition)
        guard end >= whole else { return nil }
        var entries: [Entry] = []
        var next = first
        while next < end {
            let records = try await log.read(
                .messagesStored, partition: partition, from: next, limit: Self.recordsPerRead,
                bytesMax: Self.bytesPerRead)
            guard let oldest = records.first, let newest = records.last else { return end > whole ? nil : entries }
            // What was trimmed is far older than any mark that is still of use, unless it lies behind it.
            guard oldest.position.offset <= max(next, whole) else { return nil }
            for record in records {
                if let event = try? StoredEvent(encoded: record.payload) {
                    entries.append(
                        Entry(event: event, payload: record.payload, timestamp: record.position.timestamp))
                } else if record.position.offset >= whole {
                    return nil
                }
            }
            next = newest.position.offset + 1
        }
        return entries
    }
}

extension StoredStreams.Mark: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        published = try reader.readList { (reader) throws(RecordError) in try reader.readUInt64() }
        stored = try reader.readList { (reader) throws(RecordError) in try reader.readUInt64() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(list: published) { $0.write($1) }
        writer.write(list: stored) { $0.write($1) }
    }
}
