import Testing
import Wire

@Suite struct FrameDecoderPropertyTests {
    @Test func givesTheSameEventsAtEverySplit() {
        let stream =
            clientFrame(1, bytes("Hello")) + clientFrame(1, bytes("frag€"), final: false)
            + clientFrame(9, bytes("ping"))
            + clientFrame(0, bytes("ment")) + clientFrame(2, [UInt8](repeating: 7, count: 130)) + clientFrame(10, [])
            + closeFrame(4000, bytes("done"))
        let whole = FrameFeed.events(of: stream)
        #expect(whole.count == 6)
        for first in 0...stream.count {
            #expect(FrameFeed.events(of: stream, chunks: [first]) == whole)
        }
        #expect(FrameFeed.events(of: stream, chunks: Array(1..<stream.count)) == whole)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func readsBackRandomMessages(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (stream, expected) = randomStream(&generator)
        let chunks = randomChunks(of: stream.count, &generator)
        #expect(FrameFeed.events(of: stream, chunks: chunks, messageBytesMax: 4_096) == expected)
    }

    @Test func agreesWithTheReferenceOnDamagedStreams() {
        var generator = SeededGenerator(seed: 0xF4A3)
        var failures = 0
        for _ in 0..<(Fuzz.inputs / 4) {
            let stream = generator.mutated(randomStream(&generator, messages: 3, longest: 40).stream)
            let expected = ReferenceDecoder.events(of: stream, messageBytesMax: 128)
            var feed = FrameFeed(messageBytesMax: 128)
            var start = 0
            for end in randomChunks(of: stream.count, &generator) + [stream.count] {
                guard feed.feed(stream[start..<end]) else { break }
                if feed.carry.count > feed.decoder.carryBytesMax { Issue.record("carries \(feed.carry.count) bytes") }
                start = end
            }
            guard feed.events == expected, !feed.stalled else {
                Issue.record("\(stream) gave \(feed.events), not \(expected)")
                return
            }
            if case .failure = expected.last { failures += 1 }
        }
        #expect(failures > Fuzz.inputs / 20, "the damage must reach the rules")
    }

    @Test(arguments: [0, 1, 3, 7, 8, 9, 31, 64, 67])
    func unmasksWholeWordsAndTheRestAlike(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let plain = generator.bytes(count + 3)
        let mask = generator.bytes(4)
        for start in 0...3 {
            var masked = plain
            masked.withUnsafeMutableBytes { raw in
                let key = mask.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
                FrameMask.apply(key, to: UnsafeMutableRawBufferPointer(rebasing: raw[start..<(start + count)]))
            }
            for index in plain.indices {
                let isInside = index >= start && index < start + count
                #expect(masked[index] == plain[index] ^ (isInside ? mask[(index - start) % 4] : 0))
            }
        }
    }

    /// Messages in random fragments with control frames between, and the events they should give.
    private func randomStream(
        _ generator: inout SeededGenerator,
        messages: Int = 12,
        longest: Int = 600
    ) -> (stream: [UInt8], expected: [RecordedEvent]) {
        var stream: [UInt8] = []
        var expected: [RecordedEvent] = []
        for _ in 0..<messages {
            let kind: PayloadKind = Bool.random(using: &generator) ? .text : .binary
            let count = generator.below(longest)
            let payload = kind == .text ? bytes(generator.text(count / 4)) : generator.bytes(count)
            var rest = payload[...]
            var opcode = kind.rawValue
            while true {
                let part = Array(rest.prefix(generator.below(3) == 0 ? generator.below(rest.count + 1) : rest.count))
                rest = rest.dropFirst(part.count)
                let isFinal = rest.isEmpty
                stream += clientFrame(opcode, part, final: isFinal, mask: generator.bytes(4))
                if isFinal { break }
                opcode = 0
                if generator.below(3) == 0 {
                    let control = generator.bytes(generator.below(126))
                    let isPing = Bool.random(using: &generator)
                    stream += clientFrame(isPing ? 9 : 10, control, mask: generator.bytes(4))
                    expected.append(isPing ? .ping(control) : .pong(control))
                }
            }
            expected.append(.message(kind, payload))
        }
        return (stream, expected)
    }

    private func randomChunks(of count: Int, _ generator: inout SeededGenerator) -> [Int] {
        (0..<generator.below(6)).map { _ in generator.below(count + 1) }.sorted()
    }
}
