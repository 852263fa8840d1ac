/// The masking of client payloads (RFC 6455, 5.3). Masking and unmasking are the same operation.
package enum FrameMask {
    /// Xors `bytes` in place with the key, eight bytes a step.
    ///
    /// - Parameter key: the four key bytes as they lie in memory, so that no byte order enters.
    package static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
        let wide = UInt64(key) | UInt64(key) << 32
        var index = 0
        while bytes.count - index >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            bytes.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        withUnsafeBytes(of: key) { keyBytes in
            while index < bytes.count {
                bytes[index] ^= keyBytes[index & 3]
                index += 1
            }
        }
    }
}
