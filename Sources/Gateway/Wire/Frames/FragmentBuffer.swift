/// The payload so far of one open fragmented message. A class, so that its bytes stay where they are while an event
/// points at them, and so that a decoder without one costs a single word.
final class FragmentBuffer {
    let kind: PayloadKind
    /// Set once the message was handed out: the buffer then lives only until the next call of the decoder.
    var isDelivered = false
    private(set) var frames = 0
    private(set) var count = 0
    /// How many leading bytes are known to be whole, valid UTF-8 sequences.
    private var validated = 0
    private var storage: UnsafeMutableRawBufferPointer

    init(kind: PayloadKind) {
        self.kind = kind
        storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit {
        storage.deallocate()
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    /// Adds the next fragment. The decoder has checked that the sum stays within its limit.
    ///
    /// - Returns: false if the text so far can't be the beginning (or, at the end, the whole) of valid UTF-8.
    func append(_ fragment: UnsafeRawBufferPointer, isFinal: Bool) -> Bool {
        frames += 1
        reserve(count + fragment.count)
        UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: fragment)
        count += fragment.count
        guard kind == .text else { return true }

        switch UTF8Validator.scan(UnsafeRawBufferPointer(rebasing: storage[validated..<count])) {
        case .valid:
            validated = count
            return true
        case .incomplete(let offset):
            validated += offset
            return !isFinal
        case .invalid:
            return false
        }
    }

    /// Grows by doubling from what has arrived, never by what a header claims.
    private func reserve(_ needed: Int) {
        guard needed > storage.count else { return }
        let grown = UnsafeMutableRawBufferPointer.allocate(byteCount: max(needed, 2 * storage.count), alignment: 8)
        grown.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
        storage.deallocate()
        storage = grown
    }
}
