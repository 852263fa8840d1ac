import Interface

extension EventLogContract {
    func checkReading(from log: any EventLog) async throws {
        switch self {
        case .readingHoldsItsLimit:
            let partition = try demandValue(try await Self.append(10, to: log).first, "a position").partition
            let read = try await log.read(.messages, partition: partition, from: 2, limit: 3, bytesMax: .max)
            try demand(read.map(\.position.offset), is: [2, 3, 4], "a read starts at its offset and holds its limit")
            let none = try await log.read(.messages, partition: partition, from: 0, limit: 0, bytesMax: .max)
            try demand(none.count <= 1, "a limit below the least is held at the least")
        case .readingHoldsItsBytes:
            let records = (0..<4).map { Self.record(1, Array(repeating: $0, count: 100)) }
            let partition = try demandValue(try await log.append(records).first, "a position").partition
            let two = try await log.read(.messages, partition: partition, from: 0, limit: 10, bytesMax: 250)
            try demand((1...3).contains(two.count), "a read stops near its bytes")
            let one = try await log.read(.messages, partition: partition, from: 1, limit: 10, bytesMax: 1)
            try demand(one.map(\.position.offset), is: [1], "a read returns at least one record")
        case .readingBeyondTheEndIsEmpty:
            let partition = try demandValue(try await Self.append(2, to: log).first, "a position").partition
            for offset: UInt64 in [2, 3, .max] {
                let read = try await log.read(.messages, partition: partition, from: offset, limit: 10, bytesMax: .max)
                try demand(read.isEmpty, "nothing lies beyond the end")
            }
        case .unknownPartitionsAreRefused:
            let count = try await log.partitions(of: .messages)
            for partition in [-1, count] {
                try await demandRefusal(.rejected, "a partition that does not exist is refused") {
                    _ = try await log.end(of: .messages, partition: partition)
                }
            }
        case .waitingReturnsWhenRecordsAreThere:
            let partition = try demandValue(try await Self.append(2, to: log).first, "a position").partition
            try await log.waitForRecords(.messages, partition: partition, beyond: 1)
        case .waitingIsWokenByAnAppend:
            let partition = try demandValue(try await Self.append(1, to: log).first, "a position").partition
            try await withThrowingTaskGroup(of: UInt64.self) { group in
                group.addTask {
                    var end: UInt64 = 1
                    // A wait may return early.
                    while end <= 1 {
                        try await log.waitForRecords(.messages, partition: partition, beyond: 1)
                        end = try await log.end(of: .messages, partition: partition)
                    }
                    return end
                }
                try await Self.append(1, to: log)
                try demand(try await group.next(), is: 2, "an append wakes who waits")
            }
        case .waitingEndsWithTheTask:
            let waiting = Task { try await log.waitForRecords(.messages, partition: 0, beyond: 100) }
            waiting.cancel()
            // Whether it throws or returns is open; that it ends is not.
            _ = await waiting.result
        default: preconditionFailure("not a clause of reading")
        }
    }

    func checkCheckpoints(of log: any EventLog) async throws {
        let ref = PartitionRef(group: "chat-service", topic: .messages, partition: 0)
        let first = Checkpoint(next: 5, state: [1, 2, 3])
        if self != .noCheckpointBeforeTheFirstCommit, self != .oversizedStatesAreRefused {
            try await log.commit(first, for: ref, epoch: 3)
        }
        switch self {
        case .noCheckpointBeforeTheFirstCommit:
            try demand(try await log.checkpoint(of: ref), is: nil, "no checkpoint before the first commit")
        case .checkpointsReadBack:
            try demand(try await log.checkpoint(of: ref), is: first, "a checkpoint reads back")
            let second = Checkpoint(next: 6)
            try await log.commit(second, for: ref, epoch: 3)
            try demand(try await log.checkpoint(of: ref), is: second, "the latest checkpoint reads back")
        case .groupsAreApart:
            for other in [
                PartitionRef(group: "push-service", topic: .messages, partition: 0),
                PartitionRef(group: "chat-service", topic: .messagesStored, partition: 0),
            ] {
                try demand(try await log.checkpoint(of: other), is: nil, "groups and topics have their own places")
            }
        case .lowerEpochsAreFenced:
            try await demandRefusal(.fenced, "a lower epoch is fenced") {
                try await log.commit(Checkpoint(next: 9), for: ref, epoch: 2)
            }
            try demand(try await log.checkpoint(of: ref), is: first, "a fenced commit changes nothing")
        case .higherEpochsMayGoBack:
            try await log.commit(Checkpoint(next: 2), for: ref, epoch: 4)
            try demand(try await log.checkpoint(of: ref)?.next, is: 2, "a new owner may go back")
        case .stalePlacesAreRefused:
            try await demandRefusal(.conflict, "a place before the committed one is refused") {
                try await log.commit(Checkpoint(next: 4), for: ref, epoch: 3)
            }
            try demand(try await log.checkpoint(of: ref), is: first, "a refused commit changes nothing")
        case .repeatedCommitsAreHarmless:
            try await log.commit(first, for: ref, epoch: 3)
            try demand(try await log.checkpoint(of: ref), is: first, "a repeated commit changes nothing")
        case .oversizedStatesAreRefused:
            try await log.commit(Checkpoint(next: 1, state: Array(repeating: 0, count: 64 << 10)), for: ref, epoch: 1)
            try await demandRefusal(.rejected, "a state beyond 64 KiB is refused") {
                try await log.commit(
                    Checkpoint(next: 2, state: Array(repeating: 0, count: 64 << 10 | 1)), for: ref, epoch: 1)
            }
        default: preconditionFailure("not a clause of checkpoints")
        }
    }

    func checkTrimming(of log: any EventLog) async throws {
        let positions = try await Self.append(6, to: log)
        let last = try demandValue(positions.last, "a position")
        let ref = PartitionRef(group: "chat-service", topic: .messages, partition: last.partition)
        let later = last.timestamp + 1
        switch self {
        case .trimmingSparesWhatAGroupHasNotPassed:
            try await log.commit(Checkpoint(next: 4), for: ref, epoch: 1)
            var slow = ref
            slow.group = "search-indexer"
            try await log.commit(Checkpoint(next: 2), for: slow, epoch: 1)
            try demand(try await log.trim(.messages, before: later), is: 2, "trimming spares what a group needs")
        case .forgottenGroupsHoldNothing:
            try await log.commit(Checkpoint(next: 4), for: ref, epoch: 3)
            var gone = ref
            gone.group = "push-service"
            try await log.commit(Checkpoint(next: 1), for: gone, epoch: 3)
            try await log.forget(gone.group, of: .messagesStored)
            try demand(try await log.checkpoint(of: gone)?.next, is: 1, "a topic is another's")
            try await log.forget(gone.group, of: .messages)
            try await log.forget("never-ran", of: .messages)
            try demand(try await log.checkpoint(of: gone), is: nil, "a group that is forgotten never committed")
            try demand(try await log.checkpoint(of: ref)?.next, is: 4, "others stand where they stood")
            try demand(try await log.trim(.messages, before: later), is: 4, "and trimming does not wait for it")
            try await log.commit(Checkpoint(next: 0), for: gone, epoch: 1)
        case .trimmingSparesWhatIsYoung:
            try await log.commit(Checkpoint(next: 6), for: ref, epoch: 1)
            let first = try demandValue(positions.first, "a position")
            let count = try await log.trim(.messages, before: first.timestamp)
            try demand(count, is: 0, "trimming spares what is as young as the given time")
        case .trimmingKeepsPositions:
            try await log.commit(Checkpoint(next: 3), for: ref, epoch: 1)
            try demand(try await log.trim(.messages, before: later), is: 3, "trimming tells how many records went")
            let left = try await Self.all(partition: last.partition, in: log)
            try demand(left.map(\.position), is: Array(positions[3...]), "trimming keeps the positions of what is left")
            try demand(try await log.trim(.messages, before: later), is: 0, "what was trimmed is gone")
        case .trimmedOffsetsReadFromTheOldestLeft:
            try await log.commit(Checkpoint(next: 3), for: ref, epoch: 1)
            _ = try await log.trim(.messages, before: later)
            let read = try await log.read(.messages, partition: last.partition, from: 1, limit: 2, bytesMax: .max)
            try demand(read.map(\.position.offset), is: [3, 4], "a trimmed offset reads from the oldest left")
        case .trimmingAllKeepsTheEnd:
            try await log.commit(Checkpoint(next: 6), for: ref, epoch: 1)
            try demand(try await log.trim(.messages, before: later), is: 6, "all that is passed and old goes")
            try demand(try await log.end(of: .messages, partition: last.partition), is: 6, "the end stays")
            let next = try demandValue(try await Self.append(1, to: log).first, "a position")
            try demand(next.offset, is: 6, "offsets go on after trimming")
            try demand(next.timestamp >= last.timestamp, "timestamps go on after trimming")
        default: preconditionFailure("not a clause of trimming")
        }
    }
}
