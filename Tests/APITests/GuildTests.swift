import Chat
import HTTPTypes
import Testing
import Wire

@Suite("REST: guilds, channels, roles, members, invites") struct GuildTests {
    @Test func guildsLiveAndDie() async throws {
        try await World.run { (world) async throws in
            let made = try await world.call(.post, "/guilds", as: world.member, #"{"name":"Mine"}"#)
            #expect(made.status == 201)
            let id = try #require(made.json["id"]?.string)
            #expect(made.json["owner_id"]?.string == world.member.id.description)
            let changed = try await world.call(
                .patch, "/guilds/\(id)", as: world.member, #"{"name":"Ours","description":"d","icon":null,"unknown":1}"#
            )
            #expect(changed.json["name"]?.string == "Ours")
            #expect(changed.json["description"]?.string == "d")
            let counted = try await world.call(.get, "/guilds/\(id)?with_counts=1", as: world.member)
            #expect(counted.json["approximate_member_count"]?.int == 1)
            // What hikari looks up without asking whether it is there.
            #expect(counted.json["approximate_presence_count"]?.int == 0)
            let withCounts = try await world.call(.get, "/users/@me/guilds?with_counts=true", as: world.member)
            #expect(withCounts.json.array?.map { $0["approximate_presence_count"]?.int } == [0, 0])
            #expect(withCounts.json.array?.last?["approximate_member_count"]?.int == 1)
            let membership = try await world.call(.get, "/users/@me/guilds/\(id)/member", as: world.member)
            #expect(membership.json["user"]?["id"]?.string == world.member.id.description)
            #expect(
                try await world.call(.get, "/users/@me/guilds/\(id)/member", as: world.stranger).verdict
                    == "404/10004")
            let mine = try await world.call(.get, "/users/@me/guilds", as: world.member)
            #expect(mine.ids == [world.guild.guild.id.description, id])
            #expect(mine.json.array?.map { $0["owner"]?.bool } == [false, true])
            #expect(try await world.call(.delete, "/guilds/\(id)", as: world.member).status == 204)
            #expect(try await world.call(.get, "/guilds/\(id)", as: world.member).verdict == "404/10004")
        }
    }

    @Test func pagesOneOwnGuilds() async throws {
        try await World.run { (world) async throws in
            var ids = [world.foreign.guild.id.description]
            for name in ["Two", "Three"] {
                let made = try await world.call(.post, "/guilds", as: world.stranger, #"{"name":"\#(name)"}"#)
                ids.append(try #require(made.json["id"]?.string))
            }
            #expect(
                try await world.call(.get, "/users/@me/guilds?limit=2", as: world.stranger).ids == Array(ids.prefix(2)))
            #expect(
                try await world.call(.get, "/users/@me/guilds?after=\(ids[0])", as: world.stranger).ids
                    == Array(ids.dropFirst()))
            #expect(
                try await world.call(.get, "/users/@me/guilds?before=\(ids[2])&limit=1", as: world.stranger).ids == [
                    ids[1]
                ])
        }
    }

    @Test func channelsLiveAndDie() async throws {
        try await World.run { (world) async throws in
            let made = try await world.call(
                .post, "/guilds/{g}/channels", as: world.owner,
                // As discord.py sends it: ids as integers, bits as strings or integers.
                #"{"type":0,"name":"secret","topic":"t","nsfw":true,"rate_limit_per_user":5,"permission_overwrites":"#
                    + #"[{"id":{g},"type":0,"allow":0,"deny":"1024"},{"id":"{member}","type":1,"allow":"0"}]}"#
            )
            #expect(made.status == 201)
            let id = try #require(made.json["id"]?.string)
            #expect(made.json["permission_overwrites"]?.array?.count == 2)
            #expect(made.json["guild_id"]?.string == world.guild.guild.id.description)
            // A member who may not view it is told so; it is in no list of theirs.
            #expect(try await world.call(.get, "/channels/\(id)", as: world.member).verdict == "403/50001")
            #expect(try await !world.call(.get, "/guilds/{g}/channels", as: world.member).ids.contains(id))
            #expect(try await world.call(.get, "/guilds/{g}/channels", as: world.owner).ids.contains(id))
            let changed = try await world.call(
                .patch, "/channels/\(id)", as: world.owner, #"{"name":"open","topic":null,"permission_overwrites":[]}"#
            )
            #expect(changed.json["topic"] == .null)
            #expect(changed.json["permission_overwrites"]?.array == [])
            #expect(try await world.call(.get, "/channels/\(id)", as: world.member).json["name"]?.string == "open")
            // hikari needs the channel in the answer.
            let deleted = try await world.call(.delete, "/channels/\(id)", as: world.owner)
            #expect(deleted.status == 200)
            #expect(deleted.json["id"]?.string == id)
            #expect(try await world.call(.get, "/channels/\(id)", as: world.owner).verdict == "404/10003")
        }
    }

    @Test func overwritesComeAndGo() async throws {
        try await World.run { (world) async throws in
            let path = "/channels/{c}/permissions/{member}"
            #expect(
                try await world.call(.put, path, as: world.owner, #"{"type":1,"allow":"0","deny":"2048"}"#).status
                    == 204)
            #expect(
                try await world.call(.post, "/channels/{c}/messages", as: world.member, #"{"content":"x"}"#).verdict
                    == "403/50013"
            )
            #expect(try await world.call(.delete, path, as: world.owner).status == 204)
            #expect(
                try await world.call(.post, "/channels/{c}/messages", as: world.member, #"{"content":"x"}"#).status
                    == 200)
        }
    }

    /// No change undoes another that came between its reading and its writing.
    @Test func keepsEveryRoleThatIsGivenAtOnce() async throws {
        try await World.run { (world) async throws in
            var roles: [String] = []
            for index in 0..<12 {
                let made = try await world.call(
                    .post, "/guilds/{g}/roles", as: world.owner, #"{"name":"r\#(index)"}"#)
                roles.append(try #require(made.json["id"]?.string))
            }
            for (method, expected) in [(HTTPRequest.Method.put, roles), (.delete, [])] {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for role in roles {
                        group.addTask {
                            try await world.call(
                                method, "/guilds/{g}/members/{member}/roles/\(role)", as: world.owner
                            ).status
                        }
                    }
                    for try await status in group { #expect(status == 204) }
                }
                let member = try await world.call(.get, "/guilds/{g}/members/{member}", as: world.owner)
                #expect(member.json["roles"]?.array?.compactMap(\.string) == expected)
            }
        }
    }

    @Test func rolesLiveAndDie() async throws {
        try await World.run { (world) async throws in
            let made = try await world.call(
                .post, "/guilds/{g}/roles", as: world.owner,
                #"{"name":"mods","permissions":"8192","color":255,"hoist":true}"#
            )
            let id = try #require(made.json["id"]?.string)
            #expect(made.json["colors"]?["primary_color"]?.int == 255)
            let changed = try await world.call(
                .patch, "/guilds/{g}/roles/\(id)", as: world.owner,
                #"{"colors":{"primary_color":7},"mentionable":true}"#
            )
            #expect(changed.json["color"]?.int == 7)
            #expect(changed.json["permissions"]?.string == "8192")
            #expect(
                try await world.call(.put, "/guilds/{g}/members/{member}/roles/\(id)", as: world.owner).status == 204)
            let member = try await world.call(.get, "/guilds/{g}/members/{member}", as: world.owner)
            #expect(member.json["roles"]?.array == [.string(id)])
            #expect(
                try await world.call(.delete, "/guilds/{g}/members/{member}/roles/\(id)", as: world.owner).status == 204
            )
            #expect(
                try await world.call(.get, "/guilds/{g}/roles/\(id)", as: world.member).json["name"]?.string == "mods")
            #expect(try await world.call(.get, "/guilds/{g}/roles", as: world.member).ids.count == 2)
            #expect(try await world.call(.delete, "/guilds/{g}/roles/\(id)", as: world.owner).status == 204)
            #expect(try await world.call(.get, "/guilds/{g}/roles/\(id)", as: world.member).verdict == "404/10011")
        }
    }

    @Test func membersAreListedSearchedAndChanged() async throws {
        try await World.run { (world) async throws in
            let ids = [world.owner.id, world.member.id].map(\.description)
            let all = try await world.call(.get, "/guilds/{g}/members?limit=1000", as: world.member)
            #expect(all.json.array?.compactMap { $0["user"]?["id"]?.string } == ids)
            let first = try await world.call(.get, "/guilds/{g}/members", as: world.member)
            #expect(first.json.array?.count == 1)
            let next = try await world.call(.get, "/guilds/{g}/members?limit=5&after=\(ids[0])", as: world.member)
            #expect(next.json.array?.compactMap { $0["user"]?["id"]?.string } == [ids[1]])
            let nick = try await world.call(.patch, "/guilds/{g}/members/@me", as: world.member, #"{"nick":"Big N"}"#)
            #expect(nick.json["nick"]?.string == "Big N")
            let found = try await world.call(.get, "/guilds/{g}/members/search?query=Big+N&limit=10", as: world.owner)
            #expect(found.json.array?.compactMap { $0["user"]?["id"]?.string } == [ids[1]])
            let cleared = try await world.call(
                .patch, "/guilds/{g}/members/{member}", as: world.owner, #"{"nick":null}"#)
            #expect(cleared.json["nick"] == .null)
            #expect(
                try await world.call(.get, "/guilds/{g}/members/{stranger}", as: world.owner).verdict == "404/10007")
            #expect(try await world.call(.delete, "/guilds/{g}/members/{member}", as: world.owner).status == 204)
            #expect(try await world.call(.get, "/guilds/{g}", as: world.member).verdict == "404/10004")
        }
    }

    @Test func peopleLeave() async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(.delete, "/users/@me/guilds/{g}", as: world.member).status == 204)
            #expect(try await world.call(.get, "/users/@me/guilds", as: world.member).ids == [])
            #expect(try await world.call(.delete, "/users/@me/guilds/{g}", as: world.owner).verdict == "403/50013")
        }
    }

    @Test func membersBringInWhoseTokenTheyHold() async throws {
        try await World.run { (world) async throws in
            let path = "/guilds/{g}/members/\(world.stranger.id)"
            let token = #"{"access_token":"\#(world.stranger.token)"}"#
            #expect(try await world.call(.put, path, as: world.stranger, token).verdict == "404/10004")
            for wrong in [#"{}"#, #"{"access_token":"x"}"#, #"{"access_token":"\#(world.member.token)"}"#] {
                #expect(try await world.call(.put, path, as: world.member, wrong).verdict == "400/50035")
            }
            let added = try await world.call(.put, path, as: world.member, token)
            #expect(added.status == 201)
            #expect(added.json["user"]?["id"]?.string == world.stranger.id.description)
            #expect(try await world.call(.get, "/guilds/{g}", as: world.stranger).status == 200)
            #expect(try await world.call(.put, path, as: world.member, token).status == 204)
        }
    }

    @Test func invitesLetPeopleIn() async throws {
        try await World.run { (world) async throws in
            let made = try await world.call(
                .post, "/channels/{c}/invites", as: world.owner,
                #"{"max_age":3600,"max_uses":2,"temporary":false,"unique":true}"#
            )
            #expect(made.status == 200)
            let code = try #require(made.json["code"]?.string)
            #expect(made.json["max_uses"]?.int == 2)
            #expect(made.json["inviter"]?["id"]?.string == world.owner.id.description)
            let seen = try await world.call(.get, "/invites/\(code)?with_counts=true", as: world.stranger)
            #expect(seen.json["guild"]?["id"]?.string == world.guild.guild.id.description)
            #expect(seen.json["approximate_member_count"]?.int == 2)
            #expect(seen.json["approximate_presence_count"]?.int == 0)
            let joined = try await world.call(.post, "/invites/\(code)", as: world.stranger)
            #expect(joined.json["channel"]?["id"]?.string == world.general.description)
            #expect(try await world.call(.get, "/guilds/{g}", as: world.stranger).status == 200)
            let listed = try await world.call(.get, "/guilds/{g}/invites", as: world.owner)
            #expect(listed.json.array?.compactMap { $0["uses"]?.int } == [1])
            #expect(try await world.call(.get, "/channels/{c}/invites", as: world.owner).json.array?.count == 1)
            #expect(try await world.call(.delete, "/invites/\(code)", as: world.owner).json["code"]?.string == code)
            #expect(try await world.call(.get, "/invites/\(code)", as: world.owner).verdict == "404/10006")
        }
    }

    @Test func invitesNeedNoBody() async throws {
        try await World.run { (world) async throws in
            let made = try await world.call(.post, "/channels/{c}/invites", as: world.member)
            #expect(made.json["max_age"]?.int == 86_400)
        }
    }

    @Test(arguments: [
        ("POST", "/guilds", "{}", ["name"]), ("POST", "/guilds", #"{"name":"x"}"#, ["name"]),
        ("POST", "/guilds", #"{"name":"ok","icon":"data:image/png;base64,AA=="}"#, ["icon"]),
        ("PATCH", "/guilds/{g}", #"{"owner_id":"x","system_channel_id":1.5}"#, ["owner_id", "system_channel_id"]),
        ("POST", "/guilds/{g}/channels", #"{"type":1,"bitrate":"x","nsfw":1}"#, ["name", "type", "bitrate", "nsfw"]),
        (
            "POST", "/guilds/{g}/channels",
            #"{"name":"ok","permission_overwrites":[{"id":"x","type":0},{"id":"1","type":2}]}"#,
            ["permission_overwrites.0.id", "permission_overwrites.1.type"]
        ),
        (
            "PATCH", "/channels/{c}", #"{"rate_limit_per_user":1e999,"parent_id":true}"#,
            ["rate_limit_per_user", "parent_id"]
        ),
        ("PATCH", "/channels/{c}", #"{"rate_limit_per_user":21601}"#, ["rate_limit_per_user"]),
        ("PUT", "/channels/{c}/permissions/{member}", #"{"allow":"-1"}"#, ["type", "allow"]),
        (
            "POST", "/guilds/{g}/roles", #"{"name":7,"permissions":"all","color":"red"}"#,
            ["name", "permissions", "color"]
        ),
        ("PATCH", "/guilds/{g}/members/{member}", #"{"roles":["x"],"channel_id":"x"}"#, ["roles.0", "channel_id"]),
        ("POST", "/channels/{c}/invites", #"{"max_age":9223372036854775807}"#, ["max_age"]),
        ("POST", "/channels/{c}/invites", #"{"max_age":9223372036854775808}"#, ["max_age"]),
    ])
    func namesEveryWrongField(_ method: String, _ path: String, _ body: String, _ fields: [String]) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(try #require(HTTPRequest.Method(method)), path, as: world.owner, body)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == Set(fields))
        }
    }
}
