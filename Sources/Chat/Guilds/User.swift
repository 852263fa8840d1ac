/// A person or a bot, as others see it.
package struct User: Hashable, Sendable {
    package var id: UserID
    /// 1 to 32 characters, unique on this cluster without regard to case.
    package var username: String
    /// The name shown instead of the username, 1 to 32 characters; `nil` when none was chosen.
    package var globalName: String?
    /// Hash of the avatar's image; `nil` for the default one.
    package var avatar: String?
    package var isBot: Bool

    package init(id: UserID, username: String, globalName: String? = nil, avatar: String? = nil, isBot: Bool = false) {
        self.id = id
        self.username = username
        self.globalName = globalName
        self.avatar = avatar
        self.isBot = isBot
    }

    /// Stands for an account that is gone; what it said stays.
    package static func deleted(_ id: UserID) -> User {
        User(id: id, username: "Deleted User")
    }
}
