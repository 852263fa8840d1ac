import Gateway
import Testing
import Wire

@Suite("Loop back pressure")
struct LoopBackpressureTests {
    private func frame(_ number: Int, bytes: Int = 1000) -> [UInt8] {
        FrameEncoder.frame(.binary, payload: [UInt8](repeating: UInt8(number & 255), count: bytes))
    }

    /// The payloads of whole server frames; fails when the bytes end inside one.
    private func payloads(_ stream: [UInt8]) throws -> [(opcode: UInt8, payload: [UInt8])] {
        var found: [(UInt8, [UInt8])] = []
        var start = 0
        while start < stream.count {
            try #require(stream.count >= start + 2)
            var length = Int(stream[start + 1])
            var header = 2
            if length == 126 {
                try #require(stream.count >= start + 4)
                length = Int(stream[start + 2]) << 8 + Int(stream[start + 3])
                header = 4
            }
            let end = start + header + length
            try #require(end <= stream.count)
            found.append((stream[start] & 15, Array(stream[(start + header)..<end])))
            start = end
        }
        return found
    }

    @Test func whatTheSocketDoesNotTakeFollowsInOrder() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open(sendBuffer: 4096)
        var outcomes: [SendOutcome] = []
        for number in 0..<60 { outcomes.append(hand.send(frame(number), to: id)) }
        #expect(outcomes.contains(.written) && outcomes.contains(.queued) && !outcomes.contains(.dropped))
        #expect(hand.loop.pendingOutput(of: id) == hand.loop.statistics.pendingOutputBytes)
        #expect(hand.loop.pendingOutput(of: id) > 30_000)
        var received: [UInt8] = []
        while hand.loop.pendingOutput(of: id) > 0 {
            received += peer.read(atMost: 1_500).bytes
            hand.turn(1)
        }
        received += peer.read().bytes
        #expect(try payloads(received).map(\.payload) == (0..<60).map { [UInt8](repeating: UInt8($0), count: 1000) })
        #expect(hand.send(frame(0), to: id) == .written)
        #expect(hand.loop.statistics.pendingOutputBytes == 0)
        #expect(hand.handler.take() == [])
    }

    @Test func marksAreReportedAfterTheCallAndOnce() throws {
        let hand = try HandLoop { $0.outputBytesMax = 40_000 }
        let (peer, id) = try hand.open(sendBuffer: 4096)
        while hand.loop.pendingOutput(of: id) < 25_000 { hand.send(frame(1), to: id) }
        #expect(hand.handler.take() == [])
        hand.turn()
        #expect(hand.handler.take() == [.mark(id, .half)])
        while hand.loop.pendingOutput(of: id) > 0 {
            _ = peer.read()
            hand.turn(1)
        }
        hand.turn(1)
        #expect(hand.handler.take() == [.mark(id, .drained)])
    }

    @Test func whoReadsTooLittleIsClosedWithoutACutFrame() throws {
        let hand = try HandLoop { $0.outputBytesMax = 40_000 }
        let (peer, id) = try hand.open(sendBuffer: 4096)
        var outcome = SendOutcome.written
        var sent = 0
        while outcome != .dropped && sent < 1000 {
            outcome = hand.send(frame(sent), to: id)
            sent += 1
        }
        #expect(outcome == .dropped && sent < 1000)
        #expect(!hand.loop.isOpen(id))
        // Memory comes back at once: what is left is the end of one frame and the close frame.
        #expect(hand.loop.statistics.pendingOutputBytes <= 1004 + 4)
        hand.turn(1)
        // The mark that was passed on the way is of no use any more.
        #expect(hand.handler.take() == [.closed(id, .overflow)])
        var received: [UInt8] = []
        for _ in 0..<50 {
            received += peer.read().bytes
            hand.turn(1)
        }
        let frames = try payloads(received)
        #expect(frames.last?.opcode == FrameOpcode.close.rawValue)
        #expect(frames.last?.payload == [4000 >> 8, 4000 & 255])
        #expect(frames.dropLast().enumerated().allSatisfy { $1.payload == [UInt8](repeating: UInt8($0), count: 1000) })
        #expect(hand.loop.statistics.overflowCloses == 1)
        peer.write(LoopPeer.close(4000))
        hand.turn(1)
        #expect(hand.handler.take() == [.released(.unknown)])
    }

    @Test func oneWriteBeyondTheLimitIsNotCutEither() throws {
        let hand = try HandLoop { $0.outputBytesMax = 40_000 }
        let (peer, id) = try hand.open(sendBuffer: 4096)
        let joined = (0..<80).flatMap { frame($0) }
        #expect(hand.send(joined, to: id) == .dropped)
        var received: [UInt8] = []
        for _ in 0..<50 {
            received += peer.read().bytes
            hand.turn(1)
        }
        let frames = try payloads(received)
        #expect(frames.count > 1 && frames.count < 80)
        #expect(frames.last?.opcode == FrameOpcode.close.rawValue)
    }

    @Test func aByteWaitsTwentySecondsAtMost() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open(sendBuffer: 4096)
        for number in 0..<20 { hand.send(frame(number), to: id) }
        for _ in 0..<19 {
            hand.clock.advance(by: 1_000)
            hand.turn(1)
        }
        #expect(hand.handler.take() == [])
        hand.clock.advance(by: 1_100)
        hand.turn(1)
        #expect(hand.handler.take() == [.closed(id, .stalled)])
        #expect(hand.loop.statistics.stallCloses == 1)
        // Nor is the close frame waited for without end.
        hand.clock.advance(by: 5_100)
        hand.turn(1)
        #expect(hand.handler.take() == [.released(.unknown)])
        #expect(hand.loop.statistics.pendingOutputBytes == 0)
        #expect(try payloads(Array(peer.read().bytes.prefix(1004))).count == 1)
    }

    @Test func aSlowReaderThatKeepsUpIsLeftAlone() throws {
        let hand = try HandLoop()
        let (peer, id) = try hand.open(sendBuffer: 4096)
        var sent = 0
        for _ in 0..<60 {
            while hand.loop.pendingOutput(of: id) < 15_000 {
                hand.send(frame(sent), to: id)
                sent += 1
            }
            hand.clock.advance(by: 1_000)
            _ = peer.read(atMost: 4_000)
            hand.turn(1)
        }
        #expect(hand.loop.isOpen(id))
        #expect(hand.loop.pendingOutput(of: id) > 0)
    }

    @Test func theWorstGoFirstWhenTheBudgetRunsOut() throws {
        let hand = try HandLoop { $0.outputBudgetBytes = 100_000 }
        let peers = try (0..<3).map { _ in try hand.open(sendBuffer: 4096) }
        for (index, target) in [50_000, 20_000, 15_000].enumerated() {
            while hand.loop.pendingOutput(of: peers[index].1) < target { hand.send(frame(1), to: peers[index].1) }
        }
        hand.turn(1)
        #expect(hand.handler.take() == [.closed(peers[0].1, .budget)])
        #expect(hand.loop.isOpen(peers[1].1) && hand.loop.isOpen(peers[2].1))
        #expect(hand.loop.statistics.budgetCloses == 1)
    }

    @Test func aPeerThatGoesWhileBytesWaitLeavesNothingBehind() throws {
        let hand = try HandLoop()
        var (peer, id): (LoopPeer?, ConnectionID) = try hand.open(sendBuffer: 4096)
        for number in 0..<20 { hand.send(frame(number), to: id) }
        #expect(peer?.read(atMost: 1).bytes.count == 1)
        peer = nil
        #expect(hand.send(frame(0), to: id) == .queued)
        hand.turn(2)
        #expect(hand.handler.take() == [.closed(id, .vanished), .released(.unknown)])
        #expect(hand.loop.statistics.pendingOutputBytes == 0)
    }

    @Test func aBrokenSocketIsNoticedByTheSendAndToldAfterwards() throws {
        let hand = try HandLoop()
        var (peer, id): (LoopPeer?, ConnectionID) = try hand.open()
        #expect(peer != nil)
        peer = nil
        #expect(hand.send(frame(0), to: id) == .dropped)
        #expect(hand.handler.take() == [])
        hand.turn(1)
        #expect(hand.handler.take() == [.closed(id, .vanished), .released(.unknown)])
    }
}
