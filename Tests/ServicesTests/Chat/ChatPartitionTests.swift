import Chat
import Interface
import Services
import Testing

@Suite("Chat partition") struct ChatPartitionTests {
    private func record(
        _ offset: UInt64, _ payload: [UInt8], key: UInt64 = 2_001, timestamp: UInt64 = 1_780_000_000_000
    ) -> LogRecord {
        LogRecord(
            position: RecordPosition(partition: 0, offset: offset, timestamp: timestamp), key: key, payload: payload)
    }

    private func ready(_ planning: ChatPartition.Planning) throws -> ChatPlan {
        guard case .ready(let plan) = planning else { throw Unready() }
        return plan
    }

    private struct Unready: Error {}

    @Test func aBatchEndsBeforeASecondMessageOfANonceItHasMet() async throws {
        let world = try await World()
        let payload = world.command(.create(world.draft("hi", by: world.alice, nonce: .integer(1))), by: world.alice)
            .encoded()
        let start: UInt64 = 1_780_000_000_000
        let records = [
            record(0, payload, timestamp: start), record(1, payload, timestamp: start + 1_000),
            record(2, payload, timestamp: start + Limits.nonceWindowMilliseconds + 1_000),
            record(3, payload, timestamp: start + Limits.nonceWindowMilliseconds + 2_000),
        ]
        var partition = try ChatPartition(partition: 0, checkpoint: nil)
        var knowledge = ChatKnowledge()
        let key = NonceKey(channel: world.general, author: world.alice.id, nonce: .integer(1))
        knowledge.nonces[key] = .some(nil)
        let first = try ready(partition.plan(ChatBatch(records), knowing: knowledge, now: 0))
        #expect(first.entries.map(\.verdict) == [.created, .duplicate])
        #expect(first.next == 2)
        partition.adopt(first)
        let second = try ready(partition.plan(ChatBatch(Array(records.dropFirst(2))), knowing: knowledge, now: 0))
        #expect(second.entries.map(\.verdict) == [.created, .duplicate])
    }

    @Test func cuttingRecordsDifferentlyGivesTheSameIds() async throws {
        let world = try await World()
        let records = (0..<40).map { index in
            let draft = world.draft("message \(index)", by: world.alice)
            // Several in one millisecond, so that the sequence matters too.
            return record(
                UInt64(index), world.command(.create(draft), by: world.alice).encoded(),
                timestamp: 1_780_000_000_000 + UInt64(index / 7))
        }
        func ids(cutEvery size: Int) throws -> [MessageID] {
            var checkpoint: Checkpoint?
            var ids: [MessageID] = []
            var rest = records[...]
            while !rest.isEmpty {
                // A new owner each time: nothing but the checkpoint is carried over.
                let partition = try ChatPartition(partition: 0, checkpoint: checkpoint)
                let plan = try ready(
                    partition.plan(ChatBatch(Array(rest.prefix(size))), knowing: ChatKnowledge(), now: 0))
                ids += plan.entries.flatMap(\.writes).map(\.message.id)
                checkpoint = plan.checkpoint
                rest = rest.dropFirst(plan.entries.count)
            }
            return ids
        }
        let whole = try ids(cutEvery: 40)
        #expect(whole == whole.sorted() && Set(whole).count == 40)
        for size in [1, 3, 7, 39] { #expect(try ids(cutEvery: size) == whole) }
    }

    @Test func refusedAndSetAsideRecordsDrawAnIdAndUndecodableOnesDoNot() async throws {
        let world = try await World()
        let create = world.command(.create(world.draft("hi", by: world.alice)), by: world.alice).encoded()
        let edit = world.command(.edit(MessageID(1), world.edit("x", by: world.alice)), by: world.alice).encoded()
        var knowledge = ChatKnowledge()
        knowledge.messages[MessageRef(channel: world.general, id: MessageID(1))] = .some(nil)
        let reason = SetAside(code: "rejected", text: "", attempts: 3, firstFailureAt: 1, lastFailureAt: 2)
        let partition = try ChatPartition(partition: 0, checkpoint: nil)
        let plan = try ready(
            partition.plan(
                ChatBatch([record(0, create), record(1, edit), record(2, create), record(3, [9]), record(4, create)]),
                knowing: knowledge, setAside: [2: reason], now: 5
            )
        )
        #expect(plan.entries.map(\.verdict) == [.created, .refused, .deadLettered, .deadLettered, .created])
        let first = try #require(plan.entries.first?.writes.first?.message.id.rawValue)
        #expect(plan.entries.last?.writes.first?.message.id.rawValue == first + 3)
        let letters = plan.entries.compactMap(\.deadLetter)
        #expect(letters.map(\.mintedID) == [MessageID(first + 2), nil])
        #expect(letters.map(\.payload) == [create, [9]])
        #expect(letters.map(\.attempts) == [3, 1])
    }

    @Test func aCommandUnderAForeignKeyIsNotProcessed() async throws {
        let world = try await World()
        let create = world.command(.create(world.draft("hi", by: world.alice)), by: world.alice).encoded()
        let batch = ChatBatch([record(0, create, key: 77)])
        let plan = try ready(ChatPartition(partition: 0, checkpoint: nil).plan(batch, knowing: ChatKnowledge(), now: 0))
        #expect(plan.entries.map(\.verdict) == [.deadLettered])
    }

    @Test func batchesAreBoundedByTheMessagesTheyTouch() async throws {
        let world = try await World()
        let bulk = world.command(.deleteMany((1...100).map { MessageID($0) }), by: world.moderator).encoded()
        let records = (0..<80).map { record(UInt64($0), bulk) }
        #expect(ChatBatch(records).items.count == ChatBatch.touchedMax / 100)
        #expect(ChatBatch(records, touchedMax: 1).items.count == 1)
    }

    @Test func anUnreadableCheckpointIsRefused() {
        #expect(throws: RecordError.self) {
            _ = try ChatPartition(partition: 0, checkpoint: Checkpoint(next: 4, state: [1, 2, 3]))
        }
    }

    @Test func theNonceTableIsBoundedAndTheStoreIsAskedForTheRest() async throws {
        let world = try await World()
        func create(_ offset: UInt64, nonce: Int64, timestamp: UInt64) -> LogRecord {
            let draft = world.draft("hi", by: world.alice, nonce: .integer(nonce))
            return record(offset, world.command(.create(draft), by: world.alice).encoded(), timestamp: timestamp)
        }
        func key(_ nonce: Int64) -> NonceKey {
            NonceKey(channel: world.general, author: world.alice.id, nonce: .integer(nonce))
        }
        let start: UInt64 = 1_780_000_000_000
        var partition = try ChatPartition(partition: 0, checkpoint: nil, noncesMax: 2)
        var knowledge = ChatKnowledge()
        for nonce in Int64(0)..<4 { knowledge.nonces[key(nonce)] = .some(nil) }
        let records = (0..<4).map { create(UInt64($0), nonce: Int64($0), timestamp: start) }
        partition.adopt(try ready(partition.plan(ChatBatch(records), knowing: knowledge, now: 0)))
        // The two youngest are known, the two oldest are not.
        let again = (0..<4).map { create(UInt64(4 + $0), nonce: Int64($0), timestamp: start + 1) }
        guard case .needs(let needs) = partition.plan(ChatBatch(again), knowing: ChatKnowledge(), now: 0) else {
            throw Unready()
        }
        #expect(needs.nonces == [key(0), key(1)])
    }
}
