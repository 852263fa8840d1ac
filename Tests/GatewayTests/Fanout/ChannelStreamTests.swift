import Chat
import Interface
import Testing

@testable import Gateway

@Suite("Channel stream") struct ChannelStreamTests {
    private func event(_ position: UInt64, after previous: UInt64) -> FanoutEvent {
        FanoutEvent(
            topic: .channel(ChannelID(1)), position: position, previous: previous, epoch: 1, acceptedAt: 0, payload: [])
    }

    /// A stream that has taken these events.
    private func stream(_ events: [FanoutEvent]) -> ChannelStream {
        var stream = ChannelStream()
        for event in events { stream.took(event) }
        return stream
    }

    @Test func takesWhatFollowsAndTheFirstWhateverCameBefore() {
        var stream = ChannelStream()
        let first = stream.arrived(event(7, after: 5))
        stream.took(event(7, after: 5))
        let second = stream.arrived(event(9, after: 7))
        #expect([first, second] == [.take, .take])
        #expect(stream.last == 7)
    }

    @Test func refusesWhatItHas() {
        var stream = stream([event(7, after: 5)])
        let answers = [event(7, after: 5), event(3, after: 2)].map { stream.arrived($0) }
        #expect(answers == [.duplicate, .duplicate])
    }

    @Test func stopsAtAGapAndKeepsWhatFollowsInOrder() {
        var stream = stream([event(7, after: 5)])
        let answers = [event(9, after: 8), event(10, after: 9)].map { stream.arrived($0) }
        #expect(answers == [.stopped, .held])
        #expect(stream.isHeld)
        let held = stream.release()
        #expect(held?.map(\.position) == [9, 10])
        // Something may come while that is being taken: only an empty hand opens the stream.
        #expect(stream.isHeld)
        let rest = stream.release()
        #expect(rest == nil)
        #expect(!stream.isHeld)
    }

    @Test func aStreamThatBeganUnseenIsHeldUntilItsBeginningIsThere() {
        var stream = ChannelStream(isHeld: true)
        let answer = stream.arrived(event(3, after: 2))
        let aside = stream.takeAside()
        #expect(answer == .held)
        #expect(aside.map(\.position) == [3])
        #expect(stream.isHeld)
        #expect(stream.last == 0)
    }

    @Test func holdsNoMoreThanItsBoundAndNoticesTheGapBehindIt() {
        var stream = stream([event(1, after: 0)])
        _ = stream.arrived(event(3, after: 2))
        for position in 4...5_000 as ClosedRange<UInt64> { _ = stream.arrived(event(position, after: position - 1)) }
        let held = stream.release() ?? []
        #expect(held.count == ChannelStream.heldMax)
        for event in held { stream.took(event) }
        _ = stream.release()
        let next = stream.arrived(event(5_001, after: 5_000))
        #expect(next == .stopped)
    }

    @Test func loopsAreCountedAndNamedByBits() {
        var counts = LoopCounts()
        for loop in [0, 3, 3] { counts.add(loop) }
        counts.remove(3)
        counts.remove(9)
        #expect(counts.mask == 0b1001)
        #expect(Array(LoopSet(counts.mask)) == [0, 3])
        counts.remove(0)
        counts.remove(3)
        counts.remove(3)
        #expect(counts.isEmpty)
    }
}
