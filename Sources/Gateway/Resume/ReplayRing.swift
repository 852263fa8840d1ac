/// The dispatches a session may still have to be sent again, as numbers of frames in its loop's ``FrameLog``: four bytes each, and no
/// reference to count.
///
/// Law: the ring holds the dispatches with the sequences `sequence − count + 1 … sequence` of its session, in that order.
struct ReplayRing: ~Copyable {
    private static let framesMin: UInt32 = 8

    private var frames: UnsafeMutablePointer<UInt32>?
    /// A power of two, or 0.
    private var capacity: UInt32 = 0
    private var head: UInt32 = 0
    private(set) var count: UInt32 = 0

    init() {}

    deinit { frames?.deallocate() }

    /// Adds the newest. At the limit (a power of two) the oldest goes: overflow policy `dropOldest`, after which a client that has not seen it
    /// cannot resume.
    mutating func push(_ frame: UInt32, limit: UInt32) {
        if count == capacity {
            if capacity >= limit {
                head = (head &+ 1) & (capacity &- 1)
                count &-= 1
            } else {
                grow()
            }
        }
        frames?[Int((head &+ count) & (capacity &- 1))] = frame
        count &+= 1
    }

    /// The frame at an index from the oldest; `nil` beyond the end.
    func frame(at index: UInt32) -> UInt32? {
        guard index < count, let frames else { return nil }
        return frames[Int((head &+ index) & (capacity &- 1))]
    }

    /// Forgets the oldest, because the client has them. Memory goes back when nothing is left.
    mutating func drop(first: UInt32) {
        guard first < count else { return removeAll() }
        head = (head &+ first) & (capacity &- 1)
        count &-= first
    }

    /// Puts other frames in the place of those from an index on; at most as many as these are.
    mutating func replace(from index: UInt32, with others: [UInt32]) {
        guard index <= count, others.count <= Int(count - index), let frames else { return }
        for (offset, frame) in others.enumerated() {
            frames[Int((head &+ index &+ UInt32(offset)) & (capacity &- 1))] = frame
        }
        count = index + UInt32(others.count)
        if count == 0 { removeAll() }
    }

    mutating func removeAll() {
        frames?.deallocate()
        frames = nil
        capacity = 0
        head = 0
        count = 0
    }

    private mutating func grow() {
        let larger = max(Self.framesMin, capacity * 2)
        let moved = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(larger))
        for index in 0..<count { moved[Int(index)] = frame(at: index) ?? 0 }
        frames?.deallocate()
        frames = moved
        capacity = larger
        head = 0
    }
}
