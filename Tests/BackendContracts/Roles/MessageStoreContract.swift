import Chat
package import Interface

/// The promises of ``Interface/MessageStore``, one case each.
package enum MessageStoreContract: String, CaseIterable, Sendable {
    case anEmptyChannelHasNothing, messagesReadBackWhole, newestFirst, beforeIsExclusive, afterIsExclusive
    case afterTakesTheNextNewer, aroundTakesBothSides, aroundNeedsNoSuchMessage, cursorsNeedNoSuchMessage
    case extremeCursorsAreHarmless, limitsAreHeld, channelsAreApart, scansMeetEverything
    case newerVersionsReplace, olderVersionsDoNot
    case batchesRepeatInAnyOrder, oneBatchMayHoldAllVersions, deletedMessagesAreNotServed, deletionIsNotUndone
    case pagesReachPastTheDeleted
    case batchesAreAllOrNone, concurrentBatchesAllArrive
    case bucketsFollowTheDay, bucketsCountEachMessageOnce, bucketsRollOn, lateMessagesFindTheirBucket
    case lastMessagesAreTheNewestPlaced
    case noncesStandForTheirMessages, noncesAreTellingApart, oldNoncesAreNotNeeded, aLaterNonceReplacesAnEarlierOne
    case repeatedNoncesChangeNothing
    case someMessagesAreReadAtOnce
    case reactionsAreCounted, repeatedReactionsCountOnce, olderReactionsDoNotCount, reactionsAreTakenAway
    case clearedReactionsAreGone, emojisKeepTheirOrder, emojisAreTakenByteForByte, reactorsArePaged
    case ownReactionsAreFound, reactionsAndMessagesAreOneBatch
    case pinsAreListedLatestFirst, unpinnedAndDeletedMessagesAreNoPins, olderPinsDoNotCount
    case fatesAreKept, oldFatesAreNotNeeded

    private static let channel = ChannelID(10)

    /// - Parameter make: a store of its own for each call, without messages.
    package func check(_ make: () async throws -> any MessageStore) async throws {
        let store = try await make()
        switch self {
        case .anEmptyChannelHasNothing, .messagesReadBackWhole, .newestFirst, .beforeIsExclusive, .afterIsExclusive,
            .afterTakesTheNextNewer, .aroundTakesBothSides, .aroundNeedsNoSuchMessage, .cursorsNeedNoSuchMessage,
            .extremeCursorsAreHarmless, .limitsAreHeld, .channelsAreApart, .scansMeetEverything:
            try await checkPages(of: store)
        case .newerVersionsReplace, .olderVersionsDoNot, .batchesRepeatInAnyOrder, .oneBatchMayHoldAllVersions,
            .deletedMessagesAreNotServed, .deletionIsNotUndone, .pagesReachPastTheDeleted, .batchesAreAllOrNone,
            .concurrentBatchesAllArrive:
            try await checkWrites(of: store, make)
        case .bucketsFollowTheDay, .bucketsCountEachMessageOnce, .bucketsRollOn, .lateMessagesFindTheirBucket,
            .lastMessagesAreTheNewestPlaced:
            try await checkBuckets(of: store)
        case .noncesStandForTheirMessages, .noncesAreTellingApart, .oldNoncesAreNotNeeded,
            .aLaterNonceReplacesAnEarlierOne, .repeatedNoncesChangeNothing:
            try await checkNonces(of: store)
        case .someMessagesAreReadAtOnce, .pinsAreListedLatestFirst, .unpinnedAndDeletedMessagesAreNoPins,
            .olderPinsDoNotCount, .fatesAreKept, .oldFatesAreNotNeeded:
            try await checkPins(of: store)
        case .reactionsAreCounted, .repeatedReactionsCountOnce, .olderReactionsDoNotCount, .reactionsAreTakenAway,
            .clearedReactionsAreGone, .emojisKeepTheirOrder, .emojisAreTakenByteForByte, .reactorsArePaged,
            .ownReactionsAreFound, .reactionsAndMessagesAreOneBatch:
            try await checkReactions(of: store)
        }
    }

    static func write(_ messages: [Message], to store: any MessageStore) async throws {
        try await store.apply(messages.map { MessageWrite(message: $0) })
    }

    /// Writes `count` messages, a second apart, and returns their ids, ascending.
    @discardableResult
    static func fill(_ count: Int, _ store: any MessageStore) async throws -> [MessageID] {
        let ids = (0..<count).map { Samples.messageID(UInt64($0) * 1_000) }
        try await write(ids.map { Samples.message($0) }, to: store)
        return ids
    }

    static func page(
        _ store: any MessageStore, _ cursor: HistoryCursor, _ limit: Int, of channel: ChannelID = channel
    ) async throws -> [MessageID] {
        try await store.page(of: channel, cursor, limit: limit).map(\.id)
    }
}

extension MessageStoreContract {
    private func checkPages(of store: any MessageStore) async throws {
        switch self {
        case .anEmptyChannelHasNothing:
            for cursor in [HistoryCursor.latest, .before(MessageID(5)), .after(MessageID(5)), .around(MessageID(5))] {
                try demand(try await Self.page(store, cursor, 50).isEmpty, "an empty channel has no page")
            }
            try demand(try await store.buckets(of: Self.channel).isEmpty, "an empty channel has no buckets")
            try demand(try await store.lastMessages(of: [Self.channel]).isEmpty, "an empty channel has no last message")
            let message = try await store.message(MessageID(5), in: Self.channel, includingDeleted: true)
            try demand(message, is: nil, "an unknown message is not there")
        case .messagesReadBackWhole:
            var message = Samples.message(Samples.messageID(1), content: "with \0, ü and 🐈")
            message.nonce = .integer(-5)
            message.embeds = Array("[{}]".utf8)
            message.mentions = Mentions(users: [UserID(1), UserID(2)], roles: [RoleID(3)], everyone: true)
            message.editedAt = 1_700_000_000_001
            message.flags = 4
            message.isTTS = true
            message.guild = nil
            try await Self.write([message], to: store)
            let read = try await store.message(message.id, in: Self.channel, includingDeleted: false)
            try demand(read, is: message, "a message reads back as it was")
            try demand(try await store.page(of: Self.channel, .latest, limit: 1), is: [message], "so it does in a page")
        case .newestFirst:
            let ids = try await Self.fill(10, store)
            try demand(try await Self.page(store, .latest, 3), is: ids.reversed().prefix(3) + [], "newest first")
        case .beforeIsExclusive:
            let ids = try await Self.fill(10, store)
            let page = try await Self.page(store, .before(ids[5]), 3)
            try demand(page, is: [ids[4], ids[3], ids[2]], "before takes the next older, without the id itself")
        case .afterIsExclusive, .afterTakesTheNextNewer:
            let ids = try await Self.fill(10, store)
            let page = try await Self.page(store, .after(ids[5]), 3)
            try demand(page, is: [ids[8], ids[7], ids[6]], "after takes the next newer, newest first, without the id")
        case .aroundTakesBothSides:
            let ids = try await Self.fill(20, store)
            for limit in [1, 2, 5, 8] {
                let page = try await Self.page(store, .around(ids[10]), limit)
                try demand(page.count, is: limit, "around fills its page")
                try demand(page.contains(ids[10]), "around holds the message itself")
                try demand(page, is: page.sorted(by: >), "around is newest first")
                let newer = page.count { $0 > ids[10] }
                let older = page.count { $0 < ids[10] }
                try demand(newer <= limit / 2 && older <= limit / 2, "around takes up to half at either side")
                try demand(Set(page).isSubset(of: ids[(10 - older)...(10 + newer)]), "around takes the nearest")
            }
        case .aroundNeedsNoSuchMessage:
            let ids = try await Self.fill(4, store)
            let between = MessageID(ids[1].rawValue + 1)
            let page = try await Self.page(store, .around(between), 3)
            try demand(page, is: [ids[2], ids[1]], "around an id that does not exist takes its neighbours")
        case .cursorsNeedNoSuchMessage:
            let ids = try await Self.fill(4, store)
            let between = MessageID(ids[1].rawValue + 1)
            try demand(try await Self.page(store, .before(between), 9), is: [ids[1], ids[0]], "before any id")
            try demand(try await Self.page(store, .after(between), 9), is: [ids[3], ids[2]], "after any id")
        case .extremeCursorsAreHarmless:
            let ids = try await Self.fill(2, store)
            let newestFirst: [MessageID] = ids.reversed()
            try demand(
                try await Self.page(store, .before(MessageID(.max)), 9), is: newestFirst, "all is before the end")
            try demand(try await Self.page(store, .after(MessageID(.max)), 9), is: [], "nothing is after the end")
            try demand(try await Self.page(store, .after(MessageID(0)), 9), is: newestFirst, "all is after the start")
            try demand(try await Self.page(store, .before(MessageID(0)), 9), is: [], "nothing is before the start")
            try demand(try await Self.page(store, .around(MessageID(.max)), 4), is: newestFirst, "around the end")
        case .limitsAreHeld:
            try await Self.fill(120, store)
            try demand(try await Self.page(store, .latest, 100).count, is: 100, "a page takes 100")
            try demand(try await Self.page(store, .latest, 1_000).count <= 100, "a page takes at most 100")
            try demand(
                try await Self.page(store, .latest, 0).count <= 1, "a limit below the least is held at the least")
        case .channelsAreApart:
            let id = try demandValue(try await Self.fill(1, store).first, "an id")
            try demand(try await Self.page(store, .latest, 9, of: ChannelID(11)).isEmpty, "channels are apart")
            let other = try await store.message(id, in: ChannelID(11), includingDeleted: true)
            try demand(other, is: nil, "a message is only in its own channel")
        case .scansMeetEverything:
            try await checkScans(of: store)
        default: preconditionFailure("not a clause of pages")
        }
    }

    private func checkScans(of store: any MessageStore) async throws {
        let messages = (0..<9).map { number in
            Samples.message(Samples.messageID(UInt64(number) * 1_000), in: ChannelID(10 + UInt64(number % 3)))
        }
        try await Self.write(messages, to: store)
        var deleted = messages[4]
        (deleted.deletedAt, deleted.version) = (Samples.startUnixMilliseconds, deleted.version + 1)
        try await Self.write([deleted], to: store)
        let left = messages.filter { $0.id != deleted.id }
        for channel in [nil, ChannelID(11)] {
            var met: [Message] = []
            while true {
                let place = met.last.map { MessageLocation(channel: $0.channel, id: $0.id) }
                let page = try await store.scan(after: place, in: channel, limit: 2)
                try demand(page.count <= 2, "a scan holds its limit")
                guard !page.isEmpty else { break }
                met += page
            }
            let expected = left.filter { channel == nil || $0.channel == channel }
            try demand(met.count, is: expected.count, "a scan meets everything once")
            try demand(Set(met), is: Set(expected), "a scan meets what is there")
            for id in Set(met.map(\.channel)) {
                let places = met.indices.filter { met[$0].channel == id }
                try demand(places.map { met[$0].id }, is: places.map { met[$0].id }.sorted(), "ascending in a channel")
                try demand(places.last.map { $0 - places[0] + 1 }, is: places.count, "a channel stands together")
            }
        }
        try demand(try await store.scan(after: nil, in: ChannelID(99), limit: 9), is: [], "no channel, no messages")
    }
}
