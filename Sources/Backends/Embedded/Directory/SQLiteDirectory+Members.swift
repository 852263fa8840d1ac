package import Chat
import GRDB
package import Interface

extension SQLiteDirectory {
    private static let namePrefixBytesMax = 4_096
    private static let profiles =
        """
        SELECT \(userColumns), \(memberColumns) FROM member JOIN user ON user.id = member.user
        LEFT JOIN timeout ON timeout.guild = member.guild AND timeout.user = member.user WHERE member.guild = ?
        """

    package func member(_ user: UserID, of guild: GuildID) async throws(BackendError) -> MemberProfile? {
        try await database.read("directory.member") { database in
            try database.first(Self.profiles + " AND member.user = ?", [guild.column, user.column], Self.profile)
        }
    }

    package func members(
        of guild: GuildID, after: UserID, limit: Int
    ) async throws(BackendError) -> [MemberProfile] {
        try await database.read("directory.members") { database in
            try database.all(
                Self.profiles + " AND member.user > ? ORDER BY member.user LIMIT ?",
                [guild.column, after.bound, limit.held(in: 1...Self.rowsMax)], Self.profile)
        }
    }

    package func members(_ users: [UserID], of guild: GuildID) async throws(BackendError) -> [MemberProfile] {
        try checkCount(users.count, "directory.members")
        return try await database.read("directory.members") { database in
            try Set(users).compactMap { user in
                try database.first(Self.profiles + " AND member.user = ?", [guild.column, user.column], Self.profile)
            }
        }
    }

    package func members(
        of guild: GuildID, namePrefix: String, limit: Int
    ) async throws(BackendError) -> [MemberProfile] {
        // No name is that long, and LIKE refuses patterns far beyond it.
        guard namePrefix.utf8.count <= Self.namePrefixBytesMax else { return [] }
        // LIKE ignores ASCII case, like NOCASE (lang_expr.html, 5).
        let pattern =
            namePrefix.reduce(into: "") { pattern, character in
                if character == "%" || character == "_" || character == "\\" { pattern.append("\\") }
                pattern.append(character)
            } + "%"
        return try await database.read("directory.search-members") { database in
            try database.all(
                Self.profiles + """
                     AND (user.username LIKE ?2 ESCAPE '\\' OR user.global_name LIKE ?2 ESCAPE '\\'
                     OR member.nick LIKE ?2 ESCAPE '\\') ORDER BY member.user LIMIT ?3
                    """,
                [guild.column, pattern, limit.held(in: 1...Self.rowsMax)], Self.profile)
        }
    }

    // Invites.

    package func create(_ invite: Invite, recording entry: AuditEntry?) async throws(BackendError) {
        try await database.write("directory.create-invite") { database in
            try database.run(
                "INSERT INTO invite (\(Self.inviteColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    invite.code, invite.guild.column, invite.channel.column, invite.inviter.column,
                    Int64(clamping: invite.createdAt), Int64(invite.maxAgeSeconds), Int64(invite.maxUses),
                    Int64(invite.uses), invite.isTemporary,
                ]
            )
            if let entry { try AuditWriter.record([entry], database) }
        }
    }

    package func invite(_ code: String) async throws(BackendError) -> Invite? {
        try await database.read("directory.invite") { database in
            try database.first("SELECT \(Self.inviteColumns) FROM invite WHERE code = ?", [code], Self.invite)
        }
    }

    package func invites(of guild: GuildID) async throws(BackendError) -> [Invite] {
        try await database.read("directory.invites") { database in
            try database.all(
                "SELECT \(Self.inviteColumns) FROM invite WHERE guild = ? ORDER BY created_at, code", [guild.column],
                Self.invite)
        }
    }

    package func deleteInvite(_ code: String, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await database.write("directory.delete-invite") { database in
            try database.run("DELETE FROM invite WHERE code = ?", [code])
            guard database.changesCount > 0 else { return false }
            if let entry { try AuditWriter.record([entry], database) }
            return true
        }
    }

    package func redeem(_ code: String, member: Member, now: UInt64) async throws(BackendError) -> UInt64? {
        try await database.write("directory.redeem") { database in
            let invite = try database.first(
                "SELECT \(Self.inviteColumns) FROM invite WHERE code = ?", [code], Self.invite)
            guard let invite, invite.isValid(at: now) else {
                throw Self.conflict("directory.redeem", "invite", "unknown or no longer valid")
            }
            guard try !GuildWriter.isMember(member.user, of: invite.guild, database) else { return nil }
            try database.run("UPDATE invite SET uses = uses + 1 WHERE code = ?", [code])
            try GuildWriter.put(member, in: invite.guild, database)
            return try GuildWriter.bumpEpoch(of: invite.guild, database)
        }
    }
}
