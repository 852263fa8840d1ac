import Gateway
import Glibc
import Testing
import Wire

/// What one connection, or all but one, may cost the others of a loop in a turn.
@Suite("Loop fairness") struct LoopFairnessTests {
    private func echo(_ hand: HandLoop) {
        hand.handler.whenReceived = { connection, payload, loop in
            FrameEncoder.frame(.binary, payload: payload).withUnsafeBytes { _ = loop.send($0, to: connection) }
        }
    }

    @Test func aConnectionThatSendsWithoutPauseGetsItsShareOfATurn() throws {
        let hand = try HandLoop { $0.readsPerTurn = 2 }
        let (hot, hotID) = try hand.open()
        let (quiet, quietID) = try hand.open()
        // 40 reads' worth, as far as the pair takes it.
        let flood = Array((0..<5_000).map { _ in LoopPeer.frame(.binary, [UInt8](repeating: 1, count: 120)) }.joined())
        hot.tryWrite(flood)
        quiet.write(LoopPeer.frame(.binary, [7]))
        echo(hand)
        hand.turn(1)
        let first = hand.handler.take()
        #expect(first.contains(.received(quietID, .binary, [7])))
        #expect(quiet.read().bytes == FrameEncoder.frame(.binary, payload: [7]))
        let mine = first.count { if case .received(hotID, _, _) = $0 { true } else { false } }
        #expect(mine > 0 && mine <= 2 * 16_384 / 126)
        hand.turn(1)
        #expect(hand.handler.take().count { if case .received(hotID, _, _) = $0 { true } else { false } } > 0)
    }

    @Test func ofAFloodOfPingsTheLastOfEachReadIsAnswered() throws {
        let hand = try HandLoop { $0.readsPerTurn = 4 }
        let (peer, _) = try hand.open()
        let before = hand.loop.statistics.sends
        var flood: [UInt8] = []
        for number in 0..<8_000 { flood += LoopPeer.frame(.ping, [UInt8(number >> 8), UInt8(number & 255)]) }
        peer.write(flood)
        hand.turn(1)
        #expect(hand.loop.statistics.sends - before <= 4)
        hand.turn(20)
        #expect(peer.read().bytes.suffix(4) == [0x8a, 2, 31, 63])
    }

    @Test func pingsAndMessagesKeepTheirContents() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open()
        echo(hand)
        peer.write(
            LoopPeer.frame(.ping, [1]) + LoopPeer.frame(.binary, [2]) + LoopPeer.frame(.ping, [3])
                + LoopPeer.frame(.binary, [4]))
        hand.turn(1)
        #expect(hand.handler.take() == [.received(id, .binary, [2]), .received(id, .binary, [4])])
        #expect(peer.read().bytes == [0x82, 1, 2, 0x82, 1, 4, 0x8a, 1, 3])
    }

    @Test func mailIsDeliveredInTheTurnItCameHoweverManySocketsAreReady() throws {
        let hand = try HandLoop { $0.connectionsMax = 700 }
        let peers = try (0..<600).map { _ in try hand.open().0 }
        // More than epoll reports at once, and all of them before the mail.
        for peer in peers { shutdown(peer.descriptor, Int32(SHUT_RDWR)) }
        hand.loop.post(.number(7))
        hand.turn(1)
        #expect(hand.handler.take().contains(.numbers([7])))
    }

    @Test func deadlinesThatFallTogetherAreServedOverSeveralTurns() throws {
        let hand = try HandLoop {
            $0.deadlinesPerTurn = 8
            $0.connectionsMax = 64
        }
        var peers: [LoopPeer] = []
        for _ in 0..<30 {
            let (peer, id) = try hand.open()
            hand.loop.setDeadline(id, after: 50)
            peers.append(peer)
        }
        hand.clock.advance(by: 100)
        var served: [Int] = []
        for _ in 0..<5 {
            hand.turn(1)
            served.append(hand.handler.take().count { if case .deadline = $0 { true } else { false } })
        }
        #expect(served == [8, 8, 8, 6, 0])
    }
}
