import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: audit logs") struct AuditTests {
    private static func reason(_ text: String) throws -> HTTPFields {
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name("X-Audit-Log-Reason"))] = text
        return headers
    }

    private static func actions(_ answer: Answer) -> [Int] {
        answer.json["audit_log_entries"]?.array?.compactMap { $0["action_type"]?.int } ?? []
    }

    @Test func showWhoDidWhatToWhomAndWhy() async throws {
        try await World.run { (world) async throws in
            _ = try await world.call(
                .put, "/channels/{c}/permissions/{member}", as: world.owner, #"{"type":1,"allow":"0","deny":"2048"}"#,
                headers: try Self.reason("be%20quiet"))
            _ = try await world.call(
                .patch, "/guilds/{g}/members/{member}", as: world.owner, #"{"nick":"mouse"}"#)
            let log = try await world.call(.get, "/guilds/{g}/audit-logs", as: world.owner)
            #expect(Self.actions(log) == [24, 13])
            for list in [
                "webhooks", "integrations", "application_commands", "auto_moderation_rules",
                "guild_scheduled_events", "threads",
            ] {
                #expect(log.json[list]?.array == [], "\(list)")
            }
            let overwrite = try #require(log.json["audit_log_entries"]?.array?.last)
            #expect(overwrite["reason"]?.string == "be quiet")
            #expect(overwrite["user_id"]?.string == world.filled("{owner}"))
            #expect(overwrite["target_id"]?.string == world.filled("{c}"))
            #expect(overwrite["options"]?["id"]?.string == world.filled("{member}"))
            #expect(overwrite["options"]?["type"]?.string == "1")
            let users = log.json["users"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(Set(users) == [world.filled("{owner}"), world.filled("{member}")])
            #expect(
                Self.actions(try await world.call(.get, "/guilds/{g}/audit-logs?action_type=13", as: world.owner))
                    == [13])
            #expect(
                Self.actions(
                    try await world.call(.get, "/guilds/{g}/audit-logs?user_id={owner}&limit=1", as: world.owner))
                    == [24])
            #expect(
                Self.actions(try await world.call(.get, "/guilds/{g}/audit-logs?after=0", as: world.owner))
                    == [13, 24])
            #expect(
                Self.actions(try await world.call(.get, "/guilds/{g}/audit-logs?action_type=999", as: world.owner))
                    == [])
            #expect(
                try await world.call(.get, "/guilds/{g}/audit-logs?limit=101", as: world.owner).errorPaths
                    == ["limit"])
            #expect(try await world.call(.get, "/guilds/{g}/audit-logs", as: world.member).verdict == "403/50013")
        }
    }

    @Test func showWhatModeratorsDoToOthersMessages() async throws {
        try await World.run { (world) async throws in
            var ids: [String] = []
            for number in 0..<4 { ids.append(try await world.send("line \(number)", as: world.member)) }
            let own = try await world.send("own", as: world.owner)
            let path = "/channels/{c}/messages/"
            _ = try await world.call(.put, "/channels/{c}/messages/pins/\(ids[3])", as: world.owner)
            _ = try await world.call(.put, "/channels/{c}/messages/pins/\(ids[3])", as: world.owner)
            _ = try await world.call(.delete, "/channels/{c}/messages/pins/\(ids[3])", as: world.owner)
            _ = try await world.call(.delete, path + ids[0], as: world.owner, headers: try Self.reason("rude"))
            _ = try await world.call(.delete, path + own, as: world.owner)
            _ = try await world.call(.delete, path + ids[3], as: world.member)
            _ = try await world.call(
                .post, path + "bulk-delete", as: world.owner, #"{"messages":["\#(ids[1])","\#(ids[2])"]}"#)
            let log = try await world.call(.get, "/guilds/{g}/audit-logs", as: world.owner)
            #expect(Self.actions(log) == [73, 72, 75, 74])
            let entries = log.json["audit_log_entries"]?.array ?? []
            #expect(entries.first?["options"]?["count"]?.string == "2")
            #expect(entries.first?["target_id"]?.string == world.filled("{c}"))
            let deletion = try #require(entries.dropFirst().first)
            #expect(deletion["target_id"]?.string == world.filled("{member}"))
            #expect(deletion["options"]?["channel_id"]?.string == world.filled("{c}"))
            #expect(deletion["reason"]?.string == "rude")
            #expect(entries.last?["options"]?["message_id"]?.string == ids[3])
        }
    }

    @Test func countDeletionsOfOneAuthorInOneEntry() async throws {
        try await World.run { (world) async throws in
            var ids: [String] = []
            for number in 0..<4 { ids.append(try await world.send("line \(number)", as: world.member)) }
            let foreign = try await world.send("hook", as: world.owner)
            for id in ids[..<3] + [foreign] {
                let path = "/channels/{c}/messages/\(id)"
                #expect(try await world.call(.delete, path, as: world.owner).status == 204)
            }
            _ = try await world.call(
                .delete, "/channels/{c}/messages/\(ids[3])", as: world.owner, headers: try Self.reason("other"))
            let log = try await world.call(.get, "/guilds/{g}/audit-logs?action_type=72", as: world.owner)
            let entries = log.json["audit_log_entries"]?.array ?? []
            #expect(entries.map { $0["options"]?["count"]?.string } == ["1", "3"])
            #expect(entries.map { $0["target_id"]?.string } == [world.filled("{member}"), world.filled("{member}")])
        }
    }

    @Test func inviteListsOfAChannelTakeItsManagement() async throws {
        try await World.run { (world) async throws in
            let made = try await world.call(.post, "/channels/{c}/invites", as: world.owner)
            let code = try #require(made.json["code"]?.string)
            #expect(try await world.call(.get, "/channels/{c}/invites", as: world.member).verdict == "403/50013")
            let overwrite = #"{"type":1,"allow":"16","deny":"0"}"#
            _ = try await world.call(.put, "/channels/{c}/permissions/{member}", as: world.owner, overwrite)
            let list = try await world.call(.get, "/channels/{c}/invites", as: world.member)
            #expect(list.json.array?.compactMap { $0["code"]?.string } == [code])
            #expect(try await world.call(.get, "/guilds/{g}/invites", as: world.member).verdict == "403/50013")
        }
    }
}
