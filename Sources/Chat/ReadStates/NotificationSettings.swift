/// How a user wants to be told of what is said in a guild, or in direct channels: Discord's user guild settings.
package struct NotificationSettings: Hashable, Sendable {
    /// Which messages are worth a notification. The numbers are Discord's.
    package enum Level: UInt8, Hashable, Sendable {
        case all = 0
        case mentions = 1
        case nothing = 2
        /// As around it: the guild's, for a channel; the default, for a guild.
        case inherited = 3
    }

    /// Silence, for a while or until further notice.
    package struct Mute: Hashable, Sendable {
        /// Unix milliseconds; `nil` until it is taken back.
        package var until: UInt64?

        package init(until: UInt64? = nil) {
            self.until = until
        }

        package func isOver(at now: UInt64) -> Bool { until.map { $0 <= now } ?? false }
    }

    /// What is different in one channel.
    package struct Override: Hashable, Sendable {
        package var mute: Mute?
        package var level: Level

        package init(mute: Mute? = nil, level: Level = .inherited) {
            self.mute = mute
            self.level = level
        }

        /// Nothing is different.
        package var isPlain: Bool { self == Override() }
    }

    /// `nil` for direct channels, groups among them.
    package var guild: GuildID?
    package var mute: Mute?
    package var level: Level
    /// Whether mentions of everyone count for nothing.
    package var suppressesEveryone: Bool
    /// Whether mentions of roles count for nothing.
    package var suppressesRoles: Bool
    /// Whether notifications are pushed at all.
    package var isPushed: Bool
    /// At most ``Limits/notificationOverridesMax``.
    package var overrides: [ChannelID: Override]
    /// Rises with every change of any settings of the user; 0 for what was never set.
    package var version: UInt64

    package init(
        guild: GuildID?, mute: Mute? = nil, level: Level = .inherited, suppressesEveryone: Bool = false,
        suppressesRoles: Bool = false, isPushed: Bool = true, overrides: [ChannelID: Override] = [:],
        version: UInt64 = 0
    ) {
        self.guild = guild
        self.mute = mute
        self.level = level
        self.suppressesEveryone = suppressesEveryone
        self.suppressesRoles = suppressesRoles
        self.isPushed = isPushed
        self.overrides = overrides
        self.version = version
    }

    /// The same without mutes that are over, and without overrides that nothing is left of.
    package func current(at now: UInt64) -> NotificationSettings {
        func current(_ mute: Mute?) -> Mute? { mute.flatMap { $0.isOver(at: now) ? nil : $0 } }
        var settings = self
        settings.mute = current(mute)
        settings.overrides = overrides.mapValues { Override(mute: current($0.mute), level: $0.level) }
            .filter { !$0.value.isPlain }
        return settings
    }

    /// Whether the user wants to be told of a message now.
    /// - Parameter roles: those of the user in the guild.
    package func wants(_ message: Message, roles: [RoleID], by user: UserID, at now: UInt64) -> Bool {
        let settings = current(at: now)
        let channel = settings.overrides[message.channel]
        guard settings.isPushed, settings.mute == nil, channel?.mute == nil else { return false }
        let level = channel.flatMap { $0.level == .inherited ? nil : $0.level } ?? settings.level
        switch level {
        case .nothing: return false
        case .mentions: return mentions(message, roles, user)
        // In guilds nobody is told of what mentions nobody.
        case .all, .inherited: return message.guild == nil || mentions(message, roles, user)
        }
    }

    private func mentions(_ message: Message, _ roles: [RoleID], _ user: UserID) -> Bool {
        message.mentions.users.contains(user) || !suppressesEveryone && message.mentions.everyone
            || !suppressesRoles && message.mentions.roles.contains(where: roles.contains)
    }
}

extension NotificationSettings: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        mute = try reader.readOptional { (reader) throws(RecordError) in try Mute(from: &reader) }
        level = try Level(from: &reader)
        suppressesEveryone = try reader.readBool()
        suppressesRoles = try reader.readBool()
        isPushed = try reader.readBool()
        let list = try reader.readList { (reader) throws(RecordError) in
            (channel: try reader.readID(ChannelID.self), override: try Override(from: &reader))
        }
        overrides = Dictionary(list.map { ($0.channel, $0.override) }, uniquingKeysWith: { _, last in last })
        version = try reader.readUInt64()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(optional: guild) { $0.write($1) }
        writer.write(optional: mute) { $0.write($1) }
        writer.write(level)
        writer.write(suppressesEveryone)
        writer.write(suppressesRoles)
        writer.write(isPushed)
        writer.write(list: overrides.sorted { $0.key < $1.key }) {
            $0.write($1.key)
            $0.write($1.value)
        }
        writer.write(version)
    }
}

extension NotificationSettings.Mute: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        until = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
    }

    package func encode(to writer: inout RecordWriter) { writer.write(optional: until) { $0.write($1) } }
}

extension NotificationSettings.Override: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        mute = try reader.readOptional { (reader) throws(RecordError) in
            try NotificationSettings.Mute(from: &reader)
        }
        level = try NotificationSettings.Level(from: &reader)
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(optional: mute) { $0.write($1) }
        writer.write(level)
    }
}

extension NotificationSettings.Level: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        guard let level = Self(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
        self = level
    }

    package func encode(to writer: inout RecordWriter) { writer.write(rawValue) }
}
