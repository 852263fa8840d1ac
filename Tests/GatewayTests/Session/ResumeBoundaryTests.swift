import Chat
import Glibc
import Testing
import Wire

@testable import Gateway

/// Where a session can still be resumed, and where not any more: to the second and to the byte, and for whom (cases R03, R04, R08).
@Suite("Gateway resume at its boundaries") struct ResumeBoundaryTests {
    /// How long after the end of the window, in milliseconds, and whether everything is there then.
    private static let ages: [(Int64, Bool)] = [(-1_000, true), (-1, true), (1_000, false)]

    private func publish(_ rig: GatewayRig, _ numbers: ClosedRange<UInt64>) async throws {
        for number in numbers { try await rig.source.publish(number, channel: 200, guild: 100) }
        await rig.settle()
    }

    private func resume(
        _ client: GatewayClient, _ rig: GatewayRig, session: String? = nil, token: String? = nil, sequence: Int? = nil,
        compression: TransportCompression = .none
    ) async throws -> GatewayClient {
        let again = try await rig.connect(compression: compression)
        #expect(again.payloads().map { $0["op"]?.int } == [10])
        again.continues(client)
        again.resume(session: session, token: token, sequence: sequence)
        await rig.settle()
        return again
    }

    private func expectWholeOrNothing(_ payloads: [JSONValue], isWhole: Bool) {
        if isWhole {
            #expect(payloads.compactMap { $0["d"]?["id"]?.string } == ["10", "11", "12"])
            #expect(payloads.last?["t"]?.string == "RESUMED")
        } else {
            #expect(payloads.map { $0["op"]?.int } == [9])
        }
    }

    @Test(arguments: ages)
    func theWindowIsTheBoundary(_ beyond: Int64, _ isWhole: Bool) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        try await publish(rig, 10...12)
        await rig.pass(milliseconds: SessionSettings().resumeMilliseconds + beyond)
        expectWholeOrNothing(try await resume(client, rig).payloads(), isWhole: isWhole)
    }

    @Test(arguments: ages)
    func theWindowIsTheBoundaryOverTheEndOfTheNode(_ beyond: Int64, _ isWhole: Bool) async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        client.close(4_000)
        await lives.rig.settle()
        for number in 10...12 as ClosedRange<UInt64> { try await lives.send(number) }
        await lives.rig.settle()
        #expect(await lives.capture(isFinal: true))
        try await lives.restart(after: UInt64(SessionSettings().resumeMilliseconds + beyond))
        expectWholeOrNothing(try await lives.resume(client).payloads(), isWhole: isWhole)
    }

    /// The client has what was whole when the connection ended, says so, and gets the rest. Every other time the node has not heard of the
    /// end before the client is back.
    @Test(arguments: TransportCompression.allCases)
    func aConnectionCutAtAnyByteLosesNothing(compression: TransportCompression) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        var client = try await rig.logIn(2, compression: compression)
        try await publish(rig, 1_000...1_000)
        let before = client.frameBytes
        #expect(client.messages() == ["1000"])
        let length = client.frameBytes - before
        #expect(length > 100)
        for cut in 0...UInt64(length) {
            let number = 1_001 + cut
            try await publish(rig, number...number)
            var seen = client.payloads(atMost: Int(cut))
            if cut.isMultiple(of: 2) {
                shutdown(client.peer.descriptor, Int32(SHUT_RDWR))
                await rig.settle()
            }
            client = try await resume(client, rig, compression: compression)
            seen += client.payloads()
            #expect(
                seen.compactMap { $0["d"]?["id"]?.string } == [String(number)], "cut after \(cut) of \(length) bytes")
            #expect(seen.last?["t"]?.string == "RESUMED")
        }
        #expect(rig.handler.sessions.count == 1)
    }

    /// Another's session, one that never was, one that is over, a sequence that is not there yet: nobody can tell which it was.
    @Test func everyRefusalLooksTheSame() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        try await publish(rig, 10...10)
        #expect(client.messages() == ["10"])
        let foreign = try await resume(client, rig, token: "token-3")
        let unknown = try await resume(client, rig, session: String(repeating: "0", count: client.session.utf8.count))
        try await publish(rig, 11...11)
        #expect(client.messages() == ["11"], "strangers end nothing")
        let future = try await resume(client, rig, sequence: client.sequence + 1)
        let stale = try await resume(client, rig)
        let refusals = [foreign, unknown, future, stale].map { $0.payloads() }
        #expect(refusals.allSatisfy { $0 == refusals[0] && $0.count == 1 })
        #expect(refusals[0].first?["op"]?.int == 9 && refusals[0].first?["d"]?.bool == false)
        for other in [foreign, unknown, future, stale] { #expect(other.close() == nil) }
    }

    @Test(arguments: [[0, 0], [0, 1], [1, 0], [1, 1]])
    func ofTwoAtOnceOneWins(_ loops: [Int]) async throws {
        let rig = try await GatewayRig(loops: 2)
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        try await publish(rig, 10...12)
        var rivals: [GatewayClient] = []
        for loop in loops { rivals.append(try await rig.connect(loop: loop)) }
        for rival in rivals {
            _ = rival.payloads()
            rival.continues(client)
            rival.resume()
        }
        await rig.settle()
        let told = rivals.map { $0.payloads() }
        let winners = rivals.indices.filter { rivals[$0].close() == nil }
        let winner = try #require(winners.first)
        #expect(winners.count == 1)
        #expect(rivals[1 - winner].close() == 4_000)
        #expect(told[winner].compactMap { $0["d"]?["id"]?.string } == ["10", "11", "12"])
        #expect(told[winner].last?["t"]?.string == "RESUMED")
        try await publish(rig, 13...13)
        #expect(rivals[winner].messages() == ["13"])
        #expect(rivals[1 - winner].messages() == [])
        #expect(rig.handler.sessions.count == 1)
    }
}
