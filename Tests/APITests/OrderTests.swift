import Chat
import HTTPTypes
import Testing
import Wire

/// What clients send when somebody drags a channel or a role to another place.
@Suite("REST: the order of channels and roles") struct OrderTests {
    @Test func channelsMoveTogether() async throws {
        try await World.run { (world) async throws in
            let path = "/guilds/{g}/channels"
            var ids: [String] = []
            for body in [#"{"name":"one"}"#, #"{"name":"two"}"#, #"{"name":"box","type":4}"#] {
                let made = try await world.call(.post, path, as: world.owner, body)
                ids.append(try #require(made.json["id"]?.string))
            }
            let deny = #"{"type":0,"allow":"0","deny":"64"}"#
            let overwrite = "/channels/\(ids[2])/permissions/{g}"
            #expect(try await world.call(.put, overwrite, as: world.owner, deny).status == 204)
            let moved = try await world.call(
                .patch, path, as: world.owner,
                #"[{"id":\#(ids[1]),"position":40,"parent_id":"\#(ids[2])","lock_permissions":true},"#
                    + #"{"id":"\#(ids[0])","position":41}]"#)
            #expect(moved.status == 204 && moved.isEmpty)
            let two = try await world.call(.get, "/channels/\(ids[1])", as: world.owner)
            #expect(two.json["position"]?.int == 40)
            #expect(two.json["parent_id"]?.string == ids[2])
            #expect(two.json["permission_overwrites"]?.array?.first?["deny"]?.string == "64")
            let one = try await world.call(.get, "/channels/\(ids[0])", as: world.owner)
            #expect(one.json["position"]?.int == 41 && one.json["parent_id"] == .null)

            // Not one moves where one may not be.
            let unknown = #"[{"id":"\#(ids[0])","position":1},{"id":"1","position":2}]"#
            #expect(try await world.call(.patch, path, as: world.owner, unknown).verdict == "404/10003")
            #expect(try await world.call(.get, "/channels/\(ids[0])", as: world.owner).json["position"]?.int == 41)
            for wrong in [#"{}"#, #"[1]"#, #"[{"position":1}]"#, #"[{"id":"1","position":-1}]"#] {
                #expect(try await world.call(.patch, path, as: world.owner, wrong).verdict == "400/50035")
            }
            let some = #"[{"id":"\#(ids[0])","position":1}]"#
            #expect(try await world.call(.patch, path, as: world.member, some).verdict == "403/50013")
            #expect(try await world.call(.patch, path, as: world.stranger, some).verdict == "404/10004")
        }
    }

    @Test func rolesMoveTogether() async throws {
        try await World.run { (world) async throws in
            let path = "/guilds/{g}/roles"
            var ids: [String] = []
            for name in ["low", "high", "judges"] {
                let bits = name == "judges" ? "268435456" : "0"
                let made = try await world.call(
                    .post, path, as: world.owner, #"{"name":"\#(name)","permissions":"\#(bits)"}"#)
                ids.append(try #require(made.json["id"]?.string))
            }
            func body(_ positions: Int...) -> String {
                "[" + zip(ids, positions).map { #"{"id":"\#($0)","position":\#($1)}"# }.joined(separator: ",") + "]"
            }
            let moved = try await world.call(.patch, path, as: world.owner, body(3, 9, 5))
            #expect(moved.status == 200)
            let positions = Dictionary(
                uniqueKeysWithValues: (moved.json.array ?? []).map { ($0["id"]?.string ?? "", $0["position"]?.int) })
            #expect(ids.map { positions[$0] } == [3, 9, 5])

            let give = "/guilds/{g}/members/{member}/roles/\(ids[2])"
            #expect(try await world.call(.put, give, as: world.owner).status == 204)
            // A higher role may be named, but not moved.
            #expect(try await world.call(.patch, path, as: world.member, body(2, 9, 5)).status == 200)
            #expect(try await world.call(.patch, path, as: world.member, body(2, 8, 5)).verdict == "403/50013")
            #expect(try await world.call(.patch, path, as: world.member, body(7, 9, 5)).verdict == "403/50013")
            let unknown = #"[{"id":"1","position":2}]"#
            #expect(try await world.call(.patch, path, as: world.owner, unknown).verdict == "404/10011")
        }
    }

    @Test func membersAreBroughtInWithNickAndRoles() async throws {
        try await World.run { (world) async throws in
            let role = try #require(
                try await world.call(.post, "/guilds/{g}/roles", as: world.owner, #"{"name":"guests"}"#).json["id"]?
                    .string)
            let path = "/guilds/{g}/members/\(world.stranger.id)"
            func body(_ rest: String) -> String { #"{"access_token":"\#(world.stranger.token)",\#(rest)}"# }
            let wanted = body(#""nick":"Guest","roles":[\#(role)],"mute":true"#)
            // Whoever may let somebody in may not give what they could not give later.
            for some in [wanted, body(#""nick":"Guest""#), body(#""roles":["\#(role)"]"#), body(#""deaf":true"#)] {
                #expect(try await world.call(.put, path, as: world.member, some).verdict == "403/50013")
            }
            #expect(try await world.call(.put, path, as: world.owner, body(#""roles":["1"]"#)).verdict == "404/10011")
            #expect(try await world.call(.get, path, as: world.owner).verdict == "404/10007")
            let added = try await world.call(.put, path, as: world.owner, wanted)
            #expect(added.status == 201)
            #expect(added.json["nick"]?.string == "Guest" && added.json["mute"]?.bool == true)
            #expect(added.json["roles"]?.array?.compactMap(\.string) == [role])
            #expect(try await world.call(.put, path, as: world.owner, body(#""nick":"Other""#)).status == 204)
            #expect(try await world.call(.get, path, as: world.owner).json["nick"]?.string == "Guest")
        }
    }
}
