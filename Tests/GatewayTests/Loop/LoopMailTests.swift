import Gateway
import Glibc
import Synchronization
import Testing
import Wire

@Suite("Loop mail")
struct LoopMailTests {
    @Test func handsOverAllThatWaitsInOneBatch() throws {
        let hand = try HandLoop()
        for number in 0..<5 { #expect(hand.loop.post(.number(number))) }
        hand.turn(1)
        #expect(hand.handler.take() == [.numbers([0, 1, 2, 3, 4])])
        hand.loop.post(.number(5))
        hand.turn(1)
        #expect(hand.handler.take() == [.numbers([5])])
    }

    @Test func refusesMoreThanItsLimitAndCountsIt() throws {
        let hand = try HandLoop { $0.mailsMax = 3 }
        #expect((0..<5).map { hand.loop.post(.number($0)) } == [true, true, true, false, false])
        hand.turn(1)
        #expect(hand.handler.take() == [.numbers([0, 1, 2])])
        #expect(hand.loop.statistics.mailsRefused == 2)
        #expect(hand.loop.post(.number(6)))
    }

    /// Real threads: the loop's own, and four that post. Each thread's mails keep their order.
    @Test func threadsWakeTheLoopAndKeepTheirOrder() throws {
        final class Counter: SocketHandler {
            let finished = LoopSemaphore()
            var next = [0, 0, 0, 0]
            var isInOrder = true
            func started(on loop: SocketLoop<Counter>) {}
            func admits(_ address: PeerAddress, on loop: SocketLoop<Counter>) -> Bool { true }
            func released(_ address: PeerAddress, on loop: SocketLoop<Counter>) {}
            func verdict(
                on request: HandshakeRequest, from address: PeerAddress, loop: SocketLoop<Counter>
            ) -> HandshakeVerdict { .accept }
            func opened(
                _ connection: ConnectionID, request: HandshakeRequest, from address: PeerAddress,
                on loop: SocketLoop<Counter>
            ) {}
            func received(
                _ connection: ConnectionID, kind: PayloadKind, payload: UnsafeRawBufferPointer,
                on loop: SocketLoop<Counter>
            ) {}
            func deadlineReached(_ connection: ConnectionID, on loop: SocketLoop<Counter>) {}
            func outputMark(_ connection: ConnectionID, _ mark: OutputMark, on loop: SocketLoop<Counter>) {}
            func closed(_ connection: ConnectionID, reason: CloseReason, on loop: SocketLoop<Counter>) {}
            func mail(_ batch: [Int], on loop: SocketLoop<Counter>) {
                for mail in batch {
                    if next[mail % 4] != mail / 4 { isInOrder = false }
                    next[mail % 4] += 1
                }
                if next == [500, 500, 500, 500] { finished.signal() }
            }
            func turnEnded(on loop: SocketLoop<Counter>) {}
            func tick(on loop: SocketLoop<Counter>) {}
        }
        let handler = Counter()
        let finished = handler.finished
        let loop = try SocketLoop(handler: handler)
        try loop.start(name: "loop-test")
        let posters = try (0..<4).map { thread in
            try LoopTestThread { for number in 0..<500 { loop.post(number * 4 + thread) } }
        }
        finished.wait()
        for poster in posters { poster.join() }
        loop.stop()
        loop.join()
        #expect(loop.handler.isInOrder)
        #expect(!loop.post(0))
    }
}

/// A POSIX semaphore: what a test's thread waits on for another.
final class LoopSemaphore: @unchecked Sendable {
    // sem_post and sem_wait are safe from any thread (sem_overview(7)); the memory never moves.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
}

/// A thread that a test starts and waits for.
struct LoopTestThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: pthread_t

    init(_ run: @escaping @Sendable () -> Void) throws {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        try #require(result == 0)
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }
}
