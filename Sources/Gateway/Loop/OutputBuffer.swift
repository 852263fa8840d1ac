internal import Glibc

/// The bytes of one connection that its socket did not take. Exists only while there are any.
///
///     bytes:   |…sent…|…waiting…|      |
///              0    head      tail  capacity
///
/// Laws: head ≤ tail ≤ capacity; `mark` is a boundary between frames with head ≤ mark ≤ tail, so that what lies between
/// head and mark is the rest of a frame of which the peer has the beginning, and all behind mark can be dropped.
struct OutputBuffer: ~Copyable {
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
    var blockedIndex: Int

    init(capacity: Int, blockedIndex: Int) {
        guard let memory = malloc(capacity) else { fatalError("out of memory: output buffer") }
        bytes = memory
        self.capacity = capacity
        self.blockedIndex = blockedIndex
    }

    deinit { free(bytes) }

    var count: Int { tail - head }

    /// What is to be written next; valid until the next call that changes the buffer.
    var waiting: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes + head, count: tail - head) }

    /// When the oldest waiting byte was queued, never later than it was; nil when none waits.
    var oldest: Int64? { stamps.first?.time }

    /// Copies `rest`. The first `unfinished` bytes of it end a frame that the socket took in part; the others are whole
    /// frames. `unfinished` may be positive only while the buffer is empty.
    mutating func append(_ rest: UnsafeRawBufferPointer, unfinished: Int, now: Int64, resolution: Int64) {
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
    mutating func consume(_ taken: Int) {
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

    /// Drops all frames of which nothing has been given to the socket. `begun`: how many of the waiting bytes have in fact
    /// been begun although they still count as waiting (a TLS record that must be written again as it was).
    mutating func dropUnbegun(begun: Int) {
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

/// The headers of the frames that a server sends: unmasked (RFC 6455 section 5.2).
enum ServerFrame {
    /// Bytes of the frame at the start of `bytes`, header included. At least 2; never more than `bytes` holds, so that a
    /// malformed frame of ours cannot lead outside.
    static func frameLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count > 2 else { return max(1, bytes.count) }
        let length: Int
        switch bytes[1] & 127 {
        case 126:
            guard bytes.count >= 4 else { return bytes.count }
            length = 4 + Int(bytes[2]) << 8 + Int(bytes[3])
        case 127:
            guard bytes.count >= 10 else { return bytes.count }
            var claimed: UInt64 = 0
            for index in 2..<10 { claimed = claimed << 8 | UInt64(bytes[index]) }
            guard claimed <= UInt64(bytes.count) else { return bytes.count }
            length = 10 + Int(claimed)
        case let short:
            length = 2 + Int(short)
        }
        return min(length, bytes.count)
    }

    /// Bytes from offset `taken` to the end of the frame it lies in; 0 on a boundary.
    static func unfinished(_ frames: UnsafeRawBufferPointer, taken: Int) -> Int {
        var boundary = 0
        while boundary < taken {
            boundary += frameLength(UnsafeRawBufferPointer(rebasing: frames[boundary...]))
        }
        return boundary - taken
    }
}
