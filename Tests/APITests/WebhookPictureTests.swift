import API
import Chat
import HTTPTypes
import Interface
import Services
import Testing
import Wire

/// What webhooks send beside text, and what they, users and guilds are seen with.
@Suite("REST: webhooks' files, and images") struct WebhookPictureTests {
    private static let form: HTTPFields = [.contentType: "multipart/form-data; boundary=\"b0\""]
    private static let picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCA=="
    private static let moving = "data:image/gif;base64,R0lGODlhAgADAA=="

    private static func made(_ world: World, _ body: String = #"{"name":"Herald"}"#) async throws -> Answer {
        let answer = try await world.call(.post, "/channels/{c}/webhooks", as: world.owner, body)
        #expect(answer.status == 200, "\(answer.verdict)")
        return answer
    }

    private static func path(_ hook: Answer) throws -> String {
        let id = try #require(hook.json["id"]?.string)
        return "/webhooks/\(id)/\(try #require(hook.json["token"]?.string))"
    }

    private static func send(
        _ world: World, _ path: String, _ parts: [AttachmentTests.Part], _ method: HTTPRequest.Method = .post
    ) async throws -> Answer {
        try await world.raw(method, "/api/v10" + path, as: nil, AttachmentTests.form(parts), headers: form)
    }

    private static func names(_ answer: Answer) -> [String] {
        answer.json["attachments"]?.array?.compactMap { $0["filename"]?.string } ?? []
    }

    // MARK: Files

    @Test func filesOfWebhooksComeBackAsTheyWereSent() async throws {
        try await World.run { (world) async throws in
            let path = try Self.path(try await Self.made(world))
            let sent = try await Self.send(
                world, path + "?wait=true",
                [
                    .json(#"{"username":"Robin","attachments":[{"id":0,"filename":"a.png","description":"it"}]}"#),
                    .file(0, "x", AttachmentTests.png), .text(1, "b.txt", "hello"),
                ])
            #expect(sent.status == 200, "\(sent.verdict)")
            #expect(Self.names(sent) == ["a.png", "b.txt"])
            #expect(sent.json["author"]?["username"]?.string == "Robin")
            let url = try #require(sent.json["attachments"]?.array?[1]["url"]?.string)
            let fetched = try await world.raw(.get, String(url.dropFirst("http://files".count)))
            #expect(fetched.bytes == Array("hello".utf8))
            // Without wait the answer comes before the message.
            #expect(try await Self.send(world, path, [.json("{}"), .text(0, "c.txt", "x")]).status == 204)
        }
    }

    @Test func editsOfWebhooksKeepAddAndRemoveFiles() async throws {
        try await World.run { (world) async throws in
            let path = try Self.path(try await Self.made(world))
            let sent = try await Self.send(
                world, path + "?wait=true", [.json("{}"), .text(0, "a.txt", "a"), .text(1, "b.txt", "b")])
            let id = try #require(sent.json["id"]?.string)
            let kept = try #require(sent.json["attachments"]?.array?[1]["id"]?.string)
            let edited = try await Self.send(
                world, path + "/messages/\(id)",
                [
                    .json(#"{"attachments":[{"id":"\#(kept)"},{"id":0,"filename":"c.txt"}]}"#),
                    .text(0, "c.txt", "c"),
                ], .patch)
            #expect(Self.names(edited) == ["b.txt", "c.txt"])
            #expect(Self.names(try await world.call(.get, path + "/messages/\(id)")) == ["b.txt", "c.txt"])
        }
    }

    @Test func filesCountForWhoMadeTheWebhookAndForItsGuild() async throws {
        for (quota, isRefused) in [(FileQuota(owner: 8), true), (FileQuota(guild: 8), true), (FileQuota(), false)] {
            try await World.run(files: AttachmentLimits(quota: quota)) { (world) async throws in
                let path = try Self.path(try await Self.made(world))
                let first = try await Self.send(world, path + "?wait=true", [.json("{}"), .text(0, "a", "12345")])
                #expect(first.status == 200)
                let second = try await Self.send(world, path + "?wait=true", [.json("{}"), .text(0, "a", "12345")])
                #expect(second.verdict == (isRefused ? "413/40005" : "200"))
            }
        }
    }

    @Test func filesAreRefusedWithoutTheToken() async throws {
        try await World.run { (world) async throws in
            let id = try #require(try await Self.made(world).json["id"]?.string)
            let wrong = "/webhooks/\(id)/" + String(repeating: "a", count: 68)
            #expect(try await Self.send(world, wrong, [.json("{}"), .text(0, "a", "x")]).verdict == "404/10015")
        }
    }

    @Test func threadsAreRefusedByEveryCall() async throws {
        try await World.run { (world) async throws in
            let path = try Self.path(try await Self.made(world))
            let sent = try await world.call(.post, path + "?wait=true", as: nil, #"{"content":"x"}"#)
            let message = path + "/messages/\(try #require(sent.json["id"]?.string))?thread_id=5"
            #expect(try await world.call(.get, message).verdict == "404/10003")
            #expect(try await world.call(.patch, message, as: nil, #"{"content":"y"}"#).verdict == "404/10003")
            #expect(try await world.call(.delete, message).verdict == "404/10003")
        }
    }

    // MARK: Images

    @Test func avatarsOfWebhooksAreSetReplacedAndTakenAway() async throws {
        try await World.run { (world) async throws in
            let hook = try await Self.made(world, #"{"name":"Herald","avatar":"\#(Self.picture)"}"#)
            let id = try #require(hook.json["id"]?.string)
            let first = try #require(hook.json["avatar"]?.string)
            let image = try await world.raw(.get, "/avatars/\(id)/\(first).png?size=128")
            #expect(image.status == 200)
            #expect(image.headers[.contentType] == "image/png")
            #expect(image.headers[.xContentTypeOptions] == "nosniff")
            #expect(image.bytes == AttachmentTests.png)
            let path = try Self.path(hook)
            let sent = try await world.call(.post, path + "?wait=true", as: nil, #"{"content":"x"}"#)
            #expect(sent.json["author"]?["avatar"]?.string == first)
            // By token, with another one.
            let second = try await world.call(.patch, path, as: nil, #"{"avatar":"\#(Self.moving)"}"#)
            let moving = try #require(second.json["avatar"]?.string)
            #expect(moving.hasPrefix("a_"))
            #expect(try await world.raw(.get, "/avatars/\(id)/\(moving).gif").status == 200)
            #expect(try await world.raw(.get, "/avatars/\(id)/\(first).png").status == 404)
            // A name alone leaves it.
            let named = try await world.call(.patch, "/webhooks/\(id)", as: world.owner, #"{"name":"Crier"}"#)
            #expect(named.json["avatar"]?.string == moving)
            let bare = try await world.call(.patch, "/webhooks/\(id)", as: world.owner, #"{"avatar":null}"#)
            #expect(bare.json["avatar"]?.isNull == true)
            #expect(try await world.raw(.get, "/avatars/\(id)/\(moving).gif").status == 404)
        }
    }

    @Test func imagesGoWithTheirWebhook() async throws {
        try await World.run { (world) async throws in
            let hook = try await Self.made(world, #"{"name":"Herald","avatar":"\#(Self.picture)"}"#)
            let avatar = "/avatars/\(hook.json["id"]?.string ?? "")/\(hook.json["avatar"]?.string ?? "").webp"
            #expect(try await world.raw(.get, avatar).status == 200)
            #expect(try await world.call(.delete, try Self.path(hook)).status == 204)
            #expect(try await world.raw(.get, avatar).status == 404)
        }
    }

    @Test func usersAndGuildsBearImages() async throws {
        try await World.run { (world) async throws in
            let user = try await world.call(
                .patch, "/users/@me", as: world.member, #"{"avatar":"\#(Self.picture)"}"#)
            let avatar = try #require(user.json["avatar"]?.string)
            #expect(try await world.raw(.get, world.filled("/avatars/{member}/\(avatar).png")).status == 200)
            // An image is its holder's.
            #expect(try await world.raw(.get, world.filled("/avatars/{owner}/\(avatar).png")).status == 404)
            let guild = try await world.call(
                .patch, "/guilds/{g}", as: world.owner, #"{"icon":"\#(Self.picture)"}"#)
            let icon = try #require(guild.json["icon"]?.string)
            #expect(try await world.raw(.get, world.filled("/icons/{g}/\(icon).png")).status == 200)
            let denied = try await world.call(
                .patch, "/guilds/{g}", as: world.member, #"{"icon":"\#(Self.picture)"}"#)
            #expect(denied.verdict == "403/50013")
            let none = try await world.call(.patch, "/guilds/{g}", as: world.owner, #"{"icon":null}"#)
            #expect(none.json["icon"]?.isNull == true)
            #expect(try await world.raw(.get, world.filled("/icons/{g}/\(icon).png")).status == 404)
        }
    }

    @Test func groupsBearIcons() async throws {
        try await World.run { (world) async throws in
            let opened = try await world.call(
                .post, "/users/@me/channels", as: world.owner, #"{"recipients":["{member}","{stranger}"]}"#)
            let group = try #require(opened.json["id"]?.string)
            let changed = try await world.call(
                .patch, "/channels/\(group)", as: world.member, #"{"icon":"\#(Self.picture)"}"#)
            let icon = try #require(changed.json["icon"]?.string)
            #expect(try await world.raw(.get, "/channel-icons/\(group)/\(icon).png").status == 200)
            let bare = try await world.call(
                .patch, "/channels/\(group)", as: world.owner, #"{"icon":null,"name":"Band"}"#)
            #expect(bare.json["icon"]?.isNull == true)
            #expect(bare.json["name"]?.string == "Band")
            #expect(try await world.raw(.get, "/channel-icons/\(group)/\(icon).png").status == 404)
            let pair = try await world.call(
                .post, "/users/@me/channels", as: world.owner, #"{"recipient_id":"{member}"}"#)
            let refused = try await world.call(
                .patch, "/channels/\(pair.json["id"]?.string ?? "")", as: world.owner, #"{"icon":null}"#)
            #expect(refused.verdict == "403/50003")
        }
    }

    @Test(arguments: ["/avatars/1/x", "/avatars/1/x.svg", "/avatars/x/y.png", "/avatars/1/%2E%2E%2Fetc.png"])
    func otherPathsNameNothing(_ path: String) async throws {
        try await World.run { (world) async throws in
            #expect(try await world.raw(.get, path).verdict == "404/0")
        }
    }

    // MARK: Audit log

    @Test func whatBecomesOfWebhooksIsRecorded() async throws {
        try await World.run { (world) async throws in
            let hook = try await Self.made(world)
            let path = try Self.path(hook)
            var headers = HTTPFields()
            headers[try #require(HTTPField.Name("X-Audit-Log-Reason"))] = "new%20name"
            _ = try await world.call(
                .patch, "/webhooks/\(hook.json["id"]?.string ?? "")", as: world.owner, #"{"name":"Crier"}"#,
                headers: headers)
            let listed = try await world.call(.get, "/guilds/{g}/audit-logs", as: world.owner)
            #expect(listed.json["webhooks"]?.array?.compactMap { $0["name"]?.string } == ["Crier"])
            #expect(try await world.call(.delete, path).status == 204)
            let log = try await world.call(.get, "/guilds/{g}/audit-logs", as: world.owner)
            let entries = log.json["audit_log_entries"]?.array ?? []
            #expect(entries.map { $0["action_type"]?.int } == [52, 51, 50])
            #expect(entries.map { $0["target_id"]?.string } == Array(repeating: hook.json["id"]?.string, count: 3))
            #expect(entries[1]["reason"]?.string == "new name")
            #expect(entries[1]["changes"]?.array?.map { $0["key"]?.string } == ["name"])
            // Whoever has the token is nobody: it is the webhook's own doing.
            #expect(entries[0]["user_id"]?.string == hook.json["id"]?.string)
        }
    }
}
