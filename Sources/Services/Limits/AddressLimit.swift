package import Interface
import Metrics
import Synchronization

/// Counts what an address costs before anybody knows who it is: requests that were refused for want of rights or for their number (Discord's
/// API: 10,000 answers with 401, 403 or 429 in ten minutes), handshakes, wrong tokens. An address at its limit has to wait before it is
/// listened to.
///
/// Kept by this node alone, in slices of a window: an address waits up to a slice longer than it must, never shorter. Bounded: the address
/// that was not heard of for the longest time is forgotten (overflow policy `forgetOldest`). Any thread.
package final class AddressLimit: Sendable {
    /// What is counted, as metrics name it.
    package enum Subject: String, Sendable {
        case invalid, handshake, wrongToken = "wrong_token"
    }

    static let slices = 10
    static let addressesMax = 65_536

    private struct Count {
        /// One more than make a window: the oldest is still in part of it.
        var slices = [UInt32](repeating: 0, count: AddressLimit.slices + 1)
        /// The number of the newest one.
        var newest: UInt64

        /// Makes the slice of `now` the newest.
        mutating func move(to slice: UInt64) {
            guard slice > newest else { return }
            for passed in newest + 1...min(slice, newest + UInt64(slices.count)) {
                slices[Int(passed % UInt64(slices.count))] = 0
            }
            newest = slice
        }

        var total: UInt64 { slices.reduce(0) { $0 + UInt64($1) } }
    }

    private struct State {
        var counts = RecencyCache<ClientAddress, Count>(capacity: AddressLimit.addressesMax)
        /// Slices until which addresses are blocked; empty on a quiet node, which costs its requests nothing.
        var blocked: [ClientAddress: UInt64] = [:]
    }

    private let limit: RateLimit
    private let sliceMilliseconds: UInt64
    private let time: any TimeSource
    private let state = Mutex(State())
    private let isQuiet = Atomic(true)
    private let refusals: Counter

    package init(_ limit: RateLimit, of subject: Subject, time: any TimeSource) {
        self.limit = limit
        refusals = Counter(label: "discord_rate_limited_total", dimensions: [("action", subject.rawValue)])
        sliceMilliseconds = (limit.windowMilliseconds + UInt64(Self.slices) - 1) / UInt64(Self.slices)
        self.time = time
    }

    /// How long the address has to wait, in milliseconds; `nil` for one that may go on.
    package func wait(of address: @autoclosure () -> ClientAddress?) -> UInt64? {
        guard !isQuiet.load(ordering: .relaxed), let address = address() else { return nil }
        let now = time.monotonicMilliseconds
        let wait = state.withLock { self.wait(of: address, in: &$0, now: now) }
        if wait != nil { refusals.increment() }
        return wait
    }

    /// An address did one more of what counts.
    package func note(_ address: ClientAddress) {
        let now = time.monotonicMilliseconds
        state.withLock { note(address, in: &$0, now: now) }
    }

    /// Counts one more, if the address may go on: both in one step. Who has none, as the machine itself, always may.
    package func charge(_ address: ClientAddress?) -> Bool {
        guard let address else { return true }
        let now = time.monotonicMilliseconds
        let isAllowed = state.withLock { state in
            guard wait(of: address, in: &state, now: now) == nil else { return false }
            note(address, in: &state, now: now)
            return true
        }
        if !isAllowed { refusals.increment() }
        return isAllowed
    }

    private func wait(of address: ClientAddress, in state: inout State, now: UInt64) -> UInt64? {
        guard let until = state.blocked[address] else { return nil }
        let end = until * sliceMilliseconds
        guard now < end else {
            state.blocked[address] = nil
            if state.blocked.isEmpty { isQuiet.store(true, ordering: .relaxed) }
            return nil
        }
        return end - now
    }

    private func note(_ address: ClientAddress, in state: inout State, now: UInt64) {
        let slice = now / sliceMilliseconds
        var count = state.counts.use(address) ?? Count(newest: slice)
        count.move(to: slice)
        count.slices[Int(slice % UInt64(count.slices.count))] += 1
        if let gone = state.counts.insert(count, for: address) { state.blocked[gone.key] = nil }
        guard count.total >= UInt64(limit.count) else { return }
        state.blocked[address] = Self.end(of: count, limit)
        isQuiet.store(false, ordering: .relaxed)
    }

    /// The slice with whose beginning enough have run out.
    private static func end(of count: Count, _ limit: RateLimit) -> UInt64 {
        var left = count.total
        for age in (0..<UInt64(count.slices.count)).reversed() where count.newest >= age {
            let slice = count.newest - age
            left -= UInt64(count.slices[Int(slice % UInt64(count.slices.count))])
            if left < UInt64(limit.count) { return slice + UInt64(count.slices.count) }
        }
        return count.newest + UInt64(count.slices.count)
    }
}
