import Chat
import Testing

@Suite("Notification settings") struct NotificationSettingsTests {
    private static let user = UserID(1)
    private static let role = RoleID(5)
    private static let (channel, guild) = (ChannelID(10), GuildID(100))

    private static func message(_ mentions: Mentions, in guild: GuildID? = guild) -> Message {
        Message(
            id: MessageID(9), channel: channel, guild: guild, author: UserID(2), content: "x", mentions: mentions,
            version: 9)
    }

    private static let named = message(Mentions(users: [user]))
    private static let all = message(Mentions(everyone: true))
    private static let roles = message(Mentions(roles: [role]))
    private static let direct = message(Mentions(), in: nil)

    private static func wants(
        _ message: Message, at now: UInt64 = 1_000, _ change: (inout NotificationSettings) -> Void
    ) -> Bool {
        var settings = NotificationSettings(guild: message.guild)
        change(&settings)
        return settings.wants(message, roles: [role], by: user, at: now)
    }

    @Test func mentionsAndDirectMessagesAreToldUnlessSaidOtherwise() {
        for message in [Self.named, Self.all, Self.roles, Self.direct] { #expect(Self.wants(message) { _ in }) }
        #expect(!Self.wants(Self.message(Mentions())) { $0.level = .all })
        #expect(!Self.wants(Self.named) { $0.isPushed = false })
    }

    @Test func aMuteHoldsUntilItsEnd() {
        #expect(!Self.wants(Self.named) { $0.mute = .init() })
        #expect(!Self.wants(Self.named, at: 1_999) { $0.mute = .init(until: 2_000) })
        #expect(Self.wants(Self.named, at: 2_000) { $0.mute = .init(until: 2_000) })
        #expect(!Self.wants(Self.named) { $0.overrides[Self.channel] = .init(mute: .init()) })
        #expect(Self.wants(Self.named) { $0.overrides[ChannelID(11)] = .init(mute: .init()) })
        #expect(Self.wants(Self.named) { $0.overrides[Self.channel] = .init(mute: .init(until: 999)) })
    }

    @Test func whatIsSuppressedCountsForNothing() {
        #expect(!Self.wants(Self.all) { $0.suppressesEveryone = true })
        #expect(!Self.wants(Self.roles) { $0.suppressesRoles = true })
        #expect(Self.wants(Self.roles) { $0.suppressesEveryone = true })
        #expect(Self.wants(Self.all) { $0.suppressesRoles = true })
        let both = Self.message(Mentions(users: [Self.user], everyone: true))
        #expect(Self.wants(both) { ($0.suppressesEveryone, $0.suppressesRoles) = (true, true) })
    }

    @Test func theChannelsLevelGoesBeforeTheGuilds() {
        #expect(!Self.wants(Self.named) { $0.level = .nothing })
        #expect(
            Self.wants(Self.named) { settings in
                settings.level = .nothing
                settings.overrides[Self.channel] = .init(level: .mentions)
            })
        #expect(!Self.wants(Self.named) { $0.overrides[Self.channel] = .init(level: .nothing) })
        #expect(!Self.wants(Self.direct) { $0.overrides[Self.channel] = .init(level: .mentions) })
        #expect(Self.wants(Self.direct) { $0.level = .all })
    }

    @Test func whatIsOverIsNotKept() {
        let settings = NotificationSettings(
            guild: Self.guild, mute: .init(until: 5),
            overrides: [
                Self.channel: .init(mute: .init(until: 5)), ChannelID(11): .init(mute: .init(until: 5), level: .all),
                ChannelID(12): .init(mute: .init()),
            ])
        let current = settings.current(at: 5)
        #expect(current.mute == nil)
        #expect(current.overrides == [ChannelID(11): .init(level: .all), ChannelID(12): .init(mute: .init())])
        #expect(settings.current(at: 4) == settings)
    }
}
