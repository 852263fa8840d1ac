import API
import BackendContracts
import Chat
import HTTPTypes
import Testing
import Wire

/// Direct messages are searched channel by channel, by those who are in it.
@Suite("REST: search in direct messages") struct DirectSearchTests {
    private static func contents(_ answer: Answer) -> [String] {
        answer.json["messages"]?.array?.compactMap { $0.array?.first?["content"]?.string } ?? []
    }

    private static func search(
        _ world: World, _ channel: String, _ query: String, as person: Person
    ) async throws -> Answer {
        try await world.call(.get, "/channels/\(channel)/messages/search?\(query)", as: person)
    }

    /// Asks until the index has caught up with what is expected.
    private static func expect(
        _ expected: [String], _ world: World, _ channel: String, _ query: String, as person: Person
    ) async throws {
        try await eventually("\(query) finds \(expected)", deadlineMilliseconds: 20_000) {
            contents(try await search(world, channel, query, as: person)) == expected
        }
    }

    /// The channel between owner and member.
    private static func pair(_ world: World) async throws -> String {
        let opened = try await world.call(
            .post, "/users/@me/channels", as: world.owner, #"{"recipient_id":"{member}"}"#)
        return try #require(opened.json["id"]?.string)
    }

    /// A group of owner, member and stranger, the owner's.
    private static func group(_ world: World) async throws -> String {
        let opened = try await world.call(
            .post, "/users/@me/channels", as: world.owner, #"{"recipients":["{member}","{stranger}"]}"#)
        return try #require(opened.json["id"]?.string)
    }

    private static func send(
        _ world: World, _ channel: String, _ content: String, as person: Person
    ) async throws -> String {
        let sent = try await world.call(
            .post, "/channels/\(channel)/messages", as: person, #"{"content":"\#(content)"}"#)
        return try #require(sent.json["id"]?.string, "\(sent.verdict)")
    }

    @Test func bothOfAPairFindWhatWasSaidAndNobodyElse() async throws {
        try await World.run { (world) async throws in
            let channel = try await Self.pair(world)
            _ = try await Self.send(world, channel, "a secret plan", as: world.owner)
            _ = try await Self.send(world, channel, "the plan is good", as: world.member)
            for person in [world.owner, world.member] {
                try await Self.expect(
                    ["the plan is good", "a secret plan"], world, channel, "content=plan", as: person)
            }
            #expect(
                try await Self.search(world, channel, "content=plan", as: world.stranger).verdict == "404/10003")
            // Nor does a guild's search know of it.
            let guild = try await world.call(
                .get, "/guilds/{g}/messages/search?content=plan&channel_id=\(channel)", as: world.owner)
            #expect(Self.contents(guild) == [])
            let found = try await Self.search(world, channel, "content=secret", as: world.member)
            let parts = found.json["highlights"]?.array?.first?["snippet"]?.array ?? []
            #expect(parts.filter { $0["match"]?.bool == true }.compactMap { $0["text"]?.string } == ["secret"])
            #expect(found.json["indexed_through"]?.string != nil)
        }
    }

    @Test func repliesAreFoundByWhatTheyAnswer() async throws {
        try await World.run { (world) async throws in
            let channel = try await Self.pair(world)
            let question = try await Self.send(world, channel, "who comes", as: world.owner)
            let reply = try await world.call(
                .post, "/channels/\(channel)/messages", as: world.member,
                #"{"content":"me","message_reference":{"message_id":"\#(question)"}}"#)
            #expect(reply.status == 200)
            for query in ["replied_to_user_id={owner}", "replied_to_message_id=\(question)"] {
                try await Self.expect(["me"], world, channel, query, as: world.owner)
            }
            try await Self.expect([], world, channel, "replied_to_user_id={member}", as: world.owner)
        }
    }

    @Test func aBlockKeepsNobodyFromWhatWasSaidBefore() async throws {
        try await World.run { (world) async throws in
            let channel = try await Self.pair(world)
            _ = try await Self.send(world, channel, "old words", as: world.owner)
            try await Self.expect(["old words"], world, channel, "content=old", as: world.member)
            let block = try await world.call(
                .put, "/users/@me/relationships/{owner}", as: world.member, #"{"type":2}"#)
            #expect(block.status == 204)
            for person in [world.owner, world.member] {
                #expect(
                    Self.contents(try await Self.search(world, channel, "content=old", as: person)) == ["old words"])
            }
        }
    }

    @Test func whoLeftAGroupOrWasRemovedFindsNothingMore() async throws {
        try await World.run { (world) async throws in
            let channel = try await Self.group(world)
            _ = try await Self.send(world, channel, "group words", as: world.stranger)
            for person in [world.owner, world.member, world.stranger] {
                try await Self.expect(["group words"], world, channel, "content=words", as: person)
            }
            #expect(try await world.call(.delete, "/channels/\(channel)", as: world.stranger).status == 200)
            #expect(
                try await world.call(.delete, "/channels/\(channel)/recipients/{member}", as: world.owner).status
                    == 204)
            for person in [world.stranger, world.member] {
                #expect(
                    try await Self.search(world, channel, "content=words", as: person).verdict == "404/10003")
            }
            try await Self.expect(["group words"], world, channel, "content=words", as: world.owner)
        }
    }

    @Test func filtersPagesEditsAndDeletionsHoldThereAsWell() async throws {
        try await World.run { (world) async throws in
            let channel = try await Self.pair(world)
            var ids: [String] = []
            for number in 0..<27 {
                let author = number.isMultiple(of: 2) ? world.owner : world.member
                ids.append(try await Self.send(world, channel, "line \(number)", as: author))
            }
            let last = "hey <@{member}>"
            ids.append(try await Self.send(world, channel, last, as: world.owner))
            try await Self.expect([world.filled(last)], world, channel, "mentions={member}", as: world.member)
            // 25 a page, the newest first, and the rest behind the last.
            let page = try await Self.search(world, channel, "content=line", as: world.member)
            #expect(Self.contents(page) == (2..<27).reversed().map { "line \($0)" })
            #expect(page.json["total_results"]?.int == 27)
            let rest = try await Self.search(
                world, channel, "content=line&max_id=\(ids[2])", as: world.member)
            #expect(Self.contents(rest) == ["line 1", "line 0"])
            let offset = try await Self.search(world, channel, "content=line&offset=25", as: world.member)
            #expect(Self.contents(offset) == ["line 1", "line 0"])
            // From and to: ids are times.
            let between = try await Self.search(
                world, channel, "content=line&min_id=\(ids[3])&max_id=\(ids[6])", as: world.member)
            #expect(Self.contents(between) == ["line 5", "line 4"])
            let own = try await Self.search(
                world, channel, "author_id={member}&max_id=\(ids[4])", as: world.owner)
            #expect(Self.contents(own) == ["line 3", "line 1"])
            _ = try await world.call(
                .patch, "/channels/\(channel)/messages/\(ids[0])", as: world.owner, #"{"content":"changed"}"#)
            _ = try await world.call(.delete, "/channels/\(channel)/messages/\(ids[1])", as: world.member)
            try await Self.expect(["changed"], world, channel, "content=changed", as: world.member)
            try await Self.expect([], world, channel, "content=line&max_id=\(ids[2])", as: world.member)
        }
    }
}
