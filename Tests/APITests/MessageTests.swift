import API
import Chat
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Services
import Testing
import Wire

@Suite("REST: messages") struct MessageTests {
    @Test func messagesAreSentSeenEditedAndDeleted() async throws {
        try await World.run { (world) async throws in
            let sent = try await world.call(
                .post, "/channels/{c}/messages", as: world.member,
                // As discord.py sends it.
                #"{"content":"Hi \u00e9 <@{owner}>","components":[],"tts":false,"nonce":"12345678901234567890","enforce_nonce":true}"#
            )
            #expect(sent.status == 200)
            #expect(sent.json["content"]?.string == "Hi é <@\(world.owner.id)>")
            #expect(sent.json["nonce"]?.string == "12345678901234567890")
            #expect(sent.json["mentions"]?.array?.map { $0["id"]?.string } == [world.owner.id.description])
            #expect(sent.json["edited_timestamp"] == .null)
            let id = try #require(sent.json["id"]?.string)
            let path = "/channels/{c}/messages/\(id)"
            #expect(try await world.call(.get, path, as: world.owner).json["id"]?.string == id)

            let edited = try await world.call(
                .patch, path, as: world.member, #"{"content":"Bye","attachments":[],"embeds":[]}"#)
            #expect(edited.json["content"]?.string == "Bye")
            #expect(edited.json["edited_timestamp"]?.string != nil)
            #expect(try await world.call(.patch, path, as: world.owner, #"{"content":"x"}"#).verdict == "403/50005")
            // The owner may delete it; another plain member may not.
            let other = try await World.person("other", world.services)
            _ = try await world.services.guilds.addMember(other.id, to: world.guild.guild.id)
            #expect(try await world.call(.delete, path, as: other).verdict == "403/50013")
            #expect(try await world.call(.delete, path, as: world.owner).status == 204)
            #expect(try await world.call(.get, path, as: world.member).verdict == "404/10008")
            #expect(try await world.call(.delete, path, as: world.owner).verdict == "404/10008")
            #expect(try await world.call(.patch, path, as: world.member, #"{"content":"x"}"#).verdict == "404/10008")
        }
    }

    @Test func aNodeThatIsBehindSaysWhenToComeBack() async throws {
        var limits = AdmissionLimits()
        limits.outstandingMax = 0
        try await World.run(limits: limits) { (world) async throws in
            let refused = try await world.call(.post, "/channels/{c}/messages", as: world.member, #"{"content":"x"}"#)
            #expect(refused.status == 429)
            #expect((1.0...2.0).contains(refused.json["retry_after"]?.double ?? 0))
            #expect(refused.json["global"]?.bool == false)
            // Without the first discord.py takes it for a ban; by the second hikari goes by retry_after.
            #expect(refused.headers[.via]?.isEmpty == false)
            #expect(refused.headers[try #require(.init("X-RateLimit-Scope"))] == "shared")
            #expect(["1", "2"].contains(refused.headers[.retryAfter]))
            #expect(try await world.call(.get, "/channels/{c}/messages", as: world.member).ids.isEmpty)
        }
    }

    @Test func repeatedNoncesYieldTheFirstMessage() async throws {
        try await World.run { (world) async throws in
            let body = #"{"content":"once","nonce":77,"enforce_nonce":true}"#
            let first = try await world.call(.post, "/channels/{c}/messages", as: world.member, body)
            let again = try await world.call(
                .post, "/channels/{c}/messages", as: world.member,
                #"{"content":"twice","nonce":77,"enforce_nonce":true}"#
            )
            #expect(again.status == 200)
            #expect(again.json["id"] == first.json["id"])
            #expect(again.json["content"]?.string == "once")
            #expect(again.json["nonce"]?.int == 77)
            // The same nonce of somebody else's is another one.
            let other = try await world.call(.post, "/channels/{c}/messages", as: world.owner, body)
            #expect(other.json["id"] != first.json["id"])
            #expect(try await world.call(.get, "/channels/{c}/messages", as: world.owner).ids.count == 2)
        }
    }

    @Test(arguments: ["18446744073709551615", "9223372036854775807", "-1", "0"])
    func numbersAsNoncesComeBackAsTheyWere(_ nonce: String) async throws {
        try await World.run { (world) async throws in
            let sent = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, #"{"content":"x","nonce":\#(nonce)}"#
            )
            #expect(sent.json["nonce"]?.serialized() == Array(nonce.utf8))
        }
    }

    @Test(arguments: [(2_000, "200"), (2_001, "400/50035")])
    func boundsContentInUnicodeScalars(_ count: Int, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            // Four bytes each in UTF-8, two units each in UTF-16.
            let content = String(repeating: "😀", count: count)
            let sent = try await world.call(
                .post, "/channels/{c}/messages", as: world.member, #"{"content":"\#(content)"}"#)
            #expect(sent.verdict == verdict)
            if count > 2_000 { #expect(sent.errorPaths == ["content"]) }
        }
    }

    @Test(arguments: [
        "{}", #"{"content":""}"#, #"{"content":null,"embeds":[],"components":[]}"#, #"{"content":" \n "}"#,
    ])
    func refusesEmptyMessages(_ body: String) async throws {
        try await World.run { (world) async throws in
            #expect(
                try await world.call(.post, "/channels/{c}/messages", as: world.member, body).verdict == "400/50006")
        }
    }

    @Test(arguments: [
        (#"{"content":5}"#, ["content"]), (#"{"content":"a\u0000b"}"#, ["content"]),
        (#"{"content":"x","nonce":"12345678901234567890123456"}"#, ["nonce"]),
        (#"{"content":"x","nonce":1.5}"#, ["nonce"]),
        (#"{"content":"x","nonce":[]}"#, ["nonce"]),
        (#"{"content":"x","tts":"yes","enforce_nonce":1}"#, ["tts", "enforce_nonce"]),
        (#"{"content":"x","flags":-1}"#, ["flags"]), (#"{"content":"x","flags":32768}"#, ["flags"]),
        (#"{"content":"x","message_reference":{"message_id":"1"}}"#, ["message_reference"]),
        (
            #"{"content":"x","components":[{}],"sticker_ids":["1"],"poll":{"a":1}}"#,
            ["components", "sticker_ids", "poll"]
        ),
        (#"{"content":"x","attachments":[{"id":0}]}"#, ["attachments.0.id"]),
        (#"{"content":"x","allowed_mentions":{"parse":["all"]}}"#, ["allowed_mentions.parse.0"]),
        (
            #"{"content":"x","allowed_mentions":{"users":["x"],"parse":5}}"#,
            ["allowed_mentions.users.0", "allowed_mentions.parse"]
        ),
        (#"{"content":"x","allowed_mentions":{"users":["1"],"parse":["users"]}}"#, ["allowed_mentions.users"]),
        (#"{"embeds":{}}"#, ["embeds"]), (#"{"embeds":[{}]}"#, ["embeds.0.description"]),
        (#"{"embeds":[1]}"#, ["embeds.0"]),
        (#"{"embeds":[{"title":"x","color":16777216}]}"#, ["embeds.0.color"]),
        (#"{"embeds":[{"title":"x","url":"javascript:alert(1)"}]}"#, ["embeds.0.url"]),
        (#"{"embeds":[{"title":"x","timestamp":"yesterday"}]}"#, ["embeds.0.timestamp"]),
        (#"{"embeds":[{"title":"x","timestamp":"2026-02-30T00:00:00Z"}]}"#, ["embeds.0.timestamp"]),
        (#"{"embeds":[{"fields":[{"name":"n"}]}]}"#, ["embeds.0.fields.0.value"]),
        (#"{"embeds":[{"footer":"x","title":"t"}]}"#, ["embeds.0.footer"]),
    ])
    func namesEveryWrongField(_ body: String, _ fields: [String]) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, "/channels/{c}/messages", as: world.owner, body)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == Set(fields))
        }
    }

    struct EmbedLimit: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var right: String
        var wrong: String
        var path: String
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static func fields(_ count: Int) -> String {
        Array(repeating: #"{"name":"n","value":"v"}"#, count: count).joined(separator: ",")
    }

    static let embedLimits = [
        EmbedLimit(
            testDescription: "title", right: #"{"title":"\#(text(256))"}"#, wrong: #"{"title":"\#(text(257))"}"#,
            path: "embeds.0.title"
        ),
        EmbedLimit(
            testDescription: "description", right: #"{"description":"\#(text(4_096))"}"#,
            wrong: #"{"description":"\#(text(4_097))"}"#,
            path: "embeds.0.description"
        ),
        EmbedLimit(
            testDescription: "fields", right: #"{"fields":[\#(fields(25))]}"#,
            wrong: #"{"title":"t","fields":[\#(fields(26))]}"#,
            path: "embeds.0.fields"
        ),
        EmbedLimit(
            testDescription: "footer", right: #"{"footer":{"text":"\#(text(2_048))"}}"#,
            wrong: #"{"title":"t","footer":{"text":"\#(text(2_049))"}}"#, path: "embeds.0.footer.text"
        ),
        EmbedLimit(
            testDescription: "total", right: #"{"description":"\#(text(4_000))"},{"description":"\#(text(2_000))"}"#,
            wrong: #"{"description":"\#(text(4_000))"},{"description":"\#(text(2_001))"}"#, path: "embeds"
        ),
        EmbedLimit(
            testDescription: "count", right: Array(repeating: #"{"title":"t"}"#, count: 10).joined(separator: ","),
            wrong: Array(repeating: #"{"title":"t"}"#, count: 11).joined(separator: ","), path: "embeds"
        ),
    ]

    @Test(arguments: embedLimits)
    func boundsEmbeds(_ limit: EmbedLimit) async throws {
        try await World.run { (world) async throws in
            let right = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, #"{"embeds":[\#(limit.right)]}"#)
            #expect(right.verdict == "200")
            let wrong = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, #"{"embeds":[\#(limit.wrong)]}"#)
            #expect(wrong.verdict == "400/50035")
            #expect(wrong.errorPaths == [limit.path])
        }
    }

    @Test func echoesEmbedsWithoutWhatTheyShouldNotHold() async throws {
        try await World.run { (world) async throws in
            let sent = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner,
                #"{"embeds":[{"title":"t","color":255,"type":"evil","url":null,"junk":{"a":1},"timestamp":"2026-08-01T12:00:00.5+02:00","#
                    + #""author":{"name":"a","url":null},"fields":[{"name":"n","value":"v"}]}]}"#
            )
            let embed = try #require(sent.json["embeds"]?.array?.first)
            #expect(
                Set(embed.object?.members.map(\.key) ?? []) == [
                    "title", "color", "type", "timestamp", "author", "fields",
                ])
            #expect(embed["type"]?.string == "rich")
            #expect(embed["timestamp"]?.string == "2026-08-01T10:00:00.500000+00:00")
            #expect(embed["fields"]?.array?.first?["inline"]?.bool == false)
            let id = try #require(sent.json["id"]?.string)
            let stored = try await world.call(.get, "/channels/{c}/messages/\(id)", as: world.member)
            #expect(stored.json["embeds"] == sent.json["embeds"])
        }
    }

    @Test func historyPagesInEveryDirection() async throws {
        try await World.run { (world) async throws in
            var sent: [String] = []
            for number in 0..<7 { sent.append(try await world.send("m\(number)", as: world.member)) }
            let newestFirst = Array(sent.reversed())
            let path = "/channels/{c}/messages"
            #expect(try await world.call(.get, path, as: world.owner).ids == newestFirst)
            #expect(try await world.call(.get, path + "?limit=2", as: world.owner).ids == Array(newestFirst.prefix(2)))
            #expect(
                try await world.call(.get, path + "?before=\(sent[3])&limit=2", as: world.owner).ids == [
                    sent[2], sent[1],
                ])
            // The ones right after it, newest first all the same.
            #expect(
                try await world.call(.get, path + "?after=\(sent[3])&limit=2", as: world.owner).ids == [
                    sent[5], sent[4],
                ])
            let around = try await world.call(.get, path + "?around=\(sent[3])&limit=3", as: world.owner)
            #expect(around.ids == [sent[4], sent[3], sent[2]])
            #expect(try await world.call(.get, path + "?before=1", as: world.owner).ids == [])
        }
    }

    @Test func takesBothSpellingsOfAMessageID() async throws {
        try await World.run { (world) async throws in
            let sent = try await world.send("x", as: world.member)
            let id = try #require(MessageID(decimal: sent))
            let spelled = TimeUUIDSpelling.spell(id)
            #expect(
                try await world.call(.get, "/channels/{c}/messages/\(spelled)", as: world.owner).json["id"]?.string
                    == sent)
            #expect(
                try await world.call(.get, "/channels/{c}/messages?around=\(spelled)", as: world.owner).ids == [sent])
        }
    }

    @Test func historyIsEmptyWithoutItsPermission() async throws {
        try await World.run { (world) async throws in
            let sent = try await world.send("x", as: world.owner)
            _ = try await world.call(
                .put, "/channels/{c}/permissions/{g}", as: world.owner, #"{"type":0,"deny":"65536"}"#)
            let page = try await world.call(.get, "/channels/{c}/messages", as: world.member)
            #expect(page.status == 200)
            #expect(page.json.array == [])
            #expect(
                try await world.call(.get, "/channels/{c}/messages/\(sent)", as: world.member).verdict == "403/50013")
        }
    }

    @Test func deletesManyAtOnce() async throws {
        try await World.run { (world) async throws in
            let sent = [try await world.send("a", as: world.member), try await world.send("b", as: world.member)]
            let kept = try await world.send("c", as: world.member)
            let path = "/channels/{c}/messages/bulk-delete"
            // One id as a string, one as an integer.
            let body = #"{"messages":["\#(sent[0])",\#(sent[1])]}"#
            #expect(try await world.call(.post, path, as: world.member, body).verdict == "403/50013")
            #expect(try await world.call(.post, path, as: world.owner, body).status == 204)
            #expect(try await world.call(.get, "/channels/{c}/messages", as: world.owner).ids == [kept])
        }
    }

    @Test(arguments: [
        (#"{"messages":["1"]}"#, "400/50016"), (#"{"messages":[]}"#, "400/50016"),
        (#"{"messages":["1","2"]}"#, "400/50034"),
        (#"{"messages":"x"}"#, "400/50035"), (#"{"messages":["x","y"]}"#, "400/50035"), ("{}", "400/50035"),
        (#"{"messages":[\#((1...101).map(String.init).joined(separator: ","))]}"#, "400/50016"),
    ])
    func boundsBulkDeletion(_ body: String, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            #expect(
                try await world.call(.post, "/channels/{c}/messages/bulk-delete", as: world.owner, body).verdict
                    == verdict)
        }
    }

    @Test func categoriesTakeNoMessages() async throws {
        try await World.run { (world) async throws in
            let category = try #require(world.guild.channels.values.first { $0.kind == .category }).id
            let path = "/channels/\(category)/messages"
            #expect(try await world.call(.post, path, as: world.owner, #"{"content":"x"}"#).verdict == "403/50008")
            #expect(try await world.call(.get, path, as: world.owner).verdict == "403/50024")
        }
    }

    // Multipart.

    private static func form(_ parts: [(header: String, content: String)], end: String = "--\r\n") -> String {
        parts.map { "--b0\r\n\($0.header)\r\n\r\n\($0.content)\r\n" }.joined() + "--b0" + end
    }

    private static let payload = (
        header: "Content-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/octet-stream",
        content: #"{"content":"from a form"}"#
    )
    private static let formType: HTTPFields = [.contentType: "multipart/form-data; boundary=\"b0\""]

    @Test(arguments: [TransferCoding.whole, .chunked])
    func takesFormsThatHoldNothingButJSON(_ coding: TransferCoding) async throws {
        try await World.run(.live) { (world) async throws in
            var headers = Self.formType
            if coding == .chunked { headers[.transferEncoding] = "chunked" }
            let sent = try await world.call(
                .post, "/channels/{c}/messages", as: world.member, Self.form([Self.payload]), headers: headers)
            #expect(sent.json["content"]?.string == "from a form")
        }
    }

    enum TransferCoding: Sendable { case whole, chunked }

    @Test(arguments: [
        ("", "400/0"), ("--b0--\r\n", "400/50035"), (form([payload], end: ""), "400/0"),
        ("--b1\r\n\r\nx\r\n--b1--", "400/0"),
        (form([("X-Other: 1", "x")]), "400/0"), (form([(payload.header, "{")]), "400/50109"),
        (form(Array(repeating: payload, count: 33)), "400/0"),
    ])
    func refusesBrokenForms(_ body: String, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(
                .post, "/channels/{c}/messages", as: world.member, body, headers: Self.formType)
            #expect(answer.verdict == verdict)
        }
    }
}
