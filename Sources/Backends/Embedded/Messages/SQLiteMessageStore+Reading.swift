package import Chat
import GRDB
package import Interface

// History: every read is a range of the table, in its order, and every row of the range is served.

extension SQLiteMessageStore {
    static let columns = "id, version, seal, body"

    package func message(
        _ id: MessageID, in channel: ChannelID, includingDeleted: Bool
    ) async throws(BackendError) -> Message? {
        let path = database.path
        return try await database.read("messages.message") { database in
            let live = try database.first(
                "SELECT \(Self.columns) FROM message WHERE channel = ? AND id = ?", [channel.column, id.column]
            ) { try Self.message($0, in: channel, path: path) }
            if live != nil || !includingDeleted { return live }
            return try database.first(
                "SELECT \(Self.columns) FROM deleted_message WHERE channel = ? AND id = ?",
                [channel.column, id.column]
            ) { try Self.message($0, in: channel, path: path) }
        }
    }

    package func messages(_ ids: [MessageID], in channel: ChannelID) async throws(BackendError) -> [Message] {
        let (ids, path) = (ids.prefix(Limits.pageMessagesMax), database.path)
        return try await database.read("messages.some") { database in
            try ids.compactMap { id in
                try database.first(
                    "SELECT \(Self.columns) FROM message WHERE channel = ? AND id = ?",
                    [channel.column, id.column]
                ) { try Self.message($0, in: channel, path: path) }
            }
        }
    }

    package func page(
        of channel: ChannelID, _ cursor: HistoryCursor, limit: Int
    ) async throws(BackendError) -> [Message] {
        let limit = limit.held(in: 1...Limits.pageMessagesMax)
        let path = database.path
        return try await database.read("messages.page") { database in
            func older(than bound: Int64, _ count: Int) throws -> [Message] {
                try database.all(
                    """
                    SELECT \(Self.columns) FROM message
                    WHERE channel = ? AND id < ? ORDER BY id DESC LIMIT ?
                    """,
                    [channel.column, bound, count]
                ) { try Self.message($0, in: channel, path: path) }
            }
            func from(_ bound: Int64, _ count: Int) throws -> [Message] {
                try database.all(
                    """
                    SELECT \(Self.columns) FROM message
                    WHERE channel = ? AND id >= ? ORDER BY id LIMIT ?
                    """,
                    [channel.column, bound, count]
                ) { try Self.message($0, in: channel, path: path) }.reversed()
            }
            switch cursor {
            case .latest:
                return try older(than: .max, limit)
            case .before(let id):
                return try older(than: id.bound, limit)
            case .after(let id):
                guard id.bound < .max else { return [] }
                return try from(id.bound + 1, limit)
            case .around(let id):
                guard id.bound < .max else { return try older(than: .max, limit / 2) }
                let itself = try database.all(
                    "SELECT \(Self.columns) FROM message WHERE channel = ? AND id = ?",
                    [channel.column, id.column]
                ) { try Self.message($0, in: channel, path: path) }
                return try from(id.bound + 1, (limit - 1) / 2) + itself + older(than: id.bound, limit / 2)
            }
        }
    }

    package func scan(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [Message] {
        let limit = limit.held(in: 1...Self.scanMessagesMax)
        let path = database.path
        return try await database.read("messages.scan") { database in
            if let channel {
                let after = place.map { $0.channel == channel ? $0.id.bound : -1 } ?? -1
                return try database.all(
                    "SELECT \(Self.columns) FROM message WHERE channel = ? AND id > ? ORDER BY id LIMIT ?",
                    [channel.column, after, limit]
                ) { try Self.message($0, in: channel, path: path) }
            }
            let (after, id) = place.map { ($0.channel.column, $0.id.bound) } ?? (.min, -1)
            return try database.all(
                """
                SELECT \(Self.columns), channel FROM message
                WHERE (channel, id) > (?, ?) ORDER BY channel, id LIMIT ?
                """,
                [after, id, limit]
            ) { try Self.message($0, in: $0.id(4), path: path) }
        }
    }

    package func buckets(of channel: ChannelID) async throws(BackendError) -> [BucketEntry] {
        try await database.read("messages.buckets") { try Self.entries(of: channel, in: $0) }
    }

    package func lastMessages(of channels: [ChannelID]) async throws(BackendError) -> [ChannelID: MessageID] {
        try await database.read("messages.last") { database in
            var last: [ChannelID: MessageID] = [:]
            for channel in channels {
                // The newest bucket's: ids rise from bucket to bucket.
                last[channel] = try database.first(
                    "SELECT last FROM bucket WHERE channel = ? ORDER BY bucket DESC LIMIT 1", [channel.column]
                ) { $0.id(0) }
            }
            return last
        }
    }

    static func entries(of channel: ChannelID, in database: Database) throws -> [BucketEntry] {
        try database.all(
            "SELECT bucket, first, last, count FROM bucket WHERE channel = ? ORDER BY bucket", [channel.column], entry)
    }

    static func entry(_ row: Row) -> BucketEntry {
        BucketEntry(
            bucket: Bucket(column: row.integer(0)), first: row.id(1), last: row.id(2), count: Int(row.integer(3)))
    }

    static func message(_ row: Row, in channel: ChannelID, path: String) throws -> Message {
        let body = try row.blob(3)
        guard Seal.over(body, channel.column, row.integer(0), row.integer(1)) == row.integer(2) else {
            throw BackendError(
                .corrupt, operation: "messages.read", target: path,
                detail: "the checksum of message \(MessageID(column: row.integer(0))) in channel \(channel) is wrong",
                hint: "restore the file from a snapshot"
            )
        }
        return try Message(encoded: body)
    }
}
