import BackendContracts
import Chat
import HTTPTypes
import HummingbirdTesting
import Interface
import NIOCore
import Services
import Testing
import Wire

@Suite("REST: attachments") struct AttachmentTests {
    private static let formType: HTTPFields = [.contentType: "multipart/form-data; boundary=\"b0\""]
    static let png: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8) + [0, 0, 0, 3, 0, 0, 0, 2, 8]

    struct Part: Sendable {
        var name: String
        var filename: String?
        var content: [UInt8]

        static func json(_ text: String) -> Part { Part(name: "payload_json", content: Array(text.utf8)) }

        static func file(_ index: Int, _ filename: String?, _ content: [UInt8]) -> Part {
            Part(name: "files[\(index)]", filename: filename, content: content)
        }

        static func text(_ index: Int, _ filename: String?, _ text: String) -> Part {
            file(index, filename, Array(text.utf8))
        }
    }

    static func form(_ parts: [Part]) -> ByteBuffer {
        var bytes: [UInt8] = []
        for part in parts {
            let filename = part.filename.map { "; filename=\"\($0)\"" } ?? ""
            bytes += "--b0\r\nContent-Disposition: form-data; name=\"\(part.name)\"\(filename)\r\n\r\n".utf8
            bytes += part.content
            bytes += "\r\n".utf8
        }
        bytes += "--b0--\r\n".utf8
        return ByteBuffer(bytes: bytes)
    }

    private static func send(
        _ world: World, _ parts: [Part], as person: Person? = nil, to channel: String = "{c}"
    ) async throws -> Answer {
        try await world.raw(
            .post, "/api/v10" + world.filled("/channels/\(channel)/messages"), as: person ?? world.member, form(parts),
            headers: formType)
    }

    private static func edit(_ world: World, _ id: String, _ parts: [Part]) async throws -> Answer {
        try await world.raw(
            .patch, "/api/v10" + world.filled("/channels/{c}/messages/\(id)"), as: world.member, form(parts),
            headers: formType)
    }

    /// Without a token, as both libraries do.
    private static func fetch(_ world: World, _ url: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await world.raw(.get, String(url.dropFirst("http://files".count)), headers: headers)
    }

    private static func url(_ answer: Answer, _ index: Int = 0) throws -> String {
        try #require(answer.json["attachments"]?.array?[index]["url"]?.string, "\(answer.verdict)")
    }

    /// One of the files that a message came back with.
    private static func fetch(
        _ world: World, _ sent: Answer, _ index: Int = 0, headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await fetch(world, try url(sent, index), headers)
    }

    private static func names(_ answer: Answer) -> [String] {
        answer.json["attachments"]?.array?.compactMap { $0["filename"]?.string } ?? []
    }

    // MARK: Sending

    @Test func filesComeBackAsTheyWereSent() async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(
                world,
                [
                    .json(
                        #"""
                        {"content":"two","attachments":[{"id":1,"filename":"naïve ☃.png","description":"a dot"},
                        {"id":"0","filename":"notes.txt"}]}
                        """#),
                    .text(0, "ignored", "hello"), .file(1, "na%C3%AFve.png", Self.png),
                ])
            #expect(sent.status == 200)
            #expect(Self.names(sent) == ["naïve ☃.png", "notes.txt"])
            let first = try #require(sent.json["attachments"]?.array?.first)
            #expect(first["content_type"]?.string == "image/png")
            #expect(first["description"]?.string == "a dot")
            #expect(first["width"]?.int == 3)
            #expect(first["height"]?.int == 2)
            #expect(first["size"]?.int == Self.png.count)
            #expect(first["proxy_url"]?.string == first["url"]?.string)
            let image = try await Self.fetch(world, sent)
            #expect(image.status == 200)
            #expect(image.bytes == Self.png)
            let text = try await Self.fetch(world, sent, 1)
            #expect(text.bytes == Array("hello".utf8))
            let read = try await world.call(
                .get, "/channels/{c}/messages/\(try #require(sent.json["id"]?.string))", as: world.owner)
            #expect(Self.names(read) == Self.names(sent))
        }
    }

    /// The JSON may be last, files need no entry, and brackets may be encoded; hikari writes its names so, too.
    @Test func takesTheHabitsOfLibraries() async throws {
        try await World.run(.live) { (world) async throws in
            let parts = [
                Part(name: "files%5B0%5D", filename: "a%20b.txt", content: Array("x".utf8)),
                Part(name: "files%5B7%5D", filename: "c;d.txt", content: []), .json(#"{"content":""}"#),
            ]
            var headers = Self.formType
            headers[.transferEncoding] = "chunked"
            let sent = try await world.raw(
                .post, world.filled("/api/v10/channels/{c}/messages"), as: world.member, Self.form(parts),
                headers: headers)
            #expect(sent.status == 200, "\(sent.verdict)")
            #expect(Self.names(sent) == ["a b.txt", "c;d.txt"])
            #expect(try await Self.fetch(world, sent, 1).status == 200)
        }
    }

    @Test func aBoundaryMayLieAnywhereInTheStream() async throws {
        try await World.run { (world) async throws in
            let tricky = Array("\r\n--b\r\n--b1\r\n-\r\n--\r\n\r\n--b".utf8)
            for size in [0, 1, 131_071, 131_072, 300_000] {
                let content = Array(repeating: UInt8(13), count: size) + tricky
                let sent = try await Self.send(world, [.json("{}"), .file(0, "x.bin", content)])
                #expect(try await Self.fetch(world, sent).bytes == content, "\(size)")
            }
        }
    }

    @Test(arguments: [
        "../../etc/passwd", "a/b", "c:\\\\x", "..", ".", "", "a\\u0000b", "a\\u001bb", "gnp.\\u202Eexe", "\\u200b",
        " ",
        String(repeating: "x", count: 261),
    ])
    func refusesNamesThatAreNoLabels(_ name: String) async throws {
        try await World.run { (world) async throws in
            let payload = #"{"attachments":[{"id":0,"filename":"\#(name)"}]}"#
            let answer = try await Self.send(world, [.json(payload), .text(0, "a.txt", "x")])
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == ["attachments.0.filename"])
        }
    }

    @Test func refusesWhatIsBeyondTheLimits() async throws {
        let limits = AttachmentLimits(requestBytesMax: 1_000, filesMax: 2)
        try await World.run(files: limits) { (world) async throws in
            func verdict(_ parts: [Part]) async throws -> String { try await Self.send(world, parts).verdict }
            let half = Array(repeating: UInt8(7), count: 500)
            #expect(try await verdict([.json("{}"), .file(0, "a", half), .file(1, "b", half)]) == "200")
            #expect(try await verdict([.json("{}"), .file(0, "a", half), .file(1, "b", half + [7])]) == "413/40005")
            let three = (0..<3).map { Part.text($0, "a", "x") }
            #expect(try await verdict([.json("{}")] + three) == "400/50035")
            #expect(try await verdict([.json("{}"), .text(0, "a", "x"), .text(0, "b", "x")]) == "400/50035")
            #expect(try await verdict([.json("{}"), .text(0, nil, "x")]) == "400/50035")
            #expect(try await verdict([.text(0, "a", "x")]) == "400/50035")
            #expect(try await verdict([.json("{"), .text(0, "a", "x")]) == "400/50109")
            #expect(try await verdict([.json("{}"), .text(0, String(repeating: "n", count: 5_000), "x")]) == "400/0")
            let many = (0..<40).map { Part(name: "x\($0)", filename: nil, content: []) }
            #expect(try await verdict([.json("{}")] + many) == "400/0")
            let bomb = Part(name: "payload_json", content: Array(repeating: 0x20, count: 1_048_577))
            #expect(try await verdict([bomb]) == "413/40005")
        }
    }

    @Test func refusedFilesLeaveNothingBehind() async throws {
        let limits = AttachmentLimits(quota: FileQuota(owner: 1_000))
        try await World.run(files: limits) { (world) async throws in
            for _ in 0..<5 {
                let refused = try await Self.send(
                    world, [.json(#"{"tts":1}"#), .file(0, "a", Array(repeating: 7, count: 900))])
                #expect(refused.verdict == "400/50035")
            }
            let file = Part.file(0, "a", Array(repeating: 7, count: 900))
            #expect(try await Self.send(world, [.json("{}"), file]).status == 200)
            #expect(try await Self.send(world, [.json("{}"), file]).verdict == "413/40005")
            #expect(try await Self.send(world, [.json("{}"), file], as: world.owner).status == 200)
        }
    }

    @Test func filesNeedThePermission() async throws {
        try await World.run { (world) async throws in
            let everyone = world.guild.guild.id.description
            let denied = try await world.call(
                .put, "/channels/{c}/permissions/\(everyone)", as: world.owner,
                #"{"type":0,"allow":"0","deny":"32768"}"#)
            #expect(denied.status == 204)
            let parts = [Part.json(#"{"content":"x"}"#), .text(0, "a", "x")]
            #expect(try await Self.send(world, parts).verdict == "403/50013")
            #expect(try await Self.send(world, [parts[0]]).status == 200)
            #expect(try await Self.send(world, parts, as: world.owner).status == 200)
            #expect(try await Self.send(world, parts, as: world.stranger).verdict == "404/10003")
            let other = try await Self.send(world, parts, to: "{fc}")
            #expect(other.verdict == "404/10003")
        }
    }

    @Test func directMessagesHaveFilesToo() async throws {
        try await World.run { (world) async throws in
            let opened = try await world.call(
                .post, "/users/@me/channels", as: world.member, #"{"recipient_id":"{owner}"}"#)
            let channel = try #require(opened.json["id"]?.string)
            let sent = try await Self.send(world, [.json("{}"), .text(0, "a.txt", "for you")], to: channel)
            #expect(try await Self.fetch(world, sent).bytes == Array("for you".utf8))
        }
    }

    // MARK: Editing

    @Test func editsKeepAddAndRemove() async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(
                world, [.json("{}"), .text(0, "a.txt", "a"), .text(1, "b.txt", "b")])
            let id = try #require(sent.json["id"]?.string)
            let kept = try #require(sent.json["attachments"]?.array?[1]["id"]?.string)
            let gone = try Self.url(sent)
            let changed = try await Self.edit(
                world, id,
                [
                    .json(
                        #"{"attachments":[{"id":"\#(kept)","description":"still here"},{"id":0,"filename":"c.txt"}]}"#),
                    .text(0, "c", "c"),
                ])
            #expect(Self.names(changed) == ["b.txt", "c.txt"])
            #expect(changed.json["attachments"]?.array?.first?["description"]?.string == "still here")
            #expect(try await Self.fetch(world, gone).status == 404)
            #expect(try await Self.fetch(world, changed, 1).bytes == Array("c".utf8))

            let path = "/channels/{c}/messages/\(id)"
            let same = try await world.call(.patch, path, as: world.member, #"{"content":"words"}"#)
            #expect(Self.names(same) == ["b.txt", "c.txt"])
            let words = try await world.call(.patch, path, as: world.member, #"{"attachments":[]}"#)
            #expect(Self.names(words).isEmpty)
            #expect(words.json["content"]?.string == "words")
            let empty = try await world.call(
                .patch, path, as: world.member, #"{"content":"","attachments":[]}"#)
            #expect(empty.verdict == "400/50006")
        }
    }

    @Test func aMessageWithAFileNeedsNoWords() async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(world, [.json(#"{"content":"x"}"#), .text(0, "a.txt", "a")])
            let path = "/channels/{c}/messages/\(try #require(sent.json["id"]?.string))"
            let cleared = try await world.call(.patch, path, as: world.member, #"{"content":""}"#)
            #expect(cleared.json["content"]?.string == "")
            #expect(Self.names(cleared) == ["a.txt"])
            let last = try await world.call(.patch, path, as: world.member, #"{"attachments":[]}"#)
            #expect(last.verdict == "400/50006")
        }
    }

    @Test func anEditLeavesAtMostTen() async throws {
        try await World.run { (world) async throws in
            let files = (0..<10).map { Part.text($0, "\($0).txt", "x") }
            let sent = try await Self.send(world, [.json("{}")] + files)
            let ids = sent.json["attachments"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(ids.count == 10)
            let kept = ids.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
            let answer = try await Self.edit(
                world, try #require(sent.json["id"]?.string),
                [.json(#"{"attachments":[\#(kept)]}"#), .text(0, "more.txt", "x")])
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == ["attachments"])
        }
    }

    // MARK: Fetching

    @Test func addressesEndWithTheirMessage() async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(world, [.json("{}"), .text(0, "a.txt", "a")])
            let url = try Self.url(sent)
            #expect(try await Self.fetch(world, url).status == 200)
            let id = try #require(sent.json["id"]?.string)
            #expect(try await world.call(.delete, "/channels/{c}/messages/\(id)", as: world.member).status == 204)
            #expect(try await Self.fetch(world, url).status == 404)
        }
    }

    @Test func addressesCannotBeMadeUp() async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(world, [.json("{}"), .text(0, "a.txt", "a")])
            let url = try Self.url(sent)
            let mark = try #require(url.firstIndex(of: "?"))
            let query = url[url.index(after: mark)...].split(separator: "&").map(String.init)
            let path = String(url[..<mark])
            let late = "ex=\(UInt64.max)"
            let wrong = [
                path, path + "?" + query.dropLast().joined(separator: "&"),
                path + "?" + ([late] + query.dropFirst()).joined(separator: "&"),
                path + "?ex=1&" + query.dropFirst().joined(separator: "&"),
                path + "?" + [query[0], "m=5", query[2]].joined(separator: "&"),
                url + "0", "http://files/attachments/1/2/x?" + query.joined(separator: "&"),
                "http://files/attachments/x/..%2F..%2Fetc/passwd?" + query.joined(separator: "&"),
            ]
            for url in wrong { #expect(try await Self.fetch(world, url).verdict == "404/0", "\(url)") }
            // The name is for people.
            let renamed = "http://files/attachments" + path.dropFirst("http://files/attachments".count).dropLast(5)
            #expect(try await Self.fetch(world, renamed + "other?" + query.joined(separator: "&")).status == 200)
        }
    }

    @Test(arguments: [
        ("page.html", "<html><script>x</script>", "attachment"), ("image.svg", "<svg onload='x'/>", "attachment"),
        ("x.exe", "\u{0}\u{1}", "attachment"), ("x.gif", "GIF89a\u{1}\u{0}\u{1}\u{0}", "inline"),
    ])
    func whatIsServedCannotRun(_ name: String, _ content: String, _ disposition: String) async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(world, [.json("{}"), .text(0, name, content)])
            let file = try await Self.fetch(world, sent)
            let type = file.headers[.contentType] ?? ""
            #expect(!type.contains("html") && !type.contains("svg") && !type.contains("script"))
            #expect(file.headers[.contentDisposition]?.hasPrefix(disposition + "; filename=\"\(name)\"") == true)
            #expect(file.headers[.xContentTypeOptions] == "nosniff")
            #expect(file.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
            #expect(file.headers[.cacheControl] == "no-store")
        }
    }

    @Test func namesAreWrittenForEveryReader() async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(
                world, [.json(#"{"attachments":[{"id":0,"filename":"a\"é;.txt"}]}"#), .text(0, "a", "x")])
            let file = try await Self.fetch(world, sent)
            #expect(
                file.headers[.contentDisposition]
                    == "attachment; filename=\"a__;.txt\"; filename*=UTF-8''a%22%C3%A9%3B.txt")
        }
    }

    @Test(
        arguments: [
            ("bytes=2-4", 206, "234", "bytes 2-4/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"),
            ("bytes=-3", 206, "789", "bytes 7-9/10"), ("bytes=0-99999999999999999999", 200, "0123456789", nil),
            ("bytes=0-99", 206, "0123456789", "bytes 0-9/10"), ("bytes=10-", 416, nil, "bytes */10"),
            ("bytes=-0", 416, nil, "bytes */10"), ("bytes=5-2", 200, "0123456789", nil),
            ("bytes=0-1,3-4", 200, "0123456789", nil), ("lines=1-2", 200, "0123456789", nil),
            ("bytes=a-b", 200, "0123456789", nil),
        ] as [(String, Int, String?, String?)])
    func partsAreServed(_ range: String, _ status: Int, _ content: String?, _ contentRange: String?) async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(world, [.json("{}"), .text(0, "a.txt", "0123456789")])
            let part = try await Self.fetch(world, sent, headers: [.range: range])
            #expect(part.status == status)
            #expect(part.headers[.contentRange] == contentRange)
            if let content { #expect(part.bytes == Array(content.utf8)) }
        }
    }

    // MARK: Searching

    @Test func filesAreSearchedFor() async throws {
        try await World.run { (world) async throws in
            let sent = try await Self.send(world, [.json(#"{"content":"see"}"#), .file(0, "Dot.PNG", Self.png)])
            let id = try #require(sent.json["id"]?.string)
            _ = try await world.send("see nothing", as: world.member)
            func found(_ query: String) async throws -> [String] {
                let answer = try await world.call(.get, "/guilds/{g}/messages/search?" + query, as: world.owner)
                return answer.json["messages"]?.array?.compactMap { $0.array?.first?["id"]?.string } ?? []
            }
            try await eventually("the index to know both", deadlineMilliseconds: 20_000) {
                try await found("content=see").count == 2
            }
            for query in [
                "has=image", "has=file", "has_attachment=true", "attachment_filename=dot.png",
                "attachment_extension=png", "attachment_extension=.png&content=see", "has=-video&has=file",
            ] {
                #expect(try await found(query) == [id], "\(query)")
            }
            for query in ["has=video", "has=sound", "attachment_filename=dot", "attachment_extension=gif"] {
                #expect(try await found(query) == [], "\(query)")
            }
            #expect(try await found("has_attachment=false").count == 1)
        }
    }
}
