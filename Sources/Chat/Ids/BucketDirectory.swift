/// One line of a channel's bucket directory: a bucket that is not empty.
package struct BucketEntry: Hashable, Sendable {
    package var bucket: Bucket
    package var first: MessageID
    package var last: MessageID
    /// How many messages were placed in the bucket, soft-deleted ones included.
    package var count: Int

    package init(bucket: Bucket, first: MessageID, last: MessageID, count: Int) {
        self.bucket = bucket
        self.first = first
        self.last = last
        self.count = count
    }
}

/// The non-empty buckets of one channel, in order, and the rule that places a message in one of them.
///
/// Law: placing the same id twice gives the same bucket and changes nothing the second time. That holds because an id at or below
/// the last one placed is found by range, and only a greater id counts: ids of a channel come in rising order from
/// its single writer, and what comes again comes with the id it had.
package struct BucketDirectory: Hashable, Sendable {
    /// Ascending by bucket.
    package private(set) var entries: [BucketEntry]

    /// - Parameter entries: ascending; for placing new messages the last entry is enough.
    package init(entries: [BucketEntry] = []) {
        self.entries = entries
    }

    /// Places a message and returns its bucket.
    package mutating func place(_ id: MessageID) -> Bucket {
        guard var newest = entries.last, id <= newest.last else { return append(id) }
        // Something seen before, or something late: the entry whose range holds it, else its day's nearest.
        if let index = entries.lastIndex(where: { $0.first <= id }) {
            if id <= entries[index].last || entries[index].bucket.day == Bucket(dayOf: id).day {
                return entries[index].bucket
            }
        }
        let day = Bucket(dayOf: id)
        if let sameDay = entries.firstIndex(where: { $0.bucket.day == day.day }) {
            entries[sameDay].first = min(entries[sameDay].first, id)
            return entries[sameDay].bucket
        }
        newest = BucketEntry(bucket: day, first: id, last: id, count: 1)
        let position = entries.firstIndex { $0.bucket > day } ?? entries.endIndex
        entries.insert(newest, at: position)
        return day
    }

    private mutating func append(_ id: MessageID) -> Bucket {
        var bucket = Bucket(dayOf: id)
        if let newest = entries.last, newest.bucket.day == bucket.day {
            guard newest.count >= Bucket.messagesMax else {
                entries[entries.count - 1].last = id
                entries[entries.count - 1].count += 1
                return newest.bucket
            }
            bucket.part = newest.bucket.part + 1
        }
        entries.append(BucketEntry(bucket: bucket, first: id, last: id, count: 1))
        return bucket
    }
}
