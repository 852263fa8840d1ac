import Gateway
import Testing
import Wire

@Suite("Output buffer")
struct LoopOutputBufferTests {
    private func content(_ buffer: borrowing OutputBuffer) -> [UInt8] { Array(buffer.waiting) }

    @Test func keepsTheOrderWhileItGrowsAndDrains() {
        var buffer = OutputBuffer(capacity: 16, blockedIndex: 0)
        var expected: [UInt8] = []
        for round in 0..<400 {
            let frame = FrameEncoder.frame(.binary, payload: [UInt8](repeating: UInt8(round & 255), count: round % 90))
            frame.withUnsafeBytes { buffer.append($0, unfinished: 0, now: Int64(round), resolution: 10) }
            expected += frame
            let taken = min(expected.count, (round * 37) % 80)
            buffer.consume(taken)
            expected.removeFirst(taken)
            #expect(content(buffer) == expected)
        }
        buffer.consume(buffer.count)
        #expect(buffer.count == 0)
        #expect(buffer.oldest == nil)
    }

    /// Whatever the socket has taken, what remains ends the frame it lies in and nothing more.
    @Test(arguments: [0, 1, 2, 3, 50, 102, 103, 104, 120, 303, 304, 306, 400, 506])
    func dropsOnlyWholeFrames(taken: Int) {
        // 102, 204 and 304 bytes with their headers of 2, 4 and 4.
        let frames = [100, 200, 300].map { FrameEncoder.frame(.text, payload: [UInt8](repeating: 65, count: $0)) }
        let all = frames.flatMap { $0 }
        var buffer = OutputBuffer(capacity: 8, blockedIndex: 0)
        all.withUnsafeBytes { buffer.append($0, unfinished: 0, now: 0, resolution: 10) }
        buffer.consume(taken)
        buffer.dropUnbegun(begun: 0)
        let boundaries = [0, 102, 306, 610]
        let end = boundaries.first { $0 >= taken } ?? 0
        #expect(content(buffer) == Array(all[taken..<end]))
    }

    @Test func dropsNothingOfARecordThatHasBegun() {
        let frame = FrameEncoder.frame(.text, payload: [UInt8](repeating: 65, count: 100))
        var buffer = OutputBuffer(capacity: 8, blockedIndex: 0)
        (frame + frame + frame).withUnsafeBytes { buffer.append($0, unfinished: 0, now: 0, resolution: 10) }
        buffer.dropUnbegun(begun: 103)
        #expect(content(buffer) == frame + frame)
    }

    @Test func knowsTheAgeOfItsOldestByte() {
        var buffer = OutputBuffer(capacity: 8, blockedIndex: 0)
        let frame = FrameEncoder.frame(.text, payload: [1, 2, 3])
        for time in [1_000, 1_005, 2_000, 3_000] as [Int64] {
            frame.withUnsafeBytes { buffer.append($0, unfinished: 0, now: time, resolution: 10) }
        }
        #expect(buffer.oldest == 1_000)
        buffer.consume(5)
        #expect(buffer.oldest == 1_000)
        buffer.consume(5)
        #expect(buffer.oldest == 2_000)
        buffer.consume(9)
        #expect(buffer.oldest == 3_000)
        buffer.dropUnbegun(begun: 0)
        #expect(buffer.count == 1)
        #expect(buffer.oldest == 3_000)
    }
}
