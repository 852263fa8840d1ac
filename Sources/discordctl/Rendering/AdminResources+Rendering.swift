import Arguments
import Operations

// How the admin API's resources are shown. A test compares the keys with those of the API.

extension UserResource: Resource {
    static let kind = "User"
    static let columns = [
        ResourceColumn("ID", key: "id", .snowflake, "the user's id"),
        ResourceColumn("USERNAME", key: "username", .text, "the unique name"),
        ResourceColumn("BOT", key: "bot", .choice(["yes", "no"]), "whether the user is a bot"),
        ResourceColumn("CREATED", key: "createdAt", .instant, "when the account was made"),
    ]
    var handle: String { id }
    var fields: [DocumentField] {
        [
            DocumentField("id", id), DocumentField("username", username), DocumentField("bot", .flag(bot)),
            DocumentField("createdAt", createdAt),
        ]
    }
}

extension TokenResource: Resource {
    static let kind = "Token"
    static let columns = [ResourceColumn("TOKEN", key: "token", .text, "the secret by which the user logs in")]
    var handle: String { user.id }
    var fields: [DocumentField] {
        [DocumentField("user", .map(user.fields)), DocumentField("token", token)]
    }
}

extension GuildResource: Resource {
    static let kind = "Guild"
    static let columns = [
        ResourceColumn("ID", key: "id", .snowflake, "the guild's id"),
        ResourceColumn("NAME", key: "name", .text, "the guild's name"),
        ResourceColumn("OWNER", key: "ownerID", .snowflake, "the id of the user who owns it"),
        ResourceColumn("MEMBERS", key: "members", .count, "how many users belong to it"),
        ResourceColumn("CHANNELS", key: "channels", .count, "how many channels it has"),
        ResourceColumn("CREATED", key: "createdAt", .instant, wide: true, "when it was made"),
        ResourceColumn("INVITE", key: "invite", .text, wide: true, "the code of an invite, when the guild is made"),
    ]
    var handle: String { id }
    var fields: [DocumentField] {
        [
            DocumentField("id", id), DocumentField("name", name), DocumentField("ownerID", ownerID),
            DocumentField("members", DocumentValue(members)), DocumentField("channels", DocumentValue(channels)),
            DocumentField("invite", invite), DocumentField("createdAt", createdAt),
        ]
    }
}

extension ChannelResource: Resource {
    static let kind = "Channel"
    static let columns = [
        ResourceColumn("ID", key: "id", .snowflake, "the channel's id"),
        ResourceColumn("NAME", key: "name", .text, "the channel's name"),
        ResourceColumn("TYPE", key: "type", .choice(["text", "voice", "category"]), "what it is for"),
        ResourceColumn("PARENT", key: "parentID", .snowflake, "the id of its category"),
        ResourceColumn("LAST-MESSAGE", key: "lastMessageID", .snowflake, "the id of the newest message"),
        ResourceColumn("GUILD", key: "guildID", .snowflake, wide: true, "the id of its guild"),
        ResourceColumn("TOPIC", key: "topic", .text, wide: true, "what is talked about"),
    ]
    var handle: String { id }
    var fields: [DocumentField] {
        [
            DocumentField("id", id), DocumentField("guildID", guildID), DocumentField("name", name),
            DocumentField("type", type),
            DocumentField("topic", topic), DocumentField("parentID", parentID),
            DocumentField("lastMessageID", lastMessageID),
        ]
    }
}

extension MessageResource: Resource {
    static let kind = "Message"
    static let columns = [
        ResourceColumn(
            "EVENT", key: "event", .choice(["created", "updated", "deleted"]), widthMin: 7, "what happened"),
        ResourceColumn("MESSAGE", key: "id", .snowflake, "the message's id"),
        ResourceColumn("TIMEUUID", key: "timeUUID", .text, wide: true, widthMin: 29, "the second spelling of the id"),
        ResourceColumn("CHANNEL", key: "channelID", .snowflake, wide: true, "the channel's id"),
        ResourceColumn("AT", key: "at", .instant, widthMin: 24, "when it was sent"),
        ResourceColumn("EDITED", key: "editedAt", .instant, wide: true, widthMin: 24, "when it was last edited"),
        ResourceColumn("AUTHOR-ID", key: "authorID", .snowflake, wide: true, "the author's id"),
        ResourceColumn("AUTHOR", key: "author", .text, widthMin: 12, "the author's name"),
        ResourceColumn("BYTES", key: "bytes", .bytes, "how long the content is"),
        ResourceColumn("CONTENT", key: "content", .text, "what it says; see --as and --show-content"),
    ]
    var handle: String { id }
    var fields: [DocumentField] {
        [
            DocumentField("event", event), DocumentField("id", id), DocumentField("timeUUID", timeUUID),
            DocumentField("channelID", channelID), DocumentField("authorID", authorID), DocumentField("author", author),
            DocumentField("at", at), DocumentField("editedAt", editedAt), DocumentField("bytes", DocumentValue(bytes)),
            DocumentField("content", content),
        ]
    }
}

extension SettingResource: Resource {
    static let kind = "Setting"
    static let columns = [
        ResourceColumn("KEY", key: "key", .text, "the setting's name in the configuration file"),
        ResourceColumn("VALUE", key: "value", .text, "what holds; secrets are masked"),
        ResourceColumn("SOURCE", key: "source", .choice(["flag", "environment", "file", "default"]), "who said so"),
    ]
    var handle: String { key }
    var fields: [DocumentField] {
        [DocumentField("key", key), DocumentField("value", value), DocumentField("source", source)]
    }
}

extension DependencyStatus: Resource {
    static let kind = "Dependency"
    static let columns = [
        ResourceColumn("ROLE", key: "role", .text, "what it does for the node"),
        ResourceColumn("BACKEND", key: "backend", .text, "what implements it"),
        ResourceColumn("HEALTHY", key: "isHealthy", .choice(["yes", "no"]), "whether it works"),
        ResourceColumn("DETAIL", key: "detail", .text, "what is wrong, and what works without it"),
    ]
    var handle: String { role }
    var fields: [DocumentField] {
        [
            DocumentField("role", role), DocumentField("backend", backend),
            DocumentField("isHealthy", .flag(isHealthy)),
            DocumentField("detail", detail),
        ]
    }
}
