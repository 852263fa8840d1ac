import BackendContracts
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Login gate") struct LoginGateTests {
    /// The laws in its comment, for arrivals at any times.
    @Test(arguments: 0..<20)
    func lawsHold(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (rate, burst) = (Int.random(in: 1...2_000, using: &generator), Int.random(in: 1...300, using: &generator))
        let wait: Int64 = 1_500
        var gate = LoginGate(perSecond: rate, burst: burst, waitMilliseconds: wait)
        var now: Int64 = 7
        var begins: [Int64] = []
        var arrivals = 0
        for _ in 0..<4_000 {
            now += Int64.random(in: 0...60, using: &generator) / 55 * Int64.random(in: 0...400, using: &generator)
            arrivals += 1
            switch gate.arrive(now: now) {
            case .now: begins.append(now)
            case .later(let milliseconds):
                #expect((1...wait).contains(milliseconds))
                begins.append(now + milliseconds)
            case .full:
                // Whoever is sent away has as many before him as begin while he would have waited.
                #expect(begins.count { $0 > now } >= Int(wait) * rate / 1_000 - 1)
            }
        }
        begins.sort()
        for (index, begin) in begins.enumerated() where index > burst {
            // The window that ends here and holds burst + 1 others is at least as long as the rate demands.
            let length = begin - begins[index - burst - 1]
            #expect(Double(length) + 2 >= 1_000.0 / Double(rate))
        }
        #expect(arrivals == 4_000)
    }

    @Test func withoutALimitEverybodyIsLetIn() {
        var gate = LoginGate(perSecond: 0, burst: 1, waitMilliseconds: 0)
        for _ in 0..<100_000 where gate.arrive(now: 5) != .now { Issue.record("somebody has to wait") }
    }

    // MARK: At the gateway

    private func gated() async throws -> GatewayRig {
        let rig = try await GatewayRig {
            $0.identifiesPerSecond = 10
            $0.resumesPerSecond = 10
            $0.loginBurst = 2
            $0.loginWaitMilliseconds = 300
        }
        rig.addSmallGuild(members: 8)
        return rig
    }

    private func identify(_ client: GatewayClient, _ user: Int) {
        client.send(#"{"op":2,"d":{"token":"token-\#(user)","intents":1}}"#)
    }

    @Test func aStormOfIdentifiesIsLetInAtTheRateAndTheRestComesBack() async throws {
        let rig = try await gated()
        var clients: [GatewayClient] = []
        for _ in 0..<8 { clients.append(try await rig.connect()) }
        for (index, client) in clients.enumerated() { identify(client, index + 1) }
        await rig.settle()
        var events = clients.map { $0.payloads() }
        func ready() -> [Bool] { events.map { $0.contains { $0["t"]?.string == "READY" } } }
        #expect(ready() == [true, true] + Array(repeating: false, count: 6))
        // Two more than can wait: INVALID_SESSION, and the connection is theirs to close.
        for index in 0..<8 {
            let verdict = events[index].first { $0["op"]?.int == 9 }?["d"]
            #expect(verdict == (index > 4 ? .bool(false) : nil))
            #expect(clients[index].closeCode == nil)
        }
        #expect(
            rig.metrics.logins.withLock { $0 }
                == [.atOnce, .atOnce, .waited, .waited, .waited, .sentAway, .sentAway, .sentAway])
        // Those who wait are alive meanwhile, and each gets its turn.
        clients[4].send(#"{"op":1,"d":null}"#)
        await rig.settle()
        #expect(clients[4].payloads().map { $0["op"]?.int } == [11])
        for turn in 2..<5 {
            await rig.pass(milliseconds: turn == 2 ? 140 : 100)
            events = clients.map { $0.payloads() }
            #expect(ready() == (0..<8).map { $0 == turn })
        }
        // After a wait of its own a client that was sent away is let in.
        await rig.pass(milliseconds: 1_000)
        clients[7].startsOver()
        identify(clients[7], 8)
        await rig.settle()
        events = clients.map { $0.payloads() }
        #expect(ready() == (0..<8).map { $0 == 7 })
    }

    @Test func whoLeavesTheLineIsForgottenAndWhoPushesIsClosed() async throws {
        let rig = try await gated()
        var clients: [GatewayClient] = []
        for _ in 0..<4 { clients.append(try await rig.connect()) }
        for (index, client) in clients.enumerated() { identify(client, index + 1) }
        await rig.settle()
        clients[2].close(1000)
        identify(clients[3], 4)
        await rig.settle()
        #expect(clients[3].close() == 4005)
        #expect(rig.handler.waitingLogins.isEmpty)
        await rig.pass(milliseconds: 1_000)
        #expect(rig.handler.sessions.count == 2)
    }

    @Test func aStormOfResumesIsLetInAtTheRateAndTheRestMayResumeLater() async throws {
        let rig = try await gated()
        var sessions: [GatewayClient] = []
        for user in 1...6 {
            sessions.append(try await rig.logIn(UInt64(user)))
            await rig.pass(milliseconds: 1_000)
        }
        for client in sessions { client.close(4000) }
        await rig.settle()
        var again: [GatewayClient] = []
        for old in sessions {
            let client = try await rig.connect()
            client.continues(old)
            again.append(client)
        }
        for client in again { client.resume() }
        await rig.settle()
        var events = again.map { $0.payloads() }
        func resumed() -> [Bool] { events.map { $0.contains { $0["t"]?.string == "RESUMED" } } }
        #expect(resumed() == [true, true, false, false, false, false])
        // The session is still there: the client is told to resume, not to identify.
        #expect(events[5].last?["op"]?.int == 9 && events[5].last?["d"] == .bool(true))
        await rig.pass(milliseconds: 400)
        events = again.map { $0.payloads() }
        #expect(resumed() == [false, false, true, true, true, false])
        again[5].resume()
        await rig.settle()
        events = again.map { $0.payloads() }
        #expect(resumed() == [false, false, false, false, false, true])
    }
}
