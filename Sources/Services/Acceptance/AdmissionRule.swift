/// How much a node takes on before it refuses. Times are milliseconds.
package struct AdmissionLimits: Hashable, Sendable {
    /// Commands that may be between an edge and the store at once. 2,048 are a sixth of a second at the 12,000 a second that a node is
    /// built for: enough for a burst, too few for a queue that nobody would wait for.
    package var outstandingMax = 2_048
    /// So few are taken however long they take: one commit of the log joins them, so they are no queue, and a slow disk does not make
    /// light traffic look like too much. On a disk that takes 80 ms for a commit they still are some 400 sends a second.
    package var outstandingFree = 128
    /// How long the oldest may have waited to be stored: of the 100 ms that p99 is to stay under, 35 are left for its way to the readers.
    package var targetMilliseconds: UInt64 = 65
    /// How long it may be over the target before the node counts as behind: a disk that hiccups is no overload.
    package var graceMilliseconds: UInt64 = 50
    /// A node that is behind is so until nothing had to be refused for this long.
    package var calmMilliseconds: UInt64 = 1_000
    /// Nothing stored for this long is an outage, not overload: then the log is the queue (invariant I5), and callers are told that their
    /// messages are queued.
    package var stallMilliseconds: UInt64 = 2_000
    /// What a refused client is told to wait, spread so that not all come back at once.
    package var retryMilliseconds: ClosedRange<UInt64> = 1_000...2_000

    package init() {}
}

/// Permission to put one command into the log; given back when the command is stored or was not sent.
package struct AdmissionTicket: Hashable, Sendable {
    /// Monotonic milliseconds, to the cohort it was counted in.
    fileprivate var cohort: UInt64
}

/// Decides which commands a node takes on: no more than it will store in time (overflow policy `refuse`).
///
///     keeping up ──oldest over target for grace, or outstandingMax reached──▶ behind
///         ▲────────────nothing refused for calmMilliseconds──────────────────┘
///
/// While it keeps up a node takes up to `outstandingMax`. Behind, it takes what it can store within the target at the pace of late
/// (Little's law: wait = outstanding ÷ pace), but never fewer than `outstandingFree`. The delay alone does not count: what has to wait for
/// the disk and for nothing else would only come to less, not sooner.
///
/// Laws: with fewer than `outstandingFree` outstanding (or `outstandingMax`, if that is less) nothing is refused; outstanding ≤ `outstandingMax` but during an outage; `outstanding` is
/// the number of tickets given and neither returned nor older than `lifetimeMilliseconds`. Calls are O(log n), and what is kept is bounded
/// by `lifetimeMilliseconds` ÷ ``cohortMilliseconds``.
package struct AdmissionRule: Sendable {
    /// Why a command was refused; the label of the metric.
    package enum Refusal: String, Hashable, Sendable, CaseIterable {
        /// As many are outstanding as may ever be.
        case outstanding
        /// The node is behind, and this one would have to wait too long.
        case delay
    }

    package enum Verdict: Hashable, Sendable {
        case admitted(AdmissionTicket)
        case refused(Refusal, retryAfterMilliseconds: UInt64)
    }

    /// Commands admitted at about the same time.
    private struct Cohort {
        var time: UInt64
        var count: Int
    }

    /// Ages are known to this precision.
    private static let cohortMilliseconds: UInt64 = 4
    /// The pace is the best of this many windows of so many milliseconds: a hiccup does not make a node look slow.
    private static let paceWindows = 5
    private static let paceMilliseconds: UInt64 = 200

    private let limits: AdmissionLimits
    private let lifetimeMilliseconds: UInt64
    private var cohorts: [Cohort] = []
    private var head = 0
    /// Commands under way.
    package private(set) var outstanding = 0
    /// Whether less is taken than could be.
    package private(set) var isBehind = false
    private var lateSince: UInt64?
    private var refusedAt: UInt64 = 0
    private var refusals: UInt64 = 0
    private var progressAt: UInt64 = 0
    private var stored: [Int] = Array(repeating: 0, count: paceWindows)
    private var window: UInt64 = 0

    /// - Parameter lifetimeMilliseconds: after this time a command counts no longer, whatever became of it: longer than anybody waits for
    ///   an outcome.
    package init(_ limits: AdmissionLimits = AdmissionLimits(), lifetimeMilliseconds: UInt64 = 6_000) {
        self.limits = limits
        self.lifetimeMilliseconds = lifetimeMilliseconds
    }

    /// Takes on one more command, or refuses it. `now` is monotonic milliseconds.
    package mutating func admit(now: UInt64) -> Verdict {
        look(now)
        guard !isStalled(now) else { return .admitted(enter(now)) }
        if outstanding >= limits.outstandingMax {
            isBehind = true
            return refuse(.outstanding, now)
        }
        guard isBehind, outstanding >= allowance else { return .admitted(enter(now)) }
        return refuse(.delay, now)
    }

    /// A command was stored, or refused by the chat service: it has come to its end.
    package mutating func settle(_ ticket: AdmissionTicket, now: UInt64) {
        look(now)
        guard leave(ticket) else { return }
        stored[Int(window % UInt64(Self.paceWindows))] += 1
        progressAt = now
    }

    /// A command did not reach the log.
    package mutating func withdraw(_ ticket: AdmissionTicket) { _ = leave(ticket) }

    /// What may be outstanding while the node is behind.
    private var allowance: Int {
        let pace = (stored.max() ?? 0) * Int(1_000 / Self.paceMilliseconds)
        let inTime = pace * Int(clamping: limits.targetMilliseconds) / 1_000
        return max(limits.outstandingFree, min(inTime, limits.outstandingMax))
    }

    private func isStalled(_ now: UInt64) -> Bool {
        outstanding > 0 && now >= progressAt + limits.stallMilliseconds
    }

    /// Judges by the time that has passed.
    private mutating func look(_ now: UInt64) {
        turnWindows(now)
        while head < cohorts.count, now >= cohorts[head].time + lifetimeMilliseconds {
            outstanding -= cohorts[head].count
            head += 1
        }
        trim()
        let age = head < cohorts.count ? now - min(now, cohorts[head].time) : 0
        if outstanding > limits.outstandingFree, age > limits.targetMilliseconds {
            let since = lateSince ?? now
            lateSince = since
            if !isBehind, now >= since + limits.graceMilliseconds {
                isBehind = true
                refusedAt = now
            }
        } else {
            lateSince = nil
        }
        if isBehind, now >= refusedAt + limits.calmMilliseconds { isBehind = false }
    }

    private mutating func turnWindows(_ now: UInt64) {
        let current = now / Self.paceMilliseconds
        guard current > window else { return }
        for step in 0..<min(current - window, UInt64(Self.paceWindows)) {
            stored[Int((current - step) % UInt64(Self.paceWindows))] = 0
        }
        window = current
    }

    private mutating func enter(_ now: UInt64) -> AdmissionTicket {
        if outstanding == 0 { progressAt = now }
        outstanding += 1
        // One that has been left behind is not joined: nobody would find its tickets.
        if head < cohorts.count, let last = cohorts.last, now < last.time + Self.cohortMilliseconds {
            cohorts[cohorts.count - 1].count += 1
            return AdmissionTicket(cohort: last.time)
        }
        cohorts.append(Cohort(time: now, count: 1))
        return AdmissionTicket(cohort: now)
    }

    private mutating func refuse(_ reason: Refusal, _ now: UInt64) -> Verdict {
        refusedAt = now
        refusals &+= 1
        // A step without a common divisor with the spread visits all of it.
        let spread = limits.retryMilliseconds.upperBound - limits.retryMilliseconds.lowerBound + 1
        let wait = limits.retryMilliseconds.lowerBound + refusals &* 619 % spread
        return .refused(reason, retryAfterMilliseconds: wait)
    }

    /// False for a ticket that counts no longer.
    private mutating func leave(_ ticket: AdmissionTicket) -> Bool {
        var (low, high) = (head, cohorts.count)
        while low < high {
            let middle = low + (high - low) / 2
            if cohorts[middle].time < ticket.cohort { low = middle + 1 } else { high = middle }
        }
        guard low < cohorts.count, cohorts[low].time == ticket.cohort, cohorts[low].count > 0 else { return false }
        cohorts[low].count -= 1
        outstanding -= 1
        trim()
        return true
    }

    /// Drops what is over at the front, so that the first cohort holds the oldest command.
    private mutating func trim() {
        while head < cohorts.count, cohorts[head].count == 0 { head += 1 }
        guard head > 64, head > cohorts.count / 2 else { return }
        cohorts.removeFirst(head)
        head = 0
    }
}
