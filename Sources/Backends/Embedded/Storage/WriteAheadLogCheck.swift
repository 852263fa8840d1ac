import Glibc
import Interface

/// Tells a write-ahead log with a torn tail from one that is damaged in its middle.
///
/// SQLite reads a WAL up to the first frame whose checksum is wrong and takes what follows as never written. For a tail that the power
/// cut, that is right: its commit was never acknowledged. For a flipped bit it silently drops what was acknowledged. With
/// `synchronous=FULL` a transaction is written only after the one before it is on the disk, so:
/// a wrong frame with *two* commits of the same generation at or behind it is damage, with at most one it may be a torn tail.
///
/// Format: https://www.sqlite.org/fileformat2.html#walformat
enum WriteAheadLogCheck {
    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    static func check(_ path: String) throws(BackendError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw DataDirectory.systemError("storage.open", path)
        }
        defer { close(descriptor) }
        guard let header = try read(descriptor, headerBytes, at: 0, path), let log = Header(header) else {
            // No whole header: nothing in it was ever committed.
            return
        }
        try check(descriptor, log, path)
    }

    private static func check(_ descriptor: Int32, _ log: Header, _ path: String) throws(BackendError) {
        let frameBytes = frameHeaderBytes + log.pageBytes
        var checksum = log.checksum
        var isBroken = !log.isSound
        var commitsBehind = 0
        var offset = headerBytes
        while let frame = try read(descriptor, frameBytes, at: offset, path) {
            // Frames of an earlier generation lie behind the newest one's end; their salts differ.
            let isOfGeneration = frame[8..<16].elementsEqual(log.salts)
            if !isBroken {
                checksum.add(frame[0..<8], bigEndian: log.isBigEndian)
                checksum.add(frame[frameHeaderBytes...], bigEndian: log.isBigEndian)
                isBroken = !isOfGeneration || !frame[16..<24].elementsEqual(checksum.bytes)
            }
            let isCommit = frame[4..<8].contains { $0 != 0 }
            if isBroken, isOfGeneration, isCommit { commitsBehind += 1 }
            guard commitsBehind < 2 else {
                throw BackendError(
                    .corrupt, operation: "storage.open", target: path,
                    detail: "a wrong checksum lies before transactions that were committed",
                    hint: "restore the database from a snapshot; do not delete this file, it holds committed messages"
                )
            }
            offset += frameBytes
        }
    }

    /// The bytes at an offset; `nil` when the file ends before their end.
    private static func read(
        _ descriptor: Int32, _ count: Int, at offset: Int, _ path: String
    ) throws(BackendError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(descriptor, &bytes, count, off_t(offset))
        guard got >= 0 else { throw DataDirectory.systemError("storage.open", path) }
        return got == count ? bytes : nil
    }

    private struct Header {
        var isBigEndian: Bool
        var pageBytes: Int
        var salts: [UInt8]
        var checksum: Checksum
        var isSound: Bool

        init?(_ bytes: [UInt8]) {
            let magic = bytes[0..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let pageBytes = bytes[8..<12].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard magic & ~1 == 0x377F_0682, (512...65_536).contains(pageBytes), pageBytes.nonzeroBitCount == 1 else {
                return nil
            }
            isBigEndian = magic & 1 == 1
            self.pageBytes = Int(pageBytes)
            salts = Array(bytes[16..<24])
            checksum = Checksum()
            checksum.add(bytes[0..<24], bigEndian: isBigEndian)
            isSound = bytes[24..<32].elementsEqual(checksum.bytes)
        }
    }

    /// The WAL's cumulative checksum over pairs of 32-bit words.
    private struct Checksum {
        private var first: UInt32 = 0
        private var second: UInt32 = 0

        mutating func add(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) {
            bytes.withUnsafeBytes { raw in
                for offset in stride(from: 0, to: raw.count - 7, by: 8) {
                    let low = raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                    let high = raw.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                    first &+= (bigEndian ? UInt32(bigEndian: low) : UInt32(littleEndian: low)) &+ second
                    second &+= (bigEndian ? UInt32(bigEndian: high) : UInt32(littleEndian: high)) &+ first
                }
            }
        }

        /// As it is stored: two big-endian words.
        var bytes: [UInt8] {
            [first, second].flatMap { word in
                (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
            }
        }
    }
}
