package import Chat
package import Interface

/// What came of banning several users at once.
package struct BulkBan: Hashable, Sendable {
    package var banned: [UserID] = []
    /// Whoever was banned already, stands too high, or does not exist.
    package var failed: [UserID] = []
}

extension GuildService {
    /// Bans a page may hold (Discord's API).
    private static let pageBans: ClosedRange<Int> = 1...1_000

    /// Bans of a guild, ascending by user id, 1 to 1,000 of them; takes BAN_MEMBERS.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.invalidForm`.
    package func bans(
        of guild: GuildID, _ cursor: BanCursor, limit: Int, for asker: UserID
    ) async throws(ServiceError) -> [BanProfile] {
        var form = FormCheck()
        _ = form.number(Int64(limit), "limit", in: Self.pageBans)
        try form.finish()
        _ = try await access.guild(guild, for: asker, needing: .banMembers)
        return try await ask { () async throws(BackendError) in
            try await directory.bans(of: guild, cursor, limit: limit)
        }
    }

    /// The ban of one user; takes BAN_MEMBERS.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.unknownBan`.
    package func ban(
        of user: UserID, in guild: GuildID, for asker: UserID
    ) async throws(ServiceError) -> BanProfile {
        _ = try await access.guild(guild, for: asker, needing: .banMembers)
        let ban = try await ask { () async throws(BackendError) in try await directory.ban(of: user, in: guild) }
        guard let ban else { throw ServiceError(.unknownBan) }
        return ban
    }

    /// Keeps a user out of a guild, be it a member or not; takes BAN_MEMBERS and a rank above theirs. What they said in
    /// the last so many seconds is deleted in the background (``MessagePurge``). Whoever is banned already stays so, for
    /// the reason given then, and only messages are deleted.
    /// - Parameters:
    ///   - deletingSeconds: 0 to 604,800.
    ///   - reason: up to 512 characters.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.unknownUser`, `.invalidForm`; `.unavailable` when too many
    ///   deletions wait, in which case nobody is banned.
    package func ban(
        _ user: UserID, from guild: GuildID, deletingSeconds: Int64 = 0, by asker: UserID,
        because reason: String? = nil
    ) async throws(ServiceError) {
        let seconds = try Self.checked(deletingSeconds, reason)
        if seconds > 0 { try purge.mustHaveRoom() }
        _ = try await ban(user, from: guild, by: asker, because: reason)
        if seconds > 0 { purge.submit([purgeJob(user, guild, seconds)]) }
    }

    /// Bans up to 200 users at once; takes BAN_MEMBERS and MANAGE_GUILD.
    /// - Throws: like the ban of one, and `.nobodyBanned`.
    package func ban(
        all users: [UserID], from guild: GuildID, deletingSeconds: Int64 = 0, by asker: UserID,
        because reason: String? = nil
    ) async throws(ServiceError) -> BulkBan {
        let seconds = try Self.checked(deletingSeconds, reason)
        var form = FormCheck()
        if !(1...Limits.bulkBanMax).contains(users.count) {
            form.refuse(["user_ids"], "BASE_TYPE_BAD_LENGTH", "Must be 1 to \(Limits.bulkBanMax) in length.")
        }
        try form.finish()
        _ = try await access.guild(guild, for: asker, needing: [.banMembers, .manageGuild])
        if seconds > 0 { try purge.mustHaveRoom() }
        var outcome = BulkBan()
        for user in Set(users).sorted() {
            do throws(ServiceError) {
                let isNew = try await ban(user, from: guild, by: asker, because: reason)
                if isNew { outcome.banned.append(user) } else { outcome.failed.append(user) }
            } catch {
                switch error.code {
                case .unknownUser, .missingPermissions: outcome.failed.append(user)
                default: throw error
                }
            }
        }
        if seconds > 0 { purge.submit(outcome.banned.map { purgeJob($0, guild, seconds) }) }
        guard !outcome.banned.isEmpty else { throw ServiceError(.nobodyBanned) }
        return outcome
    }

    /// - Returns: false for one who was banned already.
    private func ban(
        _ user: UserID, from guild: GuildID, by asker: UserID, because reason: String?
    ) async throws(ServiceError) -> Bool {
        try await change(guild) { () async throws(ServiceError) -> GuildDecision<Bool> in
            let grant = try await access.guild(guild, for: asker, needing: .banMembers)
            guard let target = try await access.cache.user(user) else { throw ServiceError(.unknownUser) }
            let member = try await access.cache.member(user, of: guild)
            if let member { try grant.mustOutrank(grant.snapshot.rank(of: member.member)) }
            let present = try await ask { () async throws(BackendError) in
                try await directory.ban(of: user, in: guild)
            }
            guard present == nil else { return GuildDecision(value: false) }
            return GuildDecision(
                value: true, change: .ban(Ban(user: user, reason: reason)),
                event: .memberBanned(target, wasMember: member != nil), epoch: grant.snapshot.epoch,
                personal: member == nil ? nil : PersonalEvent(user: user, event: .guildLeft(guild)),
                deeds: Deeds(by: asker, because: reason, [Deed(.memberBan, user.rawValue)]))
        }.value
    }

    /// Lets a user in again; takes BAN_MEMBERS.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.unknownBan`.
    package func unban(
        _ user: UserID, from guild: GuildID, by asker: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        try await change(guild) { () async throws(ServiceError) -> GuildDecision<Void> in
            let grant = try await access.guild(guild, for: asker, needing: .banMembers)
            let present = try await ask { () async throws(BackendError) in
                try await directory.ban(of: user, in: guild)
            }
            guard let present else { throw ServiceError(.unknownBan) }
            return GuildDecision(
                value: (), change: .unban(user), event: .memberUnbanned(present.user), epoch: grant.snapshot.epoch,
                deeds: Deeds(by: asker, because: reason, [Deed(.memberUnban, user.rawValue)]))
        }
    }

    /// - Throws: `.banned`.
    func mustNotBeBanned(_ user: UserID, from guild: GuildID) async throws(ServiceError) {
        let ban = try await ask { () async throws(BackendError) in try await directory.ban(of: user, in: guild) }
        guard ban == nil else { throw ServiceError(.banned) }
    }

    private func purgeJob(_ user: UserID, _ guild: GuildID, _ seconds: UInt32) -> MessagePurge.Job {
        let span = UInt64(seconds) * 1_000
        return MessagePurge.Job(guild: guild, author: user, since: max(span, time.unixMilliseconds) - span)
    }

    private static func checked(_ deletingSeconds: Int64, _ reason: String?) throws(ServiceError) -> UInt32 {
        var form = FormCheck()
        let seconds: UInt32 = form.number(
            deletingSeconds, "delete_message_seconds", in: 0...Limits.banDeletionSecondsMax)
        _ = form.text(reason, "reason", scalarsMax: Limits.auditReasonCharactersMax)
        try form.finish()
        return seconds
    }
}
