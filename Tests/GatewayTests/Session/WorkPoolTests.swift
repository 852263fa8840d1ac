import Synchronization
import Testing

@testable import Gateway

@Suite("Work pool") struct WorkPoolTests {
    private struct Job: Sendable {
        var key: UInt64
        var number: Int
    }

    // Each yield stands in line behind every other test that runs: a few dozen are enough to mix workers up, thousands would take minutes.
    @Test(.timeLimit(.minutes(2)), arguments: [1, 2, 16])
    func everyJobIsDoneAndThoseOfAKeyInOrder(workers: Int) async {
        let pool = WorkPool<Job>(limit: 100_000)
        let done = Mutex<[UInt64: [Int]]>([:])
        let (steps, step) = AsyncStream<Void>.makeStream()
        let running = Task {
            await pool.run(workers: workers) { job in
                // Some jobs wait for something, as those do that ask the directory.
                if job.number % 50 == job.key { await Task.yield() }
                done.withLock { $0[job.key, default: []].append(job.number) }
                step.yield()
            }
        }
        let (keys, count) = (UInt64(20), 200)
        // In bursts, so that workers go to rest and are woken again and again.
        for number in 0..<count {
            for key in 0..<keys { #expect(pool.submit(Job(key: key, number: number), key: key)) }
            if number % 7 == 0 { await Task.yield() }
        }
        var left = Int(keys) * count
        for await _ in steps {
            left -= 1
            if left == 0 { break }
        }
        running.cancel()
        await running.value
        let orders = done.withLock { $0 }
        #expect(orders.count == Int(keys))
        #expect(orders.values.allSatisfy { $0 == Array(0..<count) })
    }

    @Test(.timeLimit(.minutes(2)))
    func aJobThatWaitsHoldsUpNoOtherKey() async {
        let pool = WorkPool<Job>(limit: 10)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (first, began) = AsyncStream<Void>.makeStream()
        let (others, finished) = AsyncStream<Void>.makeStream()
        let running = Task {
            await pool.run(workers: 2) { job in
                guard job.key == 1 else {
                    finished.yield()
                    return
                }
                began.yield()
                for await _ in gate { break }
            }
        }
        #expect(pool.submit(Job(key: 1, number: 0), key: 1))
        for await _ in first { break }
        #expect(pool.submit(Job(key: 2, number: 0), key: 2))
        // Comes to its end only if the second worker was woken.
        for await _ in others { break }
        open.finish()
        running.cancel()
        await running.value
    }

    @Test func refusesWhatIsTooMuchAndEverythingOnceClosed() async {
        let pool = WorkPool<Job>(limit: 2)
        #expect(pool.submit(Job(key: 1, number: 0), key: 1))
        #expect(pool.submit(Job(key: 1, number: 1), key: 1))
        #expect(!pool.submit(Job(key: 2, number: 0), key: 2))
        let done = Mutex<[Int]>([])
        await pool.drain { job in done.withLock { $0.append(job.number) } }
        #expect(done.withLock { $0 } == [0, 1])
        #expect(pool.submit(Job(key: 2, number: 2), key: 2))
        pool.close()
        #expect(!pool.submit(Job(key: 3, number: 3), key: 3))
    }

    @Test func workersDoEverythingAndStopWhenClosed() async {
        let pool = WorkPool<Int>(limit: 1_000)
        await confirmation(expectedCount: 200) { done in
            await withTaskGroup { group in
                group.addTask {
                    await pool.run(workers: 4) { job in
                        done()
                        // The last job of its only key: everything before it has been done.
                        if job == 199 { pool.close() }
                    }
                }
                for job in 0..<200 { _ = pool.submit(job, key: 1) }
            }
        }
    }
}
