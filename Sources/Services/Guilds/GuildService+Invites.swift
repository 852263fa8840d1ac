package import Chat
import Interface

extension GuildService {
    /// How often another code is drawn when one is taken. With 62¹⁰ codes the first never is, but for a broken source
    /// of randomness.
    private static let drawsMax = 4

    /// Makes an invite to a channel; takes CREATE_INSTANT_INVITE in it. Unless a unique one is asked for, an equal
    /// invite of the same user that is still valid is given again.
    /// - Throws: `.unknownChannel`, `.missingAccess`, `.missingPermissions`, `.wrongChannelType` for categories,
    ///   `.tooMany(.invites)` at 1,000 valid ones, `.invalidForm`.
    package func createInvite(
        _ channel: ChannelID, _ options: InviteOptions, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> Invite {
        let grant = try await access.channel(channel, for: user, needing: .createInstantInvite)
        let guild = try grant.inGuild.snapshot.guild.id
        guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
        var form = FormCheck()
        let age: UInt32 = form.number(options.maxAgeSeconds, "max_age", in: 0...Limits.inviteMaxAgeSecondsMax)
        let uses: UInt32 = form.number(options.maxUses, "max_uses", in: 0...Limits.inviteMaxUsesMax)
        try form.finish()
        var invite = Invite(
            code: "", guild: guild, channel: channel, inviter: user, createdAt: time.unixMilliseconds,
            maxAgeSeconds: age,
            maxUses: uses, isTemporary: options.isTemporary
        )
        let valid = try await validInvites(of: guild, forgettingOthersAt: Limits.invitesPerGuildMax)
        if !options.isUnique, let same = valid.first(where: { $0.isEqual(to: invite) }) { return same }
        guard valid.count < Limits.invitesPerGuildMax else { throw ServiceError(.tooMany(.invites)) }
        for _ in 0..<Self.drawsMax {
            invite.code = InviteCode.draw(from: secrets)
            let entries = try entries(
                Deeds(by: user, because: reason, [Deed(.inviteCreate, nil, AuditChanges(nil, invite).list)]), of: guild)
            do throws(BackendError) {
                try await directory.create(invite, recording: entries.first)
                await publish(entries, epoch: grant.epoch)
                return invite
            } catch {
                guard error.code == .conflict else { throw ServiceError(error) }
            }
        }
        throw ServiceError(.internalFailure, detail: "no free invite code in \(Self.drawsMax) draws")
    }

    /// The invites that still let somebody in. Others are deleted when there are so many in all that they would be in
    /// the way.
    private func validInvites(of guild: GuildID, forgettingOthersAt countMax: Int) async throws(ServiceError)
        -> [Invite]
    {
        let now = time.unixMilliseconds
        return try await ask { () async throws(BackendError) in
            let all = try await directory.invites(of: guild)
            if all.count >= countMax {
                for invite in all where !invite.isValid(at: now) {
                    _ = try await directory.deleteInvite(invite.code)
                }
            }
            return all.filter { $0.isValid(at: now) }
        }
    }

    /// A valid invite and its guild, to anybody who has the code.
    /// - Throws: `.unknownInvite`.
    package func invite(_ code: String) async throws(ServiceError) -> (Invite, GuildSnapshot) {
        guard InviteCode.isWellFormed(code) else { throw ServiceError(.unknownInvite) }
        let invite = try await ask { () async throws(BackendError) in try await directory.invite(code) }
        guard
            let invite, invite.isValid(at: time.unixMilliseconds),
            let snapshot = try await access.cache.snapshot(of: invite.guild)
        else { throw ServiceError(.unknownInvite) }
        return (invite, snapshot)
    }

    /// Makes a user a member by an invite, and uses that up by one; harmless, and free, to members.
    /// - Throws: `.unknownInvite`; `.banned`; `.tooMany(.guilds)`.
    package func join(_ code: String, user: User) async throws(ServiceError) -> (Invite, GuildSnapshot) {
        let (invite, _) = try await invite(code)
        let guild = invite.guild
        return try await lanes.alone(user.id.rawValue) { () async throws(ServiceError) -> (Invite, GuildSnapshot) in
            if try await access.cache.member(user.id, of: guild) == nil {
                try await mustNotBeBanned(user.id, from: guild)
                try await mustHaveRoomForAGuild(user.id)
                try await redeem(invite, for: user)
            }
            guard let snapshot = try await access.cache.snapshot(of: guild) else { throw ServiceError(.unknownInvite) }
            let used = try await ask { () async throws(BackendError) in try await directory.invite(code) }
            return (used ?? invite, snapshot)
        }
    }

    private func redeem(_ invite: Invite, for user: User) async throws(ServiceError) {
        let now = time.unixMilliseconds
        let profile = MemberProfile(user: user, member: Member(user: user.id, joinedAt: now))
        try await lanes.alone(invite.guild.rawValue) { () async throws(ServiceError) in
            let epoch = try await commit(
                .memberAdded(profile), of: invite.guild,
                personal: PersonalEvent(user: user.id, event: .guildJoined(invite.guild))
            ) { [directory] () async throws(BackendError) -> UInt64? in
                try await directory.redeem(invite.code, member: profile.member, now: now)
            }
            guard epoch == nil else { return }
            // Refused, or a member already: the cache was told to doubt what it holds, so this is the truth.
            access.cache.noteConflict(invite.guild)
            guard try await access.cache.member(user.id, of: invite.guild) != nil else {
                // Banned by another node since it was asked.
                try await mustNotBeBanned(user.id, from: invite.guild)
                throw ServiceError(.unknownInvite)
            }
        }
    }

    /// Deletes an invite, and returns it as it was; takes MANAGE_CHANNELS in its channel or MANAGE_GUILD.
    /// - Throws: `.unknownInvite`; `.missingPermissions` also to those who are no members, as whoever has the code
    ///   knows of the guild.
    package func deleteInvite(
        _ code: String, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> Invite {
        let (invite, snapshot) = try await invite(code)
        guard let profile = try await access.cache.member(user, of: invite.guild) else {
            throw ServiceError(.missingPermissions)
        }
        let (member, now) = (profile.member, access.cache.now)
        let inChannel =
            snapshot.channels[invite.channel].map { snapshot.permissions(of: member, in: $0, at: now) } ?? []
        guard
            inChannel.contains(.manageChannels)
                || snapshot.basePermissions(of: member, at: now).contains(.manageGuild)
        else {
            throw ServiceError(.missingPermissions)
        }
        let entries = try entries(
            Deeds(by: user, because: reason, [Deed(.inviteDelete, nil, AuditChanges(invite, nil).list)]),
            of: invite.guild)
        let isDeleted = try await ask { () async throws(BackendError) in
            try await directory.deleteInvite(code, recording: entries.first)
        }
        guard isDeleted else { throw ServiceError(.unknownInvite) }
        await publish(entries, epoch: snapshot.epoch)
        return invite
    }

    /// The valid invites to a channel; takes MANAGE_CHANNELS in it.
    /// - Throws: `.unknownChannel`, `.missingAccess`, `.missingPermissions`, `.notInDirectMessages`.
    package func invites(to channel: ChannelID, for user: UserID) async throws(ServiceError) -> [Invite] {
        let grant = try await access.channel(channel, for: user, needing: .manageChannels)
        let guild = try grant.inGuild.snapshot.guild.id
        return try await validInvites(of: guild, forgettingOthersAt: .max).filter { $0.channel == channel }
    }

    /// The valid invites of a guild; takes MANAGE_GUILD.
    /// - Throws: `.unknownGuild`, `.missingPermissions`.
    package func invites(of guild: GuildID, for user: UserID) async throws(ServiceError) -> [Invite] {
        _ = try await access.guild(guild, for: user, needing: .manageGuild)
        return try await validInvites(of: guild, forgettingOthersAt: .max)
    }
}

extension Invite {
    /// Whether another invite would let the same people in, for as long, on the same user's word.
    fileprivate func isEqual(to other: Invite) -> Bool {
        channel == other.channel && inviter == other.inviter && maxAgeSeconds == other.maxAgeSeconds
            && maxUses == other.maxUses
            && isTemporary == other.isTemporary
    }
}
