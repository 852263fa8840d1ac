import Synchronization

/// How many files may be received at once.
final class UploadSlots: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) {
        free = Mutex(count)
    }

    /// `nil` when all are taken.
    func take() -> UploadSlot? {
        let isTaken = free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        return isTaken ? UploadSlot(of: self) : nil
    }

    fileprivate func giveBack() { free.withLock { $0 += 1 } }
}

/// One of them, taken for as long as this lives.
final class UploadSlot: Sendable {
    private let slots: UploadSlots

    fileprivate init(of slots: UploadSlots) {
        self.slots = slots
    }

    deinit { slots.giveBack() }
}
