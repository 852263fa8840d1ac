import HTTPTypes
import Testing

/// Who gets what: each route asked by the owner, a plain member, a stranger to the guild, and nobody. What one may not
/// know of is answered exactly like what does not exist.
@Suite("REST: audience") struct AudienceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var method: HTTPRequest.Method
        var path: String
        var body: String?
        var member: String
        var stranger: String

        var testDescription: String { "\(method.rawValue) \(path)" }

        init(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, member: String, stranger: String) {
            self.method = method
            self.path = path
            self.body = body
            self.member = member
            self.stranger = stranger
        }
    }

    static let rows: [Row] = [
        Row(.get, "/users/@me", member: "200", stranger: "200"),
        Row(.get, "/users/{owner}", member: "200", stranger: "200"),
        Row(.get, "/users/@me/guilds", member: "200", stranger: "200"),
        Row(.get, "/gateway/bot", member: "200", stranger: "200"),
        Row(.get, "/guilds/{g}", member: "200", stranger: "404/10004"),
        Row(.patch, "/guilds/{g}", #"{"name":"Mine"}"#, member: "403/50013", stranger: "404/10004"),
        Row(.delete, "/guilds/{g}", member: "403/50013", stranger: "404/10004"),
        Row(.get, "/guilds/{g}/channels", member: "200", stranger: "404/10004"),
        Row(.post, "/guilds/{g}/channels", #"{"name":"x"}"#, member: "403/50013", stranger: "404/10004"),
        Row(.get, "/channels/{c}", member: "200", stranger: "404/10003"),
        Row(.patch, "/channels/{c}", #"{"name":"x"}"#, member: "403/50013", stranger: "404/10003"),
        Row(.delete, "/channels/{c}", member: "403/50013", stranger: "404/10003"),
        Row(
            .put, "/channels/{c}/permissions/{member}", #"{"type":1,"allow":"8"}"#, member: "403/50013",
            stranger: "404/10003"),
        Row(.delete, "/channels/{c}/permissions/{member}", member: "403/50013", stranger: "404/10003"),
        Row(.get, "/guilds/{g}/roles", member: "200", stranger: "404/10004"),
        Row(.post, "/guilds/{g}/roles", "{}", member: "403/50013", stranger: "404/10004"),
        Row(.patch, "/guilds/{g}/roles/{g}", #"{"permissions":"8"}"#, member: "403/50013", stranger: "404/10004"),
        Row(.delete, "/guilds/{g}/roles/{g}", member: "403/50013", stranger: "404/10004"),
        Row(.get, "/guilds/{g}/members?limit=10", member: "200", stranger: "404/10004"),
        Row(.get, "/guilds/{g}/members/search?query=o", member: "200", stranger: "404/10004"),
        Row(.get, "/guilds/{g}/members/{owner}", member: "200", stranger: "404/10004"),
        Row(.patch, "/guilds/{g}/members/{owner}", #"{"nick":"x"}"#, member: "403/50013", stranger: "404/10004"),
        Row(.delete, "/guilds/{g}/members/{owner}", member: "403/50013", stranger: "404/10004"),
        Row(.put, "/guilds/{g}/members/{member}/roles/{g}", member: "403/50013", stranger: "404/10004"),
        Row(.post, "/channels/{c}/invites", "{}", member: "200", stranger: "404/10003"),
        Row(.get, "/channels/{c}/invites", member: "403/50013", stranger: "404/10003"),
        Row(.get, "/guilds/{g}/invites", member: "403/50013", stranger: "404/10004"),
        Row(.get, "/invites/0000000000", member: "404/10006", stranger: "404/10006"),
        Row(.post, "/invites/0000000000", member: "404/10006", stranger: "404/10006"),
        Row(.delete, "/invites/0000000000", member: "404/10006", stranger: "404/10006"),
        Row(.get, "/channels/{c}/messages", member: "200", stranger: "404/10003"),
        Row(.get, "/guilds/{g}/messages/search?content=x", member: "200", stranger: "404/10004"),
        Row(.get, "/channels/{c}/messages/search?content=x", member: "200", stranger: "404/10003"),
        Row(.post, "/channels/{c}/messages", #"{"content":"x"}"#, member: "200", stranger: "404/10003"),
        Row(.get, "/channels/{c}/messages/1", member: "404/10008", stranger: "404/10003"),
        Row(.patch, "/channels/{c}/messages/1", #"{"content":"x"}"#, member: "404/10008", stranger: "404/10003"),
        Row(.delete, "/channels/{c}/messages/1", member: "404/10008", stranger: "404/10003"),
        Row(.delete, "/users/@me/guilds/{g}", member: "204", stranger: "404/10004"),
    ]

    @Test(arguments: rows)
    func answersByWhoAsks(_ row: Row) async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(row.method, row.path, row.body).verdict == "401/0")
            let stranger = try await world.call(row.method, row.path, as: world.stranger, row.body)
            #expect(stranger.verdict == row.stranger)
            #expect(try await world.call(row.method, row.path, as: world.member, row.body).verdict == row.member)
        }
    }

    /// A stranger cannot tell what is hidden from what is not there: the same path with an id that nobody ever had.
    @Test(
        arguments: rows.filter { $0.stranger.hasPrefix("404") && ($0.path.contains("{g}") || $0.path.contains("{c}")) })
    func hiddenLooksLikeUnknown(_ row: Row) async throws {
        try await World.run { (world) async throws in
            let hidden = try await world.call(row.method, row.path, as: world.stranger, row.body)
            var path = row.path
            for name in ["{g}", "{c}"] {
                path = path.split(separator: name, omittingEmptySubsequences: false).joined(separator: "99")
            }
            let unknown = try await world.call(row.method, path, as: world.stranger, row.body)
            #expect(hidden.json == unknown.json)
            #expect(hidden.status == unknown.status)
        }
    }

    @Test func idsOfOtherGuildsOpenNothing() async throws {
        try await World.run { (world) async throws in
            // The owner of one guild, with ids of another put where their own would go.
            #expect(try await world.call(.get, "/channels/{fc}/messages", as: world.owner).verdict == "404/10003")
            #expect(try await world.call(.get, "/guilds/{g}/roles/{foreign}", as: world.owner).verdict == "404/10011")
            #expect(
                try await world.call(.delete, "/guilds/{g}/roles/{foreign}", as: world.owner).verdict == "404/10011")
            #expect(
                try await world.call(.put, "/guilds/{g}/members/{member}/roles/{foreign}", as: world.owner).verdict
                    == "404/10011")
            #expect(
                try await world.call(.get, "/guilds/{g}/members/{stranger}", as: world.owner).verdict == "404/10007")
            let parent = try await world.call(.patch, "/channels/{c}", as: world.owner, #"{"parent_id":"{fc}"}"#)
            #expect(parent.verdict == "400/50035")
            let sent = try await world.send("hello", as: world.owner)
            #expect(
                try await world.call(.get, "/channels/{fc}/messages/\(sent)", as: world.stranger).verdict == "404/10008"
            )
            #expect(
                try await world.call(.delete, "/channels/{fc}/messages/\(sent)", as: world.stranger).verdict
                    == "404/10008")
            #expect(try await world.call(.get, "/channels/{c}/messages/\(sent)", as: world.owner).status == 200)
        }
    }
}
