import Interface

/// One partition of one topic, as a number, and the arithmetic of record ids.
struct LogSlot: Hashable, Sendable {
    static let offsetBits: Int64 = 48
    /// 48 bits last for 8,900 years at a thousand records a second.
    static let offsetMax: UInt64 = (1 << 48) - 1

    /// Below ``rawValueMax``.
    let rawValue: Int64
    let partition: Int

    /// A topic has up to 1,024 partitions.
    static let rawValueMax = Int64(Topic.allCases.count) << 10

    init(_ topic: Topic, partition: Int) {
        self.partition = partition
        rawValue = Self.number(of: topic) << 10 | Int64(partition)
    }

    /// The id of the record at an offset up to ``offsetMax``.
    func recordID(_ offset: UInt64) -> Int64 { rawValue << Self.offsetBits | Int64(offset & Self.offsetMax) }

    static func offset(ofRecord id: Int64) -> UInt64 { UInt64(id) & offsetMax }

    /// Stored: must never change.
    static func number(of topic: Topic) -> Int64 {
        switch topic {
        case .messages: 0
        case .messagesStored: 1
        case .messagesDLQ: 2
        }
    }

    /// Which partition a key's records go to: its high bits are as good as its low ones after two rounds of multiplying and folding.
    /// Where records lie depends on it: must never change.
    static func partition(ofKey key: UInt64, among count: Int) -> Int {
        var hash = key
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        hash ^= hash >> 31
        return Int(hash % UInt64(count))
    }
}

/// A value for each slot.
struct SlotTable<Value: Sendable>: Sendable {
    private var values: [Value]

    init(repeating value: Value) {
        values = Array(repeating: value, count: Int(LogSlot.rawValueMax))
    }

    subscript(slot: LogSlot) -> Value {
        get { values[Int(slot.rawValue)] }
        _modify { yield &values[Int(slot.rawValue)] }
    }
}
