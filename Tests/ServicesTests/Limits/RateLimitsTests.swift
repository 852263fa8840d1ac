import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Services
import Testing

@Suite("Rate limits") struct RateLimitsTests {
    private let time = ManualTime()

    private func limits(_ table: RateLimitTable = .standard) -> RateLimits {
        RateLimits(table, limiter: MemoryRateLimiter(time: time), time: time)
    }

    @Test(arguments: [
        (LimitedAction.message, 5, 5_000 as UInt64), (.reaction, 10, 1_000), (.channelCreate, 10, 60_000),
        (.dmCreate, 10, 60_000), (.typing, 5, 5_000), (.global, 50, 1_000), (.identify, 1_000, 86_400_000),
    ])
    func areThoseOfTheDesign(_ action: LimitedAction, _ count: Int, _ window: UInt64) async throws {
        let limits = limits()
        for _ in 0..<count { try await limits.charge(action, by: UserID(1)) }
        await #expect(
            throws: ServiceError(.rateLimited(retryAfterMilliseconds: window), detail: "too many of \(action.name)")
        ) {
            try await limits.charge(action, by: UserID(1))
        }
        try await limits.charge(action, by: UserID(2))
        time.advance(by: window)
        try await limits.charge(action, by: UserID(1))
    }

    @Test func whatIsOffIsNotLimited() async throws {
        var table = RateLimitTable.standard
        table[.message] = nil
        let limits = limits(table)
        for _ in 0..<100 { try await limits.charge(.message, by: UserID(1)) }
        #expect(await limits.take(.message, by: UserID(1)) == nil)
        #expect(await limits.look(at: .message, of: UserID(1)) == nil)
        #expect(await limits.take(.typing, by: UserID(1))?.standing.remaining == 4)
        for action in LimitedAction.allCases { #expect(RateLimitTable.off[action] == nil) }
    }

    /// As discord.py and hikari do it: at Remaining 0 they wait for the reset, and take it that all of the limit is free then.
    @Test(arguments: 0..<10)
    func whoObeysTheHeadersIsNeverRefused(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let limits = limits()
        var allowed = 0
        for _ in 0..<200 {
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let verdict = try #require(await limits.take(.message, by: UserID(1)))
                #expect(verdict.standing.isAllowed)
                allowed += 1
                if verdict.standing.remaining == 0 { time.advance(by: verdict.standing.resetAfterMilliseconds) }
            }
            time.advance(by: UInt64.random(in: 0...2_000, using: &random))
        }
        #expect(allowed > 200)
    }
}

@Suite("Requests that are refused") struct InvalidRequestsTests {
    private let time = ManualTime(monotonicMilliseconds: 7_200_000)
    private static let limit = RateLimit(10, perMilliseconds: 600_000)

    private func client(_ octets: UInt8...) -> ClientAddress? { ClientAddress(octets: octets) }

    @Test func blockAnAddressUntilTheyHavePassed() throws {
        let requests = InvalidRequests(Self.limit, time: time)
        let address = try #require(client(192, 0, 2, 1))
        for _ in 0..<10 {
            #expect(requests.wait(of: address) == nil)
            requests.note(address)
        }
        let wait = try #require(requests.wait(of: address))
        #expect((600_000...660_000).contains(wait))
        #expect(requests.wait(of: client(192, 0, 2, 2)) == nil)
        time.advance(by: wait - 1)
        #expect(requests.wait(of: address) == 1)
        time.advance(by: 1)
        #expect(requests.wait(of: address) == nil)
    }

    /// However they are spread: no window holds more than the limit before the address has to wait.
    @Test(arguments: 0..<20)
    func noWindowHoldsMoreThanTheLimit(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let requests = InvalidRequests(Self.limit, time: time)
        let address = try #require(client(198, 51, 100, 7))
        var noted: [UInt64] = []
        for _ in 0..<2_000 {
            if requests.wait(of: address) == nil {
                requests.note(address)
                noted.append(time.monotonicMilliseconds)
            }
            time.advance(by: UInt64.random(in: 0...90_000, using: &random))
        }
        for (later, earlier) in zip(noted.dropFirst(Self.limit.count), noted) { #expect(later - earlier >= 600_000) }
        #expect(noted.count > 500)
    }

    @Test func countIPv6ByNetworkAndMappedAddressesAsIPv4() {
        let network: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 1, 0, 2]
        let first = ClientAddress(octets: network + [0, 0, 0, 0, 0, 0, 0, 1])
        #expect(first != nil)
        #expect(first == ClientAddress(octets: network + [9, 8, 7, 6, 5, 4, 3, 2]))
        #expect(first != ClientAddress(octets: [0x20, 0x01, 0x0D, 0xB8, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1]))
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        #expect(ClientAddress(octets: mapped + [192, 0, 2, 1]) == ClientAddress(octets: [192, 0, 2, 1]))
    }

    @Test func doNotCountAgainstTheMachineItself() {
        #expect(ClientAddress(octets: [127, 0, 0, 1]) == nil)
        #expect(ClientAddress(octets: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) == nil)
        #expect(ClientAddress(octets: [127, 0, 0, 1], exemptsLoopback: false) != nil)
        #expect(ClientAddress(octets: []) == nil)
    }

    @Test func forgetTheOldestAddressWhenTheyAreTooMany() throws {
        let requests = InvalidRequests(RateLimit(1, perMilliseconds: 600_000), time: time)
        let first = try #require(client(10, 0, 0, 1))
        requests.note(first)
        #expect(requests.wait(of: first) != nil)
        for number in 0..<70_000 as Range<UInt32> {
            let other = client(11, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255))
            requests.note(try #require(other))
        }
        #expect(requests.wait(of: first) == nil)
    }
}
