import Chat
import Testing

@Suite("Records") struct RecordCodingTests {
    private func check<Value: RecordCodable & Equatable>(_ value: Value) throws {
        let bytes = value.encoded()
        #expect(bytes.first == 1)
        #expect(try Value(encoded: bytes) == value)
        // Every shorter piece is refused, and so is every longer one and every other version.
        for count in bytes.indices {
            #expect(throws: RecordError.self) { try Value(encoded: Array(bytes.prefix(count))) }
        }
        #expect(throws: RecordError(code: .trailingBytes, offset: bytes.count)) { try Value(encoded: bytes + [0]) }
        #expect(throws: RecordError(code: .unknownVersion, offset: 0)) { try Value(encoded: [2] + bytes.dropFirst()) }
    }

    @Test func everyValueRoundTrips() throws {
        for command in Samples.commands { try check(command) }
        for event in Samples.channelEvents { try check(event) }
        for event in Samples.guildEvents { try check(event) }
        for event in Samples.userEvents { try check(event) }
        for outcome in Samples.outcomes { try check(outcome) }
        try check(Samples.message)
        try check(Samples.guild)
        try check(Samples.letter)
    }

    @Test(arguments: [UInt64(0), 1, 127, 128, 16_383, 16_384, .max - 1, .max])
    func integersRoundTrip(value: UInt64) throws {
        var writer = RecordWriter()
        writer.write(value)
        writer.write(Int64(bitPattern: value))
        var reader = RecordReader(writer.bytes)
        #expect(try reader.readUInt64() == value)
        #expect(try reader.readInt64() == Int64(bitPattern: value))
        #expect(reader.isAtEnd)
    }

    @Test func hostileNumbersAreRefused() {
        func refused(_ bytes: [UInt8], _ read: (inout RecordReader) throws -> Void) -> Bool {
            var reader = RecordReader(bytes)
            do {
                try read(&reader)
                return false
            } catch {
                return true
            }
        }
        let ones = [UInt8](repeating: 0xFF, count: 9)
        #expect(refused(ones + [0x02]) { _ = try $0.readUInt64() })
        #expect(refused(ones + [0xFF, 0x01]) { _ = try $0.readUInt64() })
        // A length or a count beyond what is there, up to the largest.
        #expect(refused(ones + [0x01]) { _ = try $0.readBytes() })
        #expect(refused(ones + [0x01]) { _ = try $0.readList { _ in 0 } })
        #expect(refused([0x80, 0x80, 0x80, 0x80, 0x10]) { _ = try $0.readUInt32() })
        #expect(refused([2, 0xC3, 0x28]) { _ = try $0.readString() })
        #expect(refused([2]) { _ = try $0.readBool() })
    }

    @Test func recordsBeyondTheBoundAreRefusedUnread() {
        let bytes = [UInt8](repeating: 1, count: Limits.recordBytesMax + 1)
        #expect(throws: RecordError(code: .malformed, offset: 0)) { try MessageCommand(encoded: bytes) }
    }

    @Test func aDeadLetterOfALargeRecordStillFitsIntoTheLog() throws {
        var letter = Samples.letter
        letter = DeadLetter(
            topic: letter.topic, partition: 1, offset: 2, timestamp: 3, key: 4,
            payload: Array(repeating: 7, count: Limits.recordBytesMax),
            mintedID: nil, errorCode: "x", errorText: String(repeating: "é", count: 5_000), attempts: 1,
            firstFailureAt: 1, lastFailureAt: 1
        )
        #expect(letter.encoded().count <= Limits.recordBytesMax)
        #expect(letter.payloadBytes == UInt64(Limits.recordBytesMax))
        #expect(try DeadLetter(encoded: letter.encoded()) == letter)
    }
}
