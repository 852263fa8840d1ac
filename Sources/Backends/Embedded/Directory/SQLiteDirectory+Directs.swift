package import Chat
import FoundationEssentials
import GRDB
package import Interface

extension SQLiteDirectory {
    static let notedMax = 10_000

    private static let listed =
        "SELECT direct.body, party.last FROM party JOIN direct ON direct.id = party.channel WHERE party.user = ?1 AND party.is_closed = 0"
    private static let newestFirst = " ORDER BY party.last DESC, party.channel DESC LIMIT ?2"
    private static let behind =
        " AND (party.last, party.channel) < (SELECT last, channel FROM party WHERE channel = ?3 AND user = ?1)"

    package func openDirect(
        _ id: ChannelID, from user: UserID, to other: UserID
    ) async throws(BackendError) -> DirectChannel {
        try await database.write("directory.open-direct") { database in
            guard user != other else {
                throw Self.conflict("directory.open-direct", "user \(user)", "a channel takes two")
            }
            if let there = try DirectWriter.pair(user, other, database) {
                try database.run(
                    "UPDATE party SET is_closed = 0 WHERE channel = ? AND user = ?", [there.id.column, user.column])
                return there
            }
            let isSevered = try DirectWriter.isSevered(user, other, database)
            let channel = DirectChannel(id: id, isGroup: false, parties: [user, other], isSevered: isSevered)
            try DirectWriter.insert(channel, closedFor: other, "directory.open-direct", database)
            return channel
        }
    }

    package func createGroup(_ group: DirectChannel) async throws(BackendError) {
        try await database.write("directory.create-group") { database in
            try DirectWriter.insert(group, "directory.create-group", database)
        }
    }

    package func direct(_ id: ChannelID) async throws(BackendError) -> DirectChannel? {
        try await database.read("directory.direct") { database in try DirectWriter.channel(id, database) }
    }

    package func updateGroup(_ group: DirectChannel) async throws(BackendError) -> DirectChannel {
        try await database.write("directory.update-group") { database in
            guard let present = try DirectWriter.channel(group.id, database), present.isGroup,
                present.version == group.version
            else { throw Self.conflict("directory.update-group", "channel \(group.id)", "it is another by now") }
            var new = group
            new.version += 1
            guard !new.parties.isEmpty else {
                // Its parties go by their foreign key.
                try database.run("DELETE FROM direct WHERE id = ?", [group.id.column])
                return new
            }
            try DirectWriter.replace(new, database)
            for user in present.parties where !new.isParty(user) {
                try database.run("DELETE FROM party WHERE channel = ? AND user = ?", [group.id.column, user.column])
            }
            for user in new.parties where !present.isParty(user) {
                try DirectWriter.add(user, to: group.id, "directory.update-group", database)
            }
            return new
        }
    }

    package func directs(
        of user: UserID, after: ChannelID?, limit: Int
    ) async throws(BackendError) -> [DirectListing] {
        try await database.read("directory.directs") { database in
            let count = limit.held(in: 1...Self.rowsMax)
            guard let after else {
                return try database.all(Self.listed + Self.newestFirst, [user.column, count], Self.listing)
            }
            return try database.all(
                Self.listed + Self.behind + Self.newestFirst, [user.column, count, after.column], Self.listing)
        }
    }

    package func closeDirect(_ id: ChannelID, for user: UserID) async throws(BackendError) {
        try await database.write("directory.close-direct") { database in
            try database.run(
                "UPDATE party SET is_closed = 1 WHERE channel = ? AND user = ?", [id.column, user.column])
        }
    }

    package func noteMessages(
        _ newest: [ChannelID: MessageID]
    ) async throws(BackendError) -> [ChannelID: [UserID]] {
        guard newest.count <= Self.notedMax else {
            throw BackendError(
                .rejected, operation: "directory.note-messages", target: database.path,
                detail: "one call takes at most \(Self.notedMax) channels")
        }
        guard !newest.isEmpty else { return [:] }
        return try await database.write("directory.note-messages") { database in
            var appeared: [ChannelID: [UserID]] = [:]
            for (channel, message) in newest {
                let users: [UserID] = try database.all(
                    "SELECT user FROM party WHERE channel = ?1 AND last < ?2 AND is_closed = 1 ORDER BY user",
                    [channel.column, message.bound]
                ) { $0.id(0) }
                if !users.isEmpty { appeared[channel] = users }
                try database.run(
                    "UPDATE party SET last = ?2, is_closed = 0 WHERE channel = ?1 AND last < ?2",
                    [channel.column, message.bound])
            }
            return appeared
        }
    }

    // Blocks.

    package func setBlock(
        _ isBlocked: Bool, of other: UserID, by user: UserID
    ) async throws(BackendError) -> DirectChannel? {
        try await database.write("directory.set-block") { database in
            try DirectWriter.requireUser(other, "directory.set-block", database)
            if isBlocked {
                try database.run(
                    "INSERT INTO block (user, other) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [user.column, other.column])
            } else {
                try database.run("DELETE FROM block WHERE user = ? AND other = ?", [user.column, other.column])
            }
            guard var channel = try DirectWriter.pair(user, other, database) else { return nil }
            let isSevered = try DirectWriter.isSevered(user, other, database)
            guard channel.isSevered != isSevered else { return nil }
            channel.isSevered = isSevered
            channel.version += 1
            try DirectWriter.replace(channel, database)
            return channel
        }
    }

    package func blocked(
        by user: UserID, after: UserID, limit: Int
    ) async throws(BackendError) -> [UserID] {
        try await database.read("directory.blocked") { database in
            try database.all(
                "SELECT other FROM block WHERE user = ? AND other > ? ORDER BY other LIMIT ?",
                [user.column, after.bound, limit.held(in: 1...Self.rowsMax)]
            ) { $0.id(0) }
        }
    }

    package func isBlocked(_ user: UserID, by other: UserID) async throws(BackendError) -> Bool {
        try await database.read("directory.is-blocked") { database in
            try database.first(
                "SELECT 1 FROM block WHERE user = ? AND other = ?", [other.column, user.column]
            ) { _ in true } ?? false
        }
    }

    private static func listing(_ row: Row) throws -> DirectListing {
        let channel = try DirectChannel(encoded: try row.blob(0))
        let last = MessageID(row.unsigned(1))
        return DirectListing(channel: channel, lastMessage: last.rawValue == channel.id.rawValue ? nil : last)
    }
}

/// The rows of direct channels; each call runs inside the transaction of its caller.
private enum DirectWriter {
    static func channel(_ id: ChannelID, _ database: Database) throws -> DirectChannel? {
        try database.first("SELECT body FROM direct WHERE id = ?", [id.column]) {
            try DirectChannel(encoded: try $0.blob(0))
        }
    }

    static func pair(_ user: UserID, _ other: UserID, _ database: Database) throws -> DirectChannel? {
        try database.first(
            "SELECT body FROM direct WHERE low = ? AND high = ?", [min(user, other).column, max(user, other).column]
        ) { try DirectChannel(encoded: try $0.blob(0)) }
    }

    static func isSevered(_ user: UserID, _ other: UserID, _ database: Database) throws -> Bool {
        try database.first(
            "SELECT 1 FROM block WHERE user = ?1 AND other = ?2 OR user = ?2 AND other = ?1",
            [user.column, other.column]
        ) { _ in true } ?? false
    }

    static func insert(
        _ channel: DirectChannel, closedFor closed: UserID? = nil, _ operation: String, _ database: Database
    ) throws {
        guard try self.channel(channel.id, database) == nil else {
            throw SQLiteDirectory.conflict(operation, "channel \(channel.id)", "the channel exists")
        }
        let pair = channel.isGroup ? [] : channel.parties.sorted()
        try database.run(
            "INSERT INTO direct (id, low, high, body) VALUES (?, ?, ?, ?)",
            [channel.id.column, pair.first?.column, pair.last?.column, Data(channel.encoded())])
        for user in channel.parties {
            try add(user, to: channel.id, isClosed: user == closed, operation, database)
        }
    }

    static func replace(_ channel: DirectChannel, _ database: Database) throws {
        try database.run(
            "UPDATE direct SET body = ? WHERE id = ?", [Data(channel.encoded()), channel.id.column])
    }

    static func add(
        _ user: UserID, to channel: ChannelID, isClosed: Bool = false, _ operation: String, _ database: Database
    ) throws {
        try requireUser(user, operation, database)
        // A newcomer's list shows the group where the others' show it.
        let last =
            try database.first("SELECT max(last) FROM party WHERE channel = ?", [channel.column]) {
                $0.optionalID(0) as MessageID?
            } ?? nil
        try database.run(
            "INSERT INTO party (channel, user, last, is_closed) VALUES (?, ?, ?, ?)",
            [channel.column, user.column, last?.column ?? channel.column, isClosed])
    }

    static func requireUser(_ user: UserID, _ operation: String, _ database: Database) throws {
        let exists = try database.first("SELECT 1 FROM user WHERE id = ?", [user.column]) { _ in true } ?? false
        guard exists else { throw SQLiteDirectory.conflict(operation, "user \(user)", "no such user") }
    }
}
