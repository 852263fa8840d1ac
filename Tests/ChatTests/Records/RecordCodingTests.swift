import Chat
import Testing

@Suite("Records") struct RecordCodingTests {
    private func check<Value: RecordCodable & Equatable>(_ value: Value) throws {
        let bytes = value.encoded()
        #expect(bytes.first == Value.recordVersion)
        #expect(try Value(encoded: bytes) == value)
        // Every shorter piece is refused, and so is every longer one and every other version.
        for count in bytes.indices {
            #expect(throws: RecordError.self) { try Value(encoded: Array(bytes.prefix(count))) }
        }
        #expect(throws: RecordError(code: .trailingBytes, offset: bytes.count)) { try Value(encoded: bytes + [0]) }
        #expect(throws: RecordError(code: .unknownVersion, offset: 0)) {
            try Value(encoded: [Value.recordVersion + 1] + bytes.dropFirst())
        }
    }

    @Test func everyValueRoundTrips() throws {
        for command in Samples.commands { try check(command) }
        for event in Samples.channelEvents { try check(event) }
        for event in Samples.guildEvents { try check(event) }
        for event in Samples.userEvents { try check(event) }
        for event in Samples.passingEvents { try check(event) }
        for outcome in Samples.outcomes { try check(outcome) }
        try check(Samples.message)
        try check(Samples.guild)
        for direct in Samples.directs { try check(direct) }
        try check(Samples.letter)
    }

    /// What version 1 wrote, byte by byte: a store or a log of then is still read.
    @Test func messagesOfVersionOneAreRead() throws {
        let bytes: [UInt8] = [
            1, 5, 6, 1, 7, 8, 19, 2, 104, 105, 1, 0, 1, 110, 1, 4, 2, 91, 93, 1, 1, 1, 2, 1, 1, 8, 0, 10,
        ]
        let message = Message(
            id: MessageID(5), channel: ChannelID(6), guild: GuildID(7), author: UserID(8), kind: .reply, content: "hi",
            nonce: .text("n"), isTTS: true, flags: 4, embeds: Array("[]".utf8),
            mentions: Mentions(users: [UserID(1)], roles: [RoleID(2)], everyone: true), editedAt: 8, version: 10
        )
        #expect(try Message(encoded: bytes) == message)
        let author: [UInt8] = [8, 1, 97, 0, 0, 0]
        let hydrated = HydratedMessage(message: message, author: User(id: UserID(8), username: "a"), member: nil)
        #expect(
            try ChannelEvent(encoded: [1, 0] + bytes.dropFirst() + author + [0, 0]) == .messageCreated(hydrated))
        let draft = MessageDraft(author: hydrated.author, member: nil, content: "hi")
        #expect(
            try MessageCommand(
                encoded: [1, 6, 1, 7, 8, 3, 0, 0] + author + [0, 2, 104, 105, 0, 0, 0, 0, 0, 0, 0, 0, 0])
                == MessageCommand(
                    channel: ChannelID(6), guild: GuildID(7), actor: UserID(8), epoch: 3, origin: nil,
                    action: .create(draft))
        )
    }

    /// What version 2 wrote of an edit: nothing of its files.
    @Test func editsOfVersionTwoAreRead() throws {
        let edit = MessageEdit(author: User(id: UserID(8), username: "a"), member: nil, content: "x")
        let author: [UInt8] = [8, 1, 97, 0, 0, 0]
        let command = try MessageCommand(encoded: [2, 6, 1, 7, 8, 3, 0, 1, 5] + author + [0, 1, 1, 120, 0, 0, 0, 0])
        #expect(command.action == .edit(MessageID(5), edit))
    }

    /// What version 3 wrote of members.
    @Test func membersWithoutTimeoutsAreRead() throws {
        let member = Member(user: UserID(5), nick: "n", roles: [RoleID(6)], joinedAt: 7, isMuted: true)
        #expect(try Member(encoded: [3, 5, 1, 1, 110, 1, 6, 7, 0, 1]) == member)
    }

    /// What version 4 wrote of who waits: everybody wanted the event.
    @Test func originsOfVersionFourAreRead() throws {
        let command = MessageCommand(
            channel: ChannelID(6), guild: nil, actor: UserID(8), epoch: 3,
            origin: CommandOrigin(node: 7, request: 9), action: .delete(MessageID(5)))
        #expect(try MessageCommand(encoded: [4, 6, 0, 8, 3, 1, 7, 9, 2, 5]) == command)
    }

    @Test func anEventSaysWhereItCameFrom() throws {
        for event in Samples.channelEvents {
            let stored = StoredEvent(partition: 300, position: 1 << 40, epoch: 9, event: event)
            try check(stored)
            #expect(try ChannelEvent(encoded: stored.encoded()) == event)
            #expect(StoredEvent.partition(ofEncoded: stored.encoded()) == 300)
            // Events of an older version do not, and are still events.
            #expect(StoredEvent.partition(ofEncoded: event.encoded()) == nil)
            #expect(throws: RecordError.self) { try StoredEvent(encoded: event.encoded()) }
        }
        let event = StoredEvent(partition: 0, position: 0, epoch: 0, event: Samples.channelEvents[0]).encoded()
        #expect(throws: RecordError.self) { try ChannelEvent(encoded: [event[0], 255, 0, 0, 0] + event.dropFirst()) }
        #expect(StoredEvent.partition(ofEncoded: [2, 255, 128]) == nil)
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
