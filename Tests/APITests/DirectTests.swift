import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: direct messages") struct DirectTests {
    /// A channel between owner and member, opened by the owner.
    private func opened(_ world: World) async throws -> String {
        let answer = try await world.call(
            .post, "/users/@me/channels", as: world.owner, #"{"recipient_id":"{member}"}"#)
        #expect(answer.status == 200)
        return try #require(answer.json["id"]?.string)
    }

    private func group(_ world: World) async throws -> String {
        let answer = try await world.call(
            .post, "/users/@me/channels", as: world.owner,
            #"{"recipients":["{member}",{stranger}],"name":"Three"}"#)
        #expect(answer.json["type"]?.int == 3)
        return try #require(answer.json["id"]?.string)
    }

    @Test func opensOnceFromEitherSideByNumberOrText() async throws {
        try await World.run { (world) async throws in
            let id = try await opened(world)
            let again = try await world.call(
                .post, "/users/{member}/channels", as: world.member, #"{"recipient_id":{owner}}"#)
            #expect(again.json["id"]?.string == id)
            #expect(again.json["type"]?.int == 1)
            #expect(again.json["guild_id"] == nil)
            #expect(again.json["recipients"]?.array?.map { $0["id"]?.string } == ["\(world.owner.id)"])
            let one = try await world.call(
                .post, "/users/@me/channels", as: world.member, #"{"recipients":[{owner}]}"#)
            #expect(one.json["id"]?.string == id)
        }
    }

    @Test(arguments: [
        (#"{"recipient_id":"{owner}"}"#, "400/50033"), (#"{"recipient_id":99}"#, "400/50033"),
        (#"{"recipient_id":"x"}"#, "400/50035"), ("{}", "400/50035"), (#"{"recipients":[]}"#, "400/50033"),
        (#"{"recipients":[99,98]}"#, "400/50033"), (#"{"access_tokens":["nobody's"]}"#, "400/50035"),
        (#"{"recipients":[11,12,13,14,15,16,17,18,19,20]}"#, "400/30004"),
    ])
    func refusesRecipients(_ body: String, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(.post, "/users/@me/channels", as: world.owner, body).verdict == verdict)
        }
    }

    @Test func messagesAreWrittenReadEditedAndDeleted() async throws {
        try await World.run { (world) async throws in
            let path = "/channels/\(try await opened(world))/messages"
            let sent = try await world.call(.post, path, as: world.owner, #"{"content":"hi <@{member}>"}"#)
            #expect(sent.status == 200)
            #expect(sent.json["mentions"]?.array?.count == 1)
            #expect(sent.json["guild_id"] == nil && sent.json["member"] == nil)
            let id = try #require(sent.json["id"]?.string)
            let page = try await world.call(.get, path, as: world.member)
            #expect(page.json.array?.map { $0["id"]?.string } == [id])
            #expect(try await world.call(.get, path + "/" + id, as: world.member).status == 200)
            #expect(
                try await world.call(.patch, path + "/" + id, as: world.member, #"{"content":"x"}"#).verdict
                    == "403/50005")
            #expect(
                try await world.call(.patch, path + "/" + id, as: world.owner, #"{"content":"x"}"#).status == 200)
            // Nobody may delete what the other said, and nothing can be deleted in bulk.
            #expect(try await world.call(.delete, path + "/" + id, as: world.member).verdict == "403/50003")
            let next = try #require(UInt64(id)) + 1
            let bulk = try await world.call(
                .post, path + "/bulk-delete", as: world.owner, #"{"messages":["\#(id)",\#(next)]}"#)
            #expect(bulk.verdict == "403/50003")
            #expect(try await world.call(.delete, path + "/" + id, as: world.owner).status == 204)
            #expect(try await world.call(.get, path + "/" + id, as: world.owner).verdict == "404/10008")
        }
    }

    @Test func partiesReplyReactAndPin() async throws {
        try await World.run { (world) async throws in
            for channel in ["/channels/\(try await opened(world))", "/channels/\(try await group(world))"] {
                let sent = try await world.call(
                    .post, channel + "/messages", as: world.owner, #"{"content":"hi"}"#)
                let id = try #require(sent.json["id"]?.string)
                let reply = try await world.call(
                    .post, channel + "/messages", as: world.member,
                    #"{"content":"yes","message_reference":{"message_id":"\#(id)"}}"#)
                #expect(reply.json["type"]?.int == 19)
                #expect(reply.json["referenced_message"]?["content"]?.string == "hi")
                #expect(reply.json["mentions"]?.array?.map { $0["id"]?.string } == ["\(world.owner.id)"])
                let reactions = channel + "/messages/\(id)/reactions"
                for person in [world.owner, world.member] {
                    #expect(try await world.call(.put, reactions + "/aa:1/@me", as: person).status == 204)
                }
                // Nobody moderates others there.
                #expect(
                    try await world.call(.delete, reactions + "/aa:1/{owner}", as: world.member).verdict == "403/50003")
                #expect(try await world.call(.delete, reactions, as: world.owner).verdict == "403/50003")
                #expect(try await world.call(.delete, reactions + "/aa:1/@me", as: world.owner).status == 204)
                let now = try await world.call(.get, channel + "/messages/\(id)", as: world.member)
                #expect(now.json["reactions"]?.array?.map { $0["me"]?.bool } == [true])
                #expect(try await world.call(.put, channel + "/pins/\(id)", as: world.member).status == 204)
                #expect(try await world.call(.get, channel + "/pins", as: world.owner).ids == [id])
                #expect(try await world.call(.delete, channel + "/pins/\(id)", as: world.owner).status == 204)
            }
        }
    }

    @Test func whoIsBlockedNeitherReactsNorPins() async throws {
        try await World.run { (world) async throws in
            let channel = "/channels/\(try await opened(world))"
            let sent = try await world.call(.post, channel + "/messages", as: world.owner, #"{"content":"hi"}"#)
            let id = try #require(sent.json["id"]?.string)
            let own = channel + "/messages/\(id)/reactions/aa:1/@me"
            #expect(try await world.call(.put, own, as: world.member).status == 204)
            _ = try await world.call(.put, "/users/@me/relationships/{member}", as: world.owner, #"{"type":2}"#)
            for person in [world.owner, world.member] {
                #expect(try await world.call(.put, own, as: person).verdict == "403/50007")
                #expect(try await world.call(.put, channel + "/pins/\(id)", as: person).verdict == "403/50007")
            }
            // What one said oneself can still be taken back.
            #expect(try await world.call(.delete, own, as: world.member).status == 204)
        }
    }

    @Test func othersDoNotKnowTheChannel() async throws {
        try await World.run { (world) async throws in
            let id = try await opened(world)
            let rows: [(HTTPRequest.Method, String, String?)] = [
                (.get, "", nil), (.patch, "", #"{"name":"x"}"#), (.delete, "", nil), (.get, "/messages", nil),
                (.post, "/messages", #"{"content":"x"}"#), (.get, "/messages/1", nil),
                (.patch, "/messages/1", #"{"content":"x"}"#), (.delete, "/messages/1", nil),
                (.put, "/recipients/{owner}", nil), (.delete, "/recipients/{owner}", nil), (.post, "/invites", "{}"),
                (.put, "/permissions/1", #"{"type":1}"#), (.get, "/pins", nil), (.put, "/pins/1", nil),
                (.put, "/messages/1/reactions/aa:1/@me", nil), (.delete, "/messages/1/reactions/aa:1/@me", nil),
                (.get, "/messages/1/reactions/aa:1", nil), (.delete, "/messages/1/reactions", nil),
                (.post, "/messages/1/ack", "{}"), (.get, "/webhooks", nil), (.post, "/webhooks", #"{"name":"x"}"#),
            ]
            for (method, path, body) in rows {
                let hidden = try await world.call(method, "/channels/\(id)" + path, as: world.stranger, body)
                let unknown = try await world.call(method, "/channels/99" + path, as: world.stranger, body)
                #expect(hidden.verdict == "404/10003", "\(method) \(path)")
                #expect(hidden.json == unknown.json)
            }
        }
    }

    @Test func whatOnlyGuildsHaveIsRefusedToParties() async throws {
        try await World.run { (world) async throws in
            let channel = "/channels/\(try await opened(world))"
            let rows: [(HTTPRequest.Method, String, String?)] = [
                (.patch, "", #"{"name":"x"}"#), (.put, "/recipients/{stranger}", nil), (.post, "/invites", "{}"),
                (.get, "/invites", nil), (.put, "/permissions/1", #"{"type":1}"#), (.delete, "/permissions/1", nil),
                (.get, "/webhooks", nil), (.post, "/webhooks", #"{"name":"x"}"#),
            ]
            for (method, path, body) in rows {
                #expect(
                    try await world.call(method, channel + path, as: world.owner, body).verdict == "403/50003",
                    "\(method) \(path)")
            }
        }
    }

    @Test func typingTakesBeingAPartyWhoIsNotBlocked() async throws {
        try await World.run { (world) async throws in
            let path = "/channels/\(try await opened(world))/typing"
            #expect(try await world.call(.post, path, as: world.owner).status == 204)
            #expect(try await world.call(.post, path, as: world.stranger).verdict == "404/10003")
            try await world.services.directs.block(world.owner.id, by: world.member.id)
            #expect(try await world.call(.post, path, as: world.owner).verdict == "403/50007")
        }
    }

    @Test func aClosedChannelComesBackWithTheNextMessage() async throws {
        try await World.run { (world) async throws in
            func list(of person: Person) async throws -> [String?] {
                let answer = try await world.call(.get, "/users/@me/channels", as: person)
                return answer.json.array?.map { $0["id"]?.string } ?? []
            }
            let id = try await opened(world)
            #expect(try await list(of: world.owner) == [id])
            // Nothing was said yet.
            #expect(try await list(of: world.member) == [])
            let closed = try await world.call(.delete, "/channels/\(id)", as: world.owner)
            #expect(closed.status == 200 && closed.json["id"]?.string == id)
            #expect(try await list(of: world.owner) == [])
            // It is still there for those who know it.
            #expect(try await world.call(.get, "/channels/\(id)", as: world.owner).status == 200)
            let sent = try await world.call(
                .post, "/channels/\(id)/messages", as: world.member, #"{"content":"again"}"#)
            for person in [world.owner, world.member] { #expect(try await list(of: person) == [id]) }
            let read = try await world.call(.get, "/channels/\(id)", as: world.owner)
            #expect(read.json["last_message_id"] == sent.json["id"])
        }
    }

    @Test func aBlockEndsSendingFromEitherSideAndShowsNowhereElse() async throws {
        try await World.run { (world) async throws in
            let block = "/users/@me/relationships/{owner}"
            #expect(try await world.call(.put, block, as: world.member, #"{"type":1}"#).verdict == "400/50035")
            #expect(try await world.call(.put, block, as: world.member, #"{"type":2}"#).status == 204)
            #expect(
                try await world.call(.put, "/users/@me/relationships/99", as: world.member, #"{"type":2}"#).verdict
                    == "404/10013")
            let blocked = try await world.call(.get, "/users/@me/relationships", as: world.member)
            #expect(blocked.json.array?.map { $0["id"]?.string } == ["\(world.owner.id)"])
            #expect(blocked.json.array?.first?["type"]?.int == 2)
            #expect(try await world.call(.get, "/users/@me/relationships", as: world.owner).json.array?.count == 0)
            // Opening looks as ever.
            let path = "/channels/\(try await opened(world))/messages"
            for person in [world.owner, world.member] {
                #expect(
                    try await world.call(.post, path, as: person, #"{"content":"x"}"#).verdict == "403/50007")
                #expect(try await world.call(.get, path, as: person).status == 200)
            }
            let group = try await world.call(
                .post, "/users/@me/channels", as: world.owner, #"{"recipients":["{member}","{stranger}"]}"#)
            #expect(group.verdict == "403/50007")
            #expect(try await world.call(.delete, block, as: world.member).status == 204)
            #expect(try await world.call(.post, path, as: world.owner, #"{"content":"x"}"#).status == 200)
        }
    }

    @Test func groupsAreMadeRenamedJoinedAndLeft() async throws {
        try await World.run { (world) async throws in
            let id = try await group(world)
            let path = "/channels/\(id)"
            let read = try await world.call(.get, path, as: world.member)
            #expect(read.json["name"]?.string == "Three")
            #expect(read.json["owner_id"]?.string == "\(world.owner.id)")
            #expect(read.json["recipients"]?.array?.count == 2)
            let renamed = try await world.call(.patch, path, as: world.member, #"{"name":"Trio"}"#)
            #expect(renamed.json["name"]?.string == "Trio")
            #expect(try await world.call(.patch, path, as: world.member, #"{"icon":"x"}"#).verdict == "400/50035")
            // Only the owner takes others out.
            let removal = path + "/recipients/{stranger}"
            #expect(try await world.call(.delete, removal, as: world.member).verdict == "403/50013")
            #expect(try await world.call(.delete, removal, as: world.owner).status == 204)
            #expect(try await world.call(.get, path, as: world.stranger).verdict == "404/10003")
            #expect(try await world.call(.delete, removal, as: world.owner).verdict == "404/10013")
            #expect(try await world.call(.put, removal, as: world.member).status == 204)
            #expect(try await world.call(.put, removal, as: world.member).status == 204)
            #expect(try await world.call(.get, path, as: world.stranger).status == 200)
            // The owner leaves, and the one who has been there longest is the owner.
            #expect(try await world.call(.delete, path, as: world.owner).json["id"]?.string == id)
            #expect(try await world.call(.get, path, as: world.owner).verdict == "404/10003")
            #expect(
                try await world.call(.get, path, as: world.stranger).json["owner_id"]?.string == "\(world.member.id)")
            #expect(try await world.call(.delete, path, as: world.member).status == 200)
            #expect(try await world.call(.delete, path, as: world.stranger).status == 200)
            #expect(try await world.call(.get, path, as: world.stranger).verdict == "404/10003")
        }
    }

    @Test func tokensStandForTheirHolders() async throws {
        try await World.run { (world) async throws in
            let body = #"{"access_tokens":["\#(world.member.token)","\#(world.stranger.token)"],"nicks":{}}"#
            let answer = try await world.call(.post, "/users/@me/channels", as: world.owner, body)
            #expect(answer.json["type"]?.int == 3)
            #expect(answer.json["recipients"]?.array?.count == 2)
        }
    }

    @Test func nobodySeesTheListOfAnother() async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(.get, "/users/{owner}/channels", as: world.member).status == 404)
            #expect(try await world.call(.get, "/users/{owner}/channels", as: world.owner).status == 200)
            #expect(try await world.call(.get, "/users/@me/channels?limit=0", as: world.owner).verdict == "400/50035")
        }
    }
}
