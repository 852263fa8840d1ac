import Chat

/// The mentions of a text that count: those who exist, whom the sender may ping, and whom the sender wants to.
struct MentionResolution: Sendable {
    var mentions: Mentions
    /// The users of ``mentions``, as the guild knows them.
    var mentioned: [User]

    /// - Throws: `.unavailable` when members cannot be looked up.
    static func resolve(
        _ content: String, allowed: AllowedMentions?, _ grant: Access.ChannelGrant, _ cache: GuildCache
    ) async throws(ServiceError) -> MentionResolution {
        var mentions = MentionParser.mentions(in: content)
        if let allowed { mentions = allowed.filter(mentions) }
        guard !mentions.isEmpty else { return MentionResolution(mentions: mentions, mentioned: []) }
        let snapshot = grant.snapshot
        let mayMentionAll = grant.permissions.contains(.mentionEveryone)
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
