import Gateway
import Testing

@Suite("Timer wheel")
struct LoopTimerWheelTests {
    /// Numbers that are the same in every run with the same seed (SplitMix64).
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            return value ^ value >> 31
        }
    }

    /// Every deadline is reported once, not before its time, and by the first advance a tick after it.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func agreesWithAListOfDeadlines(seed: UInt64) {
        var random = Seeded(state: seed)
        let slots = 50
        var now: Int64 = 12_345
        var wheel = TimerWheel(capacity: slots, now: now)
        var model: [Int: Int64] = [:]
        for _ in 0..<20_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let slot = Int.random(in: 0..<slots, using: &random)
                // Beyond one revolution of 65 s too.
                let deadline = now + Int64.random(in: -100...200_000, using: &random)
                wheel.set(slot, deadline: deadline)
                model[slot] = max(deadline, now)
            case 5, 6:
                let slot = Int.random(in: 0..<slots, using: &random)
                wheel.cancel(slot)
                model[slot] = nil
            default:
                now += Int64.random(in: 0...3_000, using: &random)
                if Int.random(in: 0..<200, using: &random) == 0 { now += 500_000 }
                wheel.advance(to: now)
                while let slot = wheel.popExpired() {
                    guard let deadline = model.removeValue(forKey: slot) else {
                        Issue.record("slot \(slot) was not set")
                        continue
                    }
                    #expect(deadline <= now)
                }
                #expect(!model.values.contains { $0 <= now - 2 * TimerWheel.tickMilliseconds })
            }
            if let earliest = model.values.min() {
                let wake = wheel.nextWake()
                #expect(wake != nil)
                #expect((wake ?? .max) <= max(earliest, now) + 2 * TimerWheel.tickMilliseconds)
            } else {
                #expect(wheel.nextWake() == nil)
            }
        }
        for slot in 0..<slots { #expect(wheel.isSet(slot) == (model[slot] != nil)) }
    }

    @Test func cancelsWhatIsAboutToBeHandedOut() {
        var wheel = TimerWheel(capacity: 3, now: 0)
        for slot in 0..<3 { wheel.set(slot, deadline: 50) }
        wheel.advance(to: 100)
        let first = wheel.popExpired()
        let others = (0..<3).filter { $0 != first }
        wheel.cancel(others[0])
        #expect(wheel.popExpired() == others[1])
        #expect(wheel.popExpired() == nil)
    }
}
