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
        (.address, 50, 1_000), (.file, 250, 1_000), (.login, 20, 60_000), (.loginAccount, 30, 600_000),
        (.register, 10, 3_600_000), (.webhook, 5, 2_000),
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

@Suite("What an address may cost") struct AddressLimitTests {
    private let time = ManualTime(monotonicMilliseconds: 7_200_000)
    private static let limit = RateLimit(10, perMilliseconds: 600_000)

    private func client(_ octets: UInt8...) -> ClientAddress? { ClientAddress(octets: octets) }

    @Test func blockAnAddressUntilTheyHavePassed() throws {
        let requests = AddressLimit(Self.limit, of: .invalid, time: time)
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
        let requests = AddressLimit(Self.limit, of: .invalid, time: time)
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

    /// Counted as they are allowed, those that come at once do not pass together.
    @Test func chargingIsOneStep() async throws {
        let requests = AddressLimit(Self.limit, of: .handshake, time: time)
        let address = try #require(client(192, 0, 2, 1))
        let allowed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { requests.charge(address) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(allowed == 10)
        #expect(requests.charge(client(192, 0, 2, 2)))
        #expect(requests.charge(nil))
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
        let requests = AddressLimit(RateLimit(1, perMilliseconds: 600_000), of: .invalid, time: time)
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

/// L06: whom it concerns, and nobody else.
@Suite("Limits on logging in") struct LoginLimitTests {
    private let time = ManualTime()

    private func limits() -> RateLimits {
        RateLimits(.standard, limiter: MemoryRateLimiter(time: time), time: time)
    }

    private func address(_ number: Int) throws -> ClientAddress {
        try #require(ClientAddress(octets: [198, 51, UInt8(number >> 8 & 255), UInt8(number & 255)]))
    }

    @Test func anAddressThatTriesOneAfterTheOtherHasToWait() async throws {
        let limits = limits()
        var allowed = 0
        for _ in 0..<100 {
            allowed += await limits.take(.login, from: try address(1))?.standing.isAllowed == true ? 1 : 0
        }
        #expect(allowed == 20)
        #expect(await limits.take(.login, from: try address(2))?.standing.isAllowed == true)
    }

    @Test func strangersFromEverywhereDoNotKeepTheOwnerOut() async throws {
        let limits = limits()
        var tries = 0
        for round in 0..<50 {
            for number in 0..<10 {
                tries += await limits.wait(toLogInAs: "Victim", from: try address(number)) == nil ? 1 : 0
            }
            time.advance(by: 1_000)
            #expect(round < 49 || tries == 30 + 10)
        }
        // However it is spelt, and for as long as it lasts.
        let wait = try #require(await limits.wait(toLogInAs: "victim", from: try address(3)))
        #expect((1...600_000).contains(wait))
        #expect(await limits.wait(toLogInAs: "VICTIM", from: try address(700)) == nil)
        #expect(await limits.wait(toLogInAs: "VICTIM", from: try address(700)) != nil)
        #expect(await limits.wait(toLogInAs: "somebody", from: try address(3)) == nil)
        time.advance(by: 600_000)
        #expect(await limits.wait(toLogInAs: "victim", from: try address(3)) == nil)
    }
}

@Suite("Proxies that are trusted") struct TrustedProxyTests {
    private static let proxies = TrustedProxies(["10.0.0.0/9", "192.0.2.7", "2001:db8::/33", "0:0:0:0:0:ffff:7f00:1"])

    @Test(
        arguments: [
            ([10, 127, 3, 4], true), ([10, 128, 3, 4], false), ([192, 0, 2, 7], true), ([192, 0, 2, 8], false),
            ([127, 0, 0, 1], true), ([], false), ([10], false),
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 1, 1, 1], true),
            ([0x20, 0x01, 0x0D, 0xB8, 0x7F] + Array(repeating: 9, count: 11), true),
            ([0x20, 0x01, 0x0D, 0xB8, 0x80] + Array(repeating: 9, count: 11), false),
        ] as [([UInt8], Bool)])
    func areThoseThatWereNamed(_ octets: [UInt8], _ isTrusted: Bool) {
        #expect(Self.proxies.contains(octets) == isTrusted)
        #expect(!TrustedProxies.none.contains(octets))
    }

    /// What a client wrote itself stands in front of what proxies add, and is never reached.
    @Test(
        arguments: [
            (["203.0.113.5"], [203, 0, 113, 5]), (["127.0.0.1", "203.0.113.5"], [203, 0, 113, 5]),
            (["198.51.100.1", "203.0.113.5", "192.0.2.7"], [203, 0, 113, 5]), ([], [10, 0, 0, 1]),
            (["203.0.113.5:4711"], [203, 0, 113, 5]), (["unknown"], [10, 0, 0, 1]),
            (["203.0.113.5", "x"], [10, 0, 0, 1]),
            (["203.0.113.5", "10.1.1.1", ""], [10, 0, 0, 1]), (["10.2.2.2", "10.3.3.3"], [10, 2, 2, 2]),
            (["[2001:db9::1]:443"], [0x20, 0x01, 0x0D, 0xB9] + Array(repeating: 0, count: 11) + [1]),
            (["2001:db9::1"], [0x20, 0x01, 0x0D, 0xB9] + Array(repeating: 0, count: 11) + [1]),
            (["::ffff:203.0.113.5"], [203, 0, 113, 5]), (["203.0.113.5.6", "1"], [10, 0, 0, 1]),
        ] as [([String], [UInt8])])
    func nameTheNearestWhoIsNone(_ forwarded: [String], _ origin: [UInt8]) {
        #expect(Self.proxies.origin(of: [10, 0, 0, 1], forwarded: forwarded) == origin)
        #expect(Self.proxies.origin(of: [198, 51, 100, 9], forwarded: forwarded) == [198, 51, 100, 9])
    }

    @Test(arguments: [
        "", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "2001:db8::/129", "10.0.0", "a.example", "/8",
    ])
    func areNamedByAddressOrNetwork(_ text: String) {
        #expect(TrustedProxies.firstUnreadable(of: ["10.0.0.0/8", "::1", text]) == text)
        #expect(!TrustedProxies([text]).contains([10, 0, 0, 1]))
    }
}
