package import Interface
import Metrics
import Synchronization

/// Where a request came from, as far as it is limited by that: an IPv4 address, or the 64 bits of an IPv6 network, in which a single
/// customer has all the addresses.
package struct ClientAddress: Hashable, Sendable {
    private var network: UInt64

    /// - Parameters:
    ///   - octets: 4 or 16 of them, in network order; `nil` for any other number.
    ///   - exemptsLoopback: whether it is `nil` for the machine itself, too: behind a proxy on it everybody has its address.
    package init?(octets: [UInt8], exemptsLoopback: Bool = true) {
        let isMapped = octets.count == 16 && octets.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        let significant: ArraySlice<UInt8>
        switch octets.count {
        case 4: significant = octets[...]
        case 16 where isMapped: significant = octets[12...]
        case 16: significant = octets[..<8]
        default: return nil
        }
        let isSelf = octets.count == 16 && octets.last == 1 && octets.dropLast().allSatisfy { $0 == 0 }
        if exemptsLoopback, isSelf || significant.count == 4 && significant.first == 127 { return nil }
        // No IPv6 network begins with 32 zero bits but those that are reserved: the two kinds do not meet.
        network = significant.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Counts the requests of an address that were refused for want of rights or for their number (Discord's API: 10,000 answers with 401, 403 or
/// 429 in ten minutes). An address beyond that is told to wait before its requests are looked at.
///
/// Kept by this node alone, in slices of a window: an address waits up to a slice longer than it must, never shorter. Bounded: the address
/// that was not heard of for the longest time is forgotten (overflow policy `forgetOldest`). Any thread.
package final class InvalidRequests: Sendable {
    static let slices = 10
    static let addressesMax = 65_536

    private struct Count {
        /// One more than make a window: the oldest is still in part of it.
        var slices = [UInt32](repeating: 0, count: InvalidRequests.slices + 1)
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
        var counts = RecencyCache<ClientAddress, Count>(capacity: InvalidRequests.addressesMax)
        /// Slices until which addresses are blocked; empty on a quiet node, which costs its requests nothing.
        var blocked: [ClientAddress: UInt64] = [:]
    }

    private let limit: RateLimit
    private let sliceMilliseconds: UInt64
    private let time: any TimeSource
    private let state = Mutex(State())
    private let isQuiet = Atomic(true)
    private let refusals = Counter(label: "discord_rate_limited_total", dimensions: [("action", "invalid")])

    package init(_ limit: RateLimit, time: any TimeSource) {
        self.limit = limit
        sliceMilliseconds = max(1, limit.windowMilliseconds / UInt64(Self.slices))
        self.time = time
    }

    /// How long the address has to wait, in milliseconds; `nil` for one that may go on.
    package func wait(of address: @autoclosure () -> ClientAddress?) -> UInt64? {
        guard !isQuiet.load(ordering: .relaxed), let address = address() else { return nil }
        let now = time.monotonicMilliseconds
        let wait = state.withLock { state -> UInt64? in
            guard let until = state.blocked[address] else { return nil }
            let end = until * sliceMilliseconds
            guard now < end else {
                state.blocked[address] = nil
                if state.blocked.isEmpty { isQuiet.store(true, ordering: .relaxed) }
                return nil
            }
            return end - now
        }
        if wait != nil { refusals.increment() }
        return wait
    }

    /// An address got one more answer that counts.
    package func note(_ address: ClientAddress) {
        let slice = time.monotonicMilliseconds / sliceMilliseconds
        state.withLock { state in
            var count = state.counts.use(address) ?? Count(newest: slice)
            count.move(to: slice)
            count.slices[Int(slice % UInt64(count.slices.count))] += 1
            if let gone = state.counts.insert(count, for: address) { state.blocked[gone.key] = nil }
            guard count.total >= UInt64(limit.count) else { return }
            state.blocked[address] = Self.end(of: count, limit)
            isQuiet.store(false, ordering: .relaxed)
        }
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
