import HTTPTypes
import Testing

/// Ids of one guild in requests about another.
@Suite("REST: audience") struct AudienceTests {
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
