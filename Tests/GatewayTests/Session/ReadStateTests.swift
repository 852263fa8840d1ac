import Chat
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Read states at the gateway") struct ReadStateDeliveryTests {
    private let notice = ReadNotice(
        channel: ChannelID(200), guild: GuildID(100), message: MessageID(9), mentionCount: 2, version: 5)

    @Test func readyTellsPersonsWhereTheyStand() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { state in
            state.users[UserID(2)]?.isBot = true
            state.readStates[UserID(1)] = ReadStateList(
                version: 7, isPartial: true,
                entries: [ReadStateEntry(channel: ChannelID(200), lastRead: MessageID(5), mentionCount: 3)])
        }
        let ready = try await rig.logIn(1).login.first { $0["t"]?.string == "READY" }?["d"]
        let state = ready?["read_state"]
        #expect(state?["version"]?.int == 7)
        #expect(state?["partial"]?.bool == true)
        let entry = state?["entries"]?.array?.first
        #expect(entry?["id"]?.string == "200")
        #expect(entry?["last_message_id"]?.string == "5")
        #expect(entry?["mention_count"]?.int == 3)
        let bot = try await rig.logIn(2).login.first { $0["t"]?.string == "READY" }?["d"]
        #expect(bot?["session_id"] != nil && bot?["read_state"] == nil)
    }

    @Test func allSessionsOfTheUserHearOfAnAcknowledgement() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let own = [try await rig.logIn(1), try await rig.logIn(1, extra: #","lazy":true"#)]
        let other = try await rig.logIn(2)
        for client in own + [other] { _ = client.payloads() }
        try await rig.source.publish(UserEvent.acknowledged(notice), to: 1)
        await rig.settle()
        for client in own {
            let told = client.payloads()
            #expect(told.map { $0["t"]?.string } == ["MESSAGE_ACK"])
            #expect(told.first?["d"]?["channel_id"]?.string == "200")
            #expect(told.first?["d"]?["message_id"]?.string == "9")
            #expect(told.first?["d"]?["mention_count"]?.int == 2)
            #expect(told.first?["d"]?["manual"] == nil)
        }
        #expect(other.payloads().isEmpty)
    }

    @Test func personsHearHowTheyWantToBeTold() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let settings = NotificationSettings(
            guild: GuildID(100), mute: .init(until: 1_700_000_000_000), level: .mentions, suppressesRoles: true,
            overrides: [ChannelID(200): .init(mute: .init(), level: .nothing)], version: 4)
        rig.source.state.withLock { state in
            state.users[UserID(2)]?.isBot = true
            state.notifications[UserID(1)] = NotificationList(version: 5, entries: [settings])
        }
        let own = try await rig.logIn(1)
        let listed = own.login.first { $0["t"]?.string == "READY" }?["d"]?["user_guild_settings"]
        #expect(listed?["version"]?.int == 5)
        #expect(listed?["partial"]?.bool == false)
        let bot = try await rig.logIn(2)
        #expect(bot.login.first { $0["t"]?.string == "READY" }?["d"]?["user_guild_settings"] == nil)
        for client in [own, bot] { _ = client.payloads() }
        try await rig.source.publish(UserEvent.settingsChanged(settings), to: 1)
        await rig.settle()
        let told = own.payloads()
        #expect(told.map { $0["t"]?.string } == ["USER_GUILD_SETTINGS_UPDATE"])
        let entry = told.first?["d"]
        #expect(listed?["entries"]?.array?.first == entry)
        #expect(entry?["guild_id"]?.string == "100")
        #expect(entry?["muted"]?.bool == true)
        #expect(entry?["mute_config"]?["end_time"]?.string == "2023-11-14T22:13:20.000000+00:00")
        #expect(entry?["message_notifications"]?.int == 1)
        #expect(entry?["suppress_everyone"]?.bool == false)
        #expect(entry?["suppress_roles"]?.bool == true)
        let override = entry?["channel_overrides"]?.array?.first
        #expect(override?["channel_id"]?.string == "200")
        #expect(override?["muted"]?.bool == true)
        #expect(override?["mute_config"]?.isNull == true)
        #expect(override?["message_notifications"]?.int == 2)
        #expect(bot.payloads().isEmpty)
    }

    @Test func lazySessionsHearOfMentionsWhereverTheyAre() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let lazy = try await rig.logIn(1, extra: #","lazy":true"#)
        let full = try await rig.logIn(1)
        for client in [lazy, full] { _ = client.payloads() }
        try await rig.source.publish(UserEvent.mentioned(notice), to: 1)
        await rig.settle()
        let told = lazy.payloads()
        #expect(told.map { $0["t"]?.string } == ["CHANNEL_UNREAD_UPDATE"])
        #expect(told.first?["d"]?["guild_id"]?.string == "100")
        let update = told.first?["d"]?["channel_unread_updates"]?.array?.first
        #expect(update?["id"]?.string == "200")
        #expect(update?["last_message_id"]?.string == "9")
        #expect(update?["mention_count"]?.int == 2)
        #expect(full.payloads().isEmpty)
    }
}
