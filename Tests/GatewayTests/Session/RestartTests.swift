import BackendContracts
import Chat
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Resuming over the end of the node.
@Suite("Gateway restart") struct RestartTests {
    private func outcomes(_ lives: Lives) -> [ResumeOutcome] { lives.rig.metrics.resumes.withLock { $0 } }

    @Test(arguments: [1, 2])
    func afterALastCaptureEverySessionIsWhole(loops: Int) async throws {
        let lives = try await Lives(loops: loops)
        let client = try await lives.rig.logIn(2, loop: loops - 1)
        try await lives.send(10)
        await lives.rig.settle()
        #expect(client.messages() == ["10"])
        client.close(4_000)
        await lives.rig.settle()
        try await lives.send(11)
        await lives.rig.settle()
        #expect(await lives.capture(isFinal: true))
        // The gateway has said its last word, the chat service has not; and what it is about to say when the node ends is said later.
        try await lives.send(12)
        await lives.rig.settle()
        try await lives.send(13, steps: .stored)
        try await lives.send(14, steps: [])
        try await lives.restart()
        try await lives.send(15)
        await lives.rig.settle()
        let again = try await lives.resume(client)
        let payloads = again.payloads()
        #expect(payloads.compactMap { $0["d"]?["id"]?.string } == ["11", "12", "13", "14", "15"])
        #expect(payloads.last?["t"]?.string == "RESUMED")
        #expect(payloads.last?["d"]?.object?.count == 0)
        #expect(payloads.first?["s"]?.int == client.sequence + 1)
        try await lives.send(16)
        await lives.rig.settle()
        #expect(again.messages() == ["16"])
        #expect(outcomes(lives) == [.whole])
    }

    @Test func aConnectedSessionIsSentNothingBehindTheLastCapture() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture(isFinal: true))
        try await lives.send(10)
        await lives.rig.settle()
        client.send(#"{"op":8,"d":{"guild_id":"100","query":"","limit":0}}"#)
        await lives.rig.settle()
        #expect(client.events() == [])
        try await lives.restart()
        #expect(try await lives.resume(client).messages() == ["10"])
        let liar = try await lives.resume(client, sequence: client.sequence + 40)
        #expect(liar.payloads().map { $0["op"]?.int } == [9])
    }

    @Test func whoHasSeenAllThatWasWrittenDownIsWholeAfterAKill() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        try await lives.send(10)
        await lives.rig.settle()
        #expect(client.messages() == ["10"])
        #expect(await lives.capture())
        // Stored and published, but the loop does not get to it any more.
        try await lives.send(11)
        try await lives.restart()
        let again = try await lives.resume(client)
        #expect(again.messages() == ["11"])
        try await lives.send(12)
        await lives.rig.settle()
        #expect(again.messages() == ["12"])
        #expect(outcomes(lives) == [.whole])
    }

    @Test func whatWasSeenIsNotPublishedAgain() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        try await lives.send(10, steps: [.stored, .published])
        await lives.rig.settle()
        #expect(client.messages() == ["10"])
        #expect(await lives.capture())
        try await lives.restart()
        try await lives.send(11)
        await lives.rig.settle()
        #expect(try await lives.resume(client).messages() == ["11"])
    }

    @Test func whoHasSeenMoreThanWasWrittenDownFetchesTheChannelsConcerned() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture())
        try await lives.send(10)
        try await lives.send(11)
        await lives.rig.settle()
        #expect(client.messages() == ["10", "11"])
        try await lives.send(12, channel: 201, steps: [])
        try await lives.restart()
        try await lives.send(13)
        await lives.rig.settle()
        let again = try await lives.resume(client)
        let payloads = again.payloads()
        #expect(
            payloads.map { $0["t"]?.string } == ["CHANNEL_RESYNC", "MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"])
        #expect(payloads.first?["s"]?.int == client.sequence + 1)
        #expect(payloads.first?["d"]?["channel_id"]?.string == "200")
        #expect(payloads.first?["d"]?["guild_id"]?.string == "100")
        #expect(payloads.compactMap { $0["d"]?["id"]?.string } == ["12", "13"])
        try await lives.send(14)
        await lives.rig.settle()
        #expect(again.messages() == ["14"])
        #expect(outcomes(lives) == [.resynced])
    }

    @Test func whoHasSeenOnlyWhatLeavesNoTraceIsWhole() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture())
        client.send(#"{"op":8,"d":{"guild_id":"100","query":"","limit":0}}"#)
        await lives.rig.settle()
        #expect(client.events() == ["GUILD_MEMBERS_CHUNK"])
        try await lives.restart()
        let again = try await lives.resume(client)
        #expect(again.events() == ["RESUMED"])
        #expect(outcomes(lives) == [.whole])
    }

    @Test func whoHasSeenLessThanAKilledNodeSentIdentifiesAnew() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        client.close(4_000)
        await lives.rig.settle()
        try await lives.send(10)
        await lives.rig.settle()
        #expect(await lives.capture())
        try await lives.restart()
        let again = try await lives.resume(client)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
        #expect(again.close() == nil)
        #expect(outcomes(lives) == [.outOfRange])
        #expect(lives.rig.handler.sessions.count == 0)
    }

    @Test(arguments: [false, true])
    func lazySubscriptionsGoOnWhereTheyAreKnown(_ hasSeenMore: Bool) async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2, extra: #","lazy":true"#)
        client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await lives.rig.settle()
        #expect(client.events() == ["CHANNEL_SUBSCRIBED"])
        #expect(await lives.capture())
        if hasSeenMore {
            client.send(#"{"op":100,"d":{"channel_id":"201"}}"#)
            await lives.rig.settle()
            #expect(client.events() == ["CHANNEL_SUBSCRIBED"])
        }
        try await lives.send(10)
        try await lives.send(11, channel: 201)
        try await lives.restart()
        let again = try await lives.resume(client)
        if hasSeenMore {
            #expect(again.payloads().map { $0["op"]?.int } == [9])
            #expect(outcomes(lives) == [.doubtful])
        } else {
            #expect(again.messages() == ["10"])
            try await lives.send(12)
            await lives.rig.settle()
            #expect(again.messages() == ["12"])
        }
    }

    @Test func restoredSubscriptionsEndOneByOne() async throws {
        let lives = try await Lives()
        var clients: [GatewayClient] = []
        for user: UInt64 in [2, 3, 2] {
            let client = try await lives.rig.logIn(user, extra: #","lazy":true"#)
            for channel in [200, 201] { client.send(#"{"op":100,"d":{"channel_id":"\#(channel)"}}"#) }
            await lives.rig.settle()
            #expect(client.events() == ["CHANNEL_SUBSCRIBED", "CHANNEL_SUBSCRIBED"])
            clients.append(client)
        }
        #expect(await lives.capture(isFinal: true))
        try await lives.restart()
        // The first leaves one room, and the other with its session; who comes behind it in both takes its place.
        let first = try await lives.resume(clients[0])
        first.send(#"{"op":101,"d":{"channel_id":"200"}}"#)
        await lives.rig.settle()
        let others = [try await lives.resume(clients[1]), try await lives.resume(clients[2])]
        first.close(1_000)
        try await lives.send(10)
        try await lives.send(11, channel: 201)
        await lives.rig.settle()
        for client in others { #expect(client.messages() == ["10", "11"]) }
        others[0].send(#"{"op":101,"d":{"channel_id":"201"}}"#)
        await lives.rig.settle()
        try await lives.send(12)
        try await lives.send(13, channel: 201)
        await lives.rig.settle()
        #expect(others.map { $0.messages() } == [["12"], ["12", "13"]])
    }

    enum Change: CaseIterable { case guild, membership, name, direct, token }

    @Test(arguments: Change.allCases)
    func whatChangedMeanwhileIsNotPassedOver(_ change: Change) async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture(isFinal: true))
        let source = lives.rig.source
        switch change {
        case .guild: try await source.change(100)
        case .membership: source.addGuild(101, channels: [300], members: [1, 2])
        case .name: source.state.withLock { $0.users[UserID(2)]?.globalName = "Two" }
        case .direct: source.addDirect(500, parties: [1, 2])
        case .token: source.state.withLock { $0.tokens["token-2"] = nil }
        }
        try await lives.send(10)
        try await lives.restart()
        let again = try await lives.resume(client)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
        #expect(again.close() == nil)
        #expect(outcomes(lives) == [change == .guild || change == .token ? .unknown : .changed])
        #expect(lives.rig.handler.sessions.count == 0)
    }

    @Test func directMessagesAreMadeUpFor() async throws {
        let lives = try await Lives()
        lives.rig.source.addDirect(500, parties: [1, 2])
        let client = try await lives.rig.logIn(2, intents: 1 | 1 << 12)
        try await lives.send(10, direct: 500)
        await lives.rig.settle()
        #expect(client.messages() == ["10"])
        #expect(await lives.capture(isFinal: true))
        try await lives.send(11, direct: 500)
        try await lives.send(12, direct: 500, steps: .stored)
        try await lives.restart()
        let again = try await lives.resume(client)
        #expect(again.messages() == ["11", "12"])
        try await lives.send(13, direct: 500)
        await lives.rig.settle()
        #expect(again.messages() == ["13"])
    }

    @Test func onlyItsOwnTokenResumesARestoredSession() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture(isFinal: true))
        try await lives.restart()
        let foreign = try await lives.resume(client, token: "token-3", sequence: client.sequence)
        #expect(foreign.payloads().map { $0["op"]?.int } == [9])
        #expect(try await lives.resume(client).events() == ["RESUMED"])
        #expect(outcomes(lives) == [.unknown, .whole])
    }

    @Test func aSessionWaitsNoLongerThanItWouldHave() async throws {
        let lives = try await Lives()
        let gone = try await lives.rig.logIn(2)
        gone.close(4_000)
        await lives.rig.settle()
        await lives.rig.pass(milliseconds: 100_000)
        let there = try await lives.rig.logIn(3)
        #expect(await lives.capture(isFinal: true))
        try await lives.restart(after: 70_000)
        #expect(lives.rig.handler.sessions.count == 2)
        await lives.rig.pass(milliseconds: 20_000)
        #expect(lives.rig.handler.sessions.count == 1)
        #expect(try await lives.resume(gone).payloads().map { $0["op"]?.int } == [9])
        #expect(try await lives.resume(there).events() == ["RESUMED"])
        #expect(await lives.capture(isFinal: true))
        try await lives.restart(after: 180_000)
        #expect(lives.rig.handler.sessions.count == 0)
    }

    @Test func presenceGoesOnWhileASessionMayBeResumed() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2, intents: 1 | 512 | 1 << 8)
        client.send(#"{"op":3,"d":{"status":"dnd","afk":false,"since":null,"activities":[]}}"#)
        await lives.rig.settle()
        #expect(await lives.capture(isFinal: true))
        try await lives.restart()
        let reports = lives.rig.source.state.withLock { $0.reports }
        guard case .show(let shown, let presence, let guilds)? = reports.first,
            case .detach(let detached, let milliseconds)? = reports.dropFirst().first
        else {
            Issue.record("it is not shown")
            return
        }
        #expect(shown == detached && shown.user == UserID(2))
        #expect(presence.status == .doNotDisturb)
        #expect(guilds == [GuildID(100)])
        #expect(milliseconds == 179_500)
        // What passed meanwhile is not made up for, and the client is told so.
        #expect(try await lives.resume(client).events() == ["RESUMED", "PRESENCE_RESYNC"])
    }

    @Test func twoUnknownStretchesAreNotTakenForOne() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture())
        try await lives.send(10)
        await lives.rig.settle()
        #expect(client.messages() == ["10"])
        try await lives.restart()
        #expect(await lives.capture())
        try await lives.restart()
        let again = try await lives.resume(client)
        #expect(again.payloads().map { $0["op"]?.int } == [9])
    }

    @Test func aResumedSessionIsResumedOverTheNextRestart() async throws {
        let lives = try await Lives()
        var client = try await lives.rig.logIn(2)
        for number in [10, 20, 30] as [UInt64] {
            try await lives.send(number)
            await lives.rig.settle()
            #expect(client.messages() == ["\(number)"])
            #expect(await lives.capture(isFinal: number == 20))
            try await lives.send(number + 1)
            try await lives.restart()
            let again = try await lives.resume(client)
            #expect(again.messages() == ["\(number + 1)"])
            again.login = client.login
            client = again
        }
    }

    @Test func aChannelWithTooMuchToSendIsNamed() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture(isFinal: true))
        for number in 1...UInt64(SessionKeeper.eventsPerChannelMax + 1) {
            try await lives.send(number, steps: [.stored, .committed])
        }
        try await lives.send(9_000, channel: 201)
        try await lives.restart()
        let payloads = try await lives.resume(client).payloads()
        #expect(payloads.map { $0["t"]?.string } == ["MESSAGE_CREATE", "CHANNEL_RESYNC", "RESUMED"])
        #expect(payloads.dropFirst().first?["d"]?["channel_id"]?.string == "200")
    }

    /// The loops do not run yet: what is published waits in their mailboxes.
    @Test func theBusiestChannelsAreNamedWhenAllTogetherHaveTooMuch() throws {
        func entries(_ count: UInt64, in channel: UInt64) -> [ChannelEvent] {
            (0..<count).map { .messageDeleted(MessageID($0), channel: ChannelID(channel), guild: GuildID(100)) }
        }
        let perChannel = UInt64(SessionKeeper.eventsPerChannelMax)
        let fitting = UInt64(SessionKeeper.eventsSentMax) / perChannel
        var missed = entries(perChannel - 1, in: 1)
        for channel in 2...fitting + 1 { missed += entries(perChannel, in: channel) }
        let named = try #require(SessionKeeper.named(of: missed, incomplete: [ChannelID(5_000): GuildID(100)]))
        #expect(named.keys.sorted() == [ChannelID(fitting + 1), ChannelID(5_000)])
        let many = (0...UInt64(SessionKeeper.channelsNamedMax)).map { (ChannelID($0 + 1), GuildID?.some(GuildID(100))) }
        #expect(SessionKeeper.named(of: [], incomplete: Dictionary(uniqueKeysWithValues: many)) == nil)
    }

    @Test func aRestorationThatNobodyEndsIsOverWithinASecond() async throws {
        let rig = try await GatewayRig()
        rig.handler.isRestoring = true
        rig.clock.advance(by: 1_500)
        await rig.settle()
        #expect(!rig.handler.isRestoring)
    }
}
