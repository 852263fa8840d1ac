package import Chat

extension JSONWriter {
    /// A user as everybody sees it.
    ///
    /// discord.py and hikari read `id`, `username`, `discriminator` and `avatar` without asking whether they are there;
    /// the rest is expected and optional.
    package mutating func user(_ user: User) {
        object { $0.userFields(user) }
    }

    /// A user as it sees itself: the answer of `GET /users/@me`, `user` in READY, and the event USER_UPDATE.
    ///
    /// hikari needs `mfa_enabled` and `flags` on top of what every user has.
    /// - Parameters:
    ///   - email: the user's own address; `nil` leaves it null, as for bots.
    ///   - token: one that takes the place of all others; `nil` where none does.
    package mutating func ownUser(_ user: User, email: String? = nil, token: String? = nil) {
        object {
            $0.userFields(user)
            $0.field("mfa_enabled", false)
            $0.field("flags", 0)
            $0.field("verified", true)
            $0.field("locale", "en-US")
            $0.field("email", email)
            if let token { $0.field("token", token) }
        }
    }

    /// The answer of `GET /oauth2/applications/@me`: the bot's application, which bears the bot's own id.
    ///
    /// discord.py's login fails without `id`, `name`, `description`, `icon`, `bot_public`, `bot_require_code_grant`,
    /// `verify_key` and `owner`; hikari's `fetch_application` also wants `flags`, `team` and the two approximate
    /// counts.
    /// - Parameter owner: whom the bot belongs to; a person's application is their own.
    /// - Parameter guildCount: how many guilds the bot is in.
    package mutating func application(of bot: User, owner: User, guildCount: Int) {
        object {
            $0.field("id", snowflake: bot.id.rawValue)
            $0.field("name", bot.globalName ?? bot.username)
            $0.null("icon")
            $0.field("description", "")
            $0.field("summary", "")
            $0.field("bot_public", false)
            $0.field("bot_require_code_grant", false)
            $0.field("verify_key", Self.noVerifyKey)
            $0.key("owner")
            $0.user(owner)
            $0.null("team")
            $0.field("flags", Self.applicationFlags)
            $0.field("approximate_guild_count", guildCount)
            $0.field("approximate_user_install_count", 0)
        }
    }

    /// `application` in READY. hikari needs it; both libraries need both of its keys once it is there.
    package mutating func partialApplication(of bot: UserID) {
        object {
            $0.field("id", snowflake: bot.rawValue)
            $0.field("flags", Self.applicationFlags)
        }
    }

    mutating func userFields(_ user: User) {
        field("id", snowflake: user.id.rawValue)
        field("username", user.username)
        field("discriminator", "0")
        field("global_name", user.globalName)
        field("avatar", user.avatar)
        field("bot", user.isBot)
        field("public_flags", 0)
    }

    /// Every bot may ask for the privileged intents: GATEWAY_PRESENCE, GATEWAY_GUILD_MEMBERS and GATEWAY_MESSAGE_CONTENT.
    private static let applicationFlags = 1 << 12 | 1 << 14 | 1 << 18

    /// The key would verify interactions sent to a bot's web server, which this cluster never sends: 32 bytes of zero,
    /// in the hexadecimal that hikari insists on.
    private static let noVerifyKey = String(repeating: "0", count: 64)
}
