import Chat
import Interface

extension MessageStoreContract {
    private static let channel = ChannelID(10)

    func checkWrites(of store: any MessageStore, _ make: () async throws -> any MessageStore) async throws {
        let id = Samples.messageID(1)
        let created = Samples.message(id, content: "created")
        var edited = Samples.message(id, content: "edited", version: id.rawValue + 1)
        edited.editedAt = Samples.startUnixMilliseconds + 5
        var deleted = edited
        deleted.deletedAt = Samples.startUnixMilliseconds + 9
        deleted.version = id.rawValue + 2
        switch self {
        case .newerVersionsReplace:
            try await Self.write([created], to: store)
            try await Self.write([edited], to: store)
            let read = try await store.message(id, in: Self.channel, includingDeleted: false)
            try demand(read, is: edited, "a newer version replaces an older one")
        case .olderVersionsDoNot:
            try await Self.write([edited], to: store)
            try await Self.write([created], to: store)
            let read = try await store.message(id, in: Self.channel, includingDeleted: false)
            try demand(read, is: edited, "an older version never overwrites a newer one")
        case .batchesRepeatInAnyOrder:
            try await checkAnyOrder(make)
        case .oneBatchMayHoldAllVersions:
            try await Self.write([deleted, created, edited], to: store)
            let read = try await store.message(id, in: Self.channel, includingDeleted: true)
            try demand(read, is: deleted, "the greatest version of a batch wins")
            try demand(try await store.buckets(of: Self.channel).first?.count, is: 1, "it is one message")
        case .deletedMessagesAreNotServed:
            let other = Samples.messageID(2)
            try await Self.write([created, deleted, Samples.message(other)], to: store)
            let read = try await store.message(id, in: Self.channel, includingDeleted: false)
            try demand(read, is: nil, "a deleted message is not served")
            let kept = try await store.message(id, in: Self.channel, includingDeleted: true)
            try demand(kept, is: deleted, "a deleted message is kept")
            for cursor in [HistoryCursor.latest, .before(MessageID(.max)), .after(MessageID(0)), .around(id)] {
                try demand(try await Self.page(store, cursor, 9), is: [other], "no page serves a deleted message")
            }
        case .deletionIsNotUndone:
            try await Self.write([deleted], to: store)
            try await Self.write([edited, created], to: store)
            try demand(try await Self.page(store, .latest, 9), is: [], "a late write does not resurrect")
        case .pagesReachPastTheDeleted:
            let ids = try await Self.fill(500, store)
            let gone = ids[1..<499].map { id in
                var message = Samples.message(id, version: id.rawValue + 1)
                message.deletedAt = Samples.startUnixMilliseconds
                return message
            }
            try await Self.write(gone, to: store)
            try demand(try await Self.page(store, .latest, 2), is: [ids[499], ids[0]], "pages skip what was deleted")
            try demand(try await Self.page(store, .before(ids[499]), 1), is: [ids[0]], "so does before")
            try demand(try await Self.page(store, .after(ids[0]), 1), is: [ids[499]], "so does after")
            let around = try await Self.page(store, .around(ids[250]), 9)
            try demand(around, is: [ids[499], ids[0]], "so does around, on both sides")
        case .batchesAreAllOrNone:
            let unstorable = Samples.message(MessageID(.max), version: .max)
            do {
                try await Self.write([created, unstorable], to: store)
            } catch let error as BackendError {
                try demand(error.code, is: .rejected, "only the record itself can be at fault here")
                let read = try await store.message(id, in: Self.channel, includingDeleted: true)
                try demand(read, is: nil, "a batch that fails writes nothing")
                return
            }
            let read = try await store.message(id, in: Self.channel, includingDeleted: true)
            try demand(read, is: created, "a batch that succeeds writes all")
        case .concurrentBatchesAllArrive:
            try await withThrowingTaskGroup(of: Void.self) { group in
                for channel in 0..<UInt64(20) {
                    group.addTask {
                        for step in 0..<UInt64(10) {
                            let id = Samples.messageID(step, low: channel)
                            try await Self.write([Samples.message(id, in: ChannelID(channel))], to: store)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for channel in 0..<UInt64(20) {
                let page = try await Self.page(store, .latest, 100, of: ChannelID(channel))
                try demand(page.count, is: 10, "no concurrent batch is lost")
            }
        default: preconditionFailure("not a clause of writing")
        }
    }

    /// Applies the parts of one history in many orders, some of them twice; every store has to end up the same.
    private func checkAnyOrder(_ make: () async throws -> any MessageStore) async throws {
        var history: [Message] = []
        for number in 0..<UInt64(6) {
            let id = Samples.messageID(number * 1_000)
            history.append(Samples.message(id, content: "\(number)"))
            if number % 2 == 0 { history.append(Samples.message(id, content: "\(number)!", version: id.rawValue + 7)) }
            if number % 3 == 0 {
                var deleted = Samples.message(id, version: id.rawValue + 9)
                deleted.deletedAt = Samples.startUnixMilliseconds
                history.append(deleted)
            }
        }
        let reference = try await make()
        for message in history { try await Self.write([message], to: reference) }
        let expectedPage = try await reference.page(of: Self.channel, .latest, limit: 100)
        let expectedBuckets = try await reference.buckets(of: Self.channel)
        for seed in 1...UInt64(6) {
            var generator = SeededGenerator(seed: seed)
            let store = try await make()
            for message in (history + history.prefix(5)).shuffled(using: &generator) {
                try await Self.write([message], to: store)
            }
            let page = try await store.page(of: Self.channel, .latest, limit: 100)
            try demand(page, is: expectedPage, "any order of the same writes leaves the same rows (seed \(seed))")
            let buckets = try await store.buckets(of: Self.channel)
            try demand(buckets, is: expectedBuckets, "any order leaves the same bucket directory (seed \(seed))")
        }
    }

    func checkBuckets(of store: any MessageStore) async throws {
        let day: UInt64 = 86_400_000
        switch self {
        case .bucketsFollowTheDay:
            let ids = [0, 1, day, 3 * day].map { Samples.messageID($0) }
            try await Self.write(ids.map { Samples.message($0) }, to: store)
            let expected = [
                BucketEntry(bucket: Bucket(dayOf: ids[0]), first: ids[0], last: ids[1], count: 2),
                BucketEntry(bucket: Bucket(dayOf: ids[2]), first: ids[2], last: ids[2], count: 1),
                BucketEntry(bucket: Bucket(dayOf: ids[3]), first: ids[3], last: ids[3], count: 1),
            ]
            try demand(try await store.buckets(of: Self.channel), is: expected, "a bucket is a day, ascending")
        case .bucketsCountEachMessageOnce:
            let ids = try await Self.fill(5, store)
            try await Self.fill(5, store)
            try await Self.write([Samples.message(ids[2], content: "edited", version: ids[4].rawValue + 1)], to: store)
            var deleted = Samples.message(ids[1], version: ids[4].rawValue + 2)
            deleted.deletedAt = Samples.startUnixMilliseconds
            try await Self.write([deleted], to: store)
            let entry = try demandValue(try await store.buckets(of: Self.channel).first, "a bucket")
            try demand(entry.count, is: 5, "a message counts once, deleted ones included")
            try demand([entry.first, entry.last], is: [ids[0], ids[4]], "edits do not move a bucket's ends")
        case .bucketsRollOn:
            try await checkRolling(of: store)
        case .lateMessagesFindTheirBucket:
            try await Self.write([0, 5_000, day].map { Samples.message(Samples.messageID($0)) }, to: store)
            try await Self.write([Samples.message(Samples.messageID(2_000))], to: store)
            let buckets = try await store.buckets(of: Self.channel)
            try demand(buckets.map(\.count), is: [3, 1], "a late message counts in its own day")
            try demand(buckets[0].last, is: Samples.messageID(5_000), "a late message does not move the last")
            try demand(try await Self.page(store, .latest, 9).count, is: 4, "a late message is served")
        case .lastMessagesAreTheNewestPlaced:
            let ids = try await Self.fill(3, store)
            var deleted = Samples.message(ids[2], version: ids[2].rawValue + 1)
            deleted.deletedAt = Samples.startUnixMilliseconds
            let other = Samples.message(Samples.messageID(9), in: ChannelID(12))
            try await Self.write([deleted, other], to: store)
            try await Self.write([Samples.message(Samples.messageID(500))], to: store)
            let last = try await store.lastMessages(of: [Self.channel, ChannelID(12), ChannelID(13)])
            try demand(
                last, is: [Self.channel: ids[2], ChannelID(12): other.id], "the newest ever placed, deleted or not")
        default: preconditionFailure("not a clause of buckets")
        }
    }

    private func checkRolling(of store: any MessageStore) async throws {
        let ids = (0...UInt64(Bucket.messagesMax)).map { Samples.messageID($0) }
        for start in stride(from: 0, to: ids.count, by: 10_000) {
            let part = ids[start..<min(start + 10_000, ids.count)]
            try await Self.write(part.map { Samples.message($0, content: "") }, to: store)
        }
        let buckets = try await store.buckets(of: Self.channel)
        try demand(buckets.map(\.bucket.part), is: [0, 1], "a full day rolls on")
        try demand(buckets.map(\.count), is: [Bucket.messagesMax, 1], "a bucket takes what it takes")
        try demand(buckets[1].first, is: ids[Bucket.messagesMax], "the next part starts with the next message")
        try await Self.write([Samples.message(ids[0], content: "", version: ids[0].rawValue)], to: store)
        try demand(try await store.buckets(of: Self.channel), is: buckets, "what comes again stays where it was")
        let page = try await Self.page(store, .latest, 2)
        try demand(page, is: [ids[Bucket.messagesMax], ids[Bucket.messagesMax - 1]], "a page crosses buckets")
    }

    func checkNonces(of store: any MessageStore) async throws {
        let key = NonceKey(channel: Self.channel, author: UserID(7), nonce: .text("n"))
        let id = Samples.messageID(0)
        let now = Samples.startUnixMilliseconds
        func write(_ id: MessageID) async throws {
            try await store.apply([MessageWrite(message: Samples.message(id), nonceKey: key)])
        }
        func found(_ keys: [NonceKey], at now: UInt64) async throws -> [NonceKey: MessageID] {
            try await store.messages(forNonces: keys, now: now)
        }
        switch self {
        case .noncesStandForTheirMessages:
            try demand(try await found([key], at: now).isEmpty, "an unknown nonce stands for nothing")
            try await write(id)
            try demand(try await found([key], at: now), is: [key: id], "a nonce stands for its message")
            let almost = now + Limits.nonceWindowMilliseconds - 1
            try demand(try await found([key], at: almost), is: [key: id], "it does for the whole window")
        case .noncesAreTellingApart:
            try await write(id)
            let others = [
                NonceKey(channel: ChannelID(11), author: UserID(7), nonce: .text("n")),
                NonceKey(channel: Self.channel, author: UserID(8), nonce: .text("n")),
                NonceKey(channel: Self.channel, author: UserID(7), nonce: .text("N")),
                NonceKey(channel: Self.channel, author: UserID(7), nonce: .integer(0)),
            ]
            try demand(try await found(others, at: now).isEmpty, "channel, author and nonce tell keys apart")
            let (one, text) = (NonceKey(channel: Self.channel, author: UserID(7), nonce: .integer(1)), Nonce.text("1"))
            try await store.apply([MessageWrite(message: Samples.message(Samples.messageID(1)), nonceKey: one)])
            let alike = NonceKey(channel: Self.channel, author: UserID(7), nonce: text)
            try demand(try await found([alike], at: now).isEmpty, "a number is not the text that spells it")
        case .oldNoncesAreNotNeeded:
            try await write(id)
            let later = now + 10 * Limits.nonceWindowMilliseconds
            // They may be forgotten, and need not be: what may not happen is that asking or writing fails.
            _ = try await found([key], at: later)
            let next = Samples.messageID(10 * Limits.nonceWindowMilliseconds)
            try await write(next)
            try demand(try await found([key], at: later), is: [key: next], "a nonce can be used again")
        case .aLaterNonceReplacesAnEarlierOne:
            let later = Samples.messageID(2 * Limits.nonceWindowMilliseconds)
            try await write(later)
            try await write(id)
            let then = now + 2 * Limits.nonceWindowMilliseconds
            try demand(try await found([key], at: then), is: [key: later], "the younger message wins in any order")
        case .repeatedNoncesChangeNothing:
            try await write(id)
            try await write(id)
            try demand(try await found([key], at: now), is: [key: id], "a repeated batch changes no nonce")
        default: preconditionFailure("not a clause of nonces")
        }
    }
}
