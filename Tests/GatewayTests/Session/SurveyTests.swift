import BackendContracts
import Chat
import Synchronization
import Testing
import Wire

@testable import Gateway

/// What an operator sees of sessions.
@Suite("Looking at sessions") struct SurveyTests {
    private func look(
        _ rig: GatewayRig, _ filter: SessionFilter = SessionFilter(), from first: Int32 = 0, limit: Int = 100,
        loop: Int = 0
    ) async throws -> [SessionSight] {
        let survey = SessionSurvey(filter, from: first, limit: limit)
        #expect(rig.loops[loop].post(.survey(survey)))
        rig.turn()
        return try #require(await survey.sights())
    }

    @Test func tellsHowEachSessionStands() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let ada = try await rig.logIn(2)
        let bob = try await rig.logIn(3, extra: #","lazy":true"#)
        bob.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await rig.settle()
        for number in 10...12 as ClosedRange<UInt64> {
            try await rig.source.publish(number, channel: 200, guild: 100)
        }
        await rig.settle()
        _ = ada.payloads()
        await rig.pass(milliseconds: 5_000)
        ada.send(#"{"op":1,"d":\#(ada.sequence - 1)}"#)
        bob.close(4_000)
        await rig.settle()
        await rig.pass(milliseconds: 7_000)
        let sights = try await look(rig)
        #expect(sights.map(\.user) == [UserID(2), UserID(3)])
        #expect(sights.map(\.state) == [.connected, .detached])
        #expect(sights.map(\.isLazy) == [false, true])
        #expect(sights.map(\.age) == [12_000, 12_000])
        #expect(sights.map(\.silence) == [7_000, 7_000])
        #expect(sights.first?.sequence == UInt32(ada.sequence))
        #expect(sights.first?.unacknowledged == 1)
        #expect(sights.map(\.guilds) == [1, 1] && sights.map(\.subscriptions) == [0, 1])
        #expect(sights.map(\.place) == [0, 1])
        #expect(try await look(rig, SessionFilter(user: UserID(3))).map(\.user) == [UserID(3)])
        #expect(try await look(rig, SessionFilter(state: .connected)).map(\.user) == [UserID(2)])
        #expect(try await look(rig, SessionFilter(guild: GuildID(100))).count == 2)
        #expect(try await look(rig, SessionFilter(guild: GuildID(101))) == [])
        #expect(try await look(rig, SessionFilter(isSlow: true)) == [])
        #expect(try await look(rig, limit: 1).map(\.place) == [0])
        #expect(try await look(rig, from: 1).map(\.place) == [1])
    }

    @Test func placesRiseThroughTheLoops() async throws {
        let rig = try await GatewayRig(loops: 2)
        rig.addSmallGuild()
        _ = try await rig.logIn(2, loop: 0)
        _ = try await rig.logIn(3, loop: 1)
        #expect(try await look(rig, loop: 0).map(\.place) == [0])
        #expect(try await look(rig, loop: 1).map(\.place) == [1 << 32])
    }

    @Test func nobodyWaitsForALoopThatDoesNotAnswer() async {
        let survey = SessionSurvey(SessionFilter(), from: 0, limit: 1)
        survey.abandon()
        #expect(await survey.sights() == nil)
        survey.answer([])
        let answered = SessionSurvey(SessionFilter(), from: 0, limit: 1)
        answered.answer([])
        answered.abandon()
        #expect(await answered.sights() == [])
    }
}
