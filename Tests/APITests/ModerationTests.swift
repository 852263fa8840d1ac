import Chat
import HTTPTypes
import Interface
import Services
import Testing
import Wire

/// Bans, timeouts and slow mode.
@Suite("REST: moderation") struct ModerationTests {
    @Test func bansLiveAndDie() async throws {
        try await World.run { (world) async throws in
            var reason = HTTPFields()
            reason[try #require(HTTPField.Name("X-Audit-Log-Reason"))] = "sp%C3%A4m"
            let path = "/guilds/{g}/bans/{member}"
            #expect(try await world.call(.get, path, as: world.owner).verdict == "404/10026")
            // As both libraries send it, with a body and without one.
            for body in [#"{"delete_message_seconds":0}"#, nil] {
                #expect(try await world.call(.put, path, as: world.owner, body, headers: reason).status == 204)
            }
            let ban = try await world.call(.get, path, as: world.owner)
            #expect(ban.json["reason"]?.string == "späm")
            #expect(ban.json["user"]?["username"]?.string == "member")
            #expect(try await world.call(.get, "/guilds/{g}", as: world.member).verdict == "404/10004")
            let invite = try await world.call(.post, "/channels/{c}/invites", as: world.owner)
            let code = try #require(invite.json["code"]?.string)
            #expect(try await world.call(.post, "/invites/\(code)", as: world.member).verdict == "403/40007")
            let token = #"{"access_token":"\#(world.member.token)"}"#
            #expect(
                try await world.call(.put, "/guilds/{g}/members/{member}", as: world.owner, token).verdict
                    == "403/40007")
            #expect(try await world.call(.delete, path, as: world.owner).status == 204)
            #expect(try await world.call(.delete, path, as: world.owner).verdict == "404/10026")
            #expect(try await world.call(.post, "/invites/\(code)", as: world.member).status == 200)
        }
    }

    @Test func bansComeInPages() async throws {
        try await World.run { (world) async throws in
            let many = try await world.call(
                .post, "/guilds/{g}/bulk-ban", as: world.owner, #"{"user_ids":[{member},"{stranger}","{owner}"]}"#)
            #expect(many.json["banned_users"]?.array?.count == 2)
            #expect(many.json["failed_users"]?.array?.compactMap(\.string) == [world.filled("{owner}")])
            func ids(_ query: String) async throws -> [String] {
                let list = try await world.call(.get, "/guilds/{g}/bans" + query, as: world.owner)
                return list.json.array?.compactMap { $0["user"]?["id"]?.string } ?? []
            }
            let (member, stranger) = (world.filled("{member}"), world.filled("{stranger}"))
            #expect(try await ids("") == [member, stranger])
            #expect(try await ids("?limit=1") == [member])
            #expect(try await ids("?after={member}") == [stranger])
            #expect(try await ids("?before={stranger}&limit=1") == [member])
            #expect(try await world.call(.get, "/guilds/{g}/bans?limit=1001", as: world.owner).errorPaths == ["limit"])
        }
    }

    @Test func aBanTakesWhatWasSaidLately() async throws {
        try await World.run { (world) async throws in
            for number in 0..<3 { _ = try await world.send("bad \(number)", as: world.member) }
            let kept = try await world.send("good", as: world.owner)
            let path = "/guilds/{g}/bans/{member}"
            #expect(
                try await world.call(.put, path, as: world.owner, #"{"delete_message_seconds":604801}"#).errorPaths
                    == ["delete_message_seconds"])
            #expect(try await world.call(.put, path, as: world.owner, #"{"delete_message_days":1}"#).status == 204)
            var left: [String] = []
            while left != [kept] {
                left = try await world.call(.get, "/channels/{c}/messages", as: world.owner).ids
                await Task.yield()
            }
        }
    }

    @Test func aReasonHasItsBound() async throws {
        try await World.run { (world) async throws in
            let name = try #require(HTTPField.Name("X-Audit-Log-Reason"))
            for reason in [String(repeating: "x", count: 513), "%ff", "%"] {
                var headers = HTTPFields()
                headers[name] = reason
                let answer = try await world.call(
                    .put, "/guilds/{g}/bans/{member}", as: world.owner, headers: headers)
                #expect(answer.errorPaths == ["X-Audit-Log-Reason"])
            }
            #expect(try await world.call(.get, "/guilds/{g}", as: world.member).status == 200)
        }
    }

    @Test func timeoutsSilence() async throws {
        try await World.run { (world) async throws in
            let path = "/guilds/{g}/members/{member}"
            let silenced = try await world.call(
                .patch, path, as: world.owner, #"{"communication_disabled_until":"\#(Self.inAnHour())"}"#)
            #expect(silenced.json["communication_disabled_until"]?.string != nil)
            for (method, path, body) in [
                (HTTPRequest.Method.post, "/channels/{c}/messages", #"{"content":"x"}"#),
                (.post, "/channels/{c}/typing", nil),
                (.post, "/channels/{c}/invites", nil),
            ] as [(HTTPRequest.Method, String, String?)] {
                #expect(try await world.call(method, path, as: world.member, body).verdict == "403/50013")
            }
            #expect(try await world.call(.get, "/channels/{c}/messages", as: world.member).status == 200)
            let lifted = try await world.call(
                .patch, path, as: world.owner, #"{"communication_disabled_until":null}"#)
            #expect(lifted.json["communication_disabled_until"] == .null)
            _ = try await world.send("again", as: world.member)
            let wrong = try await world.call(
                .patch, path, as: world.owner, #"{"communication_disabled_until":"tomorrow"}"#)
            #expect(wrong.errorPaths == ["communication_disabled_until"])
        }
    }

    @Test func slowModeTellsHowLongToWait() async throws {
        try await World.run { (world) async throws in
            let slow = try await world.call(
                .patch, "/channels/{c}", as: world.owner, #"{"rate_limit_per_user":3600}"#)
            #expect(slow.json["rate_limit_per_user"]?.int == 3_600)
            let sent = try await world.send("first", as: world.member)
            let refused = try await world.call(
                .post, "/channels/{c}/messages", as: world.member, #"{"content":"second"}"#)
            #expect(refused.verdict == "429/20016")
            #expect((refused.json["retry_after"]?.double ?? 0) > 3_000)
            #expect(refused.headers[.via] != nil)
            #expect(refused.headers[try #require(HTTPField.Name("X-RateLimit-Scope"))] == "shared")
            // Edits are not counted.
            let edited = try await world.call(
                .patch, "/channels/{c}/messages/\(sent)", as: world.member, #"{"content":"first, edited"}"#)
            #expect(edited.status == 200)
            #expect(
                try await world.call(.patch, "/channels/{c}", as: world.owner, #"{"rate_limit_per_user":21601}"#)
                    .errorPaths == ["rate_limit_per_user"])
        }
    }

    private static func inAnHour() -> String {
        Timestamp.text(unixMilliseconds: Int64(SystemTime().unixMilliseconds) + 3_600_000)
    }
}
