import Testing
import Wire

@testable import Gateway

@Suite("Replay memory") struct ReplayMemoryTests {
    @Test func theRingKeepsTheNewestInOrder() {
        var ring = ReplayRing()
        for frame in 1...UInt32(100) { ring.push(frame, limit: 16) }
        #expect(ring.count == 16)
        #expect((0..<UInt32(16)).map { ring.frame(at: $0) } == (85...UInt32(100)).map { $0 })
        #expect(ring.frame(at: 16) == nil)
    }

    @Test func whatIsAcknowledgedIsForgotten() {
        var ring = ReplayRing()
        for frame in 1...UInt32(20) { ring.push(frame, limit: 64) }
        ring.drop(first: 15)
        for frame in 21...UInt32(40) { ring.push(frame, limit: 64) }
        #expect((0..<ring.count).map { ring.frame(at: $0) } == (16...UInt32(40)).map { $0 })
        ring.drop(first: ring.count)
        #expect(ring.count == 0)
        #expect(ring.frame(at: 0) == nil)
    }

    private func frame(_ bytes: Int) -> DispatchFrame {
        DispatchFrame(
            event: "X", data: [UInt8(ascii: "\"")] + [UInt8](repeating: 120, count: bytes) + [UInt8(ascii: "\"")])
    }

    @Test func theLogHoldsWhatWasAppendedUntilItsBytesAreNeeded() throws {
        var log = FrameLog(bytesMax: 65_536, framesMax: 1_024)
        var numbers: [(UInt32, DispatchFrame)] = []
        for index in 0..<2_000 {
            let frame = frame(100 + index % 800)
            let number = log.append(frame, now: 0)
            numbers.append((try #require(number), frame))
        }
        let live = numbers.filter { log.contains($0.0) }
        #expect(live.count == Int(log.count))
        #expect(live.map(\.0) == numbers.suffix(live.count).map(\.0))
        #expect(live.reduce(0) { $0 + $1.1.bytes.count } > 65_536 / 2)
        for (number, frame) in live {
            let found = log.place(of: number)
            let place = try #require(found)
            #expect(place.sequenceOffset == frame.sequenceOffset)
            let stored = UnsafeRawBufferPointer(start: log.bytes + place.offset, count: place.length)
            #expect(Array(stored) == frame.bytes)
        }
        #expect(log.place(of: live[0].0 &- 1) == nil)
        #expect(log.place(of: log.next) == nil)
    }

    @Test func theLogIsBoundedInFramesAndAge() throws {
        var log = FrameLog(bytesMax: 65_536, framesMax: 16)
        for time in 0..<Int64(40) { _ = log.append(frame(10), now: time) }
        #expect(log.count == 16)
        log.expire(before: 30)
        #expect(log.count == 10)
        log.expire(before: .max)
        #expect(log.count == 0)
        #expect(log.append(frame(10), now: 50) != nil)
        #expect(log.count == 1)
    }

    @Test func aFrameLongerThanItsShareIsNotKept() {
        var log = FrameLog(bytesMax: 65_536, framesMax: 16)
        #expect(log.append(frame(log.frameBytesMax), now: 0) == nil)
        #expect(log.count == 0)
    }
}
