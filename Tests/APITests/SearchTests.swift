import API
import BackendContracts
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: search") struct SearchTests {
    /// The contents found, in their order.
    private static func contents(_ answer: Answer) -> [String] {
        answer.json["messages"]?.array?.compactMap { $0.array?.first?["content"]?.string } ?? []
    }

    /// Asks until the index has caught up with what is expected.
    private static func search(
        _ world: World, _ query: String, as person: Person, path: String = "/guilds/{g}/messages/search",
        finds expected: [String]
    ) async throws {
        var last: [String] = []
        try await eventually("\(query) finds \(expected), not \(last)", deadlineMilliseconds: 20_000) {
            last = contents(try await world.call(.get, path + "?" + query, as: person))
            return last == expected
        }
    }

    @Test func findsWhatWasSaidNewestFirst() async throws {
        try await World.run { world in
            for text in ["first deploy", "second deploy", "unrelated"] {
                _ = try await world.send(text, as: world.owner)
            }
            try await Self.search(world, "content=deploy", as: world.member, finds: ["second deploy", "first deploy"])
            try await Self.search(
                world, "content=deploy&sort_order=asc", as: world.member, finds: ["first deploy", "second deploy"])
            try await Self.search(
                world, "content=deploy&limit=1&offset=1", as: world.member, finds: ["first deploy"])
            let answer = try await world.call(
                .get, "/guilds/{g}/messages/search?content=second+deploy", as: world.member)
            #expect(answer.json["total_results"]?.int == 1)
            #expect(answer.json["doing_deep_historical_index"]?.bool == false)
            let parts = answer.json["highlights"]?.array?.first?["snippet"]?.array ?? []
            #expect(
                parts.filter { $0["match"]?.bool == true }.compactMap { $0["text"]?.string } == ["second", "deploy"])
            #expect(answer.json["indexed_through"]?.string != nil)
        }
    }

    @Test func followsEditsAndDeletions() async throws {
        try await World.run { world in
            let edited = try await world.send("apple", as: world.owner)
            let deleted = try await world.send("apple pie", as: world.owner)
            try await Self.search(world, "content=apple", as: world.member, finds: ["apple pie", "apple"])
            _ = try await world.call(
                .patch, "/channels/{c}/messages/\(edited)", as: world.owner, #"{"content":"pear"}"#)
            _ = try await world.call(.delete, "/channels/{c}/messages/\(deleted)", as: world.owner)
            try await Self.search(world, "content=apple", as: world.member, finds: [])
            try await Self.search(world, "content=pear", as: world.member, finds: ["pear"])
        }
    }

    @Test func findsWhatIsPinnedAndShowsReactionsAndQuotations() async throws {
        try await World.run { world in
            let question = try await world.send("what is the plan", as: world.owner)
            let reply = try await world.call(
                .post, "/channels/{c}/messages", as: world.member,
                #"{"content":"the plan is pie","message_reference":{"message_id":"\#(question)"}}"#)
            let answer = try #require(reply.json["id"]?.string)
            try await Self.search(
                world, "content=plan", as: world.member, finds: ["the plan is pie", "what is the plan"])
            #expect(try await world.call(.put, "/channels/{c}/pins/\(answer)", as: world.owner).status == 204)
            let own = "/channels/{c}/messages/\(answer)/reactions/aa:1/@me"
            #expect(try await world.call(.put, own, as: world.member).status == 204)
            try await Self.search(world, "pinned=true", as: world.member, finds: ["the plan is pie"])
            try await Self.search(
                world, "pinned=false&content=plan", as: world.member, finds: ["what is the plan"])
            let found = try await world.call(.get, "/guilds/{g}/messages/search?content=pie", as: world.member)
            let message = found.json["messages"]?.array?.first?.array?.first
            #expect(message?["pinned"]?.bool == true)
            #expect(message?["reactions"]?.array?.first?["me"]?.bool == true)
            #expect(message?["referenced_message"]?["id"]?.string == question)
            #expect(try await world.call(.delete, "/channels/{c}/pins/\(answer)", as: world.owner).status == 204)
            try await Self.search(world, "pinned=true", as: world.member, finds: [])
        }
    }

    @Test func findsRepliesByWhatTheyAnswer() async throws {
        try await World.run { world in
            func reply(_ text: String, to id: String, as person: Person) async throws -> String {
                let answer = try await world.call(
                    .post, "/channels/{c}/messages", as: person,
                    #"{"content":"\#(text)","message_reference":{"message_id":"\#(id)"}}"#)
                return try #require(answer.json["id"]?.string)
            }
            let question = try await world.send("who comes", as: world.owner)
            let first = try await reply("me", to: question, as: world.member)
            let second = try await reply("great", to: first, as: world.owner)
            try await Self.search(world, "replied_to_user_id={owner}", as: world.member, finds: ["me"])
            try await Self.search(world, "replied_to_user_id={member}", as: world.member, finds: ["great"])
            try await Self.search(world, "replied_to_message_id=\(question)", as: world.member, finds: ["me"])
            try await Self.search(
                world, "replied_to_message_id=\(question)&replied_to_message_id=\(first)", as: world.member,
                finds: ["great", "me"])
            // A reply goes on being one when it is edited, even if what it answers is gone by then.
            _ = try await world.call(.delete, "/channels/{c}/messages/\(first)", as: world.member)
            _ = try await world.call(
                .patch, "/channels/{c}/messages/\(second)", as: world.owner, #"{"content":"good"}"#)
            try await Self.search(world, "replied_to_user_id={member}", as: world.member, finds: ["good"])
        }
    }

    @Test func showsNothingOfWhatIsDeletedBetweenIndexAndStore() async throws {
        try await World.run { world in
            let id = try await world.send("secret plan", as: world.owner)
            try await Self.search(world, "content=secret", as: world.member, finds: ["secret plan"])
            world.index.afterSearching {
                _ = try await world.call(.delete, "/channels/{c}/messages/\(id)", as: world.owner)
            }
            let answer = try await world.call(.get, "/guilds/{g}/messages/search?content=secret", as: world.member)
            #expect(Self.contents(answer) == [])
            #expect(answer.json["total_results"]?.int == 0)
            #expect(answer.json["highlights"]?.array?.isEmpty == true)
        }
    }

    /// S02 and S03: neither hits, nor counts, nor highlights of a channel one may not read.
    @Test(arguments: ["1024", "65536"])
    func showsNothingWithoutThePermissionToViewAndReadBack(_ denied: String) async throws {
        try await World.run { world in
            _ = try await world.send("confidential", as: world.owner)
            try await Self.search(world, "content=confidential", as: world.member, finds: ["confidential"])
            let change = try await world.call(
                .put, "/channels/{c}/permissions/{member}", as: world.owner,
                #"{"type":1,"allow":"0","deny":"\#(denied)"}"#)
            #expect(change.status == 204)
            for query in ["content=confidential", "channel_id={c}", "author_id={owner}", "offset=25"] {
                let answer = try await world.call(.get, "/guilds/{g}/messages/search?" + query, as: world.member)
                #expect(answer.json["total_results"]?.int == 0, "\(query)")
                #expect(Self.contents(answer) == [])
                #expect(answer.json["highlights"]?.array?.isEmpty == true)
            }
            try await Self.search(world, "content=confidential", as: world.owner, finds: ["confidential"])
        }
    }

    @Test func appliesAPermissionThatGoesWhileTheIndexSearches() async throws {
        try await World.run { world in
            _ = try await world.send("confidential", as: world.owner)
            try await Self.search(world, "content=confidential", as: world.member, finds: ["confidential"])
            world.index.afterSearching {
                _ = try await world.call(
                    .put, "/channels/{c}/permissions/{member}", as: world.owner, #"{"type":1,"deny":"1024"}"#)
            }
            let answer = try await world.call(
                .get, "/guilds/{g}/messages/search?content=confidential", as: world.member)
            #expect(Self.contents(answer) == [])
            #expect(answer.json["total_results"]?.int == 0)
        }
    }

    @Test func aStrangersGuildIsUnknownAndForeignChannelsFindNothing() async throws {
        try await World.run { world in
            _ = try await world.call(
                .post, "/channels/{fc}/messages", as: world.stranger, #"{"content":"hidden treasure"}"#)
            try await Self.search(
                world, "content=treasure", as: world.stranger, path: "/guilds/{foreign}/messages/search",
                finds: ["hidden treasure"])
            let foreign = try await world.call(
                .get, "/guilds/{foreign}/messages/search?content=treasure", as: world.member)
            let unknown = try await world.call(.get, "/guilds/5/messages/search?content=treasure", as: world.member)
            #expect(foreign.verdict == "404/10004")
            #expect(foreign.json == unknown.json)
            try await Self.search(world, "content=treasure&channel_id={fc}", as: world.member, finds: [])
            let channel = try await world.call(
                .get, "/channels/{fc}/messages/search?content=treasure", as: world.member)
            #expect(channel.verdict == "404/10003")
        }
    }

    @Test func searchesOneChannel() async throws {
        try await World.run { world in
            _ = try await world.send("only here", as: world.owner)
            try await Self.search(
                world, "content=here", as: world.member, path: "/channels/{c}/messages/search", finds: ["only here"])
        }
    }

    /// S14: whatever is typed is text.
    @Test(arguments: [
        "' OR 1=1 --", "NEAR(a b)", "content : x", "\"open", "a* NOT b", "{\"match\":{}}", "a\r\nFLUSHALL",
        "labels:c1 OR x",
    ])
    func takesOperatorsForText(_ text: String) async throws {
        try await World.run { world in
            let sent = try await world.services.messages.send(
                NewMessage(content: text), to: world.general, as: world.owner.user)
            let query = text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            try await Self.search(world, "content=" + query, as: world.member, finds: [sent.message.content])
        }
    }

    @Test func filtersAreAppliedTogether() async throws {
        try await World.run { world in
            _ = try await world.send("see https://Example.com/a <@\(world.member.id)>", as: world.owner)
            _ = try await world.send("see nothing", as: world.member)
            let link = "see https://Example.com/a <@\(world.member.id)>"
            try await Self.search(world, "content=see", as: world.member, finds: ["see nothing", link])
            for query in [
                "has=link", "link_hostname=example.com", "mentions={member}", "author_id={owner}",
                "has=-embed&has=link",
                "author_type=user&has=link", "mention_everyone=false&mentions={member}", "author_type=-bot&has=link",
            ] {
                try await Self.search(world, query, as: world.member, finds: [link])
            }
            for query in [
                "has=poll", "pinned=true", "attachment_filename=a.png", "replied_to_user_id=5", "author_type=bot",
                "replied_to_message_id=5", "embed_provider=YouTube",
                "embed_type=video", "content=%2A%2A%2A", "max_id=1", "mention_everyone=true", "has=link&has=-link",
            ] {
                let answer = try await world.call(.get, "/guilds/{g}/messages/search?" + query, as: world.member)
                #expect(answer.status == 200, "\(query)")
                #expect(answer.json["total_results"]?.int == 0, "\(query)")
            }
        }
    }

    @Test(arguments: [
        ("limit=26", "limit"), ("offset=9976", "offset"), ("has=gold", "has.0"), ("author_type=alien", "author_type.0"),
        ("channel_id=x", "channel_id.0"), ("sort_by=age", "sort_by"), ("sort_order=up", "sort_order"),
        ("embed_type=hologram", "embed_type"), ("pinned=maybe", "pinned"), ("max_id=later", "max_id"),
        ("slop=-1", "slop"), ("replied_to_user_id=x", "replied_to_user_id.0"),
        ("content=" + String(repeating: "x", count: 1_025), "content"),
    ])
    func namesTheParameterThatIsWrong(_ query: String, _ path: String) async throws {
        try await World.run { world in
            let answer = try await world.call(.get, "/guilds/{g}/messages/search?" + query, as: world.member)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == [path])
        }
    }

    @Test func answersThatTheIndexIsBeingBuilt() async throws {
        try await World.run { world in
            world.index.become(.unbuilt)
            let answer = try await world.call(.get, "/guilds/{g}/messages/search?content=x", as: world.member)
            #expect(answer.status == 202)
            #expect(answer.code == 110_000)
            #expect(answer.json["documents_indexed"]?.int != nil)
            #expect(answer.json["retry_after"]?.double ?? 0 > 0)
        }
    }

    /// Nothing but search is without the index, and it catches up.
    @Test func sendsAndHistoryGoOnWithoutTheIndex() async throws {
        try await World.run { world in
            _ = try await world.send("before", as: world.owner)
            try await Self.search(world, "content=before", as: world.member, finds: ["before"])
            world.index.become(.off)
            let id = try await world.send("meanwhile", as: world.owner)
            let read = try await world.call(.get, "/channels/{c}/messages/\(id)", as: world.member)
            #expect(read.json["content"]?.string == "meanwhile")
            let down = try await world.call(.get, "/guilds/{g}/messages/search?content=before", as: world.member)
            #expect(down.status == 503)
            #expect(down.json["indexed_through"]?.string != nil)
            #expect(down.json["retry_after"]?.double ?? 0 > 0)
            world.index.become(.on)
            try await Self.search(world, "content=meanwhile", as: world.member, finds: ["meanwhile"])
        }
    }
}
