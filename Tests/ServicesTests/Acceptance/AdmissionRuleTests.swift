import BackendContracts
import Services
import Testing

@Suite("Admission rule") struct AdmissionRuleTests {
    /// A disk and a store: takes everything that waits at each commit, but no more than its pace allows.
    private struct Pipeline {
        /// Commands a second.
        var pace: Int
        /// What a lone command takes, in milliseconds.
        var commitMilliseconds: UInt64
        var waiting: [(ticket: AdmissionTicket, since: UInt64)] = []
        var credit = 0
        var delays: [UInt64] = []

        /// What is stored at a time.
        mutating func step(_ rule: inout AdmissionRule, now: UInt64) {
            credit += pace
            guard now.isMultiple(of: commitMilliseconds) else { return }
            let due = waiting.prefix(credit / 1_000).prefix { now - $0.since >= commitMilliseconds }
            for entry in due {
                rule.settle(entry.ticket, now: now)
                delays.append(now - entry.since)
            }
            waiting.removeFirst(due.count)
            // What was not used while nothing waited is lost.
            credit = waiting.isEmpty ? 0 : credit - due.count * 1_000
        }
    }

    private struct Outcome {
        var admitted = 0
        var refused = 0
        var delays: [UInt64] = []

        func quantile(_ share: Double) -> UInt64 {
            let sorted = delays.sorted()
            return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }
    }

    /// Offers commands at a rate, unevenly, for some seconds.
    private func run(
        _ pipeline: Pipeline, perSecond: Int, seconds: UInt64, seed: UInt64 = 1
    ) -> Outcome {
        var generator = SeededGenerator(seed: seed)
        var pipeline = pipeline
        var rule = AdmissionRule()
        var outcome = Outcome()
        for now in 1_000..<(1_000 + seconds * 1_000) {
            pipeline.step(&rule, now: now)
            let expected = Double(perSecond) / 1_000 * Double.random(in: 0...2, using: &generator)
            let count = Int(expected + Double.random(in: 0..<1, using: &generator))
            for _ in 0..<count {
                switch rule.admit(now: now) {
                case .admitted(let ticket):
                    outcome.admitted += 1
                    pipeline.waiting.append((ticket, now))
                case .refused(_, let wait):
                    outcome.refused += 1
                    #expect((1_000...2_000).contains(wait))
                }
            }
            #expect(rule.outstanding == pipeline.waiting.count)
            #expect(rule.outstanding <= 2_048)
        }
        outcome.delays = pipeline.delays
        return outcome
    }

    @Test(arguments: [2_500, 5_000, 12_000, 20_000], [UInt64(2), 10])
    func twiceTheLoadIsRefusedByHalfAndTheRestIsInTime(pace: Int, commit: UInt64) {
        let outcome = run(Pipeline(pace: pace, commitMilliseconds: commit), perSecond: 2 * pace, seconds: 20)
        #expect(outcome.quantile(0.99) < 100)
        #expect(outcome.quantile(1) <= 2_048 * 1_000 / UInt64(pace) + 2 * commit)
        #expect(outcome.delays.count > pace * 20 * 8 / 10, "what the node can take it takes")
        #expect(outcome.refused > pace * 20 * 8 / 10)
    }

    @Test(arguments: [1_000, 12_000])
    func whatANodeCanTakeIsNotRefused(pace: Int) {
        let outcome = run(Pipeline(pace: pace, commitMilliseconds: 5), perSecond: pace * 8 / 10, seconds: 20)
        #expect(outcome.refused == 0)
        #expect(outcome.quantile(0.99) < 100)
    }

    @Test func aSlowDiskDoesNotRefuseLightTraffic() {
        // Five commits of 80 ms one after the other.
        let outcome = run(Pipeline(pace: 50_000, commitMilliseconds: 400), perSecond: 100, seconds: 60)
        #expect(outcome.refused == 0)
    }

    @Test func aBurstIsTakenWhole() {
        var rule = AdmissionRule()
        for number in 0..<2_048 {
            guard case .admitted = rule.admit(now: 10) else {
                Issue.record("number \(number) was refused")
                return
            }
        }
        guard case .refused(.outstanding, _) = rule.admit(now: 11) else {
            Issue.record("more than may ever be outstanding")
            return
        }
    }

    @Test func aHiccupIsNoOverload() {
        var rule = AdmissionRule()
        var tickets: [AdmissionTicket] = []
        // 90 ms without a commit at 5,000 a second.
        for now in 1_000..<UInt64(1_090) {
            for _ in 0..<5 {
                guard case .admitted(let ticket) = rule.admit(now: now) else {
                    Issue.record("refused at \(now)")
                    return
                }
                tickets.append(ticket)
            }
        }
        for ticket in tickets { rule.settle(ticket, now: 1_091) }
        #expect(!rule.isBehind && rule.outstanding == 0)
    }

    @Test func anOutageLeavesTheQueueToTheLog() {
        var rule = AdmissionRule()
        func admits(_ now: UInt64) -> Bool {
            if case .admitted = rule.admit(now: now) { true } else { false }
        }
        for now in 1_000..<UInt64(2_000) { _ = admits(now) }
        #expect(rule.isBehind && !admits(2_000))
        // Nothing at all was stored for two seconds: the store is down, not slow.
        #expect(admits(3_001))
        #expect(admits(5_000))
        // It is back: what was accepted meanwhile counts no longer when nobody waits for it any more.
        #expect(admits(20_000) && rule.outstanding == 1)
    }

    @Test func aNodeIsBehindUntilNothingWasRefusedForASecond() {
        var rule = AdmissionRule()
        var tickets: [AdmissionTicket] = []
        for now in 1_000..<UInt64(1_400) {
            if case .admitted(let ticket) = rule.admit(now: now) { tickets.append(ticket) }
        }
        #expect(rule.isBehind)
        for ticket in tickets { rule.settle(ticket, now: 1_400) }
        #expect(rule.isBehind && rule.outstanding == 0)
        _ = rule.admit(now: 2_350)
        #expect(rule.isBehind)
        _ = rule.admit(now: 2_401)
        #expect(!rule.isBehind)
    }

    @Test func aTicketGivenAfterAllOthersCameBackCountsOnce() {
        var rule = AdmissionRule()
        for now in 1_000..<UInt64(1_010) {
            guard case .admitted(let ticket) = rule.admit(now: now) else { return }
            rule.withdraw(ticket)
            #expect(rule.outstanding == 0)
        }
    }

    /// The laws, whatever happens in whatever order.
    @Test(arguments: 0..<20)
    func lawsHold(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var limits = AdmissionLimits()
        limits.outstandingMax = Int.random(in: 1...300, using: &generator)
        var rule = AdmissionRule(limits, lifetimeMilliseconds: 6_000)
        var open: [(ticket: AdmissionTicket, at: UInt64)] = []
        var now: UInt64 = 5
        var progress: UInt64 = 5
        for _ in 0..<5_000 {
            now += UInt64.random(in: 0...20, using: &generator) / 18 * UInt64.random(in: 0...900, using: &generator)
            switch Int.random(in: 0...9, using: &generator) {
            case 0...5:
                // A cohort may be a few milliseconds older than the ticket.
                let before = open.count { now < $0.at + 5_990 }
                if !open.contains(where: { now < $0.at + 6_010 }) { progress = now }
                switch rule.admit(now: now) {
                case .admitted(let ticket):
                    #expect(before < limits.outstandingMax || now >= progress + limits.stallMilliseconds)
                    open.append((ticket, now))
                case .refused:
                    #expect(open.count { now < $0.at + 6_010 } >= min(limits.outstandingFree, limits.outstandingMax))
                }
            case 6...8:
                guard let index = open.indices.randomElement(using: &generator) else { continue }
                let (ticket, at) = open.remove(at: index)
                if Bool.random(using: &generator) {
                    rule.settle(ticket, now: now)
                    if now < at + 5_990 { progress = now }
                } else {
                    rule.withdraw(ticket)
                }
            default:
                now += 1
            }
            #expect(rule.outstanding >= 0)
            #expect(rule.outstanding <= open.count)
        }
        for entry in open { rule.settle(entry.ticket, now: now) }
        #expect(rule.outstanding == 0)
    }
}
