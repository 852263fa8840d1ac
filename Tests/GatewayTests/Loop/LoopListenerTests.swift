import Gateway
import Glibc
import Synchronization
import Testing
import Wire

@Suite("Loop listener")
struct LoopListenerTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func bindsNumericAddressesAndSharesThem(host: String) throws {
        let first = try SocketLoop(handler: RecordingSocketHandler())
        let port = try first.listen(host: host, port: 0)
        #expect(port != 0)
        let second = try SocketLoop(handler: RecordingSocketHandler())
        #expect(try second.listen(host: host, port: port) == port)
    }

    @Test(arguments: ["localhost", "", "1.2.3", "127.0.0.1:80"])
    func refusesNames(host: String) throws {
        let loop = try SocketLoop(handler: RecordingSocketHandler())
        let error = #expect(throws: LoopError.self) { try loop.listen(host: host, port: 0) }
        #expect(error?.code == .badAddress && error?.target == host)
    }

    @Test func saysWhichCallFailed() throws {
        let loop = try SocketLoop(handler: RecordingSocketHandler())
        // Not an address of this machine (RFC 5737).
        let error = #expect(throws: LoopError.self) { try loop.listen(host: "192.0.2.1", port: 0) }
        #expect(error?.code == .system && error?.operation == "bind" && error?.number == EADDRNOTAVAIL)
    }

    @Test func acceptsKnowsThePeerAndStopsListening() throws {
        let clock = HandClock()
        let loop = try SocketLoop(clock: clock.clock, handler: RecordingSocketHandler())
        let port = try loop.listen(host: "127.0.0.1", port: 0)
        let peer = try #require(LoopPeer(port: port))
        peer.write(Array(LoopPeer.request.utf8))
        while loop.handler.take().isEmpty { loop.turn(maxWaitMilliseconds: 1_000) }
        let first = ConnectionID(slot: 0, generation: 0)
        #expect(loop.address(of: first)?.description == "127.0.0.1")
        loop.stopListening()
        #expect(LoopPeer(port: port) == nil)
        #expect(loop.isOpen(first))
    }

    @Test func restsWhenThereAreNoDescriptors() throws {
        let clock = HandClock()
        let seam = AcceptSeam()
        var configuration = LoopConfiguration()
        configuration.accept = { seam.accept($0) }
        let loop = try SocketLoop(configuration: configuration, clock: clock.clock, handler: RecordingSocketHandler())
        let port = try loop.listen(host: "127.0.0.1", port: 0)
        let first = try #require(LoopPeer(port: port))
        let second = try #require(LoopPeer(port: port))
        while loop.statistics.acceptExhaustions == 0 { loop.turn(maxWaitMilliseconds: 1_000) }
        // The reserve took one connection and closed it; the other waits, and the loop does not spin on it.
        #expect(loop.statistics.refusals == 1)
        let before = seam.count
        for _ in 0..<10 { loop.turn(maxWaitMilliseconds: 0) }
        #expect(seam.count == before)
        #expect([first, second].filter { $0.read().hasEnded }.count == 1)

        seam.recover()
        clock.advance(by: 200)
        while loop.statistics.accepts == 0 { loop.turn(maxWaitMilliseconds: 1_000) }
        #expect(loop.statistics.acceptExhaustions == 1)
        #expect([first, second].filter { $0.read().hasEnded }.count == 1)
    }

    @Test func addressesAreSpelledAndTakenApart() {
        let v4 = PeerAddress(high: 0, low: 0xffff_0a00_0001)
        #expect(v4.description == "10.0.0.1" && v4.octets == Array(repeating: 0, count: 10) + [255, 255, 10, 0, 0, 1])
        let v6 = PeerAddress(high: 0x2001_0db8_0000_0001, low: 0x42)
        #expect(v6.description == "2001:db8:0:1:0:0:0:42")
        #expect(v6.octets == [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x42])
        #expect(PeerAddress.unknown.octets.isEmpty)
    }
}

/// Every other accept, beginning with the first, finds no descriptors, until it recovers.
private final class AcceptSeam: Sendable {
    private let calls = Atomic<Int>(0)
    private let isExhausted = Atomic<Bool>(true)

    var count: Int { calls.load(ordering: .relaxed) }

    func recover() { isExhausted.store(false, ordering: .relaxed) }

    func accept(_ listener: Int32) -> AcceptOutcome {
        let call = calls.add(1, ordering: .relaxed).newValue
        if isExhausted.load(ordering: .relaxed) && call % 2 == 1 { return .exhausted }
        return LoopConfiguration().accept(listener)
    }
}
