import Testing
import Wire

/// A request as a browser sends it, with lines that a case can replace, drop or add to.
private func request(
    line: String = "GET /?v=10&encoding=json HTTP/1.1",
    replacing changes: [String: String?] = [:],
    adding extra: [String] = []
) -> [UInt8] {
    let fields = [
        ("Host", "chat.example:8081"), ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
    ]
    var lines = [line]
    for (name, value) in fields {
        if let change = changes[name] {
            if let change { lines.append("\(name): \(change)") }
        } else {
            lines.append("\(name): \(value)")
        }
    }
    return bytes((lines + extra).map { $0 + "\r\n" }.joined() + "\r\n")
}

private func parse(_ bytes: [UInt8], limits: HandshakeLimits = HandshakeLimits(), scanned: Int = 0) -> HandshakeOutcome
{
    bytes.withUnsafeBytes { HandshakeParser.parse($0, limits: limits, scanned: scanned) }
}

private func status(_ outcome: HandshakeOutcome) -> Int? {
    if case .refused(let refusal) = outcome { refusal.status.rawValue } else { nil }
}

private func accepted(_ outcome: HandshakeOutcome) throws -> HandshakeRequest {
    guard case .request(let request, _) = outcome else { throw Refused(outcome: outcome) }
    return request
}

private struct Refused: Error { var outcome: HandshakeOutcome }

@Suite struct HandshakeParserTests {
    @Test func readsTheExampleOfTheRFC() throws {
        let raw = bytes(
            "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n"
                + "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        let outcome = parse(raw + [0x81, 0x80])
        let expected = HandshakeRequest(
            path: "/chat",
            query: "",
            parameters: [],
            host: "server.example.com",
            origin: "http://example.com",
            userAgent: nil,
            protocols: ["chat", "superchat"],
            key: "dGhlIHNhbXBsZSBub25jZQ=="
        )
        #expect(outcome == .request(expected, consumed: raw.count))
    }

    @Test func waitsForTheEmptyLineHoweverTheBytesArrive() {
        let whole = request()
        for count in 0..<whole.count {
            #expect(parse(Array(whole[..<count])) == .incomplete)
            #expect(parse(whole, scanned: count) == parse(whole))
        }
        var scanned = 0
        for count in 1..<whole.count {
            #expect(parse(Array(whole[..<count]), scanned: scanned) == .incomplete)
            scanned = count
        }
        guard case .request(_, whole.count) = parse(whole, scanned: scanned) else {
            Issue.record("the request that came in single bytes was not accepted")
            return
        }
    }

    @Test func decodesTheQueryAsAForm() throws {
        let line = "GET /gateway/?v=10&encoding=json&name=a+b%20%C3%9F&flag&empty=&v=9&x=1=2 HTTP/1.1"
        let request = try accepted(parse(request(line: line)))
        #expect(request.path == "/gateway/")
        #expect(request.query == "v=10&encoding=json&name=a+b%20%C3%9F&flag&empty=&v=9&x=1=2")
        #expect(request.parameter("v") == "9")
        #expect(request.parameter("encoding") == "json")
        #expect(request.parameter("name") == "a b ß")
        #expect(request.parameter("flag") == "")
        #expect(request.parameter("empty") == "")
        #expect(request.parameter("x") == "1=2")
        #expect(request.parameter("absent") == nil)
    }

    @Test(arguments: ["?a=%", "?a=%4", "?a=%zz", "?a=%FF", "?%C3=1"])
    func refusesABrokenQuery(query: String) {
        #expect(status(parse(request(line: "GET /\(query) HTTP/1.1"))) == 400)
    }

    @Test func takesTheAuthorityOfAnAbsoluteTarget() throws {
        let request = try accepted(parse(request(line: "GET http://other.example?v=10 HTTP/1.1")))
        #expect(request.host == "other.example")
        #expect(request.path == "/")
        #expect(request.query == "v=10")
    }

    @Test(arguments: [
        ["upgrade: WebSocket"], ["User-Agent: caf\u{E9}"], ["Content-Length: 0"], ["X-Empty:"], ["X-Tab:\ta\tb\t"],
    ])
    func acceptsWhatTheRulesAllow(extra: [String]) throws {
        let request = try accepted(parse(request(adding: extra)))
        #expect(request.host == "chat.example:8081")
    }

    @Test func comparesTokensWithoutCase() throws {
        let changes: [String: String?] = ["Upgrade": "h2c, WEBSOCKET", "Connection": " , UPGRADE ,close"]
        _ = try accepted(parse(request(replacing: changes)))
    }

    // MARK: Refusals

    @Test(arguments: [
        ("POST", "POST / HTTP/1.1", 405),
        ("lower-case method", "get / HTTP/1.1", 405),
        ("HTTP/1.0", "GET / HTTP/1.0", 505),
        ("HTTP/2.0", "GET / HTTP/2.0", 505),
        ("no version", "GET /", 400),
        ("lower-case version", "GET / http/1.1", 400),
        ("long version", "GET / HTTP/1.10", 400),
        ("two spaces", "GET  / HTTP/1.1", 400),
        ("space at the end", "GET / HTTP/1.1 ", 400),
        ("space at the front", " GET / HTTP/1.1", 400),
        ("tab", "GET\t/ HTTP/1.1", 400),
        ("relative target", "GET gateway HTTP/1.1", 400),
        ("asterisk", "GET * HTTP/1.1", 400),
        ("fragment", "GET /#a HTTP/1.1", 400),
        ("raw UTF-8 in the target", "GET /ß HTTP/1.1", 400),
        ("user in the authority", "GET http://me@host/ HTTP/1.1", 400),
        ("empty authority", "GET http:///a HTTP/1.1", 400),
        ("method that is no token", "G(T / HTTP/1.1", 400),
    ])
    func refusesABadRequestLine(name: String, line: String, expected: Int) {
        #expect(status(parse(request(line: line))) == expected, "\(name)")
    }

    @Test(arguments: [
        ("space before the colon", "X-A : b"),
        ("folded line", " folded"),
        ("line folded by a tab", "\tfolded"),
        ("no colon", "X-A"),
        ("no name", ": b"),
        ("name that is no token", "X(A): b"),
        ("NUL", "X-A: \0"),
        ("bare CR", "X-A: a\rb"),
        ("bare LF", "X-A: a\nX-B: b"),
        ("delete", "X-A: \u{7F}"),
        ("second Host", "host: other.example"),
        ("Transfer-Encoding", "Transfer-Encoding: chunked"),
        ("identity Transfer-Encoding", "transfer-encoding: identity"),
        ("Content-Length", "Content-Length: 5"),
        ("signed Content-Length", "Content-Length: +0"),
        ("listed Content-Length", "Content-Length: 0, 0"),
        ("second key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        ("second version", "Sec-WebSocket-Version: 13"),
        ("protocol that is no token", "Sec-WebSocket-Protocol: a b"),
        ("second Origin", "Origin: a\r\nOrigin: b"),
    ])
    func refusesABadField(name: String, field: String) {
        #expect(status(parse(request(adding: [field]))) == 400, "\(name)")
    }

    @Test func refusesTwoContentLengthsEvenIfTheyAgree() {
        #expect(status(parse(request(adding: ["Content-Length: 0", "Content-Length: 0"]))) == 400)
    }

    @Test(
        arguments: [
            ("Host", nil, 400), ("Host", "", 400), ("Host", "a b", 400), ("Host", "a/b", 400), ("Host", "me@a", 400),
            ("Upgrade", nil, 426), ("Upgrade", "h2c", 426), ("Upgrade", "websocket2", 426),
            ("Connection", nil, 400), ("Connection", "keep-alive", 400), ("Connection", "upgraded", 400),
            ("Sec-WebSocket-Version", nil, 426), ("Sec-WebSocket-Version", "8", 426),
            ("Sec-WebSocket-Version", "13, 8", 426), ("Sec-WebSocket-Version", "013", 426),
            ("Sec-WebSocket-Key", nil, 400), ("Sec-WebSocket-Key", "", 400), ("Sec-WebSocket-Key", "AAAA", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ= ", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=!", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZSE=", 400),
        ] as [(String, String?, Int)])
    func refusesAMissingOrWrongField(name: String, value: String?, expected: Int) {
        #expect(status(parse(request(replacing: [name: value]))) == expected)
    }

    @Test(arguments: [[0x16, 0x03, 0x01], [0x00], [0x0A], bytes("GET / HTTP/1.1\n"), bytes("GET\r ")] as [[UInt8]])
    func answersForeignProtocolsAtOnce(start: [UInt8]) {
        #expect(status(parse(start)) == 400)
    }

    @Test func seesABareCarriageReturnAtTheEndOfAnEarlierRead() {
        let start = bytes("GET / HTTP/1.1\r\nX-A: b\r")
        #expect(parse(start) == .incomplete)
        #expect(status(parse(start + bytes("X-B: c\r\n\r\n"), scanned: start.count)) == 400)
    }

    @Test func refusesARequestThatBeginsWithAnEmptyLine() {
        #expect(status(parse(bytes("\r\n") + request())) == 400)
    }

    // MARK: Limits

    @Test func boundsTheTarget() throws {
        let longest = "/" + String(repeating: "a", count: WireLimits.handshakeTargetBytesMax - 1)
        #expect(try accepted(parse(request(line: "GET \(longest) HTTP/1.1"))).path == longest)
        #expect(status(parse(request(line: "GET \(longest)a HTTP/1.1"))) == 414)
        #expect(status(parse(bytes("GET /" + String(repeating: "a", count: 20_000)))) == 414)
    }

    @Test func boundsTheNumberOfFields() throws {
        let most = (0..<(WireLimits.handshakeFieldsMax - 5)).map { "X-\($0): a" }
        _ = try accepted(parse(request(adding: most)))
        #expect(status(parse(request(adding: most + ["X-More: a"]))) == 431)
    }

    @Test func boundsTheBlock() throws {
        let room = WireLimits.handshakeBytesMax - request(adding: ["X: "]).count
        let longest = request(adding: ["X: " + String(repeating: "a", count: room)])
        #expect(longest.count == WireLimits.handshakeBytesMax)
        _ = try accepted(parse(longest))
        let longer = request(adding: ["X: " + String(repeating: "a", count: room + 1)])
        #expect(status(parse(longer)) == 431)
        #expect(status(parse(Array(longer.dropLast()))) == 431)
        #expect(parse(Array(longer.dropLast(2))) == .incomplete)
    }

    @Test func boundsTheNumberOfParameters() throws {
        let most = (0..<WireLimits.handshakeParametersMax).map { "p\($0)=1" }.joined(separator: "&")
        #expect(try accepted(parse(request(line: "GET /?\(most) HTTP/1.1"))).parameters.count == 64)
        #expect(status(parse(request(line: "GET /?\(most)&q=1 HTTP/1.1"))) == 400)
    }
}
