import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Testing

@testable import Services

/// Consumer groups that are switched off, over the backends that ship.
@Suite("Idle consumer groups") struct IdleGroupTests {
    private static let retention: UInt64 = 60_000
    private let directory: TemporaryDirectory
    private let time = ManualTime()

    init() throws {
        directory = try TemporaryDirectory()
    }

    private struct Stage {
        var backends: EmbeddedBackends
        var node: NodeRecord
        var time: ManualTime

        func groups(running: Set<String> = []) -> IdleGroups {
            IdleGroups(
                log: backends.log, coordinator: backends.coordinator, node: node, running: running, time: time,
                retentionMilliseconds: IdleGroupTests.retention)
        }

        /// Appends records, all of one partition.
        @discardableResult
        func append(_ count: Int) async throws -> RecordPosition {
            let records = (0..<count).map { _ in NewRecord(topic: .messagesStored, key: 1, payload: [1]) }
            return try #require(try await backends.log.append(records).last)
        }

        func commit(_ next: UInt64, of group: String, in partition: Int) async throws {
            let ref = PartitionRef(group: group, topic: .messagesStored, partition: partition)
            try await backends.log.commit(Checkpoint(next: next), for: ref, epoch: 1)
        }
    }

    private func live(_ body: (Stage) async throws -> Void) async throws {
        let backends = try EmbeddedBackends.open(directory: directory.path, time: time, logger: World.silence)
        let node = try await backends.coordinator.register("n", now: time.unixMilliseconds, leaseMilliseconds: 600_000)
        try await body(Stage(backends: backends, node: node, time: time))
        try backends.close()
    }

    @Test func areThoseThatRanOnceAndAreBehind() async throws {
        try await live { stage in
            let last = try await stage.append(5)
            #expect(try await stage.groups().read() == [], "who never ran keeps nothing")
            try await stage.commit(2, of: SearchIndexer.group, in: last.partition)
            try await stage.commit(5, of: PushService.group, in: last.partition)
            let idle = IdleGroup(name: SearchIndexer.group, lag: 3, since: last.timestamp)
            #expect(try await stage.groups().read() == [idle])
            #expect(try await stage.groups(running: [SearchIndexer.group]).read() == [])
        }
    }

    @Test func areNotThoseThatAnotherNodeRuns() async throws {
        try await live { stage in
            let last = try await stage.append(5)
            let ref = PartitionRef(group: SearchIndexer.group, topic: .messagesStored, partition: last.partition)
            let coordinator = stage.backends.coordinator
            let other = try await coordinator.register(
                "other", now: time.unixMilliseconds, leaseMilliseconds: 10_000)
            _ = try await coordinator.claim(ref, for: other)
            try await stage.commit(2, of: SearchIndexer.group, in: last.partition)
            #expect(try await stage.groups().read() == [])
            time.advance(by: 10_001)
            #expect(try await stage.groups().read().map(\.name) == [SearchIndexer.group], "its lease is over")
            // What this node ran before it was started without is nobody's.
            _ = try await coordinator.claim(ref, for: stage.node)
            #expect(try await stage.groups().read().map(\.name) == [SearchIndexer.group])
        }
    }

    @Test func areForgottenAfterTheirTimeSoThatTheLogIsTrimmed() async throws {
        try await live { stage in
            let last = try await stage.append(5)
            try await stage.commit(2, of: SearchIndexer.group, in: last.partition)
            try await stage.commit(5, of: AttachmentKeeper.group, in: last.partition)
            time.advance(by: Self.retention)
            #expect(try await stage.groups().forget() == [])
            time.advance(by: 1)
            #expect(try await stage.backends.log.trim(.messagesStored, before: time.unixMilliseconds) == 2)
            #expect(try await stage.groups(running: [SearchIndexer.group]).forget() == [])
            #expect(try await stage.groups().forget().map(\.name) == [SearchIndexer.group])
            #expect(try await stage.groups().read() == [])
            #expect(try await stage.backends.log.trim(.messagesStored, before: time.unixMilliseconds) == 3)
        }
    }

    // MARK: The index

    private func gap(_ stage: Stage) -> IndexGap {
        IndexGap(log: stage.backends.log, index: stage.backends.search, time: time, logger: World.silence)
    }

    @Test func anIndexThatMissesRecordsIsBuiltAnew() async throws {
        try await live { stage in
            let index = stage.backends.search
            let last = try await stage.append(5)
            #expect(await gap(stage).close())
            #expect(try await index.status().build == nil, "what was never built is built anyhow")
            try await index.beginBuild()
            try await index.finishBuild()
            try await index.apply([], indexed: [last.partition: IndexedThrough(next: 2, timestamp: 1)])
            #expect(await gap(stage).close())
            #expect(try await index.status().build == nil, "all that is missing is in the log")
            try await stage.commit(3, of: AttachmentKeeper.group, in: last.partition)
            time.advance(by: 1)
            #expect(try await stage.backends.log.trim(.messagesStored, before: time.unixMilliseconds) == 3)
            #expect(await gap(stage).close())
            let status = try await index.status()
            #expect(status.isBuilt, "it answers meanwhile")
            #expect(status.build == SearchBuild(documents: 0, place: nil))
        }
    }

    @Test func anIndexThatMissesTheLastRecordsIsBuiltAnewAsWell() async throws {
        try await live { stage in
            let last = try await stage.append(5)
            try await stage.backends.search.beginBuild()
            try await stage.backends.search.finishBuild()
            try await stage.backends.search.apply(
                [], indexed: [last.partition: IndexedThrough(next: 4, timestamp: 1)])
            try await stage.commit(5, of: AttachmentKeeper.group, in: last.partition)
            time.advance(by: 1)
            #expect(try await stage.backends.log.trim(.messagesStored, before: time.unixMilliseconds) == 5)
            #expect(await gap(stage).close())
            #expect(try await stage.backends.search.status().build != nil)
        }
    }
}
