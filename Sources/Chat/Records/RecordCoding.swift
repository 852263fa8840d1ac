/// The bytes of a record are not a record, or not one this version understands.
package struct RecordError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// The bytes ended in the middle of a field.
        case truncated
        /// A field holds what it may not: text that is not UTF-8, an unknown case, a count beyond its bound.
        case malformed
        /// Written by a newer version of this program.
        case unknownVersion
        /// Bytes are left over behind the last field.
        case trailingBytes
    }

    package var code: Code
    /// Offset of the byte at which reading stopped.
    package var offset: Int

    package init(code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }
}

/// A value that can stand in a record of the event log, in an event of the fan-out bus, or in a column of a store.
package protocol RecordCodable {
    init(from reader: inout RecordReader) throws(RecordError)
    func encode(to writer: inout RecordWriter)
}

extension RecordCodable {
    /// The version byte that starts every encoded value. It counts changes of the form of any value, since values lie
    /// in each other; a decoder asks ``RecordReader/version`` for what its value had not from the beginning.
    ///
    /// Version 2: messages with replies, pins, webhooks and attachments.
    /// Version 3: edits that change attachments.
    /// Version 4: members with timeouts.
    /// Version 5: sessions with voice states, and commands whose origin does not want the event.
    package static var recordVersion: UInt8 { 5 }

    /// The value as bytes: a version byte, then its fields.
    package func encoded() -> [UInt8] {
        var writer = RecordWriter(reservingBytes: 512)
        writer.write(Self.recordVersion)
        encode(to: &writer)
        return writer.bytes
    }

    /// Reads what ``encoded()`` wrote, now or in an older version; every byte has to be used.
    package init(encoded bytes: [UInt8]) throws(RecordError) {
        guard bytes.count <= Limits.recordBytesMax else { throw RecordError(code: .malformed, offset: 0) }
        var reader = RecordReader(bytes)
        reader.version = try reader.readByte()
        guard (1...Self.recordVersion).contains(reader.version) else {
            throw RecordError(code: .unknownVersion, offset: 0)
        }
        try self.init(from: &reader)
        guard reader.isAtEnd else { throw reader.error(.trailingBytes) }
    }
}

/// Appends fields to a record: integers as base-128 varints (7 bits a byte, low end first), bytes with their length.
package struct RecordWriter: ~Copyable {
    private var builder: ByteBuilder

    /// - Parameter reservingBytes: room to allocate at once.
    package init(reservingBytes: Int = 0) {
        builder = ByteBuilder(capacity: reservingBytes)
    }

    package var bytes: [UInt8] { builder.bytes }

    package mutating func write(_ byte: UInt8) { builder.append(byte) }

    package mutating func write(_ value: Bool) { builder.append(value ? 1 : 0) }

    package mutating func write(_ value: UInt64) { builder.append(varint: value) }

    package mutating func write(_ value: UInt32) { write(UInt64(value)) }

    /// Signed integers are zigzagged, so that small negative ones stay short.
    package mutating func write(_ value: Int64) { write(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    package mutating func write<Kind>(_ id: ID<Kind>) { write(id.rawValue) }

    package mutating func write(_ value: [UInt8]) {
        write(UInt64(value.count))
        builder.append(value)
    }

    package mutating func write(_ value: String) {
        var copy = value
        copy.withUTF8 { utf8 in
            write(UInt64(utf8.count))
            builder.append(UnsafeRawBufferPointer(utf8))
        }
    }

    package mutating func write(_ value: some RecordCodable) { value.encode(to: &self) }

    package mutating func write<Value>(optional value: Value?, _ body: (inout RecordWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    package mutating func write<Element>(list: [Element], _ body: (inout RecordWriter, Element) -> Void) {
        write(UInt64(list.count))
        for element in list { body(&self, element) }
    }
}

/// Reads fields from a record. Every length is checked against the bytes that are left before anything is taken.
package struct RecordReader: Sendable {
    private let bytes: [UInt8]
    package private(set) var offset = 0
    /// The version under which the bytes were written; the newest before anything was read.
    package fileprivate(set) var version = UInt8.max

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var isAtEnd: Bool { offset == bytes.count }

    package func error(_ code: RecordError.Code) -> RecordError { RecordError(code: code, offset: offset) }

    package mutating func readByte() throws(RecordError) -> UInt8 {
        guard offset < bytes.count else { throw error(.truncated) }
        defer { offset += 1 }
        return bytes[offset]
    }

    package mutating func readBool() throws(RecordError) -> Bool {
        switch try readByte() {
        case 0: false
        case 1: true
        default: throw error(.malformed)
        }
    }

    package mutating func readUInt64() throws(RecordError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readByte()
            let part = UInt64(byte & 0x7F)
            // The tenth byte holds the sixty-fourth bit, and is the last.
            guard shift < 63 || byte <= 1 else { throw error(.malformed) }
            value |= part << shift
            if byte & 0x80 == 0 { return value }
            shift &+= 7
        }
    }

    package mutating func readUInt32() throws(RecordError) -> UInt32 {
        guard let value = UInt32(exactly: try readUInt64()) else { throw error(.malformed) }
        return value
    }

    package mutating func readInt64() throws(RecordError) -> Int64 {
        let value = try readUInt64()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    package mutating func readInt32() throws(RecordError) -> Int32 {
        guard let value = Int32(exactly: try readInt64()) else { throw error(.malformed) }
        return value
    }

    package mutating func readID<Kind>(_: ID<Kind>.Type = ID<Kind>.self) throws(RecordError) -> ID<Kind> {
        ID(try readUInt64())
    }

    package mutating func readBytes() throws(RecordError) -> [UInt8] {
        let range = try readRange()
        return Array(bytes[range])
    }

    package mutating func readString() throws(RecordError) -> String {
        let range = try readRange()
        do {
            return String(copying: try UTF8Span(validating: bytes.span.extracting(range)))
        } catch {
            throw self.error(.malformed)
        }
    }

    /// Reads a length and steps over as many bytes.
    private mutating func readRange() throws(RecordError) -> Range<Int> {
        let claimed = try readUInt64()
        guard claimed <= UInt64(bytes.count - offset) else { throw error(.truncated) }
        let start = offset
        offset += Int(claimed)
        return start..<offset
    }

    package mutating func readOptional<Value>(
        _ body: (inout RecordReader) throws(RecordError) -> Value
    ) throws(RecordError) -> Value? {
        try readBool() ? try body(&self) : nil
    }

    /// Reads a list; an element takes at least one byte, so a count beyond the bytes that are left is refused at once.
    package mutating func readList<Element>(
        _ body: (inout RecordReader) throws(RecordError) -> Element
    ) throws(RecordError) -> [Element] {
        let count = try readUInt64()
        guard count <= UInt64(bytes.count - offset) else { throw error(.malformed) }
        var list: [Element] = []
        for _ in 0..<Int(count) { list.append(try body(&self)) }
        return list
    }
}
