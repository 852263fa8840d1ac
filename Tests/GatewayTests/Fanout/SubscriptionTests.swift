import BackendContracts
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
        rig.source.state.withLock { $0.sendError = ServiceError(.rateLimited(retryAfterMilliseconds: 2_500)) }
        client.send(#"{"op":102,"d":{"channel_id":"200","content":"x","nonce":8}}"#)
        await rig.settle()
        let limited = try #require(client.payloads().first)
        #expect(limited["d"]?["code"]?.int == 20_028)
        #expect(limited["d"]?["retry_after"]?.double == 2.5)
        rig.source.state.withLock { $0.sendError = ServiceError(.missingAccess) }
        client.send(#"{"op":102,"d":{"channel_id":"200","content":"x"}}"#)
        await rig.settle()
        #expect(client.payloads().first?["d"]?["code"]?.int == 10_003)
    }

    /// Each side knows where it stands in the other's list, whoever comes and goes.
    @Test(arguments: 0..<5 as Range<UInt64>)
    func comingAndGoingInAnyOrderKeepsTheListsTrue(seed: UInt64) async throws {
        let rig = try await GatewayRig()
        let channels = Array(200..<230 as Range<UInt64>)
        for user in 1...4 as ClosedRange<UInt64> { rig.source.addUser(user) }
        rig.source.addGuild(100, channels: channels, members: [1, 2, 3, 4])
        var random = SeededGenerator(seed: seed)
        var clients: [GatewayClient] = []
        for user in 1...4 as ClosedRange<UInt64> { clients.append(try await lazy(rig, user)) }
        for step in 0..<400 {
            let client = try #require(clients.randomElement(using: &random))
            let channel = try #require(channels.randomElement(using: &random))
            let operation = Int.random(in: 0..<3, using: &random) == 0 ? 101 : 100
            client.send(#"{"op":\#(operation),"d":{"channel_id":"\#(channel)"}}"#)
            guard step % 20 == 0 else { continue }
            await rig.settle()
            try checkLists(of: rig.handler)
        }
        for client in clients {
            client.close(1_000)
            await rig.settle()
            try checkLists(of: rig.handler)
        }
        #expect(rig.handler.rooms.isEmpty && rig.handler.guilds.isEmpty)
    }

    private func checkLists(of handler: SessionHandler) throws {
        var subscriptions = 0
        for session in handler.sessions.slots {
            let cell = handler.sessions.cells + Int(session)
            for (place, subscription) in cell.pointee.subscriptions.enumerated() {
                let roster = try #require(handler.rooms[subscription.channel]).roster(for: cell.pointee.intents)
                #expect(roster.members[Int(subscription.position)] == session)
                #expect(roster.places[Int(subscription.position)] == Int32(place))
                subscriptions += 1
            }
        }
        let members = handler.rooms.values.reduce(0) { $0 + $1.rosters.reduce(0) { $0 + $1.roster.members.count } }
        #expect(members == subscriptions)
    }
}
