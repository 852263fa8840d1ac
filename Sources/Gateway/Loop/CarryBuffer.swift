internal import Glibc

/// The beginning of a frame whose rest has not come yet. One pointer; no memory while nothing is held.
///
/// The memory starts with its capacity, the held count and then the bytes. It is owned by the one `SocketState` that it
/// lies in, which calls `release`; copies of the pointer are moves.
struct CarryBuffer {
    private static let headerBytes = 8
    /// Grown in steps, so that a frame that trickles in is not a reallocation a byte.
    private static let step = 256

    private var block: UnsafeMutableRawPointer?

    var isEmpty: Bool { block == nil }

    var count: Int {
        guard let block else { return 0 }
        return Int(block.load(fromByteOffset: 4, as: UInt32.self))
    }

    /// Copies what is held to `target`, which must have room for `count` bytes.
    func copy(to target: UnsafeMutableRawPointer) {
        guard let block else { return }
        memcpy(target, block + CarryBuffer.headerBytes, count)
    }

    /// Holds `bytes` instead of what was held; no memory remains for none.
    mutating func hold(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return release() }
        if block.map({ Int($0.load(as: UInt32.self)) < bytes.count }) ?? true {
            release()
            let capacity = (bytes.count + CarryBuffer.step - 1) / CarryBuffer.step * CarryBuffer.step
            guard let memory = malloc(CarryBuffer.headerBytes + capacity) else { fatalError("out of memory: carry") }
            memory.storeBytes(of: UInt32(capacity), as: UInt32.self)
            block = memory
        }
        guard let block else { return }
        block.storeBytes(of: UInt32(bytes.count), toByteOffset: 4, as: UInt32.self)
        memcpy(block + CarryBuffer.headerBytes, source, bytes.count)
    }

    mutating func release() {
        free(block)
        block = nil
    }
}
