import Chat
import GRDB
import Interface
import Synchronization

/// Joins what is appended while a commit runs into one write: a draw of positions, a prepared statement and a wake-up of readers serve
/// all of it.
///
///     append ──► waiting (bounded) ──► under way: positions, rows, COMMIT ──► readers see them, completions
///
/// One group is under way at a time, so that order of calls = order of positions.
final class AppendQueue: Sendable {
    typealias Completion = @Sendable (Result<[RecordPosition], BackendError>) -> Void

    /// Records that may wait. Overflow policy: `refuse`, with a transient error.
    static let waitingRecordsMax = 65_536
    /// Records of one group, unless a single call brings more: bounds the memory of a transaction and the wait for it.
    private static let groupRecordsMax = 2_048

    private struct Call {
        var records: [NewRecord]
        var slots: [LogSlot]
        var completion: Completion
    }

    private struct State {
        var waiting: [Call] = []
        var waitingRecords = 0
        /// What is being written; it stays the same when the transaction has to be done once more.
        var underWay: [Call] = []
        var isBusy = false
    }

    private let database: SQLiteDatabase
    private let tails: LogTails
    private let state = Mutex(State())

    init(_ database: SQLiteDatabase, _ tails: LogTails) {
        self.database = database
        self.tails = tails
    }

    /// Queues checked records, with the slot of each.
    func append(_ records: [NewRecord], in slots: [LogSlot], completion: @escaping Completion) {
        enum Admission { case waits, starts, refused }
        let admission: Admission = state.withLock { state in
            guard state.waitingRecords + records.count <= Self.waitingRecordsMax else { return .refused }
            state.waiting.append(Call(records: records, slots: slots, completion: completion))
            state.waitingRecords += records.count
            guard !state.isBusy else { return .waits }
            state.isBusy = true
            return .starts
        }
        switch admission {
        case .waits: break
        case .starts: write()
        case .refused:
            let detail = "\(Self.waitingRecordsMax) records are waiting"
            completion(
                .failure(
                    BackendError(.unavailable, operation: "log.append", target: database.path, detail: detail)))
        }
    }

    private func write() {
        database.write("log.append") { [self] database in
            try insert(group(), into: database)
        } completion: { [self] result in
            finish(result)
        }
    }

    /// What is under way; as much of what waits as fits when nothing is.
    private func group() -> [Call] {
        state.withLock { state in
            guard state.underWay.isEmpty else { return state.underWay }
            guard state.waitingRecords > Self.groupRecordsMax else {
                swap(&state.underWay, &state.waiting)
                state.waitingRecords = 0
                return state.underWay
            }
            var count = 0
            var records = 0
            while count < state.waiting.count, records == 0 || records < Self.groupRecordsMax {
                records += state.waiting[count].records.count
                count += 1
            }
            state.underWay = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            state.waitingRecords -= records
            return state.underWay
        }
    }

    /// Writes the rows of a group and returns their positions, those of all calls one after another.
    private func insert(_ calls: [Call], into database: Database) throws -> [RecordPosition] {
        let slots = calls.flatMap(\.slots)
        let positions = tails.draw(slots)
        let insertion = try BoundStatement(
            database, "INSERT INTO record (id, key, timestamp, seal, payload) VALUES (?, ?, ?, ?, ?)")
        var index = 0
        for call in calls {
            for record in call.records {
                let id = slots[index].recordID(positions[index].offset)
                let key = Int64(bitPattern: record.key)
                let timestamp = Int64(clamping: positions[index].timestamp)
                try insertion.bind(id, at: 1)
                try insertion.bind(key, at: 2)
                try insertion.bind(timestamp, at: 3)
                try insertion.bind(Seal.over(record.payload, id, key, timestamp), at: 4)
                try insertion.run(blob: record.payload, at: 5)
                index += 1
            }
        }
        return positions
    }

    private func finish(_ result: Result<[RecordPosition], BackendError>) {
        let calls = state.withLock { state in
            defer { state.underWay = [] }
            return state.underWay
        }
        switch result {
        case .success(let positions):
            tails.publish(positions, of: calls.flatMap(\.records), in: calls.flatMap(\.slots))
            var next = positions.startIndex
            for call in calls {
                let end = next + call.records.count
                call.completion(.success(Array(positions[next..<end])))
                next = end
            }
        case .failure(let error):
            // A write that is refused before it began has taken nothing out of the queue.
            for call in calls.isEmpty ? takeAll() : calls { call.completion(.failure(error)) }
        }
        let goesOn = state.withLock { state in
            state.isBusy = !state.waiting.isEmpty
            return state.isBusy
        }
        if goesOn { write() }
    }

    private func takeAll() -> [Call] {
        state.withLock { state in
            defer {
                state.waiting = []
                state.waitingRecords = 0
            }
            return state.waiting
        }
    }
}
