import Testing
import Wire

@Suite struct FrameDecoderTests {
    // MARK: The examples of RFC 6455, 5.7

    @Test func readsMaskedHello() {
        let stream: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(FrameFeed.events(of: stream) == [.message(.text, bytes("Hello"))])
    }

    @Test func readsFragmentedHello() {
        let stream = clientFrame(1, bytes("Hel"), final: false) + clientFrame(0, bytes("lo"))
        #expect(FrameFeed.events(of: stream) == [.message(.text, bytes("Hello"))])
    }

    @Test func readsPingAndPong() {
        let pong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        let events = FrameFeed.events(of: clientFrame(9, bytes("Hello")) + pong)
        #expect(events == [.ping(bytes("Hello")), .pong(bytes("Hello"))])
    }

    @Test(arguments: [0, 125, 126, 256, 0xFFFF, 0x10000])
    func readsEveryLengthEncoding(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let payload = generator.bytes(count)
        let events = FrameFeed.events(of: clientFrame(2, payload), messageBytesMax: 70_000)
        #expect(events == [.message(.binary, payload)])
    }

    @Test func deliversControlFramesBetweenFragments() {
        let stream =
            clientFrame(1, bytes("a"), final: false) + clientFrame(9, bytes("p")) + clientFrame(0, [], final: false)
            + clientFrame(10, []) + clientFrame(0, bytes("b")) + clientFrame(1, bytes("c"))
        let expected: [RecordedEvent] = [
            .ping(bytes("p")), .pong([]), .message(.text, bytes("ab")), .message(.text, bytes("c")),
        ]
        #expect(FrameFeed.events(of: stream) == expected)
    }

    // MARK: Framing rules

    private static let brokenFrames: [(String, [UInt8])] = [
        ("unmasked", [0x81, 0x05]),
        ("first reserved bit", [0xC1]),
        ("second reserved bit", [0xA1]),
        ("third reserved bit", [0x91]),
        ("opcode 3", [0x83]),
        ("opcode 7", [0x87]),
        ("opcode 11", [0x8B]),
        ("opcode 15", [0x8F]),
        ("fragmented ping", [0x09]),
        ("fragmented close", [0x08]),
        ("long ping", [0x89, 0xFE]),
        ("very long close", [0x88, 0xFF]),
        ("16-bit length of 125", [0x82, 0xFE, 0x00, 0x7D]),
        ("64-bit length of 65535", [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        ("64-bit length with the top bit", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ]

    private static let brokenSequences: [(String, [[UInt8]])] = [
        ("continuation of nothing", [clientFrame(0, [])]),
        ("text inside a message", [clientFrame(1, [], final: false), clientFrame(1, [])]),
        ("binary inside a message", [clientFrame(2, [], final: false), clientFrame(2, [], final: false)]),
        ("continuation after the end", [clientFrame(1, [], final: false), clientFrame(0, []), clientFrame(0, [])]),
    ]

    @Test(arguments: brokenSequences)
    func refusesFramesOutOfOrder(name: String, frames: [[UInt8]]) {
        #expect(FrameFeed.events(of: Array(frames.joined())).last == .failure(1002), "\(name)")
    }

    @Test(arguments: brokenFrames)
    func refusesBrokenFramingAtOnce(name: String, stream: [UInt8]) {
        #expect(FrameFeed.events(of: stream) == [.failure(1002)], "\(name)")
    }

    @Test func repeatsAFailureForEver() {
        var feed = FrameFeed()
        feed.feed([0x81, 0x00])
        feed.feed(clientFrame(1, bytes("late")))
        #expect(feed.events == [.failure(1002), .failure(1002)])
        #expect(feed.carry.isEmpty)
    }

    // MARK: Limits

    @Test func refusesALongMessageByItsClaimAlone() {
        let header: [UInt8] = [0x82, 0xFE, 0x40, 0x01, 1, 2, 3, 4]
        #expect(FrameFeed.events(of: header) == [.failure(1009)])
        let largest: [UInt8] = [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]
        #expect(FrameFeed.events(of: largest) == [.failure(1009)])
    }

    @Test func acceptsAMessageOfExactlyTheLimit() {
        let payload = [UInt8](repeating: 0x61, count: WireLimits.messageBytesMax)
        #expect(FrameFeed.events(of: clientFrame(1, payload)) == [.message(.text, payload)])
    }

    @Test func countsTheLimitOverAllFragments() {
        let half = [UInt8](repeating: 0x61, count: WireLimits.messageBytesMax / 2)
        let start = clientFrame(1, half, final: false) + clientFrame(0, half, final: false)
        #expect(FrameFeed.events(of: start + clientFrame(0, [])) == [.message(.text, half + half)])
        #expect(FrameFeed.events(of: start + [0x80, 0x81, 0, 0, 0, 0]) == [.failure(1009)])
        let largest: [UInt8] = [0x80, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]
        #expect(FrameFeed.events(of: start + largest) == [.failure(1009)])
    }

    @Test func boundsTheNumberOfFragments() {
        let first = clientFrame(1, [], final: false)
        let middle = clientFrame(0, [], final: false)
        let most = first + Array(repeatElement(middle, count: WireLimits.fragmentsPerMessageMax - 2).joined())
        #expect(FrameFeed.events(of: most + clientFrame(0, bytes("x"))) == [.message(.text, bytes("x"))])
        #expect(FrameFeed.events(of: most + middle + clientFrame(0, [])) == [.failure(1008)])
    }

    @Test func holdsABufferOnlyWhileAMessageIsOpen() {
        var feed = FrameFeed()
        #expect(!feed.decoder.holdsFragments)
        feed.feed(clientFrame(1, bytes("Hel"), final: false))
        #expect(feed.decoder.holdsFragments)
        feed.feed(clientFrame(0, bytes("lo")))
        #expect(feed.events == [.message(.text, bytes("Hello"))])
        #expect(!feed.decoder.holdsFragments)
        feed.feed(clientFrame(1, bytes("Hel"), final: false) + clientFrame(8, []))
        #expect(!feed.decoder.holdsFragments)
    }

    @Test func costsAnIdleConnectionSixteenBytes() {
        #expect(MemoryLayout<FrameDecoder>.size <= 16)
    }

    // MARK: UTF-8

    @Test(
        arguments: [[0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE2, 0x82], [0xFF]]
            as [[UInt8]])
    func refusesTextThatIsNotUTF8(payload: [UInt8]) {
        #expect(FrameFeed.events(of: clientFrame(1, payload)) == [.failure(1007)])
        #expect(FrameFeed.events(of: clientFrame(2, payload)) == [.message(.binary, payload)])
        #expect(FrameFeed.events(of: closeFrame(1000, payload)) == [.failure(1007)])
        let halves = clientFrame(1, Array(payload.prefix(1)), final: false) + clientFrame(0, Array(payload.dropFirst()))
        #expect(FrameFeed.events(of: halves) == [.failure(1007)])
    }

    @Test func acceptsACharacterCutBetweenFragments() {
        let payload = bytes("aß€😀")
        for cut in 0...payload.count {
            let stream = clientFrame(1, Array(payload[..<cut]), final: false) + clientFrame(0, Array(payload[cut...]))
            #expect(FrameFeed.events(of: stream) == [.message(.text, payload)])
        }
    }

    @Test func refusesBadTextBeforeTheMessageEnds() {
        #expect(FrameFeed.events(of: clientFrame(1, [0x61, 0xFF], final: false)) == [.failure(1007)])
    }

    // MARK: Close

    @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func acceptsLegalCloseCodes(code: UInt16) {
        #expect(FrameFeed.events(of: closeFrame(code, bytes("bye"))) == [.close(code, bytes("bye"))])
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    func refusesIllegalCloseCodes(code: UInt16) {
        #expect(FrameFeed.events(of: closeFrame(code)) == [.failure(1002)])
    }

    @Test func acceptsACloseWithoutCodeAndRefusesHalfACode() {
        #expect(FrameFeed.events(of: clientFrame(8, [])) == [.close(nil, [])])
        #expect(FrameFeed.events(of: clientFrame(8, [0x03])) == [.failure(1002)])
    }

    @Test func discardsWhatFollowsAClose() {
        var feed = FrameFeed()
        feed.feed(closeFrame(1000) + clientFrame(1, bytes("late")) + [0xFF])
        feed.feed([0xFF, 0xFF])
        #expect(feed.events == [.close(1000, [])])
        #expect(feed.carry.isEmpty)
    }
}
