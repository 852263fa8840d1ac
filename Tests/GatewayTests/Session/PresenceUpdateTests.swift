import Chat
import Glibc
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Presence updates") struct PresenceUpdateTests {
    private func update(_ json: String) -> PresenceUpdate? {
        (try? JSONReader.parse(Array(json.utf8))).flatMap { PresenceUpdate($0) }
    }

    @Test func bothFormsAreUnderstood() {
        let chess = Activity(name: "chess", kind: .competing, url: "https://chess.test")
        #expect(
            update(#"{"status":"online","activities":[{"name":"chess","type":5,"url":"https://chess.test"}]}"#)
                == PresenceUpdate(status: .online, activities: [chess]))
        #expect(
            update(#"{"status":"dnd","game":{"name":"chess","type":5,"url":"https://chess.test"},"afk":false}"#)
                == PresenceUpdate(status: .doNotDisturb, activities: [chess]))
        #expect(update(#"{"status":"invisible","activities":null,"game":null}"#) == PresenceUpdate(status: .invisible))
        #expect(update(#"{"status":"offline"}"#)?.status == .invisible)
    }

    @Test func everythingAnActivityMayHoldIsKept() throws {
        let json =
            #"{"status":"idle","activities":[{"name":"Custom Status","type":4,"state":"hi","details":null,"url":null,"#
            + #""emoji":{"name":"x","id":"5","animated":true},"timestamps":{"start":1,"end":2},"secrets":{"a":1}}]}"#
        let activity = try #require(update(json)?.activities.first)
        #expect(
            activity
                == Activity(
                    name: "Custom Status", kind: .custom, state: "hi",
                    emoji: Activity.Emoji(name: "x", id: 5, isAnimated: true), start: 1, end: 2))
    }

    @Test(arguments: [
        "{}", #"{"status":"away"}"#, #"{"status":1}"#, #"{"status":"online","activities":{}}"#,
        #"{"status":"online","activities":[1]}"#, #"{"status":"online","activities":[{"type":0}]}"#,
        #"{"status":"online","activities":[{"name":"x","type":9}]}"#,
        #"{"status":"online","activities":[{"name":"x","type":1.5}]}"#,
        #"{"status":"online","activities":[{"name":"x","state":1}]}"#,
        #"{"status":"online","activities":[{"name":"x","timestamps":{"start":-1}}]}"#,
        #"{"status":"online","game":[]}"#,
    ])
    func whatIsNoneIsRefused(_ json: String) {
        #expect(update(json) == nil)
    }

    @Test func listsAndTextsAreBounded() throws {
        let long = String(repeating: "é", count: 300)
        let activities = Array(repeating: #"{"name":"\#(long)"}"#, count: 9).joined(separator: ",")
        let bounded = try #require(update(#"{"status":"online","activities":[\#(activities)]}"#))
        #expect(bounded.activities.count == Limits.activitiesMax)
        #expect(bounded.activities.first?.name.unicodeScalars.count == Limits.activityTextScalarsMax)
    }
}
