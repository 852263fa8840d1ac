package import Interface

/// The promises of ``Interface/EventLog``, one case each.
package enum EventLogContract: String, CaseIterable, Sendable {
    case partitionCountIsFixed, appendingNothingIsHarmless, positionsComeInTheOrderGiven, offsetsRiseByOneFromZero
    case oneKeyGoesToOnePartition, keysSpreadOverPartitions, timestampsNeverDecrease, recordsReadBackWhole
    case endIsTheNextOffset, topicsAreApart, readingHoldsItsLimit, readingHoldsItsBytes, readingBeyondTheEndIsEmpty
    case callsWithoutAWaitKeepTheirOrder
    case anOversizedRecordRejectsTheWholeCall, concurrentAppendsKeepTheOrderOfAKey, anAppendedRecordIsVisibleAtOnce
    case unknownPartitionsAreRefused
    case waitingReturnsWhenRecordsAreThere, waitingIsWokenByAnAppend, waitingEndsWithTheTask
    case noCheckpointBeforeTheFirstCommit, checkpointsReadBack, groupsAreApart, lowerEpochsAreFenced
    case higherEpochsMayGoBack, stalePlacesAreRefused, repeatedCommitsAreHarmless, oversizedStatesAreRefused
    case trimmingSparesWhatAGroupHasNotPassed, forgottenGroupsHoldNothing, trimmingSparesWhatIsYoung,
        trimmingKeepsPositions
    case trimmedOffsetsReadFromTheOldestLeft, trimmingAllKeepsTheEnd

    /// - Parameter make: a log of its own for each call, without records.
    package func check(_ make: () async throws -> any EventLog) async throws {
        let log = try await make()
        switch self {
        case .partitionCountIsFixed, .appendingNothingIsHarmless, .positionsComeInTheOrderGiven,
            .offsetsRiseByOneFromZero, .oneKeyGoesToOnePartition, .keysSpreadOverPartitions, .timestampsNeverDecrease,
            .recordsReadBackWhole, .endIsTheNextOffset, .topicsAreApart, .anOversizedRecordRejectsTheWholeCall,
            .callsWithoutAWaitKeepTheirOrder, .concurrentAppendsKeepTheOrderOfAKey, .anAppendedRecordIsVisibleAtOnce:
            try await checkAppending(to: log)
        case .readingHoldsItsLimit, .readingHoldsItsBytes, .readingBeyondTheEndIsEmpty, .unknownPartitionsAreRefused,
            .waitingReturnsWhenRecordsAreThere, .waitingIsWokenByAnAppend, .waitingEndsWithTheTask:
            try await checkReading(from: log)
        case .noCheckpointBeforeTheFirstCommit, .checkpointsReadBack, .groupsAreApart, .lowerEpochsAreFenced,
            .higherEpochsMayGoBack, .stalePlacesAreRefused, .repeatedCommitsAreHarmless, .oversizedStatesAreRefused:
            try await checkCheckpoints(of: log)
        case .trimmingSparesWhatAGroupHasNotPassed, .forgottenGroupsHoldNothing, .trimmingSparesWhatIsYoung,
            .trimmingKeepsPositions,
            .trimmedOffsetsReadFromTheOldestLeft, .trimmingAllKeepsTheEnd:
            try await checkTrimming(of: log)
        }
    }

    static func record(_ key: UInt64, _ payload: [UInt8], topic: Topic = .messages) -> NewRecord {
        NewRecord(topic: topic, key: key, payload: payload)
    }

    /// Appends records of one key, a payload byte each, and returns their positions.
    @discardableResult
    static func append(
        _ count: UInt8, key: UInt64 = 1, topic: Topic = .messages, to log: any EventLog
    ) async throws -> [RecordPosition] {
        try await log.append((0..<count).map { record(key, [$0], topic: topic) })
    }

    static func all(of topic: Topic = .messages, partition: Int, in log: any EventLog) async throws -> [LogRecord] {
        try await log.read(topic, partition: partition, from: 0, limit: 10_000, bytesMax: .max)
    }
}

extension EventLogContract {
    private func checkAppending(to log: any EventLog) async throws {
        switch self {
        case .partitionCountIsFixed:
            for topic in Topic.allCases {
                let count = try await log.partitions(of: topic)
                try demand((1...1_024).contains(count), "a topic has 1 to 1,024 partitions")
                try demand(try await log.partitions(of: topic), is: count, "the number of partitions is fixed")
            }
        case .appendingNothingIsHarmless:
            try demand(try await log.append([]).isEmpty, "appending nothing gives no positions")
        case .positionsComeInTheOrderGiven:
            let records = (0..<50).map { Self.record(UInt64($0 % 7), [UInt8($0)]) }
            let positions = try await log.append(records)
            try demand(positions.count, is: 50, "one position for each record")
            for (record, position) in zip(records, positions) {
                let read = try await log.read(
                    .messages, partition: position.partition, from: position.offset, limit: 1, bytesMax: .max)
                try demand(read.first?.payload, is: record.payload, "a position is its record's")
                try demand(read.first?.position, is: position, "a record bears the position that append returned")
            }
        case .offsetsRiseByOneFromZero:
            let positions = try await Self.append(5, to: log) + Self.append(5, to: log)
            try demand(positions.map(\.offset), is: Array(0..<10), "offsets rise by one from 0")
        case .oneKeyGoesToOnePartition:
            let positions = try await Self.append(9, key: 4_711, to: log) + Self.append(9, key: 4_711, to: log)
            try demand(Set(positions.map(\.partition)).count, is: 1, "records of one key go to one partition")
        case .keysSpreadOverPartitions:
            let positions = try await log.append((0..<256).map { Self.record($0 << 22, []) })
            let count = try await log.partitions(of: .messages)
            try demand(Set(positions.map(\.partition)).count * 2 > min(count, 256), "keys spread over partitions")
        case .timestampsNeverDecrease:
            var last: UInt64 = 0
            for _ in 0..<20 {
                for position in try await Self.append(3, to: log) {
                    try demand(position.timestamp >= last, "timestamps never decrease within a partition")
                    last = position.timestamp
                }
            }
        case .recordsReadBackWhole:
            let payloads: [[UInt8]] = [[], [0], Array(repeating: 0xFF, count: 1 << 20), Array("with \0 inside".utf8)]
            let positions = try await log.append(payloads.map { Self.record(.max, $0) })
            let read = try await Self.all(partition: try demandValue(positions.first, "a position").partition, in: log)
            try demand(read.map(\.payload), is: payloads, "payloads read back as they were")
            try demand(Set(read.map(\.key)), is: [.max], "keys read back as they were")
            try demand(read.map(\.position), is: positions, "positions read back as they were")
        case .endIsTheNextOffset:
            let first = try demandValue(try await Self.append(3, to: log).last, "a position")
            let end = try await log.end(of: .messages, partition: first.partition)
            try demand(end, is: first.offset + 1, "the end is the next record's offset")
            let next = try demandValue(try await Self.append(1, to: log).first, "a position")
            try demand(next.offset, is: end, "the next record gets the end as its offset")
        case .topicsAreApart:
            let position = try demandValue(
                try await Self.append(3, topic: .messagesStored, to: log).first, "a position")
            let other = try await Self.all(of: .messagesDLQ, partition: position.partition, in: log)
            try demand(other.isEmpty, "topics are apart")
            try demand(position.offset, is: 0, "each topic counts from 0")
        case .anOversizedRecordRejectsTheWholeCall:
            let large = Self.record(1, Array(repeating: 0, count: 1 << 20 | 1))
            try await demandRefusal(.rejected, "an oversized record is rejected") {
                _ = try await log.append([Self.record(1, [1]), large])
            }
            let position = try demandValue(try await Self.append(1, to: log).first, "a position")
            try demand(position.offset, is: 0, "a call appends all of its records or none")
        case .callsWithoutAWaitKeepTheirOrder:
            try await checkOrderOfCalls(to: log)
        case .concurrentAppendsKeepTheOrderOfAKey:
            try await checkConcurrency(of: log)
        case .anAppendedRecordIsVisibleAtOnce:
            for round in 0..<20 {
                let position = try demandValue(try await Self.append(1, to: log).first, "a position")
                let end = try await log.end(of: .messages, partition: position.partition)
                try demand(end, is: UInt64(round + 1), "the end counts what append returned for")
                let read = try await log.read(
                    .messages, partition: position.partition, from: position.offset, limit: 1, bytesMax: .max)
                try demand(read.count, is: 1, "what append returned for can be read")
            }
        default: preconditionFailure("not a clause of appending")
        }
    }

    /// Calls for two keys, none of which waits for the one before it, with one in between that is refused.
    private func checkOrderOfCalls(to log: any EventLog) async throws {
        let calls = 100
        let results = AsyncStream<(call: Int, result: Result<[RecordPosition], BackendError>)>.makeStream()
        for call in 0..<calls {
            let payload = [UInt8](repeating: UInt8(call), count: call == calls / 2 ? 1 << 20 | 1 : 3)
            log.append([Self.record(1, payload), Self.record(2, payload)]) { results.continuation.yield((call, $0)) }
        }
        var positions: [Int: [RecordPosition]] = [:]
        var refused: [Int] = []
        for await (call, result) in results.stream.prefix(calls) {
            switch result {
            case .success(let taken): positions[call] = taken
            case .failure(let error):
                try demand(error.code, is: .rejected, "only the oversized call is refused")
                refused.append(call)
            }
        }
        try demand(refused, is: [calls / 2], "a refused call harms no other")
        for key in 0..<2 {
            let offsets = (0..<calls).compactMap { positions[$0]?[key].offset }
            try demand(offsets.count, is: calls - 1, "each call gets a position for each of its records")
            try demand(offsets, is: offsets.sorted(), "records lie in the order of the calls")
        }
    }

    private func checkConcurrency(of log: any EventLog) async throws {
        let (writers, rounds) = (UInt64(40), UInt8(25))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for round in 0..<rounds { _ = try await log.append([Self.record(writer, [round])]) }
                }
            }
            try await group.waitForAll()
        }
        var perKey: [UInt64: [UInt8]] = [:]
        for partition in 0..<(try await log.partitions(of: .messages)) {
            let records = try await Self.all(partition: partition, in: log)
            try demand(
                records.map(\.position.offset), is: Array(0..<UInt64(records.count)),
                "a partition has no gaps and no offset twice")
            for record in records { perKey[record.key, default: []] += record.payload }
        }
        try demand(perKey.count, is: Int(writers), "no writer's records are lost")
        for order in perKey.values {
            try demand(order, is: Array(0..<rounds), "records of one key keep the order in which they were appended")
        }
    }
}
