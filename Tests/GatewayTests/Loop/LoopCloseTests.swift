import Gateway
import Testing
import Wire

@Suite("Loop close")
struct LoopCloseTests {
    private func closeFrame(_ code: UInt16, _ reason: String = "") -> [UInt8] {
        FrameEncoder.close(WebSocketCloseCode(rawValue: code), reason: reason)
    }

    @Test func answersThePeersCloseWithItsCode() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        peer.write(LoopPeer.frame(.text, [1]) + LoopPeer.close(4001) + LoopPeer.frame(.text, [2]))
        hand.turn(2)
        let (bytes, hasEnded) = peer.read()
        #expect(bytes == closeFrame(4001) && hasEnded)
        #expect(
            hand.handler.take() == [
                .received(id, .text, [1]), .closed(id, .byPeer(code: WebSocketCloseCode(rawValue: 4001))),
                .released(.unknown),
            ])
    }

    @Test func anEmptyCloseFrameIsANormalOne() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        peer.write(LoopPeer.frame(.close, []))
        hand.turn(2)
        #expect(peer.read().bytes == closeFrame(1000))
        #expect(hand.handler.take() == [.closed(id, .byPeer(code: nil)), .released(.unknown)])
    }

    @Test func waitsForThePeersAnswerAndHandsOverNothingMore() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        hand.loop.close(id, code: WebSocketCloseCode(rawValue: 4009), reason: "too slow")
        #expect(!hand.loop.isOpen(id))
        peer.write(LoopPeer.frame(.text, [1]))
        hand.turn()
        var (bytes, hasEnded) = peer.read()
        #expect(bytes == closeFrame(4009, "too slow") && !hasEnded)
        peer.write(LoopPeer.close(4009))
        hand.turn(1)
        (bytes, hasEnded) = peer.read()
        #expect(bytes.isEmpty && hasEnded)
        #expect(hand.handler.take() == [.released(.unknown)])
    }

    @Test func waitsNoLongerThanAgreed() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        hand.loop.close(id, code: .goingAway)
        hand.clock.advance(by: 1_990)
        hand.turn()
        #expect(!peer.read().hasEnded)
        hand.clock.advance(by: 50)
        hand.turn()
        #expect(peer.read().hasEnded)
    }

    @Test func aPeerThatJustGoesHasVanished() throws {
        let hand = try HandLoop()
        var (peer, id): (LoopPeer?, ConnectionID) = try hand.open()
        peer?.write(LoopPeer.frame(.text, [1]))
        peer = nil
        hand.turn(2)
        #expect(hand.handler.take() == [.received(id, .text, [1]), .closed(id, .vanished), .released(.unknown)])
    }

    @Test(
        arguments: [
            (LoopPeer.frame(.text, [0xff]), 1007), ([0x81, 0x01, 0x41], 1002), ([0xc1, 0x80, 0, 0, 0, 0], 1002),
            ([0x82, 0xfe, 0x40, 0x01, 0, 0, 0, 0], 1009),
            ([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 1009),
        ] as [([UInt8], UInt16)])
    func tellsWhatWasViolated(bytes: [UInt8], code: UInt16) throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        peer.write(bytes + LoopPeer.frame(.text, [1]))
        hand.turn(2)
        let (answer, hasEnded) = peer.read()
        #expect(answer == closeFrame(code) && hasEnded)
        #expect(hand.handler.take() == [.closed(id, .violation(code: WebSocketCloseCode(rawValue: code)))])
        hand.clock.advance(by: 2_100)
        hand.turn()
        #expect(hand.handler.take() == [.released(.unknown)])
    }

    @Test func callsBackOnlyAfterTheCallThatCausedIt() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        var afterwards: [RecordingSocketHandler.Event] = []
        hand.handler.whenReceived = { [unowned hand] connection, _, loop in
            // Closed by the handler itself, twice, and used after it.
            loop.close(connection, code: .normalClosure)
            loop.abort(connection)
            loop.setDeadline(connection, after: 0)
            #expect(hand.send(FrameEncoder.frame(.text, payload: [1]), to: connection) == .dropped)
            afterwards = hand.handler.events
        }
        peer.write(LoopPeer.frame(.text, [1]) + LoopPeer.frame(.text, [2]) + LoopPeer.close(1000))
        hand.turn()
        #expect(afterwards == [.received(id, .text, [1])])
        #expect(hand.handler.take() == [.received(id, .text, [1]), .released(.unknown)])
        let (bytes, hasEnded) = peer.read()
        #expect(bytes == closeFrame(1000) && hasEnded)
    }

    @Test func stopClosesEverybodyAndEnds() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        let (silent, _) = try hand.open()
        let (shaking, _) = try hand.pair()
        _ = hand.handler.take()
        hand.loop.stop()
        #expect(hand.loop.turn(maxWaitMilliseconds: 0))
        #expect(hand.handler.take().contains(.closed(id, .stopped)))
        #expect(peer.read().bytes == closeFrame(1012))
        #expect(shaking.read().hasEnded)
        peer.write(LoopPeer.close(1012))
        #expect(hand.loop.turn(maxWaitMilliseconds: 0))
        #expect(peer.read().hasEnded)
        hand.clock.advance(by: 2_100)
        while hand.loop.turn(maxWaitMilliseconds: 0) {}
        #expect(silent.read().hasEnded)
        #expect(!hand.loop.post(.number(1)))
        #expect(hand.loop.snapshot().connections == 0)
        #expect(try hand.pair().1 == nil)
    }
}
