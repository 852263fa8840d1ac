/// How the payloads to one connection are packed: the parameter `compress` of the gateway's address.
///
/// All messages of a connection are one stream, but no block in it refers back to an earlier message. So what was packed once fits into
/// every connection's stream, wherever that stands, and a connection has no state to keep. What differs from session to session, the
/// sequence number, lies in a block that is stored as it is, where it can be patched.
package enum TransportCompression: UInt8, CaseIterable, Sendable {
    /// Text frames with the payload as it is.
    case none
    /// `zlib-stream`: binary frames that make up one zlib stream (RFC 1950). Each message ends with an empty stored block, `00 00 ff ff`.
    case zlib
    /// `zstd-stream`: binary frames that make up one Zstandard frame (RFC 8878), whose blocks are raw: nothing becomes smaller, but the
    /// clients that ask for it understand nothing else.
    case zstd

    /// - Parameter parameter: as the client wrote it. What is not known is `none`, like nothing: client libraries can read text frames, and no
    ///   close code says what is wrong.
    package init(parameter: String?) {
        switch parameter {
        case "zlib-stream": self = .zlib
        case "zstd-stream": self = .zstd
        default: self = .none
        }
    }

    /// What stands in front of a connection's first message.
    var streamHeader: [UInt8] {
        switch self {
        case .none: []
        // Deflate with a window of 32 KiB (RFC 1950, 2.2).
        case .zlib: [0x78, 0x9C]
        // The magic number, no content size, no checksum, no dictionary, a window of 128 KiB (RFC 8878, 3.1.1).
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
        }
    }

    /// Longest block that holds bytes as they are.
    private var blockBytesMax: Int {
        switch self {
        case .none: .max
        // A length of 16 bits (RFC 1951, 3.2.4).
        case .zlib: 0xFFFF
        // The window's size is a block's largest (RFC 8878, 3.1.1.2.4).
        case .zstd: 128 * 1_024
        }
    }

    /// Bytes in front of what a block holds.
    var blockHeaderBytes: Int {
        switch self {
        case .none: 0
        case .zlib: 5
        case .zstd: 3
        }
    }

    /// Appends bytes in blocks that hold them as they are.
    func store(_ bytes: UnsafeRawBufferPointer, in output: inout [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let block = rest.prefix(blockBytesMax)
            rest = rest.dropFirst(block.count)
            switch self {
            case .none: break
            case .zlib:
                let length = UInt16(truncatingIfNeeded: block.count)
                output.append(0)
                for word in [length, ~length] {
                    output.append(UInt8(truncatingIfNeeded: word))
                    output.append(UInt8(truncatingIfNeeded: word >> 8))
                }
            case .zstd:
                // Not the last block, raw, and the size in 21 bits (RFC 8878, 3.1.1.2).
                let header = UInt32(truncatingIfNeeded: block.count) << 3
                for shift in [0, 8, 16] as [UInt32] { output.append(UInt8(truncatingIfNeeded: header >> shift)) }
            }
            output.append(contentsOf: block)
        }
    }

    /// Appends what tells that a message whose last block was stored is whole.
    func endMessage(in output: inout [UInt8]) {
        if self == .zlib { output.append(contentsOf: [0x00, 0x00, 0x00, 0xFF, 0xFF]) }
    }
}
