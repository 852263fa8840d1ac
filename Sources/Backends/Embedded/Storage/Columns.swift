import Chat
import FoundationEssentials
import GRDB
import Interface

// How values stand in columns: ids and counters as SQLite's signed 64-bit integers with the same bits, encoded values as blobs.

extension ID {
    /// The id as a column, for equality.
    var column: Int64 { Int64(bitPattern: rawValue) }

    /// The id as a bound of a range: SQLite's integers end at 63 bits, which snowflakes reach in the year 2084.
    var bound: Int64 { Int64(clamping: rawValue) }

    init(column: Int64) {
        self.init(UInt64(bitPattern: column))
    }
}

extension Database {
    /// Runs a statement, prepared once per connection.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The rows of a query, prepared once per connection. A row is valid until the next one is asked for.
    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    }

    /// What `body` makes of the first row of a query; `nil` when there is none.
    func first<Value>(
        _ sql: String, _ arguments: StatementArguments = [], _ body: (Row) throws -> Value
    ) throws -> Value? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments).map(body)
    }

    /// What `body` makes of each row of a query.
    func all<Value>(
        _ sql: String, _ arguments: StatementArguments = [], _ body: (Row) throws -> Value
    ) throws -> [Value] {
        let cursor = try rows(sql, arguments)
        var values: [Value] = []
        while let row = try cursor.next() { values.append(try body(row)) }
        return values
    }
}

extension Row {
    func integer(_ index: Int) -> Int64 { self[index] }

    func unsigned(_ index: Int) -> UInt64 { UInt64(bitPattern: self[index] as Int64) }

    func optionalUnsigned(_ index: Int) -> UInt64? { (self[index] as Int64?).map { UInt64(bitPattern: $0) } }

    func id<Kind>(_ index: Int) -> ID<Kind> { ID(column: self[index]) }

    func optionalID<Kind>(_ index: Int) -> ID<Kind>? { (self[index] as Int64?).map { ID(column: $0) } }

    func text(_ index: Int) -> String { self[index] }

    func optionalText(_ index: Int) -> String? { self[index] }

    func bool(_ index: Int) -> Bool { (self[index] as Int64) != 0 }

    func blob(_ index: Int) throws -> [UInt8] {
        try withUnsafeData(atIndex: index) { data in data.map { Array($0) } ?? [] }
    }
}

extension Int {
    /// The number, moved into a range: the roles bound every limit.
    func held(in range: ClosedRange<Int>) -> Int { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}

/// A checksum over a row, so that a bit that flipped on the disk is an error and not another message.
///
/// SQLite checks its log frames but not its pages. Law: rows that differ in one 64-bit word have different seals, since each step
/// is a bijection of the state. It guards against accidents, not against forgery. Its value is stored: it must never change.
enum Seal {
    static func over(_ bytes: [UInt8], _ first: Int64, _ second: Int64, _ third: Int64) -> Int64 {
        var state: UInt64 = 0x243F_6A88_85A3_08D3
        mix(&state, UInt64(bitPattern: first))
        mix(&state, UInt64(bitPattern: second))
        mix(&state, UInt64(bitPattern: third))
        mix(&state, UInt64(bytes.count))
        bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset + 8 <= raw.count {
                mix(&state, UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            var last: UInt64 = 0
            while offset < raw.count {
                last = last << 8 | UInt64(raw[offset])
                offset += 1
            }
            mix(&state, last)
        }
        return Int64(bitPattern: state)
    }

    private static func mix(_ state: inout UInt64, _ word: UInt64) {
        state = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
        state ^= state >> 32
    }
}
