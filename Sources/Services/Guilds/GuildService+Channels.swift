package import Chat
import Interface

extension GuildService {
    /// The kinds of channel that members can make.
    private static let makeableKinds: [Channel.Kind] = [.text, .voice, .category]

    /// The channels a member may view, by position and then by id.
    /// - Throws: `.unknownGuild`.
    package func channels(of guild: GuildID, for user: UserID) async throws(ServiceError) -> [Channel] {
        let grant = try await access.guild(guild, for: user)
        return grant.snapshot.channels.values
            .filter { grant.permissions(in: $0).contains(.viewChannel) }
            .sorted { ($0.position, $0.id) < ($1.position, $1.id) }
    }

    /// Makes a channel; takes MANAGE_CHANNELS, in the category if there is one. Overwrites may hold what the member
    /// itself has.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.tooMany(.channels)` at 500, `.invalidForm`.
    package func createChannel(
        in guild: GuildID, _ new: NewChannel, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> Channel {
        let id = try mint.next(ChannelID.self)
        return try await change(guild) { () async throws(ServiceError) -> GuildDecision<Channel> in
            let grant = try await access.guild(guild, for: user, needing: .manageChannels)
            let snapshot = grant.snapshot
            var form = FormCheck()
            if !Self.makeableKinds.contains(new.kind) {
                let kinds = Self.makeableKinds.map { "\($0.rawValue)" }.joined(separator: ", ")
                form.refuse(["type"], "BASE_TYPE_CHOICES", "Value must be one of {\(kinds)}.")
            }
            var channel = Channel(
                id: id, kind: new.kind, guild: guild, name: "", position: snapshot.nextChannelPosition)
            let wanted = ChannelUpdate(
                name: new.name, topic: .set(new.topic), position: new.position, parent: .set(new.parent),
                isAgeRestricted: new.isAgeRestricted, slowModeSeconds: new.slowModeSeconds, bitrate: new.bitrate,
                userLimit: new.userLimit
            )
            let parent = form.apply(wanted, to: &channel, with: grant)
            try form.finish()
            guard snapshot.channels.count < Limits.channelsPerGuildMax else { throw ServiceError(.tooMany(.channels)) }
            let held = parent.map { grant.permissions(in: $0) } ?? grant.permissions
            guard held.contains(.manageChannels) else { throw ServiceError(.missingPermissions) }
            if let overwrites = new.overwrites {
                channel.overwrites = try await check(overwrites, replacing: [], holding: held, with: grant)
            } else {
                channel.overwrites = parent?.overwrites ?? []
            }
            return GuildDecision(
                value: channel, change: .putChannel(channel), event: .channelCreated(channel), epoch: snapshot.epoch,
                deeds: Deeds(
                    by: user, because: reason, [Deed(.channelCreate, id.rawValue, AuditChanges(nil, channel).list)])
            )
        }.value
    }

    /// Changes a channel; takes MANAGE_CHANNELS in it, and MANAGE_ROLES as well for its overwrites.
    /// - Throws: `.unknownChannel`, `.missingAccess`, `.missingPermissions`, `.invalidForm`.
    package func updateChannel(
        _ id: ChannelID, _ change: ChannelUpdate, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> Channel {
        try await self.change(try await guild(of: id, for: user)) {
            () async throws(ServiceError) -> GuildDecision<Channel> in
            let access = try await access.channel(id, for: user, needing: .manageChannels)
            let grant = try access.inGuild
            var form = FormCheck()
            var channel = access.channel
            let parent = form.apply(change, to: &channel, with: grant)
            try form.finish()
            if let parent, parent.id != access.channel.parent, !grant.permissions(in: parent).contains(.manageChannels)
            {
                throw ServiceError(.missingPermissions, detail: "cannot move a channel into that category")
            }
            if let overwrites = change.overwrites, overwrites != access.channel.overwrites {
                guard access.permissions.contains(.manageRoles) else { throw ServiceError(.missingPermissions) }
                channel.overwrites = try await check(
                    overwrites, replacing: access.channel.overwrites, holding: access.permissions, with: grant
                )
            }
            return GuildDecision(
                value: channel, change: channel == access.channel ? nil : .putChannel(channel),
                event: .channelUpdated(channel), epoch: access.epoch,
                deeds: Deeds(
                    by: user, because: reason,
                    Self.deeds(of: access.channel, to: channel, among: grant.snapshot.roles))
            )
        }.value
    }

    /// What is told of a channel that was changed.
    private static func deeds(of old: Channel, to new: Channel, among roles: [RoleID: Role]) -> [Deed] {
        let changes = AuditChanges(old, new).list
        let update = changes.isEmpty ? [] : [Deed(.channelUpdate, new.id.rawValue, changes)]
        return update + Deed.overwrites(of: new.id, from: old.overwrites, to: new.overwrites, among: roles)
    }

    /// Deletes a channel, and returns it as it was; takes MANAGE_CHANNELS in it.
    /// - Throws: `.unknownChannel`, `.missingAccess`, `.missingPermissions`.
    package func deleteChannel(
        _ id: ChannelID, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> Channel {
        let guild = try await guild(of: id, for: user)
        let deleted = try await change(guild) { () async throws(ServiceError) -> GuildDecision<Channel> in
            let access = try await access.channel(id, for: user, needing: .manageChannels)
            return GuildDecision(
                value: access.channel, change: .deleteChannel(id), event: .channelDeleted(access.channel),
                epoch: access.epoch,
                deeds: Deeds(
                    by: user, because: reason,
                    [Deed(.channelDelete, id.rawValue, AuditChanges(access.channel, nil).list)])
            )
        }.value
        try? await forgetSystemChannel(id, of: guild)
        return deleted
    }

    /// A guild should not name a channel for its system messages that is gone. If it does, because this failed, nobody
    /// sees more than an unknown id.
    private func forgetSystemChannel(_ channel: ChannelID, of guild: GuildID) async throws(ServiceError) {
        try await change(guild) { () async throws(ServiceError) -> GuildDecision<Void> in
            guard let snapshot = try await access.cache.snapshot(of: guild), snapshot.guild.systemChannel == channel
            else {
                return GuildDecision(value: ())
            }
            var updated = snapshot.guild
            updated.systemChannel = nil
            return GuildDecision(value: (), change: .updateGuild(updated), event: .guildUpdated, epoch: snapshot.epoch)
        }
    }

    /// The guild of a channel that the member may view.
    /// - Throws: `.notInDirectMessages` for a channel without one.
    func guild(of channel: ChannelID, for user: UserID) async throws(ServiceError) -> GuildID {
        guard let guild = try await access.channel(channel, for: user).guild else {
            throw ServiceError(.notInDirectMessages)
        }
        return guild
    }
}

extension GuildSnapshot {
    /// Behind all others.
    fileprivate var nextChannelPosition: Int32 {
        let last = channels.values.map(\.position).max() ?? -1
        return last < .max ? last + 1 : last
    }
}

extension FormCheck {
    /// Brings a channel to what is wanted, all but its overwrites. Returns its category, if it is in one that the
    /// member may view.
    mutating func apply(_ change: ChannelUpdate, to channel: inout Channel, with grant: Access.GuildGrant) -> Channel? {
        if let name = change.name { channel.name = channelName(name, of: channel.kind) }
        if case .set(let topic) = change.topic {
            channel.topic = text(topic, "topic", scalarsMax: Limits.topicCharactersMax)
        }
        if let position = change.position { channel.position = number(position, "position", in: 0...Int32.max) }
        if let isAgeRestricted = change.isAgeRestricted { channel.isAgeRestricted = isAgeRestricted }
        if let seconds = change.slowModeSeconds {
            channel.slowModeSeconds = number(seconds, "rate_limit_per_user", in: 0...Limits.slowModeSecondsMax)
        }
        if let bitrate = change.bitrate { channel.bitrate = number(bitrate, "bitrate", in: Limits.bitrate) }
        if let limit = change.userLimit {
            channel.userLimit = number(limit, "user_limit", in: 0...Limits.voiceUserLimitMax)
        }
        guard case .set(let wanted) = change.parent else { return channel.parent.flatMap { grant.visibleChannel($0) } }
        let parent = wanted.flatMap { grant.visibleChannel($0) }
        channel.parent = wanted
        if wanted != nil, channel.kind == .category || parent?.kind != .category {
            refuse(["parent_id"], "CHANNEL_PARENT_INVALID_TYPE", "Not a category this channel can lie in.")
        }
        return parent
    }

    /// Text channels have names without capitals and spaces, as in Discord.
    private mutating func channelName(_ text: String, of kind: Channel.Kind) -> String {
        guard kind == .text else { return name(text, "name", scalars: Limits.channelNameCharacters) }
        let words = text.trimmed.lowercased().unicodeScalars.map {
            $0.properties.isWhitespace && $0 != "\n" ? "-" : Character($0)
        }
        return name(String(words), "name", scalars: Limits.channelNameCharacters)
    }
}
