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
            let mayMentionAll = grant.permissions.contains(.mentionEveryone)
            mentions.everyone = mentions.everyone && mayMentionAll
            mentions.roles = mentions.roles.filter { id in
                guard let role = snapshot.roles[id], id != RoleID(everyoneOf: snapshot.guild.id) else { return false }
                return role.isMentionable || mayMentionAll
            }
        case .direct:
            mentions = Mentions(users: mentions.users)
        }
        var users: [User] = []
        for id in mentions.users {
            if let user = try await mentionable(id, grant, cache) { users.append(user) }
        }
        mentions.users = users.map(\.id)
        return MentionResolution(mentions: mentions, mentioned: users)
    }

    /// Mentions the author of a message that is answered, whatever the text says.
    /// - Throws: like ``resolve(_:allowed:_:_:)``.
    mutating func add(
        authorOf message: Message, _ grant: Access.ChannelGrant, _ cache: GuildCache
    ) async throws(ServiceError) {
        guard message.webhook == nil, !mentions.users.contains(message.author),
            mentions.users.count < Limits.mentionsPerMessageMax,
            let user = try await Self.mentionable(message.author, grant, cache)
        else { return }
        mentioned.append(user)
        mentioned.sort { $0.id < $1.id }
        mentions.users = mentioned.map(\.id)
    }

    /// A user who sees the channel; a mention of anybody else is text, and pings nobody.
    private static func mentionable(
        _ id: UserID, _ grant: Access.ChannelGrant, _ cache: GuildCache
    ) async throws(ServiceError) -> User? {
        switch grant.place {
        case .guild(let snapshot, _):
            guard let profile = try await cache.member(id, of: snapshot.guild.id),
                snapshot.permissions(of: id, roles: profile.member.roles, in: grant.channel).contains(.viewChannel)
            else { return nil }
            return profile.user
        case .direct(let direct):
            return direct.isParty(id) ? try await cache.user(id) : nil
        }
    }
}
