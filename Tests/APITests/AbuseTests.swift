import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

/// What somebody may try with text alone.
@Suite("REST: abuse of text") struct AbuseTests {
    /// A right-to-left override in front of what it would turn, and a name of nothing to see.
    @Test(arguments: [#"\u202egnp.exe"#, #"a\u200bb"#, #"\u2066x\u2069"#, #"\u3164\u3164"#, #"a\u0000b"#, #"a\u0007b"#])
    func namesHoldNothingThatDeceives(_ name: String) async throws {
        try await World.run { (world) async throws in
            let hook = try await world.services.webhooks.create(in: world.general, name: "Herald", by: world.owner.id)
            let used = "/webhooks/\(hook.webhook.id)/\(hook.token)"
            let group = #"{"recipients":["{member}","{stranger}"],"name":"\#(name)"}"#
            let rows: [(HTTPRequest.Method, String, String, String)] = [
                (.post, "/guilds", #"{"name":"\#(name)"}"#, "name"),
                (.post, "/guilds/{g}/channels", #"{"name":"\#(name)","type":2}"#, "name"),
                (.post, "/guilds/{g}/channels", #"{"name":"\#(name)"}"#, "name"),
                (.patch, "/channels/{c}", #"{"name":"\#(name)"}"#, "name"),
                (.post, "/guilds/{g}/roles", #"{"name":"\#(name)"}"#, "name"),
                (.patch, "/guilds/{g}/members/{member}", #"{"nick":"\#(name)"}"#, "nick"),
                (.post, "/users/@me/channels", group, "name"),
                (.post, "/channels/{c}/webhooks", #"{"name":"\#(name)"}"#, "name"),
                (.patch, "/webhooks/\(hook.webhook.id)", #"{"name":"\#(name)"}"#, "name"),
                (.post, used, #"{"content":"x","username":"\#(name)"}"#, "username"),
            ]
            for (method, path, body, field) in rows {
                let answer = try await world.call(method, path, as: world.owner, body)
                #expect(answer.verdict == "400/50035", "\(method) \(path)")
                #expect(answer.errorPaths == [field], "\(method) \(path)")
            }
        }
    }

    /// Text that looks odd is still what its author wrote.
    @Test(arguments: [
        "e\u{301}\u{E9}", "\u{202E}turned", "zero\u{200B}width", "a" + String(repeating: "\u{336}", count: 1_999),
        "שלום\u{200F}",
        "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    ])
    func contentIsReadBackByteByByte(_ content: String) async throws {
        try await World.run { (world) async throws in
            let id = try await world.send(content, as: world.owner)
            let read = try await world.call(.get, "/channels/{c}/messages/\(id)", as: world.member)
            #expect(read.json["content"]?.string.map { Array($0.utf8) } == Array(content.utf8))
        }
    }

    @Test(arguments: [#"{"content":"\ud800"}"#, #"{"content":"\udc00\ud800"}"#, #"{"content":"\ud800x"}"#])
    func halvesOfCharactersAreNoText(_ body: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, "/channels/{c}/messages", as: world.owner, body)
            #expect(answer.verdict == "400/50109")
            #expect(try await world.call(.get, "/channels/{c}/messages", as: world.owner).ids.isEmpty)
        }
    }

    @Test func aFloodOfMentionsIsTextBeyondTheBound() async throws {
        try await World.run { (world) async throws in
            // As many as fit: everybody there is, over and over, and many who are not.
            var flood = "@everyone<@{owner}><@{member}>"
            for number in 1...450 { flood += "<@\(number)>" }
            flood = String(world.filled(flood).unicodeScalars.prefix(Limits.contentScalarsMax))
            let sent = try await world.call(
                .post, "/channels/{c}/messages", as: world.member, #"{"content":"\#(flood)"}"#)
            #expect(sent.status == 200)
            #expect(sent.json["content"]?.string == flood)
            let mentioned = Set(sent.json["mentions"]?.array?.compactMap { $0["username"]?.string } ?? [])
            #expect(mentioned.isSubset(of: ["owner", "member"]) && !mentioned.isEmpty)
            let ids = (1...101).map { "\"\($0)\"" }.joined(separator: ",")
            let refused = try await world.call(
                .post, "/channels/{c}/messages", as: world.member,
                #"{"content":"x","allowed_mentions":{"users":[\#(ids)]}}"#)
            #expect(refused.verdict == "400/50035")
        }
    }
}
