/// Whether what a gateway publishes to itself comes back: a gateway that does not hear the bus is of no use to anybody, however well it
/// hears its clients.
///
///     open ──nothing came back for three intervals──▶ lost ──a probe comes back──▶ open
struct PathProbe: Hashable, Sendable {
    static let intervalMilliseconds: UInt64 = 2_000
    /// Intervals without an answer after which the path counts as lost (case R07).
    static let missesMax: UInt64 = 3

    /// Monotonic milliseconds of the first probe, or the last answer to any; `nil` before the first.
    private var heardAt: UInt64?
    private var number: UInt64 = 0
    private var answered: UInt64 = 0

    /// Another probe is to be sent; what it carries. The first byte is no version of any record, so that nobody takes it for one.
    mutating func next(now: UInt64) -> [UInt8] {
        heardAt = heardAt ?? now
        number += 1
        return Self.payload(number)
    }

    /// Something came back; of another node of this number, or of this one's life before, it says nothing.
    mutating func returned(_ payload: [UInt8], now: UInt64) {
        guard number > answered, (answered + 1...number).contains(where: { Self.payload($0) == payload }) else {
            return
        }
        answered = number
        heardAt = now
    }

    func isLost(now: UInt64) -> Bool {
        guard let heardAt else { return false }
        return now >= heardAt + Self.missesMax * Self.intervalMilliseconds
    }

    static func isProbe(_ payload: [UInt8]) -> Bool { payload.first == 0 }

    private static func payload(_ number: UInt64) -> [UInt8] {
        [0] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
