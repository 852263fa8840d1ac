package import Chat

/// The one gate (invariant I6): every door asks here what a user may see and do. What a user may not know of is
/// answered exactly as what does not exist.
package struct Access: Sendable {
    /// What a member may do in a guild as a whole.
    package struct GuildGrant: Sendable {
        package var snapshot: GuildSnapshot
        package var profile: MemberProfile
        /// The base permissions, before any channel's overwrites.
        package var permissions: Permissions
        /// When it was decided, in Unix milliseconds.
        package var decidedAt: UInt64
    }

    /// What a user may do in one channel, of a guild or not.
    package struct ChannelGrant: Sendable {
        /// What decided it.
        package enum Place: Sendable {
            /// The user is a member of the channel's guild.
            case guild(GuildSnapshot, MemberProfile)
            /// The user is a party to it.
            case direct(DirectChannel)
        }

        package var channel: Channel
        package var place: Place
        /// In a guild after the channel's overwrites; always with VIEW_CHANNEL.
        package var permissions: Permissions
        /// When it was decided, in Unix milliseconds.
        package var decidedAt: UInt64

        /// `nil` in direct messages.
        package var guild: GuildID? {
            if case .guild(let snapshot, _) = place { snapshot.guild.id } else { nil }
        }

        /// Under what a command is accepted: the guild's permission epoch, or the direct channel's version.
        package var epoch: UInt64 {
            switch place {
            case .guild(let snapshot, _): snapshot.epoch
            case .direct(let direct): direct.version
            }
        }

        /// The user's place in the guild; `nil` in direct messages.
        package var member: Member? {
            if case .guild(_, let profile) = place { profile.member } else { nil }
        }

        /// Whether the user is a member who may only look and read for now.
        package var isTimedOut: Bool {
            guard case .guild(let snapshot, let profile) = place else { return false }
            return snapshot.isTimedOut(profile.member, at: decidedAt)
        }

        /// `nil` for a channel of a guild.
        package var direct: DirectChannel? {
            if case .direct(let direct) = place { direct } else { nil }
        }

        /// The same member's grant in the guild as a whole.
        /// - Throws: `.notInDirectMessages`.
        package var inGuild: GuildGrant {
            get throws(ServiceError) {
                guard case .guild(let snapshot, let profile) = place else { throw ServiceError(.notInDirectMessages) }
                return GuildGrant(
                    snapshot: snapshot, profile: profile,
                    permissions: snapshot.basePermissions(of: profile.member, at: decidedAt), decidedAt: decidedAt
                )
            }
        }
    }

    package let cache: GuildCache

    package init(cache: GuildCache) {
        self.cache = cache
    }

    /// Lets a member into a guild.
    /// - Parameter needing: base permissions that the call takes.
    /// - Throws: `.unknownGuild` to those who are no members, too; `.missingPermissions`.
    package func guild(
        _ id: GuildID, for user: UserID, needing: Permissions = []
    ) async throws(ServiceError) -> GuildGrant {
        guard let snapshot = try await cache.snapshot(of: id) else { throw ServiceError(.unknownGuild) }
        guard let profile = try await cache.member(user, of: id) else {
            await lookInVain(for: id)
            throw ServiceError(.unknownGuild)
        }
        let now = cache.now
        let permissions = snapshot.basePermissions(of: profile.member, at: now)
        guard permissions.isSuperset(of: needing) else { throw ServiceError(.missingPermissions) }
        return GuildGrant(snapshot: snapshot, profile: profile, permissions: permissions, decidedAt: now)
    }

    /// Lets a member into a channel of a guild, or a party into a direct one.
    /// - Parameter needing: permissions in the channel that the call takes, besides VIEW_CHANNEL.
    /// - Throws: `.unknownChannel` also to those who are no members of its guild, or no parties; `.missingAccess` to
    ///   members who may not view it, as Discord does; `.missingPermissions`; in direct messages
    ///   `.cannotMessageUser` when one of the two has blocked the other, and `.notInDirectMessages` for what only
    ///   guilds have.
    package func channel(
        _ id: ChannelID, for user: UserID, needing: Permissions = []
    ) async throws(ServiceError) -> ChannelGrant {
        switch try await cache.place(of: id) {
        case .guild(let guild): return try await channel(id, of: guild, for: user, needing: needing)
        case .direct(let direct):
            if let grant = try grant(direct, for: user, needing: needing) { return grant }
            await lookInVain(for: id)
            throw ServiceError(.unknownChannel)
        case nil: throw ServiceError(.unknownChannel)
        }
    }

    /// Looks for what cannot be, as it is done for a channel that there is not. To be done before what is hidden is called unknown: an answer
    /// out of memory would come sooner, and so tell that there is something. While nothing can be looked up, that answer has to do.
    package func lookInVain(for id: ChannelID) async {
        _ = try? await cache.place(of: ChannelID(id.rawValue | Self.beyondAllIDs))
    }

    /// The same for a guild.
    private func lookInVain(for id: GuildID) async {
        _ = try? await cache.snapshot(of: GuildID(id.rawValue | Self.beyondAllIDs))
    }

    /// What makes an id nobody's: a time after the year 2080.
    private static let beyondAllIDs: UInt64 = 1 << 63

    private func channel(
        _ id: ChannelID, of guild: GuildID, for user: UserID, needing: Permissions
    ) async throws(ServiceError) -> ChannelGrant {
        guard
            let snapshot = try await cache.snapshot(of: guild),
            let channel = snapshot.channels[id],
            let profile = try await cache.member(user, of: guild)
        else {
            await lookInVain(for: id)
            throw ServiceError(.unknownChannel)
        }
        let now = cache.now
        let permissions = snapshot.permissions(of: profile.member, in: channel, at: now)
        guard permissions.contains(.viewChannel) else { throw ServiceError(.missingAccess) }
        guard permissions.isSuperset(of: needing) else { throw ServiceError(.missingPermissions) }
        return ChannelGrant(
            channel: channel, place: .guild(snapshot, profile), permissions: permissions, decidedAt: now)
    }

    /// `nil` to those who are no parties.
    private func grant(
        _ direct: DirectChannel, for user: UserID, needing: Permissions
    ) throws(ServiceError) -> ChannelGrant? {
        let permissions = direct.permissions(of: user)
        guard permissions.contains(.viewChannel) else { return nil }
        guard permissions.isSuperset(of: needing) else {
            let isForGuilds = !needing.isSubset(of: .directMessage)
            throw ServiceError(isForGuilds ? .notInDirectMessages : .cannotMessageUser)
        }
        return ChannelGrant(
            channel: direct.channel, place: .direct(direct), permissions: permissions, decidedAt: cache.now)
    }
}
