import BackendContracts
import Chat
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Gateway resume") struct ResumeTests {
    private func publish(_ rig: GatewayRig, _ numbers: ClosedRange<UInt64>) async throws {
        for number in numbers {
            try await rig.source.publish(number, channel: 200, guild: 100)
            rig.turn()
        }
    }

    /// Another connection that resumes a client's session.
    private func resume(
        _ client: GatewayClient, _ rig: GatewayRig, loop: Int = 0, session: String? = nil, token: String? = nil,
        sequence: Int? = nil
    ) async throws -> GatewayClient {
        let again = try await rig.connect(loop: loop)
        #expect(again.payloads().map { $0["op"]?.int } == [10])
        again.continues(client)
        again.resume(session: session, token: token, sequence: sequence)
        await rig.settle()
        return again
    }

    @Test func replaysExactlyWhatWasMissedThenGoesOnLive() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        try await publish(rig, 10...12)
        #expect(client.messages() == ["10", "11", "12"])
        client.close(4_000)
        await rig.settle()
        try await publish(rig, 13...15)
        let again = try await resume(client, rig)
        let payloads = again.payloads()
        #expect(payloads.map { $0["t"]?.string } == ["MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"])
        #expect(payloads.prefix(3).map { $0["d"]?["id"]?.string } == ["13", "14", "15"])
        #expect(payloads.first?["s"]?.int == client.sequence + 1)
        #expect(payloads.last?["d"]?.object?.count == 0)
        try await publish(rig, 16...16)
        #expect(again.messages() == ["16"])
        #expect(rig.metrics.resumes.withLock { $0 } == [.whole])
    }

    @Test func nothingWasMissed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        let again = try await resume(client, rig)
        #expect(again.events() == ["RESUMED"])
    }

    @Test(arguments: [(15, true), (16, true), (17, false)])
    func theRingIsTheBoundary(_ missed: Int, _ isWhole: Bool) async throws {
        let rig = try await GatewayRig({ $0.ringFramesMax = 16 })
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        try await publish(rig, 1...UInt64(missed))
        let again = try await resume(client, rig)
        let payloads = again.payloads()
        if isWhole {
            // RESUMED itself must not push out the oldest.
            #expect(payloads.compactMap { $0["d"]?["id"]?.string } == (1...missed).map(String.init))
            #expect(payloads.last?["t"]?.string == "RESUMED")
        } else {
            #expect(payloads.map { $0["op"]?.int } == [9])
            #expect(payloads.first?["d"]?.bool == false)
            #expect(again.close() == nil)
            #expect(rig.handler.sessions.count == 0)
        }
    }

    @Test func whatTheLogForgotCannotBeResumed() async throws {
        let rig = try await GatewayRig({ $0.logFramesMax = 8 })
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        try await publish(rig, 1...9)
        let again = try await resume(client, rig)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
        #expect(rig.metrics.resumes.withLock { $0 } == [.outOfRange])
    }

    @Test func onlyItsOwnTokenResumesASession() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let foreign = try await resume(client, rig, token: "token-3")
        let unknown = try await resume(client, rig, session: String(repeating: "0", count: 44))
        let malformed = try await resume(client, rig, session: "x")
        let elsewhere = try await resume(client, rig, session: String(client.session.prefix(32)) + "000900000000")
        for other in [foreign, unknown, malformed, elsewhere] {
            #expect(other.payloads().map { $0["op"]?.int } == [9])
            #expect(other.close() == nil)
        }
        try await publish(rig, 10...10)
        #expect(client.messages() == ["10"])
        foreign.startsOver()
        foreign.send(#"{"op":2,"d":{"token":"token-3","intents":512}}"#)
        await rig.settle()
        #expect(foreign.events().first == "READY")
    }

    @Test func aSequenceFromTheFutureEndsTheSession() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let again = try await resume(client, rig, sequence: client.sequence + 1)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
        #expect(client.close() == 4_000)
        #expect(rig.handler.sessions.count == 0)
    }

    @Test func whatWasAcknowledgedIsNotSentAgain() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        try await publish(rig, 10...19)
        #expect(client.messages().count == 10)
        client.send(#"{"op":1,"d":\#(client.sequence)}"#)
        await rig.settle()
        #expect(rig.handler.sessions.cells[0].ring.count == 0)
        let again = try await resume(client, rig, sequence: client.sequence - 1)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
    }

    @Test func theOldConnectionIsDropped() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let again = try await resume(client, rig)
        #expect(client.close() == 4_000)
        #expect(again.events() == ["RESUMED"])
        try await publish(rig, 10...10)
        #expect(again.messages() == ["10"])
        #expect(rig.handler.sessions.count == 1)
        #expect(rig.handler.statistics.detachedSessions == 0)
    }

    @Test func aConnectionMovesToTheLoopOfItsSession() async throws {
        let rig = try await GatewayRig(loops: 2)
        rig.addSmallGuild()
        let client = try await rig.logIn(2, loop: 1)
        client.close(4_000)
        await rig.settle()
        try await publish(rig, 10...11)
        let again = try await resume(client, rig, loop: 0)
        #expect(again.events() == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"])
        again.send(#"{"op":1,"d":1}"#)
        await rig.settle()
        #expect(again.payloads().map { $0["op"]?.int } == [11])
        #expect(rig.loops[1].handler.statistics.activeConnections == 1)
        #expect(rig.loops[0].handler.statistics.activeConnections == 0)
    }

    @Test func theResumeWindowEnds() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        await rig.pass(milliseconds: 181_000)
        await rig.pass(milliseconds: 1_000)
        let again = try await resume(client, rig)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
    }

    @Test func rightsLostMeanwhileAreNotReplayed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        try await rig.source.change(100) { $0.hide(200) }
        await rig.settle()
        try await publish(rig, 10...12)
        let again = try await resume(client, rig)
        #expect(again.events() == ["CHANNEL_DELETE", "RESUMED"])
    }

    @Test func aLoginThatWasInterruptedGoesOn() async throws {
        let rig = try await GatewayRig()
        rig.source.addUser(1)
        for guild in 0..<3 as Range<UInt64> { rig.source.addGuild(100 + guild, channels: [200 + guild], members: [1]) }
        let client = try await rig.connect()
        client.send(#"{"op":2,"d":{"token":"token-1","intents":513}}"#)
        // Only as far as READY: nobody works for the guilds.
        await rig.settleUntilReady()
        let ready = try #require(client.payloads().last)
        #expect(ready["t"]?.string == "READY")
        client.session = ready["d"]?["session_id"]?.string ?? ""
        client.token = "token-1"
        client.close(4_000)
        rig.turn()
        await rig.settle()
        let again = try await resume(client, rig)
        #expect(again.events() == ["RESUMED", "GUILD_CREATE", "GUILD_CREATE", "GUILD_CREATE"])
    }

    @Test func aResumeAfterRevocationIsRefused() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        try await rig.source.publish(.tokensRevoked([rig.source.hash(of: "token-2")]), to: 2)
        await rig.settle()
        let again = try await resume(client, rig)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
    }

    /// What heartbeats acknowledge is told on, with the time up to which it was sent.
    @Test func heartbeatsTellWhatWasDelivered() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        let sequences = client.login.compactMap { $0["s"]?.int }
        let last = try #require(sequences.max())
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        rig.clock.advance(by: 5_000)
        func delivered() -> UInt64? { rig.source.state.withLock { $0.delivered[UserID(1)] } }

        client.send(#"{"op":1,"d":\#(last + 9)}"#)
        await rig.settle()
        #expect(delivered() == nil)
        client.send(#"{"op":1,"d":\#(last)}"#)
        await rig.settle()
        #expect(delivered() == rig.time.unixMilliseconds - 5_000)
        client.send(#"{"op":1,"d":\#(last + 1)}"#)
        await rig.settle()
        #expect(delivered() == rig.time.unixMilliseconds)
    }
}
