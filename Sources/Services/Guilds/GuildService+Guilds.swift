package import Chat
import Interface

extension GuildService {
    /// Makes a guild with Discord's first channels: a category for text with "general", where system messages go, and
    /// one for voice with "General".
    /// - Throws: `.invalidForm`; `.tooMany(.guilds)` at 200 a user.
    package func createGuild(
        name: String, icon: String?, by user: UserID
    ) async throws(ServiceError) -> GuildSnapshot {
        var form = FormCheck()
        let name = form.name(name, "name", scalars: Limits.guildNameCharacters)
        let icon = form.imageHash(icon, "icon")
        try form.finish()
        let id = try mint.next(GuildID.self)
        let channels = try firstChannels(of: id)
        let general = channels.first { $0.kind == .text }?.id
        let guild = Guild(id: id, name: name, icon: icon, owner: user, systemChannel: general)
        let everyone = Role(id: RoleID(everyoneOf: id), name: "@everyone", permissions: .everyoneDefault)
        let owner = Member(user: user, joinedAt: time.unixMilliseconds)
        return try await lanes.alone(user.rawValue) { () async throws(ServiceError) -> GuildSnapshot in
            try await mustHaveRoomForAGuild(user)
            // Whoever asked may hang up after the commit: their sessions hear of the guild all the same.
            let creating = Task { () -> Result<Void, ServiceError> in
                do throws(BackendError) {
                    try await directory.create(guild, roles: [everyone], channels: channels, owner: owner)
                    await publish(PersonalEvent(user: user, event: .guildJoined(id)))
                    return .success(())
                } catch {
                    return .failure(ServiceError(error))
                }
            }
            try await creating.value.get()
            return GuildSnapshot(guild: guild, epoch: 1, roles: [everyone], channels: channels, memberCount: 1)
        }
    }

    private func firstChannels(of guild: GuildID) throws(ServiceError) -> [Channel] {
        let texts = Channel(id: try mint.next(ChannelID.self), kind: .category, guild: guild, name: "Text Channels")
        let voices = Channel(
            id: try mint.next(ChannelID.self), kind: .category, guild: guild, name: "Voice Channels", position: 1
        )
        return [
            texts, voices,
            Channel(id: try mint.next(ChannelID.self), kind: .text, guild: guild, name: "general", parent: texts.id),
            Channel(id: try mint.next(ChannelID.self), kind: .voice, guild: guild, name: "General", parent: voices.id),
        ]
    }

    /// - Throws: `.tooMany(.guilds)`. Holds exactly for calls through one node, which wait for each other in the user's
    ///   lane.
    func mustHaveRoomForAGuild(_ user: UserID) async throws(ServiceError) {
        let guilds = try await ask { () async throws(BackendError) in try await directory.guilds(of: user) }
        guard guilds.count < Limits.guildsPerUserMax else { throw ServiceError(.tooMany(.guilds)) }
    }

    /// A guild as a member sees it. Which of its channels the member may view is for the caller to sort out.
    /// - Throws: `.unknownGuild`.
    package func guild(_ id: GuildID, for user: UserID) async throws(ServiceError) -> GuildSnapshot {
        try await access.guild(id, for: user).snapshot
    }

    /// The guilds a user is a member of, ascending.
    package func guilds(of user: UserID) async throws(ServiceError) -> [GuildSnapshot] {
        var snapshots: [GuildSnapshot] = []
        for id in try await ask({ () async throws(BackendError) in try await directory.guilds(of: user) }) {
            if let snapshot = try await access.cache.snapshot(of: id) { snapshots.append(snapshot) }
        }
        return snapshots
    }

    /// Changes a guild; takes MANAGE_GUILD. Only the owner makes another member the owner.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.unknownMember` for an owner who is no member,
    ///   `.invalidForm`.
    package func update(
        _ id: GuildID, _ change: GuildUpdate, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> GuildSnapshot {
        let done = try await self.change(id) { () async throws(ServiceError) -> GuildDecision<GuildSnapshot> in
            let grant = try await access.guild(id, for: user, needing: .manageGuild)
            var snapshot = grant.snapshot
            snapshot.guild = try applying(change, with: grant)
            if snapshot.guild.owner != grant.snapshot.guild.owner {
                guard grant.snapshot.guild.owner == user else {
                    throw ServiceError(.missingPermissions, detail: "only the owner hands the guild over")
                }
                guard try await access.cache.member(snapshot.guild.owner, of: id) != nil else {
                    throw ServiceError(.unknownMember)
                }
            }
            return GuildDecision(
                value: snapshot, change: snapshot.guild == grant.snapshot.guild ? nil : .updateGuild(snapshot.guild),
                event: .guildUpdated, epoch: grant.snapshot.epoch,
                deeds: Deeds(
                    by: user, because: reason,
                    [
                        Deed(
                            .guildUpdate, id.rawValue, AuditChanges(grant.snapshot.guild, snapshot.guild).list)
                    ])
            )
        }
        var snapshot = done.value
        snapshot.epoch = done.epoch
        return snapshot
    }

    /// The same with another icon, the bytes of an image or `nil` for none.
    /// - Throws: `.storageFull`, and what ``update(_:_:by:because:)`` throws.
    package func update(
        _ id: GuildID, _ change: GuildUpdate, icon: Change<[UInt8]?>, _ images: ImageService, by user: UserID,
        because reason: String? = nil
    ) async throws(ServiceError) -> GuildSnapshot {
        // Before a byte of it is kept.
        let grant = try await access.guild(id, for: user, needing: .manageGuild)
        return try await images.replace(
            icon, "icon", of: id.rawValue, old: grant.snapshot.guild.icon, by: user, in: id
        ) { (hash) async throws(ServiceError) -> GuildSnapshot in
            var change = change
            change.icon = hash
            return try await update(id, change, by: user, because: reason)
        }
    }

    private func applying(_ change: GuildUpdate, with grant: Access.GuildGrant) throws(ServiceError) -> Guild {
        var form = FormCheck()
        var guild = grant.snapshot.guild
        if let name = change.name { guild.name = form.name(name, "name", scalars: Limits.guildNameCharacters) }
        if case .set(let icon) = change.icon { guild.icon = form.imageHash(icon, "icon") }
        if case .set(let text) = change.description {
            guild.description = form.text(text, "description", scalarsMax: Limits.guildDescriptionCharactersMax)
        }
        if let owner = change.owner { guild.owner = owner }
        if case .set(let channel) = change.systemChannel {
            guild.systemChannel = channel
            if let channel, grant.visibleChannel(channel)?.kind != .text {
                form.refuse(["system_channel_id"], "CHANNEL_INVALID", "Not a text channel of this guild.")
            }
        }
        try form.finish()
        return guild
    }

    /// Deletes a guild with all that hangs on it; the owner's alone. Its members hear of it on `guild:{id}`.
    /// - Throws: `.unknownGuild`, `.missingPermissions`.
    package func delete(_ id: GuildID, by user: UserID) async throws(ServiceError) {
        try await lanes.alone(id.rawValue) { () async throws(ServiceError) in
            // Ownership decides, so what is asked is the directory and not what this node has heard.
            let snapshot = try await ask { () async throws(BackendError) in try await directory.snapshot(of: id) }
            let member = try await ask { () async throws(BackendError) in try await directory.member(user, of: id) }
            guard let snapshot, member != nil else { throw ServiceError(.unknownGuild) }
            guard snapshot.guild.owner == user else { throw ServiceError(.missingPermissions) }
            let epoch = try await commit(.guildDeleted, of: id, personal: nil) {
                [directory] () async throws(BackendError) -> UInt64? in
                try await directory.deleteGuild(id) ? snapshot.epoch + 1 : nil
            }
            guard epoch != nil else { throw ServiceError(.unknownGuild) }
        }
    }
}

extension Access.GuildGrant {
    /// A channel of the guild that the member may view; others are not there.
    func visibleChannel(_ id: ChannelID) -> Channel? {
        snapshot.channels[id].flatMap { permissions(in: $0).contains(.viewChannel) ? $0 : nil }
    }

    /// What the member may do in a channel of the guild.
    func permissions(in channel: Channel) -> Permissions {
        snapshot.permissions(of: profile.member, in: channel, at: decidedAt)
    }
}
