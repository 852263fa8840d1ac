import BackendContracts
import CEpoll
import Glibc
import Interface
import Services
import Testing

@testable import Gateway

/// What an address may do at the gateway, and who is taken to have which.
@Suite("Addresses at the gateway") struct AddressTests {
    private static let stranger = PeerAddress(high: 0, low: 0xffff_c000_0201)
    private static let proxy = PeerAddress(high: 0, low: 0xffff_0a00_0001)

    /// The status line of a handshake's answer; `nil` when the connection is not even taken.
    private func knock(
        _ rig: GatewayRig, _ address: PeerAddress, loop: Int = 0, forwarded: String? = nil, token: String? = nil
    ) async throws -> String? {
        let fields = forwarded.map { ["X-Forwarded-For: \($0)"] } ?? []
        guard let (peer, status) = try await rig.knock(from: address, loop: loop, fields) else { return nil }
        if let token {
            let client = GatewayClient(peer)
            client.send(#"{"op":2,"d":{"token":"\#(token)","intents":0,"properties":{}}}"#)
            await rig.settle()
            #expect(client.close() == 4004)
        }
        return status
    }

    @Test func anAddressOpensSoManyConnectionsOverAllLoops() async throws {
        let rig = try await GatewayRig(loops: 2, handshakes: RateLimit(3, perMilliseconds: 60_000))
        for loop in [0, 1, 0] { #expect(try await knock(rig, Self.stranger, loop: loop) != nil) }
        #expect(try await knock(rig, Self.stranger, loop: 1) == nil)
        // Others, and the machine itself.
        #expect(try await knock(rig, PeerAddress(high: 0, low: 0xffff_c000_0202)) != nil)
        for _ in 0..<5 { #expect(try await knock(rig, PeerAddress(high: 0, low: 0xffff_7f00_0001)) != nil) }
        // All of a network of IPv6 are one.
        for host in 1...4 as ClosedRange<UInt64> {
            let address = PeerAddress(high: 0x2001_0db8_0000_0001, low: host)
            #expect((try await knock(rig, address) != nil) == (host < 4))
        }
        rig.time.advance(by: 66_000)
        #expect(try await knock(rig, Self.stranger) != nil)
    }

    @Test func wrongTokensUseUpAnAddress() async throws {
        let rig = try await GatewayRig(loops: 2, wrongTokens: RateLimit(2, perMilliseconds: 60_000))
        for loop in 0...1 { #expect(try await knock(rig, Self.stranger, loop: loop, token: "wrong") != nil) }
        #expect(try await knock(rig, Self.stranger) == nil)
        rig.time.advance(by: 66_000)
        #expect(try await knock(rig, Self.stranger) != nil)
    }

    /// A proxy is never limited itself; whom it names is. What anybody else names means nothing.
    @Test func aTrustedProxySaysWhoIsBehindIt() async throws {
        let limit = RateLimit(2, perMilliseconds: 60_000)
        let rig = try await GatewayRig(handshakes: limit, wrongTokens: limit) {
            $0.proxies = TrustedProxies(["10.0.0.0/8"])
        }
        for named in ["192.0.2.1", "203.0.113.9, 192.0.2.1"] {
            #expect(try await knock(rig, Self.proxy, forwarded: named)?.hasPrefix("HTTP/1.1 101") == true)
        }
        #expect(try await knock(rig, Self.proxy, forwarded: "192.0.2.1")?.hasPrefix("HTTP/1.1 429") == true)
        #expect(try await knock(rig, Self.stranger, forwarded: "203.0.113.9") == nil)
        for _ in 0..<2 { _ = try await knock(rig, Self.proxy, forwarded: "198.51.100.2", token: "wrong") }
        #expect(try await knock(rig, Self.proxy, forwarded: "198.51.100.2")?.hasPrefix("HTTP/1.1 429") == true)
        #expect(try await knock(rig, Self.proxy, forwarded: "203.0.113.9")?.hasPrefix("HTTP/1.1 101") == true)
    }
}

/// S17.
@Suite("Origins at the gateway") struct OriginTests {
    @Test(
        arguments: [
            (nil, true), ("https://chat.example", true), ("http://localhost:3000", true),
            ("https://evil.example", false),
            ("null", false), ("", false), ("https://chat.example.evil.example", false),
            ("https://evilchat.example", false),
            ("https://chat.example:444", false), ("http://chat.example", false), ("https://chat.example/", false),
        ] as [(String?, Bool)])
    func onlyThoseThatWereNamedMayConnect(_ origin: String?, _ isAllowed: Bool) async throws {
        let fields = origin.map { ["Origin: \($0)"] } ?? []
        let rig = try await GatewayRig { $0.allowedOrigins = ["https://chat.example", "http://localhost:3000"] }
        let status = try await rig.knock(fields)?.status
        #expect(status?.hasPrefix(isAllowed ? "HTTP/1.1 101" : "HTTP/1.1 403") == true)
        // Without names anybody may: the token is sent by the page, never by the browser itself.
        let open = try await GatewayRig()
        #expect(try await open.knock(fields)?.status.hasPrefix("HTTP/1.1 101") == true)
    }
}

extension GatewayRig {
    /// Sends a handshake with more fields; `nil` when the connection is not even taken.
    fileprivate func knock(
        from address: PeerAddress = .unknown, loop: Int = 0, _ fields: [String]
    ) async throws -> (peer: LoopPeer, status: String)? {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        let peer = LoopPeer(descriptor: ends[1])
        guard loops[loop].adopt(descriptor: ends[0], address: address) != nil else { return nil }
        peer.write(Array((LoopPeer.request.dropLast() + fields.map { $0 + "\r\n" }.joined() + "\r\n").utf8))
        await settle()
        return (peer, String(String(decoding: peer.read().bytes, as: UTF8.self).prefix { $0 != "\r\n" }))
    }
}
