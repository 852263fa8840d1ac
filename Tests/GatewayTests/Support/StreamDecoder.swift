import CZlib
import Testing
import Wire

/// The client's end of a compressed connection: what client libraries do with the binary frames they get.
final class StreamDecoder {
    private let compression: TransportCompression
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var isBegun = false

    init(_ compression: TransportCompression) {
        self.compression = compression
        stream.initialize(to: z_stream())
        let status = inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        #expect(status == Z_OK)
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The payload in a binary frame. Every frame has to hold exactly one message.
    func decode(_ frame: [UInt8]) -> [UInt8] {
        switch compression {
        case .none: frame
        case .zlib: inflate(frame)
        case .zstd: unpack(frame)
        }
    }

    private func inflate(_ frame: [UInt8]) -> [UInt8] {
        #expect(frame.suffix(4) == [0x00, 0x00, 0xFF, 0xFF], "the mark by which client libraries know a message's end")
        var input = frame
        var output: [UInt8] = []
        input.withUnsafeMutableBufferPointer { bytes in
            stream.pointee.next_in = bytes.baseAddress
            stream.pointee.avail_in = UInt32(bytes.count)
            var room = [UInt8](repeating: 0, count: 4_096)
            while true {
                let (status, count) = room.withUnsafeMutableBufferPointer { room in
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = UInt32(room.count)
                    let status = CZlib.inflate(stream, Z_SYNC_FLUSH)
                    return (status, room.count - Int(stream.pointee.avail_out))
                }
                output += room.prefix(count)
                guard status == Z_OK, count == room.count else {
                    #expect(status == Z_OK || status == Z_BUF_ERROR, "zlib: \(status)")
                    break
                }
            }
            #expect(stream.pointee.avail_in == 0)
        }
        return output
    }

    /// Raw blocks of a Zstandard frame that never ends (RFC 8878, 3.1.1).
    private func unpack(_ frame: [UInt8]) -> [UInt8] {
        var rest = frame[...]
        if !isBegun {
            isBegun = true
            #expect(rest.starts(with: [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]))
            rest = rest.dropFirst(6)
        }
        var output: [UInt8] = []
        while rest.count >= 3 {
            let header = rest.prefix(3).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            #expect(header & 7 == 0, "not the last block, and raw")
            #expect(header >> 3 <= 128 * 1_024)
            output += rest.dropFirst(3).prefix(header >> 3)
            rest = rest.dropFirst(3 + (header >> 3))
        }
        #expect(rest.isEmpty)
        return output
    }
}
