import Testing
import Wire

/// Damaged inputs from a small corpus: whatever comes, the parsers answer, and what they accept keeps its promises. The
/// environment variable DISCORDCTL_FUZZ_INPUTS sets how many are tried.
@Suite struct FuzzTests {
    @Test func decoderSurvivesAnything() {
        var generator = SeededGenerator(seed: 0xDEC0)
        let corpus = [
            clientFrame(1, bytes("Hello €")), clientFrame(1, bytes("Hel"), final: false) + clientFrame(0, bytes("lo")),
            clientFrame(2, [UInt8](repeating: 5, count: 130)), closeFrame(1001, bytes("bye")),
            clientFrame(9, bytes("p")),
            [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4],
        ]
        for _ in 0..<Fuzz.inputs {
            let first = corpus[generator.below(corpus.count)]
            let stream = generator.mutated(first + corpus[generator.below(corpus.count)])
            var feed = FrameFeed(messageBytesMax: 200)
            let cut = generator.below(stream.count + 1)
            if feed.feed(stream[..<cut]) { feed.feed(stream[cut...]) }
            if feed.stalled { Issue.record("no progress in \(stream)") }
            for case .message(let kind, let payload) in feed.events {
                let isLegal =
                    payload.count <= 200 && (kind == .binary || String(validating: payload, as: UTF8.self) != nil)
                if !isLegal { Issue.record("delivered \(payload) of \(stream)") }
            }
        }
    }

    @Test func handshakeSurvivesAnything() {
        var generator = SeededGenerator(seed: 0x4A2D)
        let corpus = [
            "GET /?v=10&encoding=json HTTP/1.1\r\nHost: a:1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            "GET http://h/p?%41=+ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: a,Upgrade\r\nOrigin: x\r\n"
                + "Sec-WebSocket-Protocol: p, q\r\nUser-Agent: é\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        ].map(bytes)
        var accepted = 0
        for _ in 0..<(Fuzz.inputs / 2) {
            let source = generator.mutated(corpus[generator.below(corpus.count)])
            let outcome = source.withUnsafeBytes { HandshakeParser.parse($0) }
            guard case .request(let request, let consumed) = outcome else { continue }
            accepted += 1
            let isSound =
                consumed <= source.count && source[..<consumed].suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A]
                && !source[..<consumed].contains(0) && request.path.hasPrefix("/") && !request.host.isEmpty
                && Base64.decode(request.key.utf8)?.count == 16
            if !isSound { Issue.record("accepted \(text(source)) as \(request)") }
        }
        #expect(accepted > 0)
    }

    @Test func readerSurvivesAnything() {
        var generator = SeededGenerator(seed: 0x150A)
        let corpus = [
            #"{"op":2,"d":{"token":"a.b.c","intents":513,"properties":{"os":"linux"},"shard":[0,1],"x":null}}"#,
            #"{"content":"h\u00e9llo \ud83d\ude00 \n\"\\","nonce":18446744073709551615,"tts":false,"n":[-1.5e3,0,-0]}"#,
            #"[[[[[[]]]]],{"a":{"a":{"a":1,"a":2}}},"€ß😀",true,false,null]"#,
            "-123.456E-7",
        ].map(bytes)
        var accepted = 0
        for _ in 0..<(Fuzz.inputs / 2) {
            let source = generator.mutated(corpus[generator.below(corpus.count)])
            do throws(JSONError) {
                let value = try JSONReader.parse(source, limits: JSONLimits(depth: 5))
                accepted += 1
                // What was accepted is UTF-8 and means the same after a round trip.
                let again = try JSONReader.parse(value.serialized())
                if again != value || String(validating: source, as: UTF8.self) == nil {
                    Issue.record("accepted \(text(source)) as \(value)")
                }
                _ = (value.int, value.uint64, value.double, value.snowflake, value["d"]?["token"]?.string)
            } catch {
                if !(0...source.count).contains(error.offset) { Issue.record("\(error) in \(text(source))") }
            }
        }
        #expect(accepted > 0)
    }
}
