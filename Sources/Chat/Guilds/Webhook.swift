/// Sends messages into one channel, for whoever holds its token.
package struct Webhook: Hashable, Sendable {
    package var id: WebhookID
    package var guild: GuildID
    package var channel: ChannelID
    /// 1 to 80 characters.
    package var name: String
    /// Hash of its avatar's image; `nil` for the default one.
    package var avatar: String?
    /// Who made it.
    package var creator: UserID
    /// What is kept of its token, which is shown once, when it is made.
    package var token: TokenHash

    package init(
        id: WebhookID, guild: GuildID, channel: ChannelID, name: String, avatar: String? = nil, creator: UserID,
        token: TokenHash
    ) {
        self.id = id
        self.guild = guild
        self.channel = channel
        self.name = name
        self.avatar = avatar
        self.creator = creator
        self.token = token
    }
}
