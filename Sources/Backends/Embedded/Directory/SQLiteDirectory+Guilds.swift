package import Chat
import FoundationEssentials
import GRDB
package import Interface

extension SQLiteDirectory {
    package func create(
        _ guild: Guild, roles: [Role], channels: [Channel], owner: Member
    ) async throws(BackendError) {
        try await database.write("directory.create-guild") { database in
            let isTaken =
                try database.first("SELECT 1 FROM guild WHERE id = ?", [guild.id.column]) { _ in true } ?? false
            guard !isTaken else {
                throw Self.conflict("directory.create-guild", "guild \(guild.id)", "the guild exists")
            }
            try database.run(
                "INSERT INTO guild (id, epoch, member_count, body) VALUES (?, 1, 0, ?)",
                [guild.id.column, Data(guild.encoded())]
            )
            for role in roles { try GuildWriter.put(role, in: guild.id, database) }
            for channel in channels { try GuildWriter.put(channel, in: guild.id, database) }
            try GuildWriter.put(owner, in: guild.id, database)
        }
    }

    package func deleteGuild(_ id: GuildID) async throws(BackendError) -> Bool {
        try await database.write("directory.delete-guild") { database in
            // What hangs on it goes by its foreign keys.
            try database.run("DELETE FROM guild WHERE id = ?", [id.column])
            return database.changesCount > 0
        }
    }

    package func snapshot(of guild: GuildID) async throws(BackendError) -> GuildSnapshot? {
        try await database.read("directory.snapshot") { database in
            let head = try database.first(
                "SELECT epoch, member_count, body FROM guild WHERE id = ?", [guild.column]
            ) { (epoch: $0.unsigned(0), members: Int($0.integer(1)), guild: try Guild(encoded: try $0.blob(2))) }
            guard let head else { return nil }
            return GuildSnapshot(
                guild: head.guild, epoch: head.epoch,
                roles: try database.all("SELECT body FROM role WHERE guild = ?", [guild.column]) {
                    try Role(encoded: try $0.blob(0))
                },
                channels: try GuildWriter.channels(of: guild, database),
                memberCount: head.members
            )
        }
    }

    package func guild(ofChannel channel: ChannelID) async throws(BackendError) -> GuildID? {
        try await database.read("directory.guild-of-channel") { database in
            try database.first("SELECT guild FROM channel WHERE id = ?", [channel.column]) { $0.id(0) }
        }
    }

    package func guilds(after: GuildID, limit: Int) async throws(BackendError) -> [Guild] {
        try await database.read("directory.guilds") { database in
            try database.all(
                "SELECT body FROM guild WHERE id > ? ORDER BY id LIMIT ?",
                [after.bound, limit.held(in: 1...Self.rowsMax)]
            ) { try Guild(encoded: try $0.blob(0)) }
        }
    }

    package func guilds(of user: UserID) async throws(BackendError) -> [GuildID] {
        try await database.read("directory.guilds-of-user") { database in
            try database.all("SELECT guild FROM member WHERE user = ? ORDER BY guild", [user.column]) { $0.id(0) }
        }
    }

    package func apply(
        _ change: GuildChange, to guild: GuildID, at epoch: UInt64?, recording entries: [AuditEntry]
    ) async throws(BackendError) -> UInt64 {
        try await database.write("directory.apply") { database in
            let current = try database.first("SELECT epoch FROM guild WHERE id = ?", [guild.column]) { $0.unsigned(0) }
            guard let current else { throw Self.conflict("directory.apply", "guild \(guild)", "no such guild") }
            guard epoch == nil || epoch == current else {
                throw Self.conflict("directory.apply", "guild \(guild)", "the epoch is \(current)")
            }
            try GuildWriter.apply(change, to: guild, database)
            try AuditWriter.record(entries, database)
            return try GuildWriter.bumpEpoch(of: guild, database)
        }
    }
}

/// The changes of a guild's rows; each runs inside the transaction of its caller.
enum GuildWriter {
    static func apply(_ change: GuildChange, to guild: GuildID, _ database: Database) throws {
        switch change {
        case .updateGuild(var new):
            new.id = guild
            try database.run("UPDATE guild SET body = ? WHERE id = ?", [Data(new.encoded()), guild.column])
        case .putChannel(let channel):
            try put(channel, in: guild, database)
        case .deleteChannel(let channel):
            try delete(channel, from: guild, database)
        case .putRole(let role):
            try put(role, in: guild, database)
        case .deleteRole(let role):
            try delete(role, from: guild, database)
        case .putMember(let member):
            try put(member, in: guild, database)
        case .removeMember(let user):
            try remove(user, from: guild, database)
        case .ban(let ban):
            try put(ban, in: guild, database)
        case .unban(let user):
            try unban(user, in: guild, database)
        }
    }

    static func bumpEpoch(of guild: GuildID, _ database: Database) throws -> UInt64 {
        let epoch = try database.first(
            "UPDATE guild SET epoch = epoch + 1 WHERE id = ? RETURNING epoch", [guild.column]
        ) { $0.unsigned(0) }
        guard let epoch else { throw SQLiteDirectory.conflict("directory.apply", "guild \(guild)", "no such guild") }
        return epoch
    }

    static func put(_ role: Role, in guild: GuildID, _ database: Database) throws {
        try database.run(
            """
            INSERT INTO role (guild, id, body) VALUES (?, ?, ?)
            ON CONFLICT (guild, id) DO UPDATE SET body = excluded.body
            """,
            [guild.column, role.id.column, Data(role.encoded())]
        )
    }

    static func put(_ channel: Channel, in guild: GuildID, _ database: Database) throws {
        var channel = channel
        channel.guild = guild
        try database.run(
            """
            INSERT INTO channel (id, guild, body) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE guild = excluded.guild
            """,
            [channel.id.column, guild.column, Data(channel.encoded())]
        )
        guard database.changesCount > 0 else {
            throw SQLiteDirectory.conflict("directory.apply", "channel \(channel.id)", "another guild's channel")
        }
    }

    static func put(_ member: Member, in guild: GuildID, _ database: Database) throws {
        let isMember = try isMember(member.user, of: guild, database)
        guard try isMember || !isBanned(member.user, in: guild, database) else {
            throw SQLiteDirectory.conflict("directory.apply", "user \(member.user)", "banned from guild \(guild)")
        }
        try database.run(
            """
            INSERT INTO member (guild, user, nick, roles, joined_at, is_deafened, is_muted) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (guild, user) DO UPDATE SET nick = excluded.nick, roles = excluded.roles,
            joined_at = excluded.joined_at, is_deafened = excluded.is_deafened, is_muted = excluded.is_muted
            """,
            [
                guild.column, member.user.column, member.nick, RoleList.encode(member.roles),
                Int64(clamping: member.joinedAt), member.isDeafened, member.isMuted,
            ]
        )
        if isMember {
            try putTimeout(of: member, in: guild, database)
        } else {
            try changeMemberCount(of: guild, by: 1, database)
        }
    }

    static func isMember(_ user: UserID, of guild: GuildID, _ database: Database) throws -> Bool {
        try database.first(
            "SELECT 1 FROM member WHERE guild = ? AND user = ?", [guild.column, user.column]
        ) { _ in true } ?? false
    }

    static func channels(of guild: GuildID, _ database: Database) throws -> [Channel] {
        try database.all("SELECT body FROM channel WHERE guild = ?", [guild.column]) {
            try Channel(encoded: try $0.blob(0))
        }
    }

    private static func delete(_ id: ChannelID, from guild: GuildID, _ database: Database) throws {
        // Its invites go by their foreign key.
        try database.run("DELETE FROM channel WHERE id = ? AND guild = ?", [id.column, guild.column])
        for var child in try channels(of: guild, database) where child.parent == id {
            child.parent = nil
            try put(child, in: guild, database)
        }
    }

    private static func delete(_ id: RoleID, from guild: GuildID, _ database: Database) throws {
        try database.run("DELETE FROM role WHERE guild = ? AND id = ?", [guild.column, id.column])
        // The search may also hit across two ids; what is taken out is decided on whole ids.
        let holders = try database.all(
            "SELECT user, roles FROM member WHERE guild = ? AND instr(roles, ?) > 0",
            [guild.column, Data(RoleList.bytes(of: id))]
        ) { (user: $0.integer(0), roles: RoleList.decode(try $0.blob(1))) }
        for holder in holders {
            try database.run(
                "UPDATE member SET roles = ? WHERE guild = ? AND user = ?",
                [RoleList.encode(holder.roles.filter { $0 != id }), guild.column, holder.user]
            )
        }
        try removeOverwrites(of: .role(id), from: guild, database)
    }

    static func remove(_ user: UserID, from guild: GuildID, _ database: Database) throws {
        try database.run("DELETE FROM member WHERE guild = ? AND user = ?", [guild.column, user.column])
        guard database.changesCount > 0 else {
            throw SQLiteDirectory.conflict("directory.apply", "user \(user)", "no member of guild \(guild)")
        }
        try changeMemberCount(of: guild, by: -1, database)
        try removeOverwrites(of: .member(user), from: guild, database)
    }

    private static func removeOverwrites(
        of target: PermissionOverwrite.Target, from guild: GuildID, _ database: Database
    ) throws {
        for var channel in try channels(of: guild, database) {
            let kept = channel.overwrites.filter { $0.target != target }
            guard kept.count < channel.overwrites.count else { continue }
            channel.overwrites = kept
            try put(channel, in: guild, database)
        }
    }

    private static func changeMemberCount(of guild: GuildID, by change: Int, _ database: Database) throws {
        try database.run("UPDATE guild SET member_count = member_count + ? WHERE id = ?", [change, guild.column])
    }
}
