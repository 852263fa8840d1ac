package enum AuditEntryKind {}
package typealias AuditEntryID = ID<AuditEntryKind>

/// One deed in a guild, as its audit log keeps it.
package struct AuditEntry: Hashable, Sendable {
    /// Discord's numbers for the deeds this cluster knows.
    package enum Action: UInt16, Hashable, Sendable, CaseIterable {
        case guildUpdate = 1
        case channelCreate = 10
        case channelUpdate = 11
        case channelDelete = 12
        case overwriteCreate = 13
        case overwriteUpdate = 14
        case overwriteDelete = 15
        case memberKick = 20
        case memberBan = 22
        case memberUnban = 23
        case memberUpdate = 24
        case memberRoleUpdate = 25
        case memberMove = 26
        case memberDisconnect = 27
        case roleCreate = 30
        case roleUpdate = 31
        case roleDelete = 32
        case inviteCreate = 40
        case inviteDelete = 42
        case webhookCreate = 50
        case webhookUpdate = 51
        case webhookDelete = 52
        case messageDelete = 72
        case messageBulkDelete = 73
        case messagePin = 74
        case messageUnpin = 75
    }

    package var id: AuditEntryID
    package var guild: GuildID
    package var actor: UserID
    package var action: Action
    /// The id of what it was done to; `nil` for invites, which have none.
    package var target: UInt64?
    package var changes: [AuditChange]
    package var options: AuditOptions
    /// Up to ``Limits/auditReasonCharactersMax`` characters, in the actor's words.
    package var reason: String?

    package init(
        id: AuditEntryID, guild: GuildID, actor: UserID, action: Action, target: UInt64?, changes: [AuditChange] = [],
        options: AuditOptions = AuditOptions(), reason: String? = nil
    ) {
        self.id = id
        self.guild = guild
        self.actor = actor
        self.action = action
        self.target = target
        self.changes = changes
        self.options = options
        self.reason = reason
    }
}

extension AuditEntry {
    /// How far back of an entry, in milliseconds, lie those that it may be counted with: Discord says no more than that
    /// it is so.
    package static let joinedMilliseconds: UInt64 = 300_000

    /// The entry with another's count added: one deed done again and again, by the same moderator, to the same user, in
    /// the same channel, for the same reason. `nil` where they are two, and where nothing is counted.
    package func joined(with later: AuditEntry) -> AuditEntry? {
        guard let count = options.count, let more = later.options.count,
            guild == later.guild, actor == later.actor, action == later.action, target == later.target,
            options.channel == later.options.channel, options.message == later.options.message,
            changes == later.changes, reason == later.reason,
            later.id.unixMilliseconds < id.unixMilliseconds + Self.joinedMilliseconds
        else { return nil }
        var joined = self
        joined.options.count = count.addingReportingOverflow(more).overflow ? .max : count + more
        return joined
    }
}

/// A property that a deed changed, under Discord's name for it.
package struct AuditChange: Hashable, Sendable {
    package var key: String
    /// `nil` for what had no value.
    package var old: AuditValue?
    /// `nil` for what has no value any more.
    package var new: AuditValue?

    package init(key: String, old: AuditValue?, new: AuditValue?) {
        self.key = key
        self.old = old
        self.new = new
    }
}

/// A value of a property, as it is shown.
package enum AuditValue: Hashable, Sendable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    /// An id, or a set of permissions: shown as a string of decimal digits.
    case digits(UInt64)
    /// Unix milliseconds.
    case time(UInt64)
    /// Roles with their names of then.
    case roles([RoleID: String])
    case overwrites([PermissionOverwrite])
}

/// What else there is to be said of a deed.
package struct AuditOptions: Hashable, Sendable {
    package var channel: ChannelID?
    package var message: MessageID?
    package var count: UInt32?
    /// Whose overwrite it was.
    package var overwrite: PermissionOverwrite.Target?
    /// The name of the role whose overwrite it was.
    package var roleName: String?

    package init(
        channel: ChannelID? = nil, message: MessageID? = nil, count: UInt32? = nil,
        overwrite: PermissionOverwrite.Target? = nil, roleName: String? = nil
    ) {
        self.channel = channel
        self.message = message
        self.count = count
        self.overwrite = overwrite
        self.roleName = roleName
    }

    package var isEmpty: Bool { self == AuditOptions() }
}
