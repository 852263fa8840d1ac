package import Chat
import FoundationEssentials
import GRDB
package import Interface

// Read states: a row for each channel in which a user has read or is mentioned, and one for each message that mentions many
// at once. `version` counts the changes of a user's rows, so that the greatest are those that changed last.
extension SQLiteDirectory {
    package func readStates(of user: UserID, limit: Int) async throws(BackendError) -> [ReadState] {
        try await database.read("directory.read-states") { database in
            try database.all(
                "SELECT body FROM read_state WHERE user = ? ORDER BY version DESC LIMIT ?",
                [user.column, limit.held(in: 1...Limits.readStatesPerUserMax)]
            ) { try ReadState(encoded: try $0.blob(0)) }
        }
    }

    package func acknowledge(
        _ marks: [ReadMark], by user: UserID
    ) async throws(BackendError) -> [ReadState] {
        try checkCount(marks.count, "directory.acknowledge")
        return try await database.write("directory.acknowledge") { database in
            try marks.compactMap { mark in
                try ReadStateWriter.change(of: user, in: mark.channel, database) { $0.acknowledge(mark) }.changed
            }
        }
    }

    package func noteMentions(_ notes: [MentionNote]) async throws(BackendError) -> [UserReadState] {
        guard notes.count <= Self.notedMax else {
            throw BackendError(
                .rejected, operation: "directory.note-mentions", target: database.path,
                detail: "one call takes at most \(Self.notedMax) messages")
        }
        guard !notes.isEmpty else { return [] }
        // One row is read and written once, however often a batch mentions its user.
        var order: [ReadStateName] = []
        var messages: [ReadStateName: [MessageID]] = [:]
        for note in notes {
            for user in note.users {
                let name = ReadStateName(user: user, channel: note.channel)
                if messages[name] == nil { order.append(name) }
                messages[name, default: []].append(note.message)
            }
        }
        return try await database.write("directory.note-mentions") { [order, messages] database in
            for note in notes { try ReadStateWriter.keepCrowd(of: note, database) }
            return try order.compactMap { name in
                let change = try ReadStateWriter.change(of: name.user, in: name.channel, database) { state in
                    var hasChanged = false
                    for message in messages[name] ?? [] {
                        if state.note(mentionIn: message) { hasChanged = true }
                    }
                    return hasChanged
                }
                return change.state.map { UserReadState(user: name.user, state: $0) }
            }
        }
    }

    package func crowdMentions(in guilds: [GuildID]) async throws(BackendError) -> [CrowdMention] {
        try checkCount(guilds.count, "directory.crowd-mentions")
        return try await database.read("directory.crowd-mentions") { database in
            try guilds.flatMap { guild in
                try database.all(
                    """
                    SELECT message, channel, author, is_everyone, roles FROM crowd_mention WHERE guild = ? ORDER BY message
                    """, [guild.column]
                ) { row in
                    CrowdMention(
                        message: row.id(0), channel: row.id(1), author: row.id(2),
                        crowd: row.bool(3) ? .everyone : .roles(RoleList.decode(try row.blob(4))))
                }
            }
        }
    }
}

private struct ReadStateName: Hashable {
    var user: UserID
    var channel: ChannelID
}

/// The rows of read states; each call runs inside the transaction of its caller.
private enum ReadStateWriter {
    /// Changes a row, or makes one. `state` is what is there afterwards: `nil` for a user who does not exist.
    static func change(
        of user: UserID, in channel: ChannelID, _ database: Database, _ body: (inout ReadState) -> Bool
    ) throws -> (state: ReadState?, changed: ReadState?) {
        let known = try database.first(
            "SELECT body FROM read_state WHERE user = ? AND channel = ?", [user.column, channel.column]
        ) { try ReadState(encoded: try $0.blob(0)) }
        var state = known ?? ReadState(channel: channel)
        guard body(&state) else { return (known, nil) }
        if known == nil {
            let exists =
                try database.first("SELECT 1 FROM user WHERE id = ?", [user.column]) { _ in true } ?? false
            guard exists else { return (nil, nil) }
        }
        state.version =
            try database.first(
                "SELECT coalesce(max(version), 0) + 1 FROM read_state WHERE user = ?", [user.column]
            ) { $0.unsigned(0) } ?? 1
        try database.run(
            """
            INSERT INTO read_state (user, channel, version, body) VALUES (?, ?, ?, ?)
            ON CONFLICT (user, channel) DO UPDATE SET version = excluded.version, body = excluded.body
            """,
            [user.column, channel.column, Int64(bitPattern: state.version), Data(state.encoded())])
        if known == nil {
            try database.run(
                """
                DELETE FROM read_state WHERE user = ?1 AND version <= (
                    SELECT version FROM read_state WHERE user = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?2
                )
                """,
                [user.column, Limits.readStatesPerUserMax])
        }
        return (state, state)
    }

    /// Keeps the newest ``Limits/crowdMentionsPerGuildMax`` of a guild; nothing for a channel that is gone.
    static func keepCrowd(of note: MentionNote, _ database: Database) throws {
        guard let guild = note.guild, let crowd = note.crowd else { return }
        let roles: [RoleID] = if case .roles(let roles) = crowd { roles } else { [] }
        try database.run(
            """
            INSERT INTO crowd_mention (guild, message, channel, author, is_everyone, roles)
            SELECT ?1, ?2, id, ?4, ?5, ?6 FROM channel WHERE id = ?3 AND guild = ?1
            ON CONFLICT (guild, message) DO NOTHING
            """,
            [
                guild.column, note.message.bound, note.channel.column, note.author.column, crowd == .everyone,
                RoleList.encode(roles),
            ])
        try database.run(
            """
            DELETE FROM crowd_mention WHERE guild = ?1 AND message <= (
                SELECT message FROM crowd_mention WHERE guild = ?1 ORDER BY message DESC LIMIT 1 OFFSET ?2
            )
            """,
            [guild.column, Limits.crowdMentionsPerGuildMax])
    }
}
