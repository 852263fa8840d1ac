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
    }

    /// What a member may do in one channel.
    package struct ChannelGrant: Sendable {
        package var channel: Channel
        package var snapshot: GuildSnapshot
        package var profile: MemberProfile
        /// After the channel's overwrites; always with VIEW_CHANNEL.
        package var permissions: Permissions
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
        guard let snapshot = try await cache.snapshot(of: id), let profile = try await cache.member(user, of: id) else {
            throw ServiceError(.unknownGuild)
        }
        let permissions = snapshot.basePermissions(of: user, roles: profile.member.roles)
        guard permissions.isSuperset(of: needing) else { throw ServiceError(.missingPermissions) }
        return GuildGrant(snapshot: snapshot, profile: profile, permissions: permissions)
    }

    /// Lets a member into a channel.
    /// - Parameter needing: permissions in the channel that the call takes, besides VIEW_CHANNEL.
    /// - Throws: `.unknownChannel` also to those who are no members of its guild; `.missingAccess` to members who may
    ///   not view it, as Discord does; `.missingPermissions`.
    package func channel(
        _ id: ChannelID, for user: UserID, needing: Permissions = []
    ) async throws(ServiceError) -> ChannelGrant {
        guard
            let guild = try await cache.guild(ofChannel: id),
            let snapshot = try await cache.snapshot(of: guild),
            let channel = snapshot.channels[id],
            let profile = try await cache.member(user, of: guild)
        else { throw ServiceError(.unknownChannel) }
        let permissions = snapshot.permissions(of: user, roles: profile.member.roles, in: channel)
        guard permissions.contains(.viewChannel) else { throw ServiceError(.missingAccess) }
        guard permissions.isSuperset(of: needing) else { throw ServiceError(.missingPermissions) }
        return ChannelGrant(channel: channel, snapshot: snapshot, profile: profile, permissions: permissions)
    }
}
