/// A guild as it was at one permission epoch: everything that decides what its members may see and do, but the members.
package struct GuildSnapshot: Hashable, Sendable {
    package var guild: Guild
    /// Rises with every role, overwrite, channel and membership change of the guild.
    package var epoch: UInt64
    package var roles: [RoleID: Role]
    package var channels: [ChannelID: Channel]
    package var memberCount: Int

    package init(guild: Guild, epoch: UInt64, roles: [Role], channels: [Channel], memberCount: Int) {
        self.guild = guild
        self.epoch = epoch
        self.roles = Dictionary(roles.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        self.channels = Dictionary(channels.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        self.memberCount = memberCount
    }

    /// What holds in the whole guild: the owner has everything, else `@everyone` and the member's roles together; ADMINISTRATOR
    /// is everything.
    package func basePermissions(of user: UserID, roles held: [RoleID]) -> Permissions {
        guard guild.owner != user else { return .all }
        var base = roles[RoleID(everyoneOf: guild.id)]?.permissions ?? []
        for role in held {
            base.formUnion(roles[role]?.permissions ?? [])
        }
        return base.contains(.administrator) ? .all : base
    }

    /// What holds in one channel: the base, then the channel's overwrites in Discord's documented order: `@everyone`'s, all the
    /// member's roles together, the member's own; each denies first and then allows. Without VIEW_CHANNEL nothing is left.
    package func permissions(of user: UserID, roles held: [RoleID], in channel: Channel) -> Permissions {
        var result = basePermissions(of: user, roles: held)
        guard result != .all else { return .all }
        let everyone = RoleID(everyoneOf: guild.id)
        var roleAllow: Permissions = []
        var roleDeny: Permissions = []
        var own: PermissionOverwrite?
        var general: PermissionOverwrite?
        for overwrite in channel.overwrites {
            switch overwrite.target {
            case .role(everyone): general = overwrite
            case .role(let role) where held.contains(role):
                roleAllow.formUnion(overwrite.allow)
                roleDeny.formUnion(overwrite.deny)
            case .member(user): own = overwrite
            case .role, .member: break
            }
        }
        if let general { result = result.subtracting(general.deny).union(general.allow) }
        result = result.subtracting(roleDeny).union(roleAllow)
        if let own { result = result.subtracting(own.deny).union(own.allow) }
        return result.contains(.viewChannel) ? result : []
    }

    /// Whether a member is timed out at a time in Unix milliseconds. The owner and administrators never are.
    package func isTimedOut(_ member: Member, at now: UInt64) -> Bool {
        guard let end = member.timedOutUntil, end > now else { return false }
        return basePermissions(of: member.user, roles: member.roles) != .all
    }

    /// What holds in the whole guild for a member at a time in Unix milliseconds: the base, and of it no more than
    /// ``Permissions/timedOut`` while the member is timed out.
    package func basePermissions(of member: Member, at now: UInt64) -> Permissions {
        let base = basePermissions(of: member.user, roles: member.roles)
        return isTimedOut(member, at: now) ? base.intersection(.timedOut) : base
    }

    /// The same for one channel, after its overwrites.
    package func permissions(of member: Member, in channel: Channel, at now: UInt64) -> Permissions {
        let held = permissions(of: member.user, roles: member.roles, in: channel)
        return isTimedOut(member, at: now) ? held.intersection(.timedOut) : held
    }

    /// The position of the highest role a member holds; the owner stands above all.
    package func rank(of user: UserID, roles held: [RoleID]) -> Int32 {
        guard guild.owner != user else { return .max }
        return held.compactMap { roles[$0]?.position }.max() ?? 0
    }
}

/// A class of members who hold the same permissions in every channel of a guild. Audiences are computed once for a class,
/// not once for each session.
package struct AudienceClass: Hashable, Sendable {
    package var isOwner: Bool
    /// Ascending, without `@everyone`.
    package var roles: [RoleID]
    /// Set only when some channel has an overwrite for this very member.
    package var individual: UserID?
}

extension GuildSnapshot {
    /// The class a member belongs to.
    package func audienceClass(of user: UserID, roles held: [RoleID]) -> AudienceClass {
        let hasOwnOverwrite = channels.values.contains { channel in
            channel.overwrites.contains { $0.target == .member(user) }
        }
        return AudienceClass(
            isOwner: guild.owner == user, roles: held.sorted(), individual: hasOwnOverwrite ? user : nil
        )
    }

    /// What a class holds in the whole guild. Timeouts are no part of it: they end by themselves.
    package func basePermissions(of audience: AudienceClass) -> Permissions {
        audience.isOwner ? .all : basePermissions(of: audience.individual ?? UserID(0), roles: audience.roles)
    }

    /// The channels that a class may view, in ascending order of their ids.
    package func visibleChannels(to audience: AudienceClass) -> [ChannelID] {
        guard !audience.isOwner else { return channels.keys.sorted() }
        // Nobody bears id 0, so a class without an own overwrite is computed for a member like any other.
        let user = audience.individual ?? UserID(0)
        return channels.values
            .filter { permissions(of: user, roles: audience.roles, in: $0).contains(.viewChannel) }
            .map(\.id)
            .sorted()
    }
}
