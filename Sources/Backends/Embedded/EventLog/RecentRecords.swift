import Interface

/// The newest records of one partition, in memory: consumers that keep up read what was just appended without asking the database.
///
/// Law: the records have consecutive offsets, and the last one is the last that readers may see. Bounded in number and bytes of payload; at a
/// bound the oldest go (overflow policy `dropOldest`), and whoever asks for them reads the database.
struct RecentRecords: Sendable {
    /// A consumer that keeps up is at most a few batches behind.
    static let countMax = 4_096
    /// Over three topics of 16 partitions: 24 MiB at most.
    static let bytesMax = 512 << 10

    /// Only `records[start...]` count: dropping from the front would move the rest each time.
    private var records: [LogRecord] = []
    private var start = 0
    private var bytes = 0

    /// Adds a record; one that does not follow the last begins anew.
    mutating func append(_ record: LogRecord) {
        if let last = records.last, start < records.count, record.position.offset != last.position.offset + 1 {
            clear()
        }
        records.append(record)
        bytes += record.payload.count
        while records.count - start > Self.countMax || bytes > Self.bytesMax { dropFirst() }
    }

    /// Forgets records below an offset: they are no longer in the log.
    mutating func drop(below offset: UInt64) {
        while start < records.count, records[start].position.offset < offset { dropFirst() }
    }

    /// At most `limit` records from an offset on, within `bytesMax` bytes of payload but at least one; `nil` when the first of them is not
    /// here.
    func read(from offset: UInt64, limit: Int, bytesMax: Int) -> [LogRecord]? {
        guard start < records.count, let last = records.last,
            case let first = records[start].position.offset, first <= offset, offset <= last.position.offset
        else { return nil }
        let from = start + Int(offset - first)
        var end = from
        var taken = 0
        while end < records.count, end - from < limit {
            taken += records[end].payload.count
            guard end == from || taken <= bytesMax else { break }
            end += 1
        }
        return Array(records[from..<end])
    }

    private mutating func dropFirst() {
        bytes -= records[start].payload.count
        // Kept until the array is compacted, but not its bytes.
        records[start].payload = []
        start += 1
        if start > 256, start * 2 >= records.count {
            records.removeFirst(start)
            start = 0
        }
    }

    private mutating func clear() {
        records = []
        start = 0
        bytes = 0
    }
}
