import Gateway
import Testing
import Wire

/// Everything at once, in an order drawn from a seed: peers that send good frames, cut frames and garbage, read or do not,
/// and go; a handler that answers, floods, closes, aborts and moves connections between two loops. The laws must hold.
@Suite("Loop disorder")
struct LoopDisorderTests {
    /// Holds one loop's handler to the laws of `SocketHandler`.
    private struct Ledger {
        var open: Set<ConnectionID> = []
        var released = 0

        mutating func check(_ events: [RecordingSocketHandler.Event]) {
            for event in events {
                switch event {
                case .opened(let id, _):
                    #expect(open.insert(id).inserted)
                case .received(let id, _, _), .deadline(let id), .mark(let id, _):
                    #expect(open.contains(id))
                case .closed(let id, _):
                    #expect(open.remove(id) != nil)
                case .adopted(let id):
                    if let id { #expect(open.insert(id).inserted) }
                case .released:
                    released += 1
                case .started, .numbers, .tick:
                    break
                }
            }
        }
    }

    private func garbage(_ random: inout LoopTimerWheelTests.Seeded) -> [UInt8] {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: (0..<Int.random(in: 1..<40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 1: LoopPeer.close(UInt16.random(in: 1000...1004, using: &random))
        case 2: LoopPeer.frame(.ping, [1, 2, 3])
        case 3: LoopPeer.frame(.binary, [4, 5], isFinal: Bool.random(using: &random))
        case 4: Array(LoopPeer.frame(.binary, [6, 7, 8, 9]).prefix(Int.random(in: 1..<10, using: &random)))
        default: LoopPeer.frame(.binary, [UInt8](repeating: 1, count: Int.random(in: 0..<2000, using: &random)))
        }
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func theLawsHoldInAnyOrder(seed: UInt64) throws {
        var random = LoopTimerWheelTests.Seeded(state: seed)
        let hands = try (0..<2).map { _ in
            try HandLoop {
                $0.connectionsMax = 12
                $0.outputBytesMax = 20_000
                $0.outputBudgetBytes = 100_000
                $0.readsPerTurn = 2
            }
        }
        var ledgers = [Ledger(), Ledger()]
        var peers: [LoopPeer] = []
        let reply = FrameEncoder.frame(.binary, payload: [UInt8](repeating: 2, count: 700))
        for hand in hands {
            hand.handler.whenReceived = { [unowned hand] connection, payload, _ in
                if payload.count.isMultiple(of: 3) { hand.send(reply, to: connection) }
            }
        }
        for _ in 0..<3_000 {
            let side = Int.random(in: 0..<2, using: &random)
            let hand = hands[side]
            let target = ledgers[side].open.sorted { $0.slot < $1.slot }.randomElement(using: &random)
            switch Int.random(in: 0..<16, using: &random) {
            case 0, 1:
                let (peer, id) = try hand.pair(sendBuffer: 4096)
                if id != nil && Int.random(in: 0..<10, using: &random) > 0 { peer.write(Array(LoopPeer.request.utf8)) }
                if id != nil { peers.append(peer) }
            case 2..<6:
                if let peer = peers.randomElement(using: &random) { peer.tryWrite(garbage(&random)) }
            case 6, 7:
                if let peer = peers.randomElement(using: &random) { _ = peer.read(atMost: 3_000) }
            case 8:
                guard peers.count > 12, let index = peers.indices.randomElement(using: &random) else { break }
                peers.remove(at: index)
            case 9:
                guard let target, Int.random(in: 0..<4, using: &random) == 0 else { break }
                for _ in 0..<40 { hand.send(reply, to: target) }
            case 10:
                guard let target, hand.loop.isOpen(target), Bool.random(using: &random) else { break }
                if Bool.random(using: &random) {
                    hand.loop.close(target, code: .goingAway)
                } else {
                    hand.loop.abort(target)
                }
                ledgers[side].open.remove(target)
            case 11:
                guard let target, let socket = hand.loop.detach(target) else { break }
                ledgers[side].open.remove(target)
                hands[1 - side].loop.post(.socket(socket))
            case 12:
                if let target { hand.loop.setDeadline(target, after: Int64.random(in: 0...3_000, using: &random)) }
            case 13:
                hand.clock.advance(by: Int64.random(in: 0...2_500, using: &random))
            default:
                break
            }
            hand.turn(1)
            ledgers[side].check(hand.handler.take())
        }
        peers.removeAll()
        for (side, hand) in hands.enumerated() {
            hand.turn(1)
            ledgers[side].check(hand.handler.take())
            hand.loop.stop()
            while hand.loop.turn(maxWaitMilliseconds: 0) { hand.clock.advance(by: 1_000) }
            ledgers[side].check(hand.handler.take())
            let statistics = hand.loop.statistics
            #expect(ledgers[side].open.isEmpty)
            #expect(statistics.connections == 0 && statistics.pendingOutputBytes == 0)
            #expect(statistics.opens > 50 && statistics.messagesIn > 50)
            #expect(ledgers[side].released == statistics.accepts - statistics.refusals)
        }
    }
}
