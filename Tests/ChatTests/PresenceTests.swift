import Chat
import Testing

@Suite("Presences") struct PresenceTests {
    private func presence(_ sessions: SessionPresence...) -> Presence { Presence(of: UserID(1), sessions: sessions) }

    @Test func theMostAvailableSessionIsShown() {
        let order: [PresenceStatus] = [.online, .idle, .doNotDisturb, .invisible]
        for (index, best) in order.enumerated() {
            for other in order[index...] {
                let both = [SessionPresence(status: best), SessionPresence(status: other)]
                #expect(Presence(of: UserID(1), sessions: both).status == best.shown)
                #expect(Presence(of: UserID(1), sessions: both.reversed()).status == best.shown)
            }
        }
    }

    @Test func amongEqualsTheLastOneSpeaks() {
        let chess = SessionPresence(activities: [Activity(name: "chess")])
        let go = SessionPresence(activities: [Activity(name: "go")])
        #expect(presence(chess, go).activities.map(\.name) == ["go"])
        #expect(presence(go, chess).activities.map(\.name) == ["chess"])
    }

    @Test func anInvisibleSessionShowsNothing() {
        let custom = Activity(name: "Custom Status", kind: .custom, state: "psst")
        let hidden = SessionPresence(status: .invisible, activities: [custom], platform: .mobile)
        #expect(presence(hidden) == .offline(UserID(1)))
        #expect(presence() == .offline(UserID(1)))
        let seen = presence(SessionPresence(), hidden)
        #expect(seen.activities.isEmpty && seen.clients.mobile == .offline && seen.clients.web == .online)
    }

    @Test func customStatusesDoNotPassTheBound() {
        let custom = SessionPresence(
            status: .idle, activities: [Activity(name: "Custom Status", kind: .custom, state: "hi")])
        let full = SessionPresence(activities: Array(repeating: Activity(name: "x"), count: Limits.activitiesMax))
        #expect(presence(custom, full).activities == full.activities)
        #expect(presence(custom, SessionPresence()).activities == custom.activities)
    }

    @Test func aTagHasSixteenDigits() {
        #expect(SessionTag(0x2A).text == "000000000000002a")
        #expect(SessionTag(.max).text == "ffffffffffffffff")
    }
}
