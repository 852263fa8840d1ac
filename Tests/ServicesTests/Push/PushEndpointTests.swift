import Interface
import Testing

@testable import Services

@Suite("Where push services may be") struct PushEndpointTests {
    @Test func addressesAreTakenApart() throws {
        let endpoint = try #require(PushEndpoint("https://Push.Example:8443/a/b?c=d"))
        #expect(endpoint.isSecure)
        #expect(endpoint.host == "push.example")
        #expect(endpoint.port == 8_443)
        #expect(endpoint.target == "/a/b?c=d")
        #expect(endpoint.origin == "https://push.example:8443")
        #expect(PushEndpoint("https://a.b")?.origin == "https://a.b")
        #expect(PushEndpoint("https://a.b?x")?.target == "/?x")
        #expect(PushEndpoint("http://[::1]:9/x")?.host == "::1")
        #expect(PushEndpoint("http://[::1]:9/x")?.place == "[::1]:9")
    }

    @Test(arguments: [
        "", "push.example", "ftp://a.b", "file:///etc/passwd", "gopher://a.b", "https://", "https:///x",
        "https://user@a.b/", "https://a.b@127.0.0.1/", "https://a.b:0/", "https://a.b:99999/", "https://a.b:x/",
        "https://a.b/#x", "https://a b/", "https://a.b/\r\nHost: c", "https://a.b\\@c/", "https://[::1/",
        "https://%61/",
        "https://a.b/" + String(repeating: "x", count: 1_024),
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(PushEndpoint(text) == nil)
    }

    /// S16.
    @Test(
        arguments: [
            [127, 0, 0, 1], [0, 0, 0, 0], [10, 1, 2, 3], [172, 16, 0, 1], [172, 31, 9, 9], [192, 168, 1, 1],
            [100, 64, 0, 1],
            [169, 254, 169, 254], [224, 0, 0, 1], [255, 255, 255, 255], [198, 18, 0, 1], [192, 0, 2, 1],
            [203, 0, 113, 7],
            [], [1, 2, 3], Array(repeating: 0, count: 16), Array(repeating: 0, count: 15) + [1],
            Array(repeating: 0, count: 10) + [255, 255, 127, 0, 0, 1], Array(repeating: 0, count: 12) + [127, 0, 0, 1],
            [0xFE, 0x80] + Array(repeating: 0, count: 14), [0xFC, 0] + Array(repeating: 0, count: 14),
            [0xFF, 2] + Array(repeating: 0, count: 14), [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 12),
            [0x20, 0x02, 10, 0, 0, 1] + Array(repeating: 0, count: 10),
            [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, 169, 254, 169, 254],
            [0x20, 0x01, 0, 0] + Array(repeating: 1, count: 12),
        ] as [[UInt8]])
    func noAddressInsideIsPublic(_ bytes: [UInt8]) {
        #expect(!NetworkAddress(bytes).isPublic)
    }

    @Test(
        arguments: [
            [1, 1, 1, 1], [172, 32, 0, 1], [100, 128, 0, 1], [192, 167, 1, 1], [223, 255, 255, 1],
            [0x2A, 0, 0x14, 0x50] + Array(repeating: 1, count: 12),
            [0x26, 6, 0x47, 0] + Array(repeating: 1, count: 12),
            Array(repeating: 0, count: 10) + [255, 255, 8, 8, 8, 8],
        ] as [[UInt8]])
    func addressesOfTheInternetAre(_ bytes: [UInt8]) {
        #expect(NetworkAddress(bytes).isPublic)
    }

    @Test func namesThatLeadInsideAreNotFollowed() throws {
        let outside = NetworkAddress([8, 8, 8, 8])
        let inside = NetworkAddress([127, 0, 0, 1])
        let rule = EndpointRule(trusted: ["127.0.0.1:9"])
        let secure = try #require(PushEndpoint("https://push.example/x"))
        #expect(rule.choose(from: [outside], for: secure) == outside)
        #expect(rule.choose(from: [outside, inside], for: secure) == nil)
        #expect(rule.choose(from: [], for: secure) == nil)
        let open = try #require(PushEndpoint("http://push.example/x"))
        #expect(rule.choose(from: [outside], for: open) == nil)
        let named = try #require(PushEndpoint("http://127.0.0.1:9/x"))
        #expect(rule.choose(from: [inside], for: named) == inside)
        let other = try #require(PushEndpoint("http://127.0.0.1:10/x"))
        #expect(rule.choose(from: [inside], for: other) == nil)
    }

    @Test(arguments: [
        (201, 1, PushOutcome.delivered), (404, 1, .gone), (410, 3, .gone), (400, 1, .refused), (413, 1, .refused),
        (401, 1, .refused), (302, 1, .refused), (503, 1, .again(afterMilliseconds: 5_000)),
        (503, 3, .again(afterMilliseconds: 20_000)), (500, 60, .again(afterMilliseconds: 900_000)),
        (429, 1, .again(afterMilliseconds: 5_000)),
    ])
    func answersSayWhatBecomesOfANotification(_ status: Int, _ attempt: Int, _ outcome: PushOutcome) {
        #expect(PushOutcome(of: PushAnswer(status: status), attempt: attempt, left: 10_000_000) == outcome)
    }

    @Test func waitsAreAskedForAndEnd() {
        let slow = PushAnswer(status: 429, retryAfterSeconds: 60)
        #expect(PushOutcome(of: slow, attempt: 1, left: 100_000) == .again(afterMilliseconds: 60_000))
        #expect(PushOutcome(of: slow, attempt: 1, left: 60_000) == .expired)
        #expect(PushOutcome(of: nil, attempt: 1, left: 5_000) == .expired)
        let endless = PushAnswer(status: 503, retryAfterSeconds: .max)
        #expect(PushOutcome(of: endless, attempt: 1, left: 1_000_000) == .expired)
    }
}
