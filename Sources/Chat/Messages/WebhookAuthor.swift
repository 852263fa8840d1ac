/// Under what name a webhook sent a message. It is kept with the message: the webhook may be gone, and each of its
/// messages may bear another name.
package struct WebhookAuthor: Hashable, Sendable {
    package var id: WebhookID
    /// 1 to 80 characters.
    package var name: String
    /// Hash of the webhook's own avatar; `nil` for the default one.
    package var avatar: String?
    /// The address of an image that the sender asked for in place of the webhook's avatar. It is shown to clients and
    /// never fetched by this program.
    package var avatarURL: String?

    package init(id: WebhookID, name: String, avatar: String? = nil, avatarURL: String? = nil) {
        self.id = id
        self.name = name
        self.avatar = avatar
        self.avatarURL = avatarURL
    }

    /// The author as messages show it: a bot that bears the webhook's own id, as in Discord.
    package var user: User {
        User(id: UserID(id.rawValue), username: name, avatar: avatar, isBot: true)
    }
}
