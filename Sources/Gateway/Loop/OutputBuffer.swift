internal import Glibc

/// The bytes of one connection that its socket did not take. Exists only while there are any.
///
///     bytes:   |…sent…|…waiting…|      |
///              0    head      tail  capacity
///
/// Laws: head ≤ tail ≤ capacity; `mark` is a boundary between frames with head ≤ mark ≤ tail, so that what lies between
/// head and mark is the rest of a frame of which the peer has the beginning, and all behind mark can be dropped.
package struct OutputBuffer: ~Copyable {
    /// When the bytes up to `end` (counted like `tail`) had all been queued, to a sixteenth of the age limit.
    private struct Stamp {
        var end: Int
        var time: Int64
    }

    private var bytes: UnsafeMutableRawPointer
    private var capacity: Int
    private var head = 0
    private var tail = 0
    private var mark = 0
    private var stamps: [Stamp] = []
    /// Where the loop's list of blocked connections names this one.
    package var blockedIndex: Int

    /// An empty buffer with room for `capacity` bytes; it grows as needed.
    package init(capacity: Int, blockedIndex: Int) {
        guard let memory = malloc(capacity) else { fatalError("out of memory: output buffer") }
        bytes = memory
        self.capacity = capacity
        self.blockedIndex = blockedIndex
    }

    deinit { free(bytes) }

    /// Bytes that wait.
    package var count: Int { tail - head }

    /// What is to be written next; valid until the next call that changes the buffer.
    package var waiting: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes + head, count: tail - head) }

    /// When the oldest waiting byte was queued, never later than it was; nil when none waits.
    package var oldest: Int64? { stamps.first?.time }

    /// Copies `rest`. The first `unfinished` bytes of it end a frame that the socket took in part; the others are whole
    /// frames. `unfinished` may be positive only while the buffer is empty.
    package mutating func append(_ rest: UnsafeRawBufferPointer, unfinished: Int, now: Int64, resolution: Int64) {
        guard let source = rest.baseAddress, rest.count > 0 else { return }
        assert(unfinished == 0 || count == 0)
        makeRoom(rest.count)
        if count == 0 { mark = head + min(unfinished, rest.count) }
        memcpy(bytes + tail, source, rest.count)
        tail += rest.count
        if let last = stamps.last, now - last.time < resolution {
            stamps[stamps.count - 1].end = tail
        } else {
            stamps.append(Stamp(end: tail, time: now))
        }
    }

    /// The socket took the first `taken` bytes.
    package mutating func consume(_ taken: Int) {
        assert(taken <= count)
        head += taken
        while mark < head {
            let frame = UnsafeRawBufferPointer(start: bytes + mark, count: tail - mark)
            mark = min(tail, mark + ServerFrame.frameLength(frame))
        }
        while let first = stamps.first, first.end <= head { stamps.removeFirst() }
        if head == tail {
            head = 0
            tail = 0
            mark = 0
            stamps.removeAll(keepingCapacity: true)
        }
    }

    /// Drops all frames of which nothing has been given to the socket. `begun`: how many of the waiting bytes have in
    /// fact been begun although they still count as waiting (a TLS record that must be written again as it was).
    package mutating func dropUnbegun(begun: Int) {
        let begunEnd = min(tail, head + begun)
        while mark < begunEnd {
            let frame = UnsafeRawBufferPointer(start: bytes + mark, count: tail - mark)
            mark = min(tail, mark + ServerFrame.frameLength(frame))
        }
        tail = mark
        while stamps.count > 1 && stamps[stamps.count - 2].end >= tail { stamps.removeLast() }
        if count == 0 { stamps.removeAll() } else { stamps[stamps.count - 1].end = tail }
    }

    private mutating func makeRoom(_ needed: Int) {
        if capacity - tail >= needed { return }
        let held = count
        if capacity - held >= needed && head >= held {
            // Moving costs no more than what has been sent since the last move.
            memcpy(bytes, bytes + head, held)
        } else {
            let larger = max(held + needed, 2 * capacity)
            guard let memory = malloc(larger) else { fatalError("out of memory: output buffer") }
            memcpy(memory, bytes + head, held)
            free(bytes)
            bytes = memory
            capacity = larger
        }
        for index in stamps.indices { stamps[index].end -= head }
        mark -= head
        tail = held
        head = 0
    }
}
