import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Logging
import Services
import Testing

@Suite("Stored streams") struct StoredStreamsTests {
    private let directory: TemporaryDirectory
    private let backends: EmbeddedBackends
    private let time = ManualTime()
    private let streams: StoredStreams

    init() throws {
        directory = try TemporaryDirectory()
        backends = try EmbeddedBackends.open(
            directory: directory.path, time: time, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
        streams = StoredStreams(log: backends.log)
    }

    private func store(_ positions: ClosedRange<UInt64>, channel: UInt64 = 7) async throws {
        _ = try await backends.log.append(
            positions.map { position in
                let event = ChannelEvent.messageDeleted(
                    MessageID(position), channel: ChannelID(channel), guild: GuildID(1))
                return NewRecord(
                    topic: .messagesStored, key: channel,
                    payload: StoredEvent(partition: 0, position: position, epoch: 1, event: event).encoded())
            })
    }

    private func positions(after mark: StoredStreams.Mark, limit: Int = 10_000) async throws -> [UInt64]? {
        try await streams.events(after: mark, limit: limit)?.map(\.event.position)
    }

    @Test func aMarkSaysHowFarThePublisherHasCommitted() async throws {
        let ref = PartitionRef(group: PartitionRunner.group, topic: .messages, partition: 1)
        try await backends.log.commit(Checkpoint(next: 4), for: ref, epoch: 1)
        try await store(1...3)
        let mark = try await streams.mark()
        #expect(mark.published.count == mark.stored.count)
        #expect(mark.published.enumerated().filter { $0.element > 0 }.map(\.offset) == [1])
        #expect(mark.published[1] == 4)
        #expect(mark.stored.reduce(0, +) == 3)
        #expect(try StoredStreams.Mark(encoded: mark.encoded()) == mark)
    }

    @Test func whatMayNotHaveBeenPublishedIsReadAndNoMoreThanThat() async throws {
        try await store(1...2_500)
        let mark = try await streams.mark()
        try await store(2_501...2_600)
        // One batch of the publisher may have been stored and not committed.
        #expect(try await positions(after: mark) == Array(1_501...2_600))
        #expect(try await positions(after: mark, limit: 1_099) == nil)
    }

    @Test func channelsComeInTheOrderInWhichTheyWereStored() async throws {
        let mark = try await streams.mark()
        for position in 1...6 as ClosedRange<UInt64> {
            time.advance(by: 1)
            try await store(position...position, channel: position % 3)
        }
        #expect(try await positions(after: mark) == Array(1...6))
    }

    @Test func whatWasTrimmedIsMissed() async throws {
        try await store(1...3)
        let mark = try await streams.mark()
        time.advance(by: 1_000)
        _ = try await backends.log.trim(.messagesStored, before: time.unixMilliseconds)
        // What was gone before the mark is not.
        #expect(try await positions(after: mark) == [])
        try await store(4...5)
        #expect(try await positions(after: mark) == [4, 5])
        time.advance(by: 1_000)
        try await store(6...6)
        _ = try await backends.log.trim(.messagesStored, before: time.unixMilliseconds)
        #expect(try await positions(after: mark) == nil)
    }

    @Test func whatCannotBeReadIsMissed() async throws {
        _ = try await backends.log.append([NewRecord(topic: .messagesStored, key: 7, payload: [1, 2])])
        let mark = try await streams.mark()
        #expect(try await positions(after: mark) == [])
        _ = try await backends.log.append([NewRecord(topic: .messagesStored, key: 7, payload: [1, 2])])
        #expect(try await positions(after: mark) == nil)
    }
}
