// What the admin API speaks: JSON documents over HTTP on a node's Unix socket. Keys are additive within `v1`; ids are decimal strings.

/// Every document of a list command: `{"apiVersion":"discordctl/v1","kind":"GuildList","items":[…],"next":…}`.
package struct AdminList<Item: Codable & Sendable>: Codable, Sendable {
    package var items: [Item]
    /// What to pass as `after` (or `before`, for history) to go on; `nil` at the end.
    package var next: String?

    package init(items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}

/// `GET /v1/cluster`: what the answering node belongs to. Asked before anything is changed, so it costs the node nothing.
package struct ClusterResource: Codable, Hashable, Sendable {
    /// The same for as long as the cluster's data lives.
    package var id: String
    /// The name of the node that answers.
    package var node: String
    package var version: String

    package init(id: String, node: String, version: String) {
        self.id = id
        self.node = node
        self.version = version
    }
}

/// `GET /v1/node`
package struct NodeStatus: Codable, Hashable, Sendable {
    package var name: String
    /// 0 to 1,023; part of the ids that the node mints.
    package var number: UInt16
    package var version: String
    package var processID: Int32
    /// `starting`, `active`, `draining`.
    package var state: String
    package var services: [String]
    package var uptimeSeconds: UInt64
    package var dataDirectory: String
    /// `http://127.0.0.1:8080`
    package var restURL: String
    /// `ws://127.0.0.1:8081`
    package var gatewayURL: String
    package var adminSocket: String
    package var connections: Int
    package var sessions: Int
    package var partitions: Int
    /// Records in the topic `messages` that the chat service has not processed yet.
    package var lag: UInt64
    /// Bytes of resident memory.
    package var residentBytes: UInt64
    package var dependencies: [DependencyStatus]
    /// Consumer groups that no node runs, for which the log keeps records; `nil` from nodes that do not say.
    package var idle: [IdleGroupStatus]?

    package init(
        name: String, number: UInt16, version: String, processID: Int32, state: String, services: [String],
        uptimeSeconds: UInt64,
        dataDirectory: String, restURL: String, gatewayURL: String, adminSocket: String, connections: Int,
        sessions: Int,
        partitions: Int, lag: UInt64, residentBytes: UInt64, dependencies: [DependencyStatus],
        idle: [IdleGroupStatus]? = nil
    ) {
        self.name = name
        self.number = number
        self.version = version
        self.processID = processID
        self.state = state
        self.services = services
        self.uptimeSeconds = uptimeSeconds
        self.dataDirectory = dataDirectory
        self.restURL = restURL
        self.gatewayURL = gatewayURL
        self.adminSocket = adminSocket
        self.connections = connections
        self.sessions = sessions
        self.partitions = partitions
        self.lag = lag
        self.residentBytes = residentBytes
        self.dependencies = dependencies
        self.idle = idle
    }
}

/// A consumer group that ran once and does not run now.
package struct IdleGroupStatus: Codable, Hashable, Sendable {
    package var group: String
    /// Records that the log keeps for it.
    package var lag: UInt64
    /// When the oldest of them was written.
    package var since: String
    /// When it is forgotten.
    package var until: String

    package init(group: String, lag: UInt64, since: String, until: String) {
        self.group = group
        self.lag = lag
        self.since = since
        self.until = until
    }
}

/// One role's backend, as `/health` and `node status` show it.
package struct DependencyStatus: Codable, Hashable, Sendable {
    /// `log`, `store`, `directory`, `bus`, `coordinator`.
    package var role: String
    /// `sqlite:/var/lib/discordctl/log.db`, `memory:`
    package var backend: String
    package var isHealthy: Bool
    /// What is wrong, and what works without it; empty when healthy.
    package var detail: String

    package init(role: String, backend: String, isHealthy: Bool, detail: String = "") {
        self.role = role
        self.backend = backend
        self.isHealthy = isHealthy
        self.detail = detail
    }
}

/// `POST /v1/node/stop`
package struct StopRequest: Codable, Hashable, Sendable {
    /// Skips the drain and stops at once.
    package var now: Bool
    /// How long the drain may take; `nil` for the node's own setting.
    package var deadlineSeconds: UInt64?
    package var reason: String?

    package init(now: Bool, deadlineSeconds: UInt64?, reason: String?) {
        self.now = now
        self.deadlineSeconds = deadlineSeconds
        self.reason = reason
    }
}

/// `POST /v1/users`
package struct CreateUserRequest: Codable, Hashable, Sendable {
    package var username: String
    package var bot: Bool
    /// `@name` or id of the person a bot belongs to.
    package var owner: String?
    /// Read from a file or standard input by the command line, never from a flag.
    package var password: String?

    package init(username: String, bot: Bool, owner: String?, password: String?) {
        self.username = username
        self.bot = bot
        self.owner = owner
        self.password = password
    }
}

/// Answer of `POST /v1/users`, and what `GET /v1/users` lists.
package struct UserResource: Codable, Hashable, Sendable {
    package var id: String
    package var username: String
    package var bot: Bool
    package var createdAt: String

    package init(id: String, username: String, bot: Bool, createdAt: String) {
        self.id = id
        self.username = username
        self.bot = bot
        self.createdAt = createdAt
    }
}

/// Answer of `POST /v1/users/{user}/tokens`: the only time a token is shown.
package struct TokenResource: Codable, Hashable, Sendable {
    package var user: UserResource
    package var token: String

    package init(user: UserResource, token: String) {
        self.user = user
        self.token = token
    }
}

/// `POST /v1/guilds`
package struct CreateGuildRequest: Codable, Hashable, Sendable {
    package var name: String
    /// `@name` or id.
    package var owner: String
    /// `@name` or id of users who become members at once.
    package var members: [String]

    package init(name: String, owner: String, members: [String]) {
        self.name = name
        self.owner = owner
        self.members = members
    }
}

/// Answer of `POST /v1/guilds`, and what `GET /v1/guilds` lists.
package struct GuildResource: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    package var ownerID: String
    package var members: Int
    package var channels: Int
    /// An invite that never expires; only in the answer to a creation.
    package var invite: String?
    package var createdAt: String

    package init(
        id: String, name: String, ownerID: String, members: Int, channels: Int, invite: String?, createdAt: String
    ) {
        self.id = id
        self.name = name
        self.ownerID = ownerID
        self.members = members
        self.channels = channels
        self.invite = invite
        self.createdAt = createdAt
    }
}

/// `POST /v1/guilds/{guild}/channels`
package struct CreateChannelRequest: Codable, Hashable, Sendable {
    package var name: String
    /// `text`, `voice`, `category`.
    package var type: String
    package var topic: String?
    /// Id of a category.
    package var parent: String?

    package init(name: String, type: String, topic: String?, parent: String?) {
        self.name = name
        self.type = type
        self.topic = topic
        self.parent = parent
    }
}

/// Answer of `POST /v1/guilds/{guild}/channels`, and what `GET` lists.
package struct ChannelResource: Codable, Hashable, Sendable {
    package var id: String
    package var guildID: String
    package var name: String
    package var type: String
    package var topic: String?
    package var parentID: String?
    package var lastMessageID: String?

    package init(
        id: String, guildID: String, name: String, type: String, topic: String?, parentID: String?,
        lastMessageID: String?
    ) {
        self.id = id
        self.guildID = guildID
        self.name = name
        self.type = type
        self.topic = topic
        self.parentID = parentID
        self.lastMessageID = lastMessageID
    }
}

/// `POST /v1/channels/{channel}/messages`
package struct SendMessageRequest: Codable, Hashable, Sendable {
    /// `@name` or id of the user in whose name the message is sent; they need the permission.
    package var author: String
    package var content: String
    /// Repeating it within five minutes makes no second message.
    package var nonce: String?

    package init(author: String, content: String, nonce: String?) {
        self.author = author
        self.content = content
        self.nonce = nonce
    }
}

/// A message as the answer to a send, an item of `GET /v1/channels/{channel}/messages` (newest first), and a line of
/// `GET /v1/channels/{channel}/tail`.
package struct MessageResource: Codable, Hashable, Sendable {
    /// In a tail: `created`, `updated`, `deleted`; else `created`.
    package var event: String
    package var id: String
    /// The second spelling of the id.
    package var timeUUID: String
    package var channelID: String
    package var authorID: String
    package var author: String
    package var at: String
    package var editedAt: String?
    /// UTF-8 bytes of the content.
    package var bytes: Int
    /// Only when it was asked for in a user's name, or with a reason.
    package var content: String?

    package init(
        event: String, id: String, timeUUID: String, channelID: String, authorID: String, author: String, at: String,
        editedAt: String?, bytes: Int, content: String?
    ) {
        self.event = event
        self.id = id
        self.timeUUID = timeUUID
        self.channelID = channelID
        self.authorID = authorID
        self.author = author
        self.at = at
        self.editedAt = editedAt
        self.bytes = bytes
        self.content = content
    }
}

/// One setting as `config show` prints it; secrets are masked.
package struct SettingResource: Codable, Hashable, Sendable {
    package var key: String
    package var value: String
    /// `flag`, `environment`, `file`, `default`.
    package var source: String

    package init(key: String, value: String, source: String) {
        self.key = key
        self.value = value
        self.source = source
    }
}

/// The body of every answer with a status of 400 and above.
package struct AdminError: Codable, Hashable, Sendable, Error {
    /// Stable and lower-case: `unknown_user`, `unknown_guild`, `unknown_channel`, `invalid`, `conflict`, `forbidden`, `refused`, `unavailable`,
    /// `queued`, `internal`.
    package var code: String
    package var message: String
    package var hint: String?
    /// Whether the same request may succeed later.
    package var retryable: Bool

    package init(code: String, message: String, hint: String?, retryable: Bool) {
        self.code = code
        self.message = message
        self.hint = hint
        self.retryable = retryable
    }
}
