import Chat
package import Interface

/// The promises of ``Interface/SessionStore``, one case each.
package enum SessionStoreContract: String, CaseIterable, Sendable {
    case nothingAtFirst, whatWasSavedIsLoaded, marksAreReplaced, unchangedRecordsStay, changedRecordsAreReplaced
    case removedSessionsAreGone, aWholeCaptureForgetsTheRest, sessionsWithoutMarkAreLeftOut
    case sessionsWithoutRecordAreLeftOut, framesAreOfTheLastCapture, loopsThatAreNotNamedAreForgotten
    case nodesAreApart, clearingForgets, statesAreBounded, recordsInAscendingOrder

    private static let node: UInt16 = 3

    /// - Parameter make: a store of its own for each call, without sessions.
    package func check(_ make: () async throws -> any SessionStore) async throws {
        let store = try await make()
        guard self != .nothingAtFirst else {
            return try demand(try await store.load(of: Self.node), is: nil, "nothing is known at first")
        }
        let first = Self.capture()
        try await store.save(first, of: Self.node)
        switch self {
        case .nothingAtFirst, .whatWasSavedIsLoaded:
            try demand(try await store.load(of: Self.node), is: first, "what was saved is loaded")
        case .marksAreReplaced, .unchangedRecordsStay, .changedRecordsAreReplaced, .removedSessionsAreGone,
            .aWholeCaptureForgetsTheRest, .sessionsWithoutMarkAreLeftOut, .sessionsWithoutRecordAreLeftOut,
            .framesAreOfTheLastCapture, .recordsInAscendingOrder:
            try await checkChanges(of: first, in: store)
        case .loopsThatAreNotNamedAreForgotten:
            var next = first
            next.loops.removeFirst()
            try await store.save(next, of: Self.node)
            try await store.save(
                SessionCapture(
                    savedAt: 30, isFinal: false, state: [],
                    loops: [LoopCapture(loop: 0, isWhole: false, marks: first.loops[0].marks)]), of: Self.node)
            let loaded = try demandValue(try await store.load(of: Self.node), "a capture")
            try demand(loaded.loops.map(\.loop), is: [0], "only the named loops are known")
            try demand(loaded.loops[0].changed, is: [], "what a forgotten loop had does not come back")
        case .nodesAreApart:
            let other = SessionCapture(savedAt: 1, isFinal: true, state: [9], loops: [])
            try await store.save(other, of: 4)
            try await store.clear(5)
            try demand(try await store.load(of: Self.node), is: first, "nodes are apart")
            try demand(try await store.load(of: 4), is: other, "each has its own")
        case .clearingForgets:
            try await store.clear(Self.node)
            try demand(try await store.load(of: Self.node), is: nil, "nothing is left")
        case .statesAreBounded:
            var large = first
            large.savedAt = 99
            large.loops[0].state = [UInt8](repeating: 0, count: SessionStoreRules.stateBytesMax + 1)
            try await demandRefusal(.rejected, "a state has a bound") {
                try await store.save(large, of: Self.node)
            }
            try demand(try await store.load(of: Self.node), is: first, "a refused capture changes nothing")
        }
    }

    private func checkChanges(of first: SessionCapture, in store: any SessionStore) async throws {
        var loop = LoopCapture(
            loop: 0, isWhole: false, state: [2],
            marks: first.loops[0].marks.map { mark in
                SessionMark(slot: mark.slot, sequence: mark.sequence + 5)
            })
        switch self {
        case .changedRecordsAreReplaced:
            var record = first.loops[0].changed[0]
            record.subscriptions = [ChannelID(99)]
            loop.changed = [record]
        case .removedSessionsAreGone:
            loop.removed = [1]
        case .aWholeCaptureForgetsTheRest:
            loop.isWhole = true
            loop.changed = [first.loops[0].changed[0]]
        case .sessionsWithoutMarkAreLeftOut:
            loop.marks.removeLast()
        case .sessionsWithoutRecordAreLeftOut:
            loop.marks.append(SessionMark(slot: 70, sequence: 1))
        case .recordsInAscendingOrder:
            loop.changed = [Self.record(0, user: 5)]
            loop.marks.append(SessionMark(slot: 0, sequence: 1))
        default: break
        }
        try await store.save(
            SessionCapture(savedAt: 20, isFinal: false, state: [3], loops: [loop, first.loops[1]]), of: Self.node)
        let loaded = try demandValue(try await store.load(of: Self.node), "a capture")
        let found = try demandValue(loaded.loops.first, "the first loop")
        try demand(loaded.savedAt, is: 20, "the newest capture counts")
        switch self {
        case .marksAreReplaced:
            try demand(found.marks.map(\.sequence), is: [15, 16], "marks are the newest ones")
            try demand(found.marks.flatMap(\.ring), is: [], "rings, too")
            try demand(found.state, is: [2], "and the loop's state")
        case .unchangedRecordsStay:
            try demand(found.changed, is: first.loops[0].changed, "a record stays until it changes")
        case .changedRecordsAreReplaced:
            try demand(found.changed[0].subscriptions, is: [ChannelID(99)], "a changed record replaces the older one")
            try demand(found.changed[1], is: first.loops[0].changed[1], "the others stay")
        case .removedSessionsAreGone:
            try demand(found.changed.map(\.slot), is: [2], "an ended session is gone")
            try demand(found.marks.map(\.slot), is: [2], "with its mark")
        case .aWholeCaptureForgetsTheRest:
            try demand(found.changed.map(\.slot), is: [1], "a whole capture names all there are")
        case .sessionsWithoutMarkAreLeftOut:
            try demand(found.changed.map(\.slot), is: [1], "a session without a mark is none")
        case .sessionsWithoutRecordAreLeftOut:
            try demand(found.marks.map(\.slot), is: [1, 2], "a mark without a record is none")
        case .framesAreOfTheLastCapture:
            try demand(found.frames, is: [], "frames are of the last capture")
            try demand(loaded.loops[1].frames, is: first.loops[1].frames, "of each loop")
        case .recordsInAscendingOrder:
            try demand(found.changed.map(\.slot), is: [0, 1, 2], "records come in the order of slots")
            try demand(found.marks.map(\.slot), is: [0, 1, 2], "with their marks")
        default: break
        }
    }

    private static func capture() -> SessionCapture {
        let frames = [
            SavedFrame(bytes: [1, 2, 3], sequenceOffset: 1, scope: [6, 0]), SavedFrame(bytes: [4], sequenceOffset: 0),
        ]
        let first = LoopCapture(
            loop: 0, isWhole: true, state: [1],
            marks: [
                SessionMark(slot: 1, sequence: 10, ring: [0, 1]),
                SessionMark(slot: 2, sequence: 11, detachedAt: 1_700_000_000_000, ring: [1]),
            ],
            changed: [record(1, user: 7), record(2, user: 8)], frames: frames)
        let second = LoopCapture(
            loop: 1, isWhole: true, marks: [SessionMark(slot: 1, sequence: 1)], changed: [record(1, user: 9)],
            frames: [SavedFrame(bytes: [5], sequenceOffset: 0)])
        return SessionCapture(savedAt: 1_700_000_000_500, isFinal: true, state: [7, 8], loops: [first, second])
    }

    private static func record(_ slot: UInt32, user: UInt64) -> SessionRecord {
        SessionRecord(
            slot: slot, secret: Samples.token(UInt8(slot)), tag: SessionTag(user << 40), token: Samples.token(9),
            user: UserID(user), intents: 513, shardID: 1, shardCount: 2, isLazy: slot == 2, largeThreshold: 250,
            shown: SessionPresence(
                status: .idle, activities: [Activity(name: "chess", kind: .playing, createdAt: 5)], platform: .mobile),
            digest: .max, guilds: [GuildID(1), GuildID(2)], subscriptions: [ChannelID(3)],
            voices: [
                VoiceState(
                    guild: GuildID(1), user: UserID(user), channel: ChannelID(4), session: SessionTag(user << 40),
                    isSelfMuted: true)
            ])
    }
}
