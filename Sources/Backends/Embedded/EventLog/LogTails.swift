import Chat
import Interface
import Synchronization

/// Where each partition ends, as far as is committed; and who waits for more.
final class LogTails: Sendable {
    struct Tail: Hashable, Sendable {
        /// The offset of the next record.
        var next: UInt64 = 0
        /// The last record's, in Unix milliseconds.
        var timestamp: UInt64 = 0
    }

    private struct Waiter: Sendable {
        var id: UInt64
        var offset: UInt64
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State: Sendable {
        var tails = SlotTable(repeating: Tail())
        var recent = SlotTable(repeating: RecentRecords())
        var waiters = SlotTable(repeating: [Waiter]())
        /// Ends behind what is being drawn; `nil` in all slots between two calls.
        var drawn = SlotTable<Tail?>(repeating: nil)
        /// Waiters whose task was cancelled before they could wait.
        var cancelled: Set<UInt64> = []
        var waiterCount: UInt64 = 0
        var clock: SteadyClock
    }

    private let time: any TimeSource
    private let state: Mutex<State>

    init(_ tails: [LogSlot: Tail], time: any TimeSource) {
        self.time = time
        let clock = SteadyClock(wall: time.unixMilliseconds, monotonic: time.monotonicMilliseconds)
        var state = State(clock: clock)
        for (slot, tail) in tails { state.tails[slot] = tail }
        self.state = Mutex(state)
    }

    /// The offset that the next record will get, as far as is committed.
    func end(of slot: LogSlot) -> UInt64 {
        state.withLock { $0.tails[slot].next }
    }

    /// What a reader gets at an offset, if it can be told without the database: nothing at the end, else records that were appended lately.
    func recent(
        of slot: LogSlot, from offset: UInt64, limit: Int, bytesMax: Int
    ) -> [LogRecord]? {
        state.withLock { state in
            guard offset < state.tails[slot].next else { return [] }
            return state.recent[slot].read(from: offset, limit: limit, bytesMax: bytesMax)
        }
    }

    // On the writer queue.

    /// The positions that records get which are appended now, one for each slot. They are theirs once they are published: until then
    /// nothing else may be drawn, but for the same records once more.
    func draw(_ slots: [LogSlot]) -> [RecordPosition] {
        let (wall, monotonic) = (time.unixMilliseconds, time.monotonicMilliseconds)
        return state.withLock { state in
            let now = state.clock.read(wall: wall, monotonic: monotonic)
            let positions = slots.map { slot in
                var tail = state.drawn[slot] ?? state.tails[slot]
                tail.timestamp = max(tail.timestamp, now)
                let position = RecordPosition(partition: slot.partition, offset: tail.next, timestamp: tail.timestamp)
                tail.next += 1
                state.drawn[slot] = tail
                return position
            }
            for slot in slots { state.drawn[slot] = nil }
            return positions
        }
    }

    /// The records of these positions are durable: readers may see them.
    func publish(_ positions: [RecordPosition], of records: [NewRecord], in slots: [LogSlot]) {
        let woken = state.withLock { state in
            for ((position, slot), record) in zip(zip(positions, slots), records) {
                state.tails[slot] = Tail(next: position.offset + 1, timestamp: position.timestamp)
                state.recent[slot].append(LogRecord(position: position, key: record.key, payload: record.payload))
            }
            var woken: [Waiter] = []
            for slot in slots where !state.waiters[slot].isEmpty {
                let end = state.tails[slot].next
                woken += state.waiters[slot].filter { $0.offset < end }
                state.waiters[slot].removeAll { $0.offset < end }
            }
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Records below these offsets have been trimmed.
    func trimmed(_ ends: [LogSlot: UInt64]) {
        state.withLock { state in
            for (slot, offset) in ends { state.recent[slot].drop(below: offset) }
        }
    }

    // Waiting.

    /// Suspends until the visible end lies beyond an offset or the task is cancelled.
    func wait(for slot: LogSlot, beyond offset: UInt64) async {
        let id = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    let wasCancelled = state.cancelled.remove(id) != nil
                    let isThere = state.tails[slot].next > offset
                    if wasCancelled || isThere { return true }
                    state.waiters[slot].append(Waiter(id: id, offset: offset, continuation: continuation))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters[slot].firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters[slot].remove(at: index)
            }
            waiter?.continuation.resume()
        }
        // A cancellation that came too late to matter has left its mark behind.
        state.withLock { _ = $0.cancelled.remove(id) }
    }
}
