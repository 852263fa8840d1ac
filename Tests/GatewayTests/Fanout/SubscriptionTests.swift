import Chat
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Lazy subscriptions") struct SubscriptionTests {
    private func lazy(_ rig: GatewayRig, _ user: UInt64) async throws -> GatewayClient {
        let client = try await rig.connect()
        client.send(#"{"op":"IDENTIFY","d":{"token":"token-\#(user)","lazy":true,"intents":515}}"#)
        await rig.settle()
        let login = client.payloads()
        #expect(login.compactMap { $0["t"]?.string } == ["READY"])
        client.session = login.last?["d"]?["session_id"]?.string ?? ""
        client.token = "token-\(user)"
        return client
    }

    @Test func onlySubscribedChannelsArrive() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await lazy(rig, 2)
        try await rig.source.publish(10, channel: 200, guild: 100)
        client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await rig.settle()
        try await rig.source.publish(11, channel: 200, guild: 100)
        try await rig.source.publish(12, channel: 201, guild: 100)
        await rig.settle()
        let events = client.payloads()
        #expect(events.map { $0["t"]?.string } == ["CHANNEL_SUBSCRIBED", "MESSAGE_CREATE"])
        #expect(events.last?["d"]?["id"]?.string == "11")
        client.send(#"{"op":"UNSUBSCRIBE_CHANNEL","d":{"channel_id":"200"}}"#)
        await rig.settle()
        try await rig.source.publish(13, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.events() == ["CHANNEL_UNSUBSCRIBED"])
        #expect(rig.handler.rooms.isEmpty && rig.handler.guilds.isEmpty)
    }

    @Test func theLastOfSubscribeAndUnsubscribeCounts() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await lazy(rig, 2)
        for operation in [100, 101, 100, 100, 101] { client.send(#"{"op":\#(operation),"d":{"channel_id":"200"}}"#) }
        await rig.settle()
        _ = client.payloads()
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.messages().isEmpty)
        #expect(rig.handler.rooms.isEmpty)
    }

    @Test func aForbiddenChannelLooksLikeAnUnknownOne() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.addUser(9)
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201) }
        let member = try await lazy(rig, 2)
        let stranger = try await lazy(rig, 9)
        member.send(#"{"op":100,"d":{"channel_id":"201"}}"#)
        member.send(#"{"op":100,"d":{"channel_id":"999"}}"#)
        stranger.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await rig.settle()
        let errors = (member.payloads() + stranger.payloads()).compactMap { $0["d"] }
        #expect(errors.map { $0["code"]?.int } == [10_003, 10_003, 10_003])
        #expect(Set(errors.map { $0["message"]?.string }).count == 1)
        #expect(Set(errors.map { $0.object?.members.map(\.key) }).count == 1)
        #expect(rig.handler.rooms.isEmpty && rig.handler.guilds.isEmpty)
    }

    @Test func losingTheChannelEndsTheSubscription() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let member = try await lazy(rig, 2)
        let owner = try await lazy(rig, 1)
        for client in [member, owner] { client.send(#"{"op":100,"d":{"channel_id":"200"}}"#) }
        await rig.settle()
        _ = member.payloads()
        _ = owner.payloads()
        try await rig.source.change(100) { $0.hide(200) }
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(member.events() == ["CHANNEL_UNSUBSCRIBED"])
        #expect(owner.events() == ["CHANNEL_UPDATE", "MESSAGE_CREATE"])
    }

    @Test func manyComeAndGoAndTheRestStillGetTheirs() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 8)
        var clients: [GatewayClient] = []
        for user in 1...8 as ClosedRange<UInt64> {
            let client = try await lazy(rig, user)
            client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
            client.send(#"{"op":100,"d":{"channel_id":"201"}}"#)
            clients.append(client)
        }
        await rig.settle()
        for index in [0, 3, 7, 4] {
            clients[index].send(#"{"op":101,"d":{"channel_id":"200"}}"#)
            await rig.settle()
        }
        clients[1].close(1_000)
        await rig.settle()
        try await rig.source.publish(10, channel: 200, guild: 100)
        try await rig.source.publish(11, channel: 201, guild: 100)
        await rig.settle()
        let expected = [["11"], [], ["10", "11"], ["11"], ["11"], ["10", "11"], ["10", "11"], ["11"]]
        #expect(clients.map { $0.messages() } == expected)
    }

    @Test func messagesAreSentInTheirOrderAndErrorsCarryTheNonce() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await lazy(rig, 2)
        for number in 0..<10 {
            client.send(#"{"op":"SEND_MESSAGE","d":{"channel_id":"200","content":"\#(number)","nonce":"n\#(number)"}}"#)
        }
        await rig.settle()
        #expect(rig.source.state.withLock { $0.sent.map(\.1.content) } == (0..<10).map(String.init))
        #expect(client.payloads().isEmpty)
        rig.source.state.withLock { $0.sendError = ServiceError(.unavailable(retryAfterMilliseconds: 1_500)) }
        client.send(#"{"op":102,"d":{"channel_id":"200","content":"x","nonce":7}}"#)
        await rig.settle()
        let error = try #require(client.payloads().first)
        #expect(error["t"]?.string == "COMMAND_ERROR")
        #expect(error["d"]?["op"]?.int == 102)
        #expect(error["d"]?["nonce"]?.int == 7)
        #expect(error["d"]?["retry_after"]?.double == 1.5)
        rig.source.state.withLock { $0.sendError = ServiceError(.missingAccess) }
        client.send(#"{"op":102,"d":{"channel_id":"200","content":"x"}}"#)
        await rig.settle()
        #expect(client.payloads().first?["d"]?["code"]?.int == 10_003)
    }
}
