import Chat
import Glibc
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Gateway presences of lazy sessions") struct LazyPresenceTests {
    private func lazy(_ rig: GatewayRig, _ user: UInt64) async throws -> GatewayClient {
        let client = try await rig.connect()
        client.send(#"{"op":2,"d":{"token":"token-\#(user)","lazy":true,"properties":{}}}"#)
        await rig.settle()
        _ = client.payloads()
        return client
    }

    @Test func subscribingShowsWhoSeesTheChannel() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 4)
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201, allowing: 2) }
        try await rig.source.show(1, .idle, in: 100)
        try await rig.source.show(3, .online, in: 100)
        try await rig.source.show(4, .invisible, in: 100)
        let client = try await lazy(rig, 2)
        client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        client.send(#"{"op":100,"d":{"channel_id":"201"}}"#)
        await rig.settle()
        let batches = client.payloads().filter { $0["t"]?.string == "PRESENCE_BATCH" }.compactMap { $0["d"] }
        #expect(batches.map { $0["channel_id"]?.string } == ["200", "201"])
        let users = batches.map { $0["presences"]?.array?.compactMap { $0["user"]?["id"]?.string } }
        #expect(users == [["1", "3"], ["1"]])
        #expect(batches.first?["complete"]?.bool == true)
        try await rig.source.show(3, .idle, in: 100)
        await rig.settle()
        #expect(client.events() == ["PRESENCE_UPDATE"])
        for channel in [200, 201] { client.send(#"{"op":101,"d":{"channel_id":"\#(channel)"}}"#) }
        await rig.settle()
        _ = client.payloads()
        try await rig.source.show(3, .online, in: 100)
        await rig.settle()
        #expect(client.payloads().isEmpty)
        #expect(rig.handler.guilds.isEmpty)
    }

    @Test func inALargeGuildOnlyTheWindowIsFollowed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 260)
        try await rig.source.show(250, .online, in: 100)
        try await rig.source.show(251, .online, in: 100)
        let client = try await lazy(rig, 2)
        client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await rig.settle()
        let batch = try #require(client.payloads().first { $0["t"]?.string == "PRESENCE_BATCH" }?["d"])
        #expect(batch["presences"]?.array?.map { $0["user"]?["id"]?.string } == ["250"])
        #expect(batch["complete"]?.bool == false)
        try await rig.source.show(250, .idle, in: 100)
        try await rig.source.show(251, .idle, in: 100)
        await rig.settle()
        #expect(client.payloads().map { $0["d"]?["user"]?["id"]?.string } == ["250"])
    }
}
