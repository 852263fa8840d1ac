import BackendContracts
import Chat
import HTTPTypes
import Services
import Testing
import Wire

/// A right that goes while somebody reads: the next page, the next search, the next look find nothing any more, and the right that comes
/// back finds everything again (cases S02, S03).
@Suite("REST: rights that change") struct RightsTableTests {
    /// How the member loses sight of the channel.
    enum Loss: String, CaseIterable {
        case overwriteOfTheMember, madePrivate, movedToAPrivateCategory, roleTaken, roleDeleted, removed, banned
    }

    /// The requests, whose answers before the change may name places to go on from.
    private struct Doors {
        var world: World
        var channel: String
        var messages: [String]
        var pinnedAt: String

        var paths: [(HTTPRequest.Method, String, String?)] {
            let path = "/channels/\(channel)"
            return [
                (.get, path, nil),
                (.get, path + "/messages?limit=1&before=\(messages[2])", nil),
                (.get, path + "/messages?limit=1&after=\(messages[0])", nil),
                (.get, path + "/messages?around=\(messages[1])", nil),
                (.get, path + "/messages/\(messages[0])", nil),
                (.get, path + "/pins", nil),
                (.get, path + "/messages/pins?before=\(pinnedAt)", nil),
                (.get, path + "/messages/\(messages[0])/reactions/aa:1", nil),
                (.get, path + "/messages/\(messages[0])/reactions/aa:1?after=1", nil),
                (.get, path + "/messages/search?content=secret&limit=1&offset=1", nil),
                (.get, path + "/messages/search?content=secret&max_id=\(messages[2])", nil),
                (.post, path + "/typing", nil),
                (.post, path + "/messages", #"{"content":"still here"}"#),
                (.post, path + "/messages/\(messages[0])/ack", "{}"),
                (.put, path + "/messages/\(messages[0])/reactions/bb:2/@me", nil),
                (.delete, path + "/messages/\(messages[0])/reactions/aa:1/@me", nil),
                (.post, path + "/invites", "{}"),
            ]
        }

        func answers(as person: Person) async throws -> [Answer] {
            var answers: [Answer] = []
            for (method, path, body) in paths { answers.append(try await world.call(method, path, as: person, body)) }
            return answers
        }

        /// How much a search of the whole guild finds, with all that it says of what it does not show.
        func found(as person: Person) async throws -> Int? {
            let answer = try await world.call(.get, "/guilds/{g}/messages/search?content=secret", as: person)
            guard answer.status == 200 else { return 0 }
            let hits = answer.json["messages"]?.array?.count ?? 0
            return answer.json["total_results"]?.int == hits ? hits : nil
        }
    }

    private static func id(_ answer: Answer) throws -> String {
        try #require(answer.json["id"]?.string, "\(answer.verdict)")
    }

    private static func doors(_ world: World, parent: String?) async throws -> Doors {
        let parent = parent.map { #","parent_id":"\#($0)""# } ?? ""
        let channel = try id(
            try await world.call(
                .post, "/guilds/{g}/channels", as: world.owner, #"{"name":"den","type":0\#(parent)}"#))
        var messages: [String] = []
        for number in 1...3 {
            messages.append(
                try id(
                    try await world.call(
                        .post, "/channels/\(channel)/messages", as: world.owner, #"{"content":"secret \#(number)"}"#)))
        }
        for message in messages {
            #expect(try await world.call(.put, "/channels/\(channel)/pins/\(message)", as: world.owner).status == 204)
        }
        let reaction = "/channels/\(channel)/messages/\(messages[0])/reactions/aa:1/@me"
        for person in [world.owner, world.member] {
            #expect(try await world.call(.put, reaction, as: person).status == 204)
        }
        let pins = try await world.call(.get, "/channels/\(channel)/messages/pins", as: world.member)
        let pinnedAt = try #require(pins.json["items"]?.array?.first?["pinned_at"]?.string)
        return Doors(
            world: world, channel: channel, messages: messages,
            pinnedAt: pinnedAt.replacing("+", with: "%2B"))
    }

    private static func role(_ world: World, in channel: String) async throws -> String {
        let role = try id(try await world.call(.post, "/guilds/{g}/roles", as: world.owner, #"{"name":"insiders"}"#))
        try await expect(
            204, world.call(.put, "/guilds/{g}/members/{member}/roles/\(role)", as: world.owner))
        try await expect(
            204,
            world.call(
                .put, "/channels/\(channel)/permissions/\(role)", as: world.owner,
                #"{"type":0,"allow":"1024","deny":"0"}"#))
        try await hide(channel, world)
        return role
    }

    private static func hide(_ channel: String, _ world: World) async throws {
        try await expect(
            204,
            world.call(
                .put, "/channels/\(channel)/permissions/{g}", as: world.owner,
                #"{"type":0,"allow":"0","deny":"1024"}"#))
    }

    private static func expect(_ status: Int, _ answer: Answer) {
        #expect(answer.status == status, "\(answer.verdict)")
    }

    @Test(arguments: Loss.allCases) func everyDoorShutsAtOnce(_ loss: Loss) async throws {
        try await World.run { world in
            let owner = world.owner
            var category: String?
            if loss == .movedToAPrivateCategory {
                category = try Self.id(
                    try await world.call(.post, "/guilds/{g}/channels", as: owner, #"{"name":"private","type":4}"#))
                try await Self.hide(try #require(category), world)
            }
            let doors = try await Self.doors(world, parent: nil)
            var role = ""
            if loss == .roleTaken || loss == .roleDeleted { role = try await Self.role(world, in: doors.channel) }
            try await eventually("the index to have everything", deadlineMilliseconds: 20_000) {
                try await doors.found(as: world.member) == 3
            }
            for (door, answer) in zip(doors.paths, try await doors.answers(as: world.member)) {
                #expect(answer.status < 300 || door.1.hasSuffix("/invites"), "\(door): \(answer.verdict)")
            }
            switch loss {
            case .overwriteOfTheMember:
                try await Self.expect(
                    204,
                    world.call(
                        .put, "/channels/\(doors.channel)/permissions/{member}", as: owner,
                        #"{"type":1,"allow":"0","deny":"1024"}"#))
            case .madePrivate: try await Self.hide(doors.channel, world)
            case .movedToAPrivateCategory:
                // As clients move a channel and have it follow its category.
                try await Self.expect(
                    200,
                    world.call(
                        .patch, "/channels/\(doors.channel)", as: owner,
                        #"{"parent_id":"\#(category ?? "")","permission_overwrites":[{"id":"{g}","type":0,"allow":"0","deny":"1024"}]}"#
                    ))
            case .roleTaken:
                try await Self.expect(204, world.call(.delete, "/guilds/{g}/members/{member}/roles/\(role)", as: owner))
            case .roleDeleted: try await Self.expect(204, world.call(.delete, "/guilds/{g}/roles/\(role)", as: owner))
            case .removed: try await Self.expect(204, world.call(.delete, "/guilds/{g}/members/{member}", as: owner))
            case .banned: try await Self.expect(204, world.call(.put, "/guilds/{g}/bans/{member}", as: owner, "{}"))
            }
            let isMember = loss != .removed && loss != .banned
            // What is denied looks like what another who never was there is told.
            let unknown = Doors(
                world: world, channel: isMember ? "123456789012345678" : doors.channel, messages: doors.messages,
                pinnedAt: doors.pinnedAt)
            let expected = try await unknown.answers(as: isMember ? world.member : world.stranger)
            for ((door, answer), other) in zip(
                zip(doors.paths, try await doors.answers(as: world.member)), expected)
            {
                #expect(answer.status == 403 || answer.status == 404, "\(door): \(answer.verdict)")
                let code = answer.json["code"]?.int
                #expect(code == 50_001 || code == other.json["code"]?.int, "\(door): \(answer.verdict)")
            }
            #expect(try await doors.found(as: world.member) == 0)
            #expect(try await doors.found(as: owner) == 3)
            guard loss == .madePrivate else { return }
            try await Self.expect(204, world.call(.delete, "/channels/\(doors.channel)/permissions/{g}", as: owner))
            #expect(try await doors.answers(as: world.member)[1].json.array?.count == 1)
            #expect(try await doors.found(as: world.member) == 3)
        }
    }
}
