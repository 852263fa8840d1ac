import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Testing

@testable import Services

/// The keeper over the backends that ship, with messages made up by the test.
@Suite("Attachment keeper") struct AttachmentKeeperTests {
    private static let key = String(repeating: "a", count: 32)
    private let directory: TemporaryDirectory
    private let time = ManualTime()

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func live(_ body: (EmbeddedBackends, AttachmentKeeper) async throws -> Void) async throws {
        let backends = try EmbeddedBackends.open(directory: directory.path, time: time, logger: World.silence)
        let node = try await backends.coordinator.register("n", now: time.unixMilliseconds, leaseMilliseconds: 10_000)
        let keeper = AttachmentKeeper(
            node: node, log: backends.log, coordinator: backends.coordinator, directory: backends.directory,
            files: backends.attachments, time: time, logger: World.silence)
        try await body(backends, keeper)
        try backends.close()
    }

    private func stage(in backends: EmbeddedBackends) async throws {
        let writer = try await backends.attachments.begin(
            NewFile(key: Self.key, owner: UserID(7), createdAt: time.unixMilliseconds))
        try await writer.write([1, 2, 3])
        #expect(try await writer.finish(within: FileQuota()))
    }

    private func isThere(in backends: EmbeddedBackends) async throws -> Bool {
        try await backends.attachments.read(Self.key, from: 0, count: 1) != nil
    }

    private static func message(_ attachments: [Chat.Attachment]) -> HydratedMessage {
        var message = Samples.message(Samples.messageID(1))
        message.attachments = attachments
        return HydratedMessage(message: message, author: User(id: message.author, username: "u"), member: nil)
    }

    private static let attachment = Chat.Attachment(id: AttachmentID(5), filename: "a.txt", size: 3, key: key)

    private static func key(_ digit: Character) -> String { String(repeating: digit, count: 32) }

    private func hold(_ key: String, of holder: UInt64, in backends: EmbeddedBackends) async throws {
        let writer = try await backends.attachments.begin(
            NewFile(key: key, owner: UserID(7), createdAt: time.unixMilliseconds))
        try await writer.write([1, 2, 3])
        #expect(try await writer.finish(within: FileQuota()))
        #expect(try await backends.attachments.hold(key, asImageOf: holder))
    }

    /// What a crash left, and what went with a channel or a guild.
    @Test func imagesThatNobodyBearsAreSwept() async throws {
        try await live { backends, keeper in
            let bearer = User(id: UserID(7), username: "ada", avatar: ImageHash.make(key: Self.key("b"), type: .gif))
            try await backends.directory.create(Account(user: bearer))
            try await hold(Self.key("a"), of: 7, in: backends)
            try await hold(Self.key("b"), of: 7, in: backends)
            try await hold(Self.key("c"), of: 8, in: backends)
            try await keeper.sweepImages()
            #expect(try await backends.attachments.images(after: nil, limit: 9).count == 3, "a change may be under way")
            time.advance(by: AttachmentKeeper.looseMilliseconds + 1)
            try await hold(Self.key("d"), of: 7, in: backends)
            try await keeper.sweepImages()
            let left = try await backends.attachments.images(after: nil, limit: 9).map(\.key)
            #expect(left == [Self.key("b"), Self.key("d")])
        }
    }

    @Test func messagesClaimTheirFilesAndLetThemGo() {
        let message = Self.message([Self.attachment])
        let place = MessageLocation(channel: message.message.channel, id: message.message.id)
        let claim = FileClaim(message: place, keys: [Self.key])
        let release = FileClaim(message: place, keys: [])
        #expect(FileWork.claims(.messageCreated(message)) == [claim])
        #expect(FileWork.claims(.messageCreated(Self.message([]))) == [])
        #expect(FileWork.claims(.messageUpdated(message)) == [claim])
        #expect(FileWork.claims(.messageUpdated(Self.message([]))) == [release])
        #expect(FileWork.claims(.messageDeleted(place.id, channel: place.channel, guild: nil)) == [release])
        #expect(FileWork.claims(.messagesDeleted([place.id], channel: place.channel, guild: nil)) == [release])
    }

    @Test func aStoredMessageKeepsItsFileAndADeletedOneDoesNot() async throws {
        try await live { backends, keeper in
            try await stage(in: backends)
            let message = Self.message([Self.attachment])
            let work = FileWork(files: backends.attachments, logger: World.silence)
            func tell(_ event: ChannelEvent) async throws {
                let position = RecordPosition(partition: 0, offset: 0, timestamp: 1)
                try await work.process(
                    [
                        LogRecord(position: position, key: 1, payload: [255]),
                        LogRecord(position: position, key: 1, payload: event.encoded()),
                    ], of: 0)
            }
            try await tell(.messageCreated(message))
            time.advance(by: 2 * AttachmentKeeper.looseMilliseconds)
            try await keeper.sweep()
            #expect(try await isThere(in: backends))
            try await tell(.messageDeleted(message.message.id, channel: message.message.channel, guild: nil))
            #expect(try await !isThere(in: backends))
        }
    }

    @Test func whatNoMessageCameForIsSweptAfterAnHour() async throws {
        try await live { backends, keeper in
            try await stage(in: backends)
            time.advance(by: AttachmentKeeper.looseMilliseconds)
            try await keeper.sweep()
            #expect(try await isThere(in: backends))
            time.advance(by: 1)
            try await keeper.sweep()
            #expect(try await !isThere(in: backends))
        }
    }

    /// A message may lie in the log for longer than its files may be loose: as long as it does nothing is swept.
    @Test func whatIsNotStoredYetKeepsEverything() async throws {
        try await live { backends, keeper in
            try await stage(in: backends)
            let positions = try await backends.log.append([NewRecord(topic: .messages, key: 1, payload: [1])])
            let position = try #require(positions.first)
            time.advance(by: 3 * AttachmentKeeper.looseMilliseconds)
            let sweep = Task { try await keeper.sweep() }
            await time.whenSleeping(1)
            #expect(try await isThere(in: backends))
            let ref = PartitionRef(group: "chat-service", topic: .messages, partition: position.partition)
            try await backends.log.commit(Checkpoint(next: position.offset + 1), for: ref, epoch: 1)
            time.advance(by: AttachmentKeeper.pollMilliseconds)
            try await sweep.value
            #expect(try await !isThere(in: backends))
        }
    }
}
