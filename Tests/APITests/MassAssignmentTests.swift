import API
import Chat
import HTTPTypes
import Interface
import Services
import Testing
import Wire

/// S04: a body may hold what the server decides, as an object does that is sent back with one change. It is passed over or refused, never taken.
@Suite("REST: mass assignment") struct MassAssignmentTests {
    /// What nobody may say of anything, as JSON. `{victim}` is somebody with whom nobody here has to do.
    private static let forged: [(key: String, value: String)] = [
        ("id", #""9000000000000000001""#), ("author", #"{"id":"{victim}","username":"forged"}"#),
        ("author_id", #""{victim}""#), ("user", #"{"id":"{victim}","username":"forged"}"#), ("user_id", #""{victim}""#),
        ("owner_id", #""{victim}""#), ("owner", "true"), ("creator_id", #""{victim}""#),
        ("inviter", #"{"id":"{victim}"}"#), ("guild_id", #""{foreign}""#), ("channel_id", #""{fc}""#),
        ("webhook_id", #""9000000000000000001""#), ("application_id", #""9000000000000000001""#),
        ("permissions", #""8""#), ("type", "9"), ("bot", "true"), ("system", "true"), ("managed", "true"),
        ("verified", "true"), ("pinned", "true"), ("mention_everyone", "true"), ("mentions", #"[{"id":"{victim}"}]"#),
        ("timestamp", #""2001-02-03T04:05:06.000000+00:00""#),
        ("edited_timestamp", #""2001-02-03T04:05:06.000000+00:00""#),
        ("joined_at", #""2001-02-03T04:05:06.000000+00:00""#),
        ("created_at", #""2001-02-03T04:05:06.000000+00:00""#), ("token", #""forged""#), ("code", #""forged""#),
        ("email", #""forged@example.org""#), ("password_hash", #""forged""#), ("discriminator", #""6666""#),
        ("public_flags", "64"), ("member_count", "666666"), ("epoch", "666666"), ("version", "666666"),
        ("uses", "666666"), ("last_message_id", #""9000000000000000001""#), ("reactions", #"[{"count":666666}]"#),
        ("bucket", #""forged""#), ("position_in_log", "666666"),
    ]
    /// What may be said there, and is judged by permissions.
    private static let meant: [String: Set<String>] = [
        "PATCH /guilds/{guild}": ["owner_id"],
        "POST /guilds/{guild}/channels": ["type"],
        "PATCH /guilds/{guild}/members/{user}": ["channel_id"],
        "POST /guilds/{guild}/roles": ["permissions"],
        "PATCH /guilds/{guild}/roles/{role}": ["permissions"],
        "PATCH /webhooks/{webhook}": ["channel_id"],
        "POST /auth/register": ["email"],
    ]
    /// What would only be there if it had been taken.
    private static let traces = ["{victim}", "9000000000000000001", "forged", "2001-02-03", #""permissions":"8""#]
    /// Where the owner would see it.
    private static let views = [
        "/guilds/{g}", "/guilds/{g}/roles", "/guilds/{g}/channels", "/guilds/{g}/members?limit=100",
        "/guilds/{g}/invites", "/guilds/{g}/webhooks", "/guilds/{g}/bans", "/channels/{c}", "/channels/{c}/messages",
        "/channels/{c}/pins", "/users/@me", "/users/@me/guilds", "/users/@me/channels", "/users/@me/relationships",
        "/users/@me/push-subscriptions",
    ]
    private static let foreignViews = [
        "/guilds/{foreign}", "/guilds/{foreign}/roles", "/guilds/{foreign}/channels",
        "/guilds/{foreign}/members?limit=100", "/guilds/{foreign}/webhooks", "/guilds/{foreign}/invites",
        "/channels/{fc}/messages", "/channels/{fc}/webhooks",
    ]
    private static let rows = RouteMatrix.rows.filter { [.post, .put, .patch].contains($0.method) }

    @Test(arguments: rows)
    func bodiesDecideNothingThatTheServerDecides(_ row: RouteRow) async throws {
        try await World.run { (world) async throws in
            let victim = try await World.person("victim", world.services)
            func named(_ text: String) -> String {
                text.split(separator: "{victim}", omittingEmptySubsequences: false).joined(
                    separator: victim.id.description)
            }
            func look(at views: [String], as person: Person) async throws -> String {
                var seen = ""
                for view in views {
                    seen += String(decoding: try await world.call(.get, view, as: person).bytes, as: UTF8.self)
                }
                return seen
            }
            let scene = try await AuthorizationTests.Scene(world, row.needs)
            let elsewhere = try await look(at: Self.foreignViews, as: world.stranger)
            let answer = try await scene.ask(row, world.owner, body: named(Self.forge(row)))
            #expect([row.owner, "400/50035"].contains(answer.verdict))
            if answer.status < 300 {
                for (key, value) in Self.forged where !Self.isMeant(key, by: row) {
                    let forged = try JSONReader.parse(Array(world.filled(named(value)).utf8))
                    #expect(answer.json[key] != forged, "\(key)")
                }
            }
            #expect(try await look(at: Self.foreignViews, as: world.stranger) == elsewhere)
            let seen = String(decoding: answer.bytes, as: UTF8.self) + (try await look(at: Self.views, as: world.owner))
            for trace in Self.traces.map(named) { #expect(!seen.contains(trace), "\(trace)") }
            let me = try await world.services.accounts.user(world.owner.id)
            #expect(!me.isBot && me.username == "owner")
        }
    }

    /// The row's body with everything else in it, in front, so that what the row means comes last.
    private static func forge(_ row: RouteRow) -> String {
        let body = row.body ?? "{}"
        let members = forged.filter { !isMeant($0.key, by: row) }.map { #""\#($0.key)":\#($0.value)"# }
        // A list's first object.
        let start = body.hasPrefix("[{") ? "[{" : "{"
        let rest = body.dropFirst(start.count)
        return start + members.joined(separator: ",") + (rest.hasPrefix("}") ? "" : ",") + rest
    }

    private static func isMeant(_ key: String, by row: RouteRow) -> Bool {
        row.body?.contains(#""\#(key)":"#) == true || meant[row.route]?.contains(key) == true
    }

    /// The row of registering is refused for what it lacks.
    @Test func whoRegistersIsWhoTheServerSays() async throws {
        try await World.run { (world) async throws in
            let members = Self.forged.filter { $0.key != "email" }.map { #""\#($0.key)":\#($0.value)"# }
            let body = #"{"username":"nelly","email":"n@example.org","password":"correct horse","#
            let all = (body + members.joined(separator: ",") + "}").split(
                separator: "{victim}", omittingEmptySubsequences: false
            ).joined(separator: "{owner}")
            let answer = try await world.call(.post, "/auth/register", as: nil, all)
            #expect(answer.status == 201)
            let user = try await world.services.accounts.find("nelly")
            #expect(user.id.description != "9000000000000000001" && user.id != world.owner.id && !user.isBot)
            #expect(try await world.services.accounts.account(user.id).owner == nil)
            #expect(answer.json["token"]?.string != "forged")
        }
    }
}
