package import Chat
import Interface

/// Where a channel is to stand.
package struct ChannelMove: Hashable, Sendable {
    package var channel: ChannelID
    package var position: Int64?
    /// A category; `nil` takes the channel out of its.
    package var parent: Change<ChannelID?>
    /// Whether it takes over the overwrites of the category in which it will be.
    package var takesOverwrites: Bool

    package init(
        channel: ChannelID, position: Int64? = nil, parent: Change<ChannelID?> = .keep, takesOverwrites: Bool = false
    ) {
        self.channel = channel
        self.position = position
        self.parent = parent
        self.takesOverwrites = takesOverwrites
    }
}

/// Several channels or roles moved at once, as clients do it that let somebody drag them.
extension GuildService {
    /// Moves channels, one after the other; takes MANAGE_CHANNELS in each, and MANAGE_ROLES where overwrites change. Whether all
    /// are there and may be moved is looked at before the first.
    /// - Parameter moves: of at most ``Limits/channelsPerGuildMax`` channels.
    /// - Throws: `.unknownGuild`, `.unknownChannel`, `.missingPermissions`, `.invalidForm`.
    package func moveChannels(
        _ moves: [ChannelMove], of guild: GuildID, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        let grant = try await access.guild(guild, for: user)
        var updates: [(channel: ChannelID, update: ChannelUpdate)] = []
        for move in moves {
            guard let channel = grant.visibleChannel(move.channel) else { throw ServiceError(.unknownChannel) }
            let held = grant.permissions(in: channel)
            guard held.contains(.manageChannels) else { throw ServiceError(.missingPermissions) }
            var update = ChannelUpdate(position: move.position, parent: move.parent)
            if move.takesOverwrites {
                let parent = if case .set(let wanted) = move.parent { wanted } else { channel.parent }
                update.overwrites = parent.flatMap { grant.visibleChannel($0) }?.overwrites
                guard held.contains(.manageRoles) || update.overwrites ?? channel.overwrites == channel.overwrites
                else { throw ServiceError(.missingPermissions) }
            }
            updates.append((channel.id, update))
        }
        for (channel, update) in updates { _ = try await updateChannel(channel, update, by: user, because: reason) }
    }

    /// Moves roles, one after the other; takes MANAGE_ROLES, and a rank above where each was and will be. Whether all are there and may be
    /// moved is looked at before the first; roles that stay where they are may be anybody's.
    /// - Parameter positions: of at most ``Limits/rolesPerGuildMax`` roles.
    /// - Returns: all roles, as ``roles(of:for:)`` does.
    /// - Throws: `.unknownGuild`, `.unknownRole`, `.missingPermissions`, `.invalidForm`.
    package func moveRoles(
        _ positions: [(role: RoleID, position: Int64)], of guild: GuildID, by user: UserID,
        because reason: String? = nil
    ) async throws(ServiceError) -> [Role] {
        let grant = try await access.guild(guild, for: user, needing: .manageRoles)
        var moves: [(role: RoleID, position: Int64)] = []
        for move in positions {
            guard let role = grant.snapshot.roles[move.role] else { throw ServiceError(.unknownRole) }
            guard Int64(role.position) != move.position else { continue }
            try grant.mustOutrank(grant.snapshot.rank(of: role))
            try grant.mustOutrank(.role(position: Int32(clamping: move.position), id: role.id))
            moves.append(move)
        }
        for move in moves {
            _ = try await updateRole(
                move.role, in: guild, RoleUpdate(position: move.position), by: user, because: reason)
        }
        return try await roles(of: guild, for: user)
    }
}
