import Chat
import Interface

extension MessageStoreContract {
    private static let channel = ChannelID(10)
    private static let message = Samples.messageID(1)
    private static let thumb = ReactionEmoji(name: "👍")
    private static let party = ReactionEmoji(id: EmojiID(9), name: "party")

    private static func react(
        _ store: any MessageStore, _ changes: [(UInt64, ReactionWrite.Change)], to message: MessageID = message
    ) async throws {
        let writes = changes.map {
            ReactionWrite(channel: channel, message: message, change: $0.1, version: $0.0)
        }
        try await store.apply(StoreBatch(reactions: writes))
    }

    private static func read(_ store: any MessageStore) async throws -> MessageReactions {
        try await store.reactions(to: [message, Samples.messageID(2)], in: channel)[message] ?? MessageReactions()
    }

    private static func counts(_ store: any MessageStore) async throws -> [String: UInt64] {
        Dictionary(uniqueKeysWithValues: try await read(store).tallies.map { ($0.emoji.key, $0.count) })
    }

    func checkReactions(of store: any MessageStore) async throws {
        let (thumb, party) = (Self.thumb, Self.party)
        switch self {
        case .reactionsAreCounted:
            try await Self.react(
                store, [(1, .add(thumb, UserID(1))), (2, .add(thumb, UserID(2))), (3, .add(party, UserID(1)))])
            let expected = MessageReactions(
                version: 3,
                tallies: [ReactionTally(emoji: thumb, count: 2), ReactionTally(emoji: party, count: 1)])
            try demand(try await Self.read(store), is: expected, "each emoji counts its users")
            try demand(
                try await store.reactions(to: [Self.message], in: ChannelID(11)).isEmpty, "channels are apart")
        case .repeatedReactionsCountOnce:
            let changes: [(UInt64, ReactionWrite.Change)] = [
                (1, .add(thumb, UserID(1))), (2, .add(thumb, UserID(2))), (3, .remove(thumb, UserID(1))),
            ]
            for start in [0, 0, 1, 2] { try await Self.react(store, Array(changes[start...])) }
            try demand(try await Self.counts(store), is: [thumb.key: 1], "a repeated batch counts nothing twice")
            try await Self.react(store, [(4, .add(thumb, UserID(2)))])
            try demand(try await Self.counts(store), is: [thumb.key: 1], "a user counts once")
        case .olderReactionsDoNotCount:
            try await Self.react(store, [(5, .add(thumb, UserID(1))), (6, .remove(thumb, UserID(1)))])
            try await Self.react(store, [(5, .add(thumb, UserID(1)))])
            try demand(try await Self.counts(store), is: [:], "what was taken away does not come back")
        case .reactionsAreTakenAway:
            try await Self.react(store, [(1, .add(thumb, UserID(1))), (2, .add(thumb, UserID(2)))])
            try await Self.react(store, [(3, .remove(thumb, UserID(1))), (4, .remove(party, UserID(1)))])
            try demand(try await Self.counts(store), is: [thumb.key: 1], "one is gone")
            let isThere = try await store.hasReaction(of: UserID(1), with: thumb, to: Self.message, in: Self.channel)
            try demand(!isThere, "it is not the user's any more")
            let others = try await store.hasReaction(of: UserID(2), with: thumb, to: Self.message, in: Self.channel)
            try demand(others, "the other's stays")
        case .clearedReactionsAreGone:
            let all: [(UInt64, ReactionWrite.Change)] = [
                (1, .add(thumb, UserID(1))), (2, .add(party, UserID(1))), (3, .add(party, UserID(2))),
            ]
            try await Self.react(store, all + [(4, .clear(party))])
            try demand(try await Self.counts(store), is: [thumb.key: 1], "one emoji is cleared")
            try await Self.react(store, [(5, .clear(nil))])
            try demand(try await Self.counts(store), is: [:], "all are cleared")
            let left = try await store.reactors(
                to: Self.message, in: Self.channel, with: party, after: UserID(0), limit: 9)
            try demand(left, is: [], "and nobody is left")
        case .emojisKeepTheirOrder:
            let emojis = ["😀", "👍", "🎉", "❤️"].map { ReactionEmoji(name: $0) }
            try await Self.react(
                store, emojis.enumerated().map { (UInt64($0.offset) + 1, .add($0.element, UserID(1))) })
            try await Self.react(store, [(9, .add(emojis[2], UserID(2)))])
            try demand(
                try await Self.read(store).tallies.map(\.emoji), is: emojis, "emojis stay in the order they came")
        case .emojisAreTakenByteForByte:
            try await Self.react(
                store,
                [
                    (1, .add(ReactionEmoji(name: "❤"), UserID(1))), (2, .add(ReactionEmoji(name: "❤️"), UserID(1))),
                    (3, .add(party, UserID(1))), (4, .add(ReactionEmoji(id: party.id, name: "renamed"), UserID(2))),
                ])
            try demand(
                try await Self.counts(store), is: ["❤": 1, "❤️": 1, party.key: 2],
                "variations differ, and a custom emoji is its id")
        case .reactorsArePaged:
            let users = (1...130).map { UserID(UInt64($0)) }
            try await Self.react(
                store, users.reversed().enumerated().map { (UInt64($0.offset) + 1, .add(thumb, $0.element)) })
            let page = try await store.reactors(
                to: Self.message, in: Self.channel, with: thumb, after: UserID(20), limit: 3)
            try demand(page, is: [UserID(21), UserID(22), UserID(23)], "ascending, behind the one named")
            let most = try await store.reactors(
                to: Self.message, in: Self.channel, with: thumb, after: UserID(0), limit: 1_000)
            try demand(most.count, is: 100, "a page takes at most 100")
        case .ownReactionsAreFound:
            try await Self.react(
                store, [(1, .add(thumb, UserID(1))), (2, .add(party, UserID(1))), (3, .add(party, UserID(2)))])
            let other = Samples.messageID(2)
            try await Self.react(store, [(4, .add(thumb, UserID(2)))], to: other)
            let own = try await store.ownReactions(of: UserID(2), to: [Self.message, other], in: Self.channel)
            try demand(own, is: [Self.message: [party.key], other: [thumb.key]], "those of one user for each message")
        case .reactionsAndMessagesAreOneBatch:
            let refused = ReactionWrite(
                channel: Self.channel, message: MessageID(.max), change: .add(thumb, UserID(1)), version: 1)
            try await demandRefusal(.rejected, "an id beyond 63 bits is refused") {
                try await store.apply(
                    StoreBatch(
                        messages: [MessageWrite(message: Samples.message(Self.message))], reactions: [refused]))
            }
            let stored = try await store.message(Self.message, in: Self.channel, includingDeleted: true)
            try demand(stored, is: nil, "all or none")
        default: preconditionFailure("not a clause of reactions")
        }
    }
}
