package import Chat
package import Interface
import Metrics

/// A partial change of how a user wants to be told of messages.
package struct NotificationChange: Hashable, Sendable {
    /// Of one channel.
    package struct Override: Hashable, Sendable {
        package var mute: MuteChange
        package var level: NotificationSettings.Level?

        package init(mute: MuteChange = MuteChange(), level: NotificationSettings.Level? = nil) {
            self.mute = mute
            self.level = level
        }
    }

    package var mute: MuteChange
    package var level: NotificationSettings.Level?
    package var suppressesEveryone: Bool?
    package var suppressesRoles: Bool?
    package var isPushed: Bool?
    /// Channels that are not named stay as they are.
    package var overrides: [ChannelID: Override]

    package init(
        mute: MuteChange = MuteChange(), level: NotificationSettings.Level? = nil, suppressesEveryone: Bool? = nil,
        suppressesRoles: Bool? = nil, isPushed: Bool? = nil, overrides: [ChannelID: Override] = [:]
    ) {
        self.mute = mute
        self.level = level
        self.suppressesEveryone = suppressesEveryone
        self.suppressesRoles = suppressesRoles
        self.isPushed = isPushed
        self.overrides = overrides
    }
}

/// A change of a mute. Muting again without an end is muting until further notice.
package struct MuteChange: Hashable, Sendable {
    package var isMuted: Bool?
    /// Unix milliseconds.
    package var end: Change<UInt64?>

    package init(isMuted: Bool? = nil, end: Change<UInt64?> = .keep) {
        self.isMuted = isMuted
        self.end = end
    }

    func applied(to mute: NotificationSettings.Mute?) -> NotificationSettings.Mute? {
        var after = mute
        if let isMuted { after = isMuted ? NotificationSettings.Mute() : nil }
        if case .set(let end) = end { after?.until = end }
        return after
    }
}

/// All of a user's settings that concern somewhere the user still is.
package struct NotificationList: Hashable, Sendable {
    /// The version of the last change.
    package var version: UInt64
    package var entries: [NotificationSettings]

    package init(version: UInt64 = 0, entries: [NotificationSettings] = []) {
        self.version = version
        self.entries = entries
    }
}

/// How users want to be told of messages, guild by guild, and of direct ones.
package struct NotificationService: Sendable {
    /// How often a change is tried when others come in between.
    private static let attemptsMax = 8

    private let access: Access
    private let directory: any Directory
    private let bus: any FanoutBus
    private let time: any TimeSource
    /// Events that were committed but could not be published.
    private let unpublished = Counter(label: "discord_notification_events_unpublished_total")

    package init(access: Access, directory: any Directory, bus: any FanoutBus, time: any TimeSource) {
        self.access = access
        self.directory = directory
        self.bus = bus
        self.time = time
    }

    /// Changes a user's settings of a guild, or of direct channels, and tells the user's sessions.
    /// - Throws: `.forPersons` to bots; `.unknownGuild`; `.invalidForm` for channels that are not there, or that the user
    ///   may not see, and for too many overrides; `.unavailable`.
    package func update(
        _ change: NotificationChange, in guild: GuildID?, by user: User
    ) async throws(ServiceError) -> NotificationSettings {
        guard !user.isBot else { throw ServiceError(.forPersons) }
        if let guild { _ = try await access.guild(guild, for: user.id) }
        try await check(change, in: guild, by: user.id)
        for _ in 0..<Self.attemptsMax {
            do throws(BackendError) {
                let known = try await directory.notificationSettings(of: [user.id], in: guild)[user.id]
                let before = known ?? NotificationSettings(guild: guild)
                let after = Self.applied(change, to: before).current(at: time.unixMilliseconds)
                guard after != before else { return after }
                if after.overrides.count <= Limits.notificationOverridesMax {
                    let settings = try await directory.set(after, of: user.id)
                    await publish(settings, to: user.id)
                    return settings
                }
            } catch {
                guard error.code == .conflict else { throw ServiceError(error) }
                continue
            }
            throw Self.tooManyOverrides
        }
        throw ServiceError(
            .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds),
            detail: "the settings of user \(user.id) kept changing")
    }

    /// A user's settings of these guilds and of direct channels, as far as any were ever set.
    /// - Throws: `.unavailable`.
    package func list(of user: UserID, in guilds: [GuildID]) async throws(ServiceError) -> NotificationList {
        let all: [NotificationSettings]
        do throws(BackendError) {
            all = try await directory.notificationSettings(of: user)
        } catch {
            throw ServiceError(error)
        }
        let present = Set(guilds)
        let now = time.unixMilliseconds
        return NotificationList(
            version: all.map(\.version).max() ?? 0,
            entries: all.filter { $0.guild.map(present.contains) ?? true }.map { $0.current(at: now) })
    }

    private static func applied(
        _ change: NotificationChange, to before: NotificationSettings
    ) -> NotificationSettings {
        var after = before
        after.mute = change.mute.applied(to: before.mute)
        after.level = change.level ?? before.level
        after.suppressesEveryone = change.suppressesEveryone ?? before.suppressesEveryone
        after.suppressesRoles = change.suppressesRoles ?? before.suppressesRoles
        after.isPushed = change.isPushed ?? before.isPushed
        for (channel, change) in change.overrides {
            var override = before.overrides[channel] ?? NotificationSettings.Override()
            override.mute = change.mute.applied(to: override.mute)
            override.level = change.level ?? override.level
            after.overrides[channel] = override
        }
        return after
    }

    /// A channel that may not be seen is as one that is not there.
    private func check(
        _ change: NotificationChange, in guild: GuildID?, by user: UserID
    ) async throws(ServiceError) {
        guard change.overrides.count <= Limits.notificationOverridesMax else { throw Self.tooManyOverrides }
        var form = FormCheck()
        for channel in change.overrides.keys.sorted() {
            guard try await !isVisible(channel, in: guild, to: user) else { continue }
            form.refuse(
                ["channel_overrides", channel.description], "CHANNEL_INVALID", "There is no such channel here.")
        }
        try form.finish()
    }

    private func isVisible(
        _ channel: ChannelID, in guild: GuildID?, to user: UserID
    ) async throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            return try await access.channel(channel, for: user).guild == guild
        } catch {
            switch error.code {
            case .unknownChannel, .unknownGuild, .missingAccess: return false
            default: throw error
            }
        }
    }

    private static var tooManyOverrides: ServiceError {
        ServiceError(
            .invalidForm([
                FieldError(
                    path: ["channel_overrides"], code: "BASE_TYPE_MAX_LENGTH",
                    message: "Must be \(Limits.notificationOverridesMax) or fewer in length.")
            ]))
    }

    private func publish(_ settings: NotificationSettings, to user: UserID) async {
        let published = try? await bus.publish([
            FanoutMessage(
                topic: .user(user), position: nil, epoch: 0, acceptedAt: time.unixMilliseconds,
                payload: UserEvent.settingsChanged(settings).encoded())
        ])
        if published?.first != true { unpublished.increment() }
    }
}
