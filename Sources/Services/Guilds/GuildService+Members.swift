package import Chat
import Interface

extension GuildService {
    /// Members a page may hold (Discord's API).
    private static let pageMembers: ClosedRange<Int> = 1...1_000

    /// One member, to another.
    /// - Throws: `.unknownGuild`, `.unknownMember`.
    package func member(
        _ user: UserID, of guild: GuildID, for asker: UserID
    ) async throws(ServiceError) -> MemberProfile {
        _ = try await access.guild(guild, for: asker)
        return try await mustBeMember(user, of: guild)
    }

    /// Members with user ids above `after`, ascending, 1 to 1,000 of them.
    /// - Throws: `.unknownGuild`, `.invalidForm`.
    package func members(
        of guild: GuildID, after: UserID, limit: Int, for asker: UserID
    ) async throws(ServiceError) -> [MemberProfile] {
        try await checkPage(limit, of: guild, for: asker)
        return try await ask { () async throws(BackendError) in
            try await directory.members(of: guild, after: after, limit: limit)
        }
    }

    /// Members whose name or nick starts with a text, ascending by id, 1 to 1,000 of them.
    /// - Throws: `.unknownGuild`, `.invalidForm`.
    package func searchMembers(
        of guild: GuildID, prefix: String, limit: Int, for asker: UserID
    ) async throws(ServiceError) -> [MemberProfile] {
        var form = FormCheck()
        form.length(prefix, "query", scalars: 1...Limits.usernameCharacters.upperBound)
        try form.finish()
        try await checkPage(limit, of: guild, for: asker)
        return try await ask { () async throws(BackendError) in
            try await directory.members(of: guild, namePrefix: prefix, limit: limit)
        }
    }

    private func checkPage(_ limit: Int, of guild: GuildID, for asker: UserID) async throws(ServiceError) {
        var form = FormCheck()
        _ = form.number(Int64(limit), "limit", in: Self.pageMembers)
        try form.finish()
        _ = try await access.guild(guild, for: asker)
    }

    /// Changes a member. The own nick takes CHANGE_NICKNAME, another's MANAGE_NICKNAMES and a rank above theirs; each
    /// role that is given or taken has to be below the asker's own and takes MANAGE_ROLES; muting takes MUTE_MEMBERS,
    /// deafening DEAFEN_MEMBERS; a timeout MODERATE_MEMBERS and a rank above theirs, and nobody gives one to an
    /// administrator.
    /// - Throws: `.unknownGuild`, `.unknownMember`, `.unknownRole`, `.missingPermissions`, `.invalidForm`.
    package func updateMember(
        _ user: UserID, of guild: GuildID, _ change: MemberUpdate, by asker: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> MemberProfile {
        try await updateMember(user, of: guild, by: asker, because: reason) { _, _ in change }
    }

    /// Gives a member one role or takes it away, and leaves the others as they are at that moment: two changes at once
    /// both take effect. Needs MANAGE_ROLES, also where nothing changes, and a rank above the role.
    /// - Throws: `.unknownGuild`, `.unknownMember`, `.unknownRole`, `.missingPermissions`.
    package func setRole(
        _ role: RoleID, isHeld: Bool, of user: UserID, in guild: GuildID, by asker: UserID,
        because reason: String? = nil
    ) async throws(ServiceError) {
        _ = try await updateMember(user, of: guild, by: asker, because: reason) {
            (member, grant) throws(ServiceError) in
            guard grant.snapshot.roles[role] != nil else { throw ServiceError(.unknownRole) }
            try grant.mustHave(.manageRoles)
            return MemberUpdate(roles: isHeld ? member.roles + [role] : member.roles.filter { $0 != role })
        }
    }

    /// - Parameter update: what is to be changed, given what is there; nothing comes between the two.
    private func updateMember(
        _ user: UserID, of guild: GuildID, by asker: UserID, because reason: String?,
        _ update: @Sendable (Member, Access.GuildGrant) throws(ServiceError) -> MemberUpdate
    ) async throws(ServiceError) -> MemberProfile {
        try await self.change(guild) { () async throws(ServiceError) -> GuildDecision<MemberProfile> in
            let grant = try await access.guild(guild, for: asker)
            let present = try await mustBeMember(user, of: guild)
            let change = try update(present.member, grant)
            var profile = present
            profile.member = try grant.member(present.member, changedBy: change)
            return GuildDecision(
                value: profile, change: profile == present ? nil : .putMember(profile.member),
                event: .memberUpdated(profile),
                epoch: grant.snapshot.epoch,
                deeds: Deeds(
                    by: asker, because: reason,
                    Deed.update(of: present.member, to: profile.member, among: grant.snapshot.roles))
            )
        }.value
    }

    /// Removes a member: oneself, or another with KICK_MEMBERS and a rank above theirs. The owner cannot leave.
    /// - Throws: `.unknownGuild`, `.unknownMember`, `.missingPermissions`.
    package func removeMember(
        _ user: UserID, from guild: GuildID, by asker: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        try await change(guild) { () async throws(ServiceError) -> GuildDecision<Void> in
            let grant = try await access.guild(guild, for: asker)
            let profile: MemberProfile
            if user == asker {
                profile = grant.profile
                guard grant.snapshot.guild.owner != user else {
                    throw ServiceError(.missingPermissions, detail: "the owner cannot leave")
                }
            } else {
                // The permission comes first: whoever may not kick learns nothing about members this way.
                try grant.mustHave(.kickMembers)
                profile = try await mustBeMember(user, of: guild)
                try grant.mustOutrank(grant.snapshot.rank(of: profile.member))
            }
            return GuildDecision(
                value: (), change: .removeMember(user), event: .memberRemoved(profile.user),
                epoch: grant.snapshot.epoch,
                personal: PersonalEvent(user: user, event: .guildLeft(guild)),
                deeds: user == asker
                    ? nil : Deeds(by: asker, because: reason, [Deed(.memberKick, user.rawValue)])
            )
        }
    }

    /// Makes a user a member on the operator's word; harmless when it is one.
    /// - Throws: `.unknownGuild`, `.unknownUser`, `.banned`, `.tooMany(.guilds)`.
    package func addMember(_ user: UserID, to guild: GuildID) async throws(ServiceError) -> MemberProfile {
        try await addMember(user, to: guild) { $0 }
    }

    /// Makes a user a member, with what it has from the start; harmless when it is one, who is then left as it is. Takes
    /// CREATE_INSTANT_INVITE, and what giving each of those things takes.
    /// - Throws: `.unknownGuild`, `.unknownUser`, `.unknownRole`, `.missingPermissions`, `.invalidForm`, `.banned`, `.tooMany(.guilds)`.
    package func addMember(
        _ user: UserID, to guild: GuildID, with start: MemberUpdate, by asker: UserID
    ) async throws(ServiceError) -> MemberProfile {
        try await addMember(user, to: guild) { (member) async throws(ServiceError) in
            try await access.guild(guild, for: asker, needing: .createInstantInvite).member(member, changedBy: start)
        }
    }

    /// - Parameter starting: what the new member is to be.
    private func addMember(
        _ user: UserID, to guild: GuildID, _ starting: (Member) async throws(ServiceError) -> Member
    ) async throws(ServiceError) -> MemberProfile {
        let account = try await ask { () async throws(BackendError) in try await directory.account(user) }
        guard let account else { throw ServiceError(.unknownUser) }
        return try await lanes.alone(user.rawValue) { () async throws(ServiceError) -> MemberProfile in
            try await change(guild) { () async throws(ServiceError) -> GuildDecision<MemberProfile> in
                guard let snapshot = try await access.cache.snapshot(of: guild) else {
                    throw ServiceError(.unknownGuild)
                }
                if let present = try await access.cache.member(user, of: guild) { return GuildDecision(value: present) }
                try await mustNotBeBanned(user, from: guild)
                try await mustHaveRoomForAGuild(user)
                let member = try await starting(Member(user: user, joinedAt: time.unixMilliseconds))
                let profile = MemberProfile(user: account.user, member: member)
                return GuildDecision(
                    value: profile, change: .putMember(profile.member), event: .memberAdded(profile),
                    epoch: snapshot.epoch,
                    personal: PersonalEvent(user: user, event: .guildJoined(guild))
                )
            }.value
        }
    }

    func mustBeMember(_ user: UserID, of guild: GuildID) async throws(ServiceError) -> MemberProfile {
        guard let profile = try await access.cache.member(user, of: guild) else { throw ServiceError(.unknownMember) }
        return profile
    }
}

extension FormCheck {
    /// A nick as it will be kept; an empty one is none.
    fileprivate mutating func nick(_ text: String?) -> String? {
        guard let text, !text.trimmed.isEmpty else { return nil }
        return name(text, "nick", scalars: Limits.nickCharacters)
    }
}

extension Access.GuildGrant {
    /// A member as it will be, if the asker may change all that differs.
    /// - Throws: `.unknownRole`, `.missingPermissions`, `.invalidForm`.
    fileprivate func member(_ present: Member, changedBy change: MemberUpdate) throws(ServiceError) -> Member {
        var member = present
        if case .set(let nick) = change.nick {
            var form = FormCheck()
            member.nick = form.nick(nick)
            try form.finish()
            if member.nick != present.nick { try mustBeAllowedToName(present) }
        }
        if let roles = change.roles { member.roles = try self.roles(roles, insteadOf: present.roles) }
        if let isMuted = change.isMuted, isMuted != present.isMuted {
            try mustHave(.muteMembers)
            member.isMuted = isMuted
        }
        if let isDeafened = change.isDeafened, isDeafened != present.isDeafened {
            try mustHave(.deafenMembers)
            member.isDeafened = isDeafened
        }
        if case .set(let end) = change.timedOutUntil { member.timedOutUntil = try timeout(of: present, until: end) }
        return member
    }

    /// A timeout as it will be kept.
    /// - Throws: `.missingPermissions`, `.invalidForm` for one that ends too far ahead.
    fileprivate func timeout(of member: Member, until end: UInt64?) throws(ServiceError) -> UInt64? {
        let end = end.flatMap { $0 > decidedAt ? $0 : nil }
        let present = member.timedOutUntil.flatMap { $0 > decidedAt ? $0 : nil }
        guard end != present else { return member.timedOutUntil }
        try mustHave(.moderateMembers)
        try mustOutrank(snapshot.rank(of: member))
        guard let end else { return nil }
        guard snapshot.basePermissions(of: member.user, roles: member.roles) != .all else {
            throw ServiceError(.missingPermissions, detail: "administrators cannot be timed out")
        }
        guard end - decidedAt <= Limits.timeoutMillisecondsMax else {
            throw ServiceError(
                .invalidForm([
                    FieldError(
                        path: ["communication_disabled_until"], code: "GUILD_MEMBER_TIMEOUT_TOO_LONG",
                        message: "A timeout may last 28 days at most.")
                ]))
        }
        return end
    }

    fileprivate func mustBeAllowedToName(_ member: Member) throws(ServiceError) {
        if member.user == profile.user.id {
            guard !permissions.isDisjoint(with: [.changeNickname, .manageNicknames]) else {
                throw ServiceError(.missingPermissions)
            }
        } else {
            try mustHave(.manageNicknames)
            try mustOutrank(snapshot.rank(of: member))
        }
    }

    /// The roles a member will hold, ascending, if the asker may give and take what differs.
    fileprivate func roles(_ wanted: [RoleID], insteadOf present: [RoleID]) throws(ServiceError) -> [RoleID] {
        let kept = Set(wanted).subtracting([RoleID(everyoneOf: snapshot.guild.id)])
        let touched = kept.symmetricDifference(present)
        guard !touched.isEmpty else { return present }
        try mustHave(.manageRoles)
        for id in touched {
            guard let role = snapshot.roles[id] else {
                // A member may still bear a role that was deleted a moment ago; taking that away is nobody's loss.
                if kept.contains(id) { throw ServiceError(.unknownRole) }
                continue
            }
            try mustOutrank(snapshot.rank(of: role))
        }
        return kept.sorted()
    }
}
