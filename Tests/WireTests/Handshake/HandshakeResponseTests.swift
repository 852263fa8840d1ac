import Testing
import Wire

@Suite struct HandshakeResponseTests {
    @Test func provesItselfAsInTheRFC() {
        let response = """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            \r

            """
        #expect(text(HandshakeResponse.accept(key: "dGhlIHNhbXBsZSBub25jZQ==")) == response)
    }

    @Test func namesTheChosenSubprotocol() {
        let response = text(HandshakeResponse.accept(key: "dGhlIHNhbXBsZSBub25jZQ==", subprotocol: "chat"))
        #expect(response.contains("\r\nSec-WebSocket-Protocol: chat\r\n"))
    }

    @Test(arguments: HTTPStatus.allCases)
    func refusesWithAWholeResponse(status: HTTPStatus) throws {
        let response = text(HandshakeRefusal(status, "Because ß.").response())
        let separator = try #require(response.firstRange(of: "\r\n\r\n"))
        let head = response[..<separator.lowerBound].split(separator: "\r\n").map(String.init)
        #expect(head.first == "HTTP/1.1 \(status.rawValue) \(status.phrase)")
        #expect(response[separator.upperBound...] == "Because ß.\n")
        #expect(head.contains("Content-Length: 12"))
        #expect(head.contains { $0.hasPrefix("Connection: ") && $0.hasSuffix("close") })
        #expect(head.contains("Sec-WebSocket-Version: 13") == (status == .upgradeRequired))
        #expect(head.contains("Upgrade: websocket") == (status == .upgradeRequired))
        #expect(head.contains("Allow: GET") == (status == .methodNotAllowed))
    }

    @Test func tellsABrowserWhatThisPortIs() {
        let browser = bytes("GET / HTTP/1.1\r\nHost: localhost:8081\r\nAccept: text/html\r\n\r\n")
        guard case .refused(let refusal) = browser.withUnsafeBytes({ HandshakeParser.parse($0) }) else {
            Issue.record("a plain GET was not refused")
            return
        }
        #expect(refusal.status == .upgradeRequired)
        #expect(text(refusal.response()).contains("speaks WebSocket only"))
    }

    // FIPS 180-4's examples, and lengths around the padding's edges.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func hashesTheExamples(message: String, digest: String) {
        let hex = SHA1.digest(bytes(message)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(hex.joined() == digest)
    }

    // RFC 4648, 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func codesTheExamplesOfBase64(plain: String, encoded: String) {
        #expect(Base64.encode(bytes(plain)) == encoded)
        #expect(Base64.decode(encoded.utf8) == bytes(plain))
    }

    @Test func readsBackRandomBase64() {
        var generator = SeededGenerator(seed: 64)
        for count in 0..<70 {
            let plain = generator.bytes(count)
            #expect(Base64.decode(Base64.encode(plain).utf8) == plain)
        }
    }

    @Test(arguments: ["A", "AA", "AAA", "AA=A", "A===", "====", "AB==", "AAB=", "AA-_", "AA\n=", "AAAA=", "=AAA"])
    func refusesBase64ThatIsNotCanonical(encoded: String) {
        #expect(Base64.decode(encoded.utf8) == nil)
    }
}
