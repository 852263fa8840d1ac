package import Chat
import GRDB
package import Interface

// Reactions: a row for each, a row for each emoji of a message with their number, and one for the message with the
// version of the last change. Law: a tally's count is the number of its reactions, and no tally counts 0.

extension SQLiteMessageStore {
    private static let idsMax = 100

    package func reactions(
        to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: MessageReactions] {
        let ids = messages.prefix(Self.idsMax)
        return try await database.read("messages.reactions") { database in
            var found: [MessageID: MessageReactions] = [:]
            for id in ids {
                let version = try database.first(
                    "SELECT version FROM reaction_sheet WHERE channel = ? AND message = ?", [channel.column, id.column]
                ) { $0.unsigned(0) }
                guard let version else { continue }
                let tallies = try database.all(
                    """
                    SELECT emoji_id, name, count FROM reaction_tally
                    WHERE channel = ? AND message = ? ORDER BY since
                    """,
                    [channel.column, id.column]
                ) { row in
                    ReactionTally(
                        emoji: ReactionEmoji(id: row.optionalID(0), name: row.text(1)),
                        count: row.unsigned(2))
                }
                found[id] = MessageReactions(version: version, tallies: tallies)
            }
            return found
        }
    }

    package func ownReactions(
        of user: UserID, to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: Set<String>] {
        let ids = messages.prefix(Self.idsMax)
        return try await database.read("messages.own-reactions") { database in
            var found: [MessageID: Set<String>] = [:]
            for id in ids {
                let emojis = try database.all(
                    """
                    SELECT reaction.emoji FROM reaction_tally AS tally JOIN reaction
                    ON reaction.channel = tally.channel AND reaction.message = tally.message
                    AND reaction.emoji = tally.emoji AND reaction.user = ?3
                    WHERE tally.channel = ?1 AND tally.message = ?2
                    """,
                    [channel.column, id.column, user.column]
                ) { $0.text(0) }
                if !emojis.isEmpty { found[id] = Set(emojis) }
            }
            return found
        }
    }

    package func hasReaction(
        of user: UserID, with emoji: ReactionEmoji, to message: MessageID, in channel: ChannelID
    ) async throws(BackendError) -> Bool {
        try await database.read("messages.has-reaction") { database in
            try database.first(
                "SELECT 1 FROM reaction WHERE channel = ? AND message = ? AND emoji = ? AND user = ?",
                [channel.column, message.column, emoji.key, user.column]
            ) { _ in true } ?? false
        }
    }

    package func reactors(
        to message: MessageID, in channel: ChannelID, with emoji: ReactionEmoji, after: UserID, limit: Int
    ) async throws(BackendError) -> [UserID] {
        try await database.read("messages.reactors") { database in
            try database.all(
                """
                SELECT user FROM reaction WHERE channel = ? AND message = ? AND emoji = ? AND user > ?
                ORDER BY user LIMIT ?
                """,
                [channel.column, message.column, emoji.key, after.bound, limit.held(in: 1...Self.idsMax)]
            ) { $0.id(0) }
        }
    }

    /// Applies one change, unless a later one was applied before.
    static func apply(_ write: ReactionWrite, in database: Database) throws {
        let (channel, message, version) = (write.channel.column, write.message.column, Int64(bitPattern: write.version))
        try database.run(
            """
            INSERT INTO reaction_sheet (channel, message, version) VALUES (?, ?, ?)
            ON CONFLICT (channel, message) DO UPDATE SET version = excluded.version
            WHERE excluded.version > reaction_sheet.version
            """,
            [channel, message, version]
        )
        guard database.changesCount > 0 else { return }
        switch write.change {
        case .add(let emoji, let user):
            try database.run(
                """
                INSERT INTO reaction (channel, message, emoji, user) VALUES (?, ?, ?, ?)
                ON CONFLICT (channel, message, emoji, user) DO NOTHING
                """,
                [channel, message, emoji.key, user.column]
            )
            guard database.changesCount > 0 else { return }
            try database.run(
                """
                INSERT INTO reaction_tally (channel, message, emoji, emoji_id, name, since, count)
                VALUES (?, ?, ?, ?, ?, ?, 1)
                ON CONFLICT (channel, message, emoji) DO UPDATE SET count = count + 1
                """,
                [channel, message, emoji.key, emoji.id?.column, emoji.name, version]
            )
        case .remove(let emoji, let user):
            try database.run(
                "DELETE FROM reaction WHERE channel = ? AND message = ? AND emoji = ? AND user = ?",
                [channel, message, emoji.key, user.column]
            )
            guard database.changesCount > 0 else { return }
            try database.run(
                "UPDATE reaction_tally SET count = count - 1 WHERE channel = ? AND message = ? AND emoji = ?",
                [channel, message, emoji.key]
            )
            try database.run(
                "DELETE FROM reaction_tally WHERE channel = ? AND message = ? AND emoji = ? AND count <= 0",
                [channel, message, emoji.key]
            )
        case .clear(let emoji?):
            for table in ["reaction", "reaction_tally"] {
                try database.run(
                    "DELETE FROM \(table) WHERE channel = ? AND message = ? AND emoji = ?",
                    [channel, message, emoji.key])
            }
        case .clear(nil):
            for table in ["reaction", "reaction_tally"] {
                try database.run("DELETE FROM \(table) WHERE channel = ? AND message = ?", [channel, message])
            }
        }
    }
}
