internal import CZlib

/// Sole owner of a deflate stream, used by one thread at a time: "zlib is thread-safe", as long as two threads don't use one stream
/// (zlib.h, and question 21 of its FAQ).
///
/// A class, because the stream's state points back to the stream, which must not move.
final class Deflater {
    /// Of 1 to 9. At 3 a message takes as long as at 1, and a guild half as long as at zlib's usual 6 for a twentieth more bytes.
    private static let level: Int32 = 3
    /// Raw deflate with a window of 32 KiB, and zlib's usual memory: 256 KiB in all.
    private static let windowBits: Int32 = -15
    private static let memoryLevel: Int32 = 8
    /// What a flush adds to the bound that zlib gives for a whole stream: an empty stored block, and the bits to its beginning.
    private static let flushBytesMax = 16

    private let stream: UnsafeMutablePointer<z_stream>
    private let isBegun: Bool

    /// `nil` when there is no memory for it.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, Self.level, Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        isBegun = status == Z_OK
        guard isBegun else { return nil }
    }

    deinit {
        if isBegun { deflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Appends bytes as blocks that refer to nothing in front of them and end, on a byte, with an empty stored block. False, with nothing
    /// appended, for what zlib does not take.
    func deflate(_ bytes: UnsafeRawBufferPointer, onto output: inout [UInt8]) -> Bool {
        guard let count = UInt32(exactly: bytes.count), count > 0, deflateReset(stream) == Z_OK else { return false }
        let bound = Int(deflateBound(stream, uLong(count))) + Self.flushBytesMax
        guard let capacity = UInt32(exactly: bound) else { return false }
        return withUnsafeTemporaryAllocation(byteCount: bound, alignment: 16) { room in
            // zlib takes the input's pointer without `const`, and does not write through it.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: Bytef.self))
            stream.pointee.avail_in = count
            stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: Bytef.self)
            stream.pointee.avail_out = capacity
            // Output to spare tells that the flush is complete (zlib.h, deflate).
            let isWhole =
                CZlib.deflate(stream, Z_SYNC_FLUSH) == Z_OK && stream.pointee.avail_in == 0
                && stream.pointee.avail_out > 0
            if isWhole { output.append(contentsOf: room[..<(bound - Int(stream.pointee.avail_out))]) }
            return isWhole
        }
    }
}
