import Gateway
import Testing
import Wire

@Suite("Loop transfer")
struct LoopTransferTests {
    /// The connection moves in the middle of the second message, wherever that is cut.
    @Test func takesHalfAFrameAlong() throws {
        let first = LoopPeer.frame(.text, Array("resume".utf8))
        let second = LoopPeer.frame(.binary, [UInt8](repeating: 7, count: 150))
        for cut in 0...second.count {
            let old = try HandLoop()
            let new = try HandLoop()
            let (peer, id) = try old.open()
            old.handler.whenReceived = { connection, _, loop in
                guard let socket = loop.detach(connection) else { return }
                new.loop.post(.socket(socket))
            }
            peer.write(first + second[..<cut])
            old.turn(2)
            #expect(old.handler.take() == [.received(id, .text, Array("resume".utf8)), .released(.unknown)])
            #expect(!old.loop.isOpen(id))
            new.turn(2)
            peer.write(Array(second[cut...]))
            new.turn(2)
            let events = new.handler.take()
            guard case .adopted(let adopted?)? = events.first else {
                Issue.record("not adopted: \(events)")
                return
            }
            #expect(Array(events.dropFirst()) == [.received(adopted, .binary, [UInt8](repeating: 7, count: 150))])
            #expect(new.send(FrameEncoder.frame(.text, payload: [1]), to: adopted) == .written)
            #expect(peer.read().bytes == [0x81, 1, 1])
        }
    }

    @Test func takesOpenFragmentsAlong() throws {
        let old = try HandLoop()
        let new = try HandLoop()
        let (peer, id) = try old.open()
        peer.write(LoopPeer.frame(.text, [65, 66], isFinal: false))
        old.turn(1)
        let socket = try #require(old.loop.detach(id))
        let adopted = try #require(new.loop.adopt(socket))
        peer.write(LoopPeer.frame(.continuation, [67]))
        new.turn(1)
        #expect(new.handler.take() == [.received(adopted, .text, [65, 66, 67])])
    }

    @Test func takesWaitingOutputAlong() throws {
        let old = try HandLoop()
        let new = try HandLoop()
        let (peer, id) = try old.open(sendBuffer: 4096)
        let frames = (0..<40).map { FrameEncoder.frame(.binary, payload: [UInt8](repeating: $0, count: 1000)) }
        for frame in frames { old.send(frame, to: id) }
        let waiting = old.loop.pendingOutput(of: id)
        let socket = try #require(old.loop.detach(id))
        #expect(old.loop.statistics.pendingOutputBytes == 0)
        let adopted = try #require(new.loop.adopt(socket))
        #expect(new.loop.pendingOutput(of: adopted) == waiting)
        var received: [UInt8] = []
        while new.loop.pendingOutput(of: adopted) > 0 {
            received += peer.read().bytes
            new.turn(1)
        }
        received += peer.read().bytes
        #expect(received == frames.flatMap { $0 })
    }

    @Test func isAdoptedOnceAndClosedIfNever() throws {
        let old = try HandLoop()
        let new = try HandLoop()
        let (peer, id) = try old.open()
        var socket = old.loop.detach(id)
        #expect(old.loop.detach(id) == nil)
        let adopted = new.loop.adopt(try #require(socket))
        #expect(adopted != nil)
        #expect(new.loop.adopt(try #require(socket)) == nil)
        socket = adopted.flatMap { new.loop.detach($0) }
        old.turn()
        new.turn()
        #expect(!peer.read().hasEnded)
        #expect(socket?.address == .unknown)
        socket = nil
        #expect(peer.read().hasEnded)
    }
}
