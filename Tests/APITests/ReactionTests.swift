import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: reactions and pins") struct ReactionTests {
    private static let thumb = "%F0%9F%91%8D"

    private func path(_ id: String, _ rest: String = "") -> String { "/channels/{c}/messages/\(id)/reactions\(rest)" }

    private func reactions(_ id: String, as person: Person, in world: World) async throws -> [String] {
        let message = try await world.call(.get, "/channels/{c}/messages/\(id)", as: person)
        return (message.json["reactions"]?.array ?? []).map { entry in
            let name = entry["emoji"]?["name"]?.string ?? "none"
            return "\(name) \(entry["count"]?.int ?? 0) \(entry["me"]?.bool == true ? "me" : "others")"
        }
    }

    @Test func reactionsAreCountedListedAndTakenAway() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("hi", as: world.owner)
            for person in [world.owner, world.member, world.member] {
                #expect(try await world.call(.put, path(id, "/\(Self.thumb)/@me"), as: person).status == 204)
            }
            #expect(try await world.call(.put, path(id, "/party:77/@me"), as: world.owner).status == 204)
            #expect(try await reactions(id, as: world.member, in: world) == ["👍 2 me", "party 1 others"])
            let page = try await world.call(.get, "/channels/{c}/messages", as: world.owner)
            #expect(page.json.array?.first?["reactions"]?.array?.count == 2)
            let users = try await world.call(.get, path(id, "/\(Self.thumb)?limit=1"), as: world.member)
            #expect(users.ids == [min(world.owner.id, world.member.id).description])
            let rest = try await world.call(
                .get, path(id, "/\(Self.thumb)?after=\(users.ids.first ?? "")"), as: world.member)
            #expect(rest.ids == [max(world.owner.id, world.member.id).description])
            #expect(
                try await world.call(.delete, path(id, "/\(Self.thumb)/{owner}"), as: world.member).verdict
                    == "403/50013")
            #expect(try await world.call(.delete, path(id, "/\(Self.thumb)/@me"), as: world.member).status == 204)
            #expect(try await world.call(.delete, path(id, "/\(Self.thumb)/@me"), as: world.member).status == 204)
            #expect(try await reactions(id, as: world.member, in: world) == ["👍 1 others", "party 1 others"])
            #expect(try await world.call(.delete, path(id, "/party:77"), as: world.member).verdict == "403/50013")
            #expect(try await world.call(.delete, path(id, "/party:77"), as: world.owner).status == 204)
            #expect(try await world.call(.delete, path(id), as: world.owner).status == 204)
            let bare = try await world.call(.get, "/channels/{c}/messages/\(id)", as: world.member)
            #expect(bare.json["reactions"] == nil)
        }
    }

    @Test func onlyTheFirstOfAnEmojiTakesThePermission() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("hi", as: world.owner)
            let denied = Permissions.addReactions.rawValue
            _ = try await world.call(
                .put, "/channels/{c}/permissions/{g}", as: world.owner, #"{"type":0,"allow":"0","deny":"\#(denied)"}"#)
            #expect(try await world.call(.put, path(id, "/\(Self.thumb)/@me"), as: world.member).verdict == "403/50013")
            #expect(try await world.call(.put, path(id, "/\(Self.thumb)/@me"), as: world.owner).status == 204)
            #expect(try await world.call(.put, path(id, "/\(Self.thumb)/@me"), as: world.member).status == 204)
        }
    }

    @Test func aMessageTakesTwentyEmojis() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("hi", as: world.owner)
            for number in 1...20 {
                #expect(try await world.call(.put, path(id, "/emoji:\(number)/@me"), as: world.member).status == 204)
            }
            #expect(try await world.call(.put, path(id, "/emoji:21/@me"), as: world.member).verdict == "400/30010")
            #expect(try await world.call(.put, path(id, "/emoji:20/@me"), as: world.owner).status == 204)
        }
    }

    @Test func whatIsNoEmojiOrNoMessageIsRefused() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("hi", as: world.owner)
            #expect(try await world.call(.put, path(id, "/abc/@me"), as: world.member).verdict == "404/10014")
            #expect(
                try await world.call(.put, path("5", "/\(Self.thumb)/@me"), as: world.member).verdict == "404/10008")
            #expect(
                try await world.call(.put, path(id, "/\(Self.thumb)/@me"), as: world.stranger).verdict == "404/10003")
            #expect(
                try await world.call(.put, path(id, "/\(Self.thumb)/{owner}"), as: world.member).verdict == "403/50013")
        }
    }

    @Test func concurrentReactionsAreCountedRight() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("hi", as: world.owner)
            var people: [Person] = []
            for number in 0..<12 {
                let person = try await World.person("user\(number)", world.services)
                _ = try await world.services.guilds.addMember(person.id, to: world.guild.guild.id)
                people.append(person)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, person) in people.enumerated() {
                    group.addTask {
                        _ = try await world.call(.put, path(id, "/\(Self.thumb)/@me"), as: person)
                        if number % 3 == 0 {
                            _ = try await world.call(.delete, path(id, "/\(Self.thumb)/@me"), as: person)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await reactions(id, as: people[1], in: world) == ["👍 8 me"])
        }
    }

    @Test func messagesArePinnedAndUnpinned() async throws {
        try await World.run { (world) async throws in
            let first = try await world.send("first", as: world.owner)
            let second = try await world.send("second", as: world.member)
            #expect(
                try await world.call(.put, "/channels/{c}/messages/pins/\(first)", as: world.member).verdict
                    == "403/50013")
            #expect(try await world.call(.put, "/channels/{c}/messages/pins/\(first)", as: world.owner).status == 204)
            #expect(try await world.call(.put, "/channels/{c}/pins/\(second)", as: world.owner).status == 204)
            #expect(try await world.call(.put, "/channels/{c}/pins/\(second)", as: world.owner).status == 204)
            #expect(try await world.call(.get, "/channels/{c}/pins", as: world.member).ids == [second, first])
            let page = try await world.call(.get, "/channels/{c}/messages/pins?limit=1", as: world.member)
            #expect(page.json["has_more"]?.bool == true)
            let item = try #require(page.json["items"]?.array?.first)
            #expect(item["message"]?["id"]?.string == second)
            #expect(item["message"]?["pinned"]?.bool == true)
            let before = try #require(item["pinned_at"]?.string).replacingPlus
            let rest = try await world.call(.get, "/channels/{c}/messages/pins?before=\(before)", as: world.member)
            #expect(rest.json["items"]?.array?.map { $0["message"]?["id"]?.string } == [first])
            #expect(rest.json["has_more"]?.bool == false)
            // Nobody waits for the notes; what is sent behind them is stored behind them.
            _ = try await world.send("behind", as: world.owner)
            // Each pin left a note in the channel, which itself is neither pinned nor answered.
            let notes = try await world.call(.get, "/channels/{c}/messages", as: world.member).json.array?.filter {
                $0["type"]?.int == 6
            }
            #expect(notes?.count == 2)
            #expect(notes?.first?["message_reference"]?["message_id"]?.string == second)
            let note = try #require(notes?.first?["id"]?.string)
            #expect(try await world.call(.put, "/channels/{c}/pins/\(note)", as: world.owner).verdict == "403/50021")
            #expect(
                try await world.call(.delete, "/channels/{c}/messages/pins/\(second)", as: world.owner).status == 204)
            #expect(try await world.call(.delete, "/channels/{c}/messages/\(first)", as: world.owner).status == 204)
            #expect(try await world.call(.get, "/channels/{c}/pins", as: world.member).ids == [])
            #expect(try await world.call(.put, "/channels/{c}/pins/\(first)", as: world.owner).verdict == "404/10008")
        }
    }

    @Test func aChannelTakesFiftyPins() async throws {
        try await World.run { (world) async throws in
            var ids: [String] = []
            for number in 0..<51 { ids.append(try await world.send("\(number)", as: world.owner)) }
            for id in ids.prefix(50) {
                #expect(try await world.call(.put, "/channels/{c}/pins/\(id)", as: world.owner).status == 204)
            }
            #expect(try await world.call(.put, "/channels/{c}/pins/\(ids[50])", as: world.owner).verdict == "400/30003")
            #expect(try await world.call(.delete, "/channels/{c}/messages/\(ids[0])", as: world.owner).status == 204)
            #expect(try await world.call(.put, "/channels/{c}/pins/\(ids[50])", as: world.owner).status == 204)
        }
    }
}

extension String {
    /// Ready for a query, where a plus is a space.
    fileprivate var replacingPlus: String { split(separator: "+").joined(separator: "%2B") }
}
