import Chat

/// The mentions of a text that count: those who exist, whom the sender may ping, and whom the sender wants to.
struct MentionResolution: Sendable {
    var mentions: Mentions
    /// The users of ``mentions``, in their order.
    var mentioned: [User]

    /// - Throws: `.unavailable` when members cannot be looked up.
    static func resolve(
        _ content: String, allowed: AllowedMentions?, _ grant: Access.ChannelGrant, _ cache: GuildCache
    ) async throws(ServiceError) -> MentionResolution {
        var mentions = MentionParser.mentions(in: content)
        if let allowed { mentions = allowed.filter(mentions) }
        guard !mentions.isEmpty else { return MentionResolution(mentions: mentions, mentioned: []) }
        switch grant.place {
        case .guild(let snapshot, _):
            return try await inGuild(mentions, snapshot, grant.permissions, cache)
        case .direct(let direct):
            let parties = mentions.users.filter { direct.isParty($0) }
            let users = try await cache.users(parties)
            let mentioned = parties.compactMap { users[$0] }
            return MentionResolution(mentions: Mentions(users: mentioned.map(\.id)), mentioned: mentioned)
        }
    }

    private static func inGuild(
        _ found: Mentions, _ snapshot: GuildSnapshot, _ permissions: Permissions, _ cache: GuildCache
    ) async throws(ServiceError) -> MentionResolution {
        var mentions = found
        let mayMentionAll = permissions.contains(.mentionEveryone)
        mentions.everyone = mentions.everyone && mayMentionAll
        mentions.roles = mentions.roles.filter { id in
            guard let role = snapshot.roles[id], id != RoleID(everyoneOf: snapshot.guild.id) else { return false }
            return role.isMentionable || mayMentionAll
        }
        var users: [User] = []
        for id in mentions.users {
            if let profile = try await cache.member(id, of: snapshot.guild.id) { users.append(profile.user) }
        }
        mentions.users = users.map(\.id)
        return MentionResolution(mentions: mentions, mentioned: users)
    }
}
