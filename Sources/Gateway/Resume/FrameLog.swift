import Wire

/// The dispatches one loop has delivered lately, each encoded once, in one ring of bytes: what the sessions' replay rings point into.
///
///     bytes:  [ newest… |  free  | oldest… newer… ]
///
/// Bounded in bytes, frames and age; the oldest go first. Frames have consecutive numbers that wrap after 2³²: a number is live when it is
/// fewer steps behind the next than the log is long. Memory is touched only as it is used.
struct FrameLog: ~Copyable {
    /// Where a frame lies.
    struct Place {
        var offset: Int
        var length: Int
        var sequenceOffset: Int
    }

    private struct Entry {
        var offset: UInt32
        var length: UInt32
        var sequenceOffset: UInt32
        var time: Int64
        var scope: FrameScope
    }

    /// Longest frame that is kept.
    let frameBytesMax: Int
    let bytesMax: Int
    private let framesMax: UInt32
    /// The frames' bytes; places are offsets from here.
    let bytes: UnsafeMutableRawPointer
    private let entries: UnsafeMutablePointer<Entry>
    private var first: UInt32 = 1
    /// The number the next frame gets.
    private(set) var next: UInt32 = 1
    private var writeOffset = 0

    /// - Parameters:
    ///   - bytesMax: 64 KiB to 2 GiB.
    ///   - framesMax: a power of two.
    init(bytesMax: Int, framesMax: UInt32) {
        precondition(65_536...Int(Int32.max) ~= bytesMax && framesMax.nonzeroBitCount == 1)
        self.bytesMax = bytesMax
        self.framesMax = framesMax
        frameBytesMax = bytesMax / 64
        bytes = .allocate(byteCount: bytesMax, alignment: 16)
        entries = .allocate(capacity: Int(framesMax))
    }

    deinit {
        bytes.deallocate()
        entries.deallocate()
    }

    var count: UInt32 { next &- first }

    /// Copies a frame in and gives its number; `nil` for one longer than ``frameBytesMax``.
    mutating func append(_ frame: DispatchFrame, now: Int64) -> UInt32? {
        let length = frame.bytes.count
        guard length <= frameBytesMax else { return nil }
        if next &- first == framesMax { first &+= 1 }
        let offset = makeRoom(length)
        frame.bytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: bytes + offset, count: length).copyMemory(from: source)
        }
        (entries + index(next)).initialize(
            to: Entry(
                offset: UInt32(offset), length: UInt32(length), sequenceOffset: UInt32(frame.sequenceOffset), time: now,
                scope: frame.scope))
        writeOffset = offset + length
        defer { next &+= 1 }
        return next
    }

    func contains(_ frame: UInt32) -> Bool { frame &- first < next &- first }

    /// Where a live frame lies.
    func place(of frame: UInt32) -> Place? {
        guard contains(frame) else { return nil }
        let entry = entries[index(frame)]
        return Place(offset: Int(entry.offset), length: Int(entry.length), sequenceOffset: Int(entry.sequenceOffset))
    }

    /// When a live frame was appended.
    func time(of frame: UInt32) -> Int64? { contains(frame) ? entries[index(frame)].time : nil }

    /// To whom a live frame may be sent once more.
    func scope(of frame: UInt32) -> FrameScope? { contains(frame) ? entries[index(frame)].scope : nil }

    /// A number that no live frame has.
    var forgotten: UInt32 { first &- 1 }

    /// Forgets what was appended before a time.
    mutating func expire(before time: Int64) {
        while first != next, entries[index(first)].time < time { first &+= 1 }
    }

    private func index(_ frame: UInt32) -> Int { Int(frame & (framesMax &- 1)) }

    /// Forgets the oldest until so many bytes are free in one piece, and gives their offset. Law: while frames are held, `writeOffset` is
    /// never the oldest one's offset, so that full and empty differ.
    private mutating func makeRoom(_ length: Int) -> Int {
        while first != next {
            let oldest = Int(entries[index(first)].offset)
            if writeOffset > oldest {
                if bytesMax - writeOffset >= length { return writeOffset }
                if oldest > length { return 0 }
            } else if oldest - writeOffset > length {
                return writeOffset
            }
            first &+= 1
        }
        return 0
    }
}
