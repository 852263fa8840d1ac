import Gateway
import Testing
import Wire

@Suite("Loop connections")
struct LoopConnectionTests {
    @Test func startsItsHandlerOnceAndFirst() throws {
        let hand = try HandLoop()
        hand.turn()
        #expect(!hand.handler.events.contains(.started))
        #expect(hand.handler.turns > 6)
    }

    @Test func handsOverMessagesAndWritesAnswers() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        hand.handler.whenReceived = { connection, payload, loop in
            FrameEncoder.frame(.text, payload: payload).withUnsafeBytes { _ = loop.send($0, to: connection) }
        }
        peer.write(LoopPeer.frame(.text, Array("hello".utf8)) + LoopPeer.frame(.binary, [1, 2, 3]))
        hand.turn(1)
        #expect(
            hand.handler.take() == [
                .received(id, .text, Array("hello".utf8)), .received(id, .binary, [1, 2, 3]),
            ])
        let answer =
            FrameEncoder.frame(.text, payload: Array("hello".utf8)) + FrameEncoder.frame(.text, payload: [1, 2, 3])
        #expect(peer.read().bytes == answer)
    }

    /// Two messages, one of them fragmented with a ping in between, behind the request, cut at each offset.
    @Test func findsFramesWhereverTheyAreCut() throws {
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 200)
        var stream = Array(LoopPeer.request.utf8) + LoopPeer.frame(.text, text)
        stream += LoopPeer.frame(.binary, [1, 2], isFinal: false) + LoopPeer.frame(.ping, [9])
        stream += LoopPeer.frame(.continuation, [3, 4]) + LoopPeer.frame(.text, [])
        let hand = try HandLoop()
        for cut in 1..<stream.count {
            let (peer, connection) = try hand.pair()
            let id = try #require(connection)
            peer.write(Array(stream[..<cut]))
            hand.turn(1)
            peer.write(Array(stream[cut...]))
            hand.turn(1)
            #expect(
                hand.handler.take() == [
                    .opened(id, path: "/"), .received(id, .text, text), .received(id, .binary, [1, 2, 3, 4]),
                    .received(id, .text, []),
                ], "cut at \(cut)")
            #expect(peer.read().bytes.suffix(3) == [0x8a, 1, 9])
            hand.loop.abort(id)
            hand.turn(1)
            _ = hand.handler.take()
        }
        #expect(hand.loop.statistics.messagesIn == 3 * (stream.count - 1))
    }

    @Test func bytesThatTrickleInAreOneMessage() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        for byte in LoopPeer.frame(.text, [UInt8](repeating: 65, count: 600)) {
            peer.write([byte])
            hand.turn(1)
        }
        #expect(hand.handler.take() == [.received(id, .text, [UInt8](repeating: 65, count: 600))])
    }

    @Test func readsNoMoreThanItsShareInOneTurn() throws {
        let hand = try HandLoop { $0.readsPerTurn = 1 }
        let (peer, _) = try hand.open()
        let frame = LoopPeer.frame(.binary, [UInt8](repeating: 1, count: 1016))
        peer.write((0..<64).flatMap { _ in frame })
        hand.turn(1)
        #expect(hand.handler.take().count == 16)
        hand.turn(3)
        #expect(hand.handler.take().count == 48)
    }

    @Test func aSlotThatIsUsedAgainHasAnotherName() throws {
        let hand = try HandLoop { $0.connectionsMax = 1 }
        let (peer, first) = try hand.open()
        let (turnedAway, none) = try hand.pair()
        #expect(none == nil)
        #expect(turnedAway.read().hasEnded)
        hand.loop.abort(first)
        #expect(hand.handler.take() == [])
        hand.turn(1)
        #expect(peer.read().hasEnded)
        #expect(hand.handler.take() == [.released(.unknown)])

        let (other, second) = try hand.open()
        #expect(second.slot == first.slot && second != first)
        #expect(!hand.loop.isOpen(first) && hand.loop.isOpen(second))
        #expect(hand.send(FrameEncoder.frame(.text, payload: [1]), to: first) == .dropped)
        hand.loop.close(first, code: .normalClosure)
        hand.loop.setDeadline(first, after: 0)
        hand.turn()
        #expect(other.read().bytes.isEmpty)
        #expect(hand.loop.address(of: first) == nil)
    }

    @Test func aSlotIsNotGivenOutAgainInTheTurnOfItsEnd() throws {
        let hand = try HandLoop { $0.connectionsMax = 1 }
        let (peer, id) = try hand.open()
        var adopted: ConnectionID??
        hand.handler.whenReceived = { [unowned hand] connection, _, loop in
            loop.abort(connection)
            adopted = .some(try? hand.pair().1)
        }
        peer.write(LoopPeer.frame(.text, [1]) + LoopPeer.frame(.text, [2]))
        hand.turn()
        #expect(hand.handler.take() == [.received(id, .text, [1]), .released(.unknown)])
        #expect(adopted == .some(nil))
    }

    @Test func refusesWhomTheHandlerDoesNotAdmit() throws {
        let hand = try HandLoop()
        hand.handler.admitsAll = false
        let (peer, connection) = try hand.pair()
        #expect(connection == nil)
        #expect(peer.read().hasEnded)
        #expect(hand.handler.take() == [])
        #expect(hand.loop.statistics.refusals == 1)
    }

    @Test func answersARefusedRequestAndShutsDown() throws {
        let hand = try HandLoop()
        hand.handler.verdict = .refuse(HandshakeRefusal(.forbidden, "Not from there."))
        let (peer, _) = try hand.pair()
        peer.write(Array(LoopPeer.request.utf8) + LoopPeer.frame(.text, [1]))
        hand.turn(1)
        let (answer, hasEnded) = peer.read()
        #expect(answer.starts(with: "HTTP/1.1 403 ".utf8) && hasEnded)
        #expect(hand.handler.take() == [])
        hand.clock.advance(by: 2_100)
        hand.turn(2)
        #expect(hand.handler.take() == [.released(.unknown)])
    }

    @Test func answersWhatIsNoRequest() throws {
        let hand = try HandLoop()
        let (peer, _) = try hand.pair()
        peer.write(Array("POST / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        hand.turn(1)
        let (answer, hasEnded) = peer.read()
        #expect(answer.starts(with: "HTTP/1.1 405 ".utf8) && hasEnded)
    }

    @Test(arguments: [0, 1, 40])
    func aHandshakeHasOneDeadlineForAllItsBytes(bytes: Int) throws {
        let hand = try HandLoop()
        let (peer, _) = try hand.pair()
        for byte in Array(LoopPeer.request.utf8)[..<bytes] {
            peer.write([byte])
            hand.clock.advance(by: 9_000 / Int64(bytes))
            hand.turn(1)
        }
        hand.clock.advance(by: bytes == 0 ? 9_990 : 990)
        hand.turn(1)
        #expect(!peer.read().hasEnded)
        hand.clock.advance(by: 100)
        hand.turn(1)
        #expect(peer.read().hasEnded)
        #expect(hand.handler.take() == [.released(.unknown)])
        #expect(hand.loop.statistics.handshakeFailures == 1)
    }

    @Test func theHandlersDeadlineIsReportedOnceAndNotEarly() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        hand.loop.setDeadline(id, after: 60_000)
        hand.clock.advance(by: 59_999)
        hand.turn()
        #expect(hand.handler.take() == [])
        hand.clock.advance(by: 33)
        hand.turn()
        #expect(hand.handler.take() == [.deadline(id)])
        hand.clock.advance(by: 600_000)
        hand.turn()
        #expect(hand.handler.take() == [])
        hand.loop.setDeadline(id, after: 100)
        hand.loop.setDeadline(id, after: nil)
        hand.clock.advance(by: 1_000)
        hand.turn()
        #expect(hand.handler.take() == [])
        #expect(!peer.read().hasEnded)
    }

    @Test func ticksWithTheClock() throws {
        let hand = try HandLoop()
        hand.handler.events = []
        for _ in 0..<5 {
            hand.clock.advance(by: 500)
            hand.turn(2)
        }
        #expect(hand.handler.events == [.tick, .tick])
    }

    @Test func anIdleConnectionStaysWithinItsBudget() {
        #expect(SocketLoop<RecordingSocketHandler>.idleConnectionBytes <= 96)
    }
}
