internal import COpenSSL

/// What the loop does with an `SSL *`, which one thread at a time may use (openssl-threads(7)): the loop's that holds
/// it.
enum TLSChannel {
    enum Outcome {
        /// So many bytes; for a handshake 0 means that it is complete.
        case bytes(Int)
        case wantsInput
        case wantsOutput
        /// The peer has sent its close_notify.
        case ended
        /// The object may only be freed.
        case broken
    }

    /// The most plain text that libssl puts in one record, and so the most that a blocked write may have encrypted
    /// already.
    static let recordBytesMax = 16 * 1024

    static func handshake(_ channel: OpaquePointer) -> Outcome {
        ERR_clear_error()
        let result = SSL_do_handshake(channel)
        return result == 1 ? .bytes(0) : outcome(channel, result)
    }

    static func read(_ channel: OpaquePointer, into target: UnsafeMutableRawPointer, count: Int) -> Outcome {
        ERR_clear_error()
        var taken = 0
        let result = SSL_read_ex(channel, target, count, &taken)
        return result == 1 ? .bytes(taken) : outcome(channel, result)
    }

    /// Writes at most one record. `bytes` is not empty; after `wantsOutput` the next write must begin with the same
    /// bytes.
    static func write(_ channel: OpaquePointer, _ bytes: UnsafeRawBufferPointer) -> Outcome {
        ERR_clear_error()
        var taken = 0
        let result = SSL_write_ex(channel, bytes.baseAddress, bytes.count, &taken)
        return result == 1 ? .bytes(taken) : outcome(channel, result)
    }

    /// Whether a read would find plain text that epoll does not know of. (`SSL_has_pending` also counts half records,
    /// for which only the socket can bring the rest; without read-ahead there is no whole record that is not counted
    /// here.)
    static func hasPending(_ channel: OpaquePointer) -> Bool { SSL_pending(channel) > 0 }

    /// Whether the kernel makes the records that are written. Known when the handshake is complete.
    static func writesInKernel(_ channel: OpaquePointer) -> Bool { discordctl_SSL_writes_in_kernel(channel) != 0 }

    /// Sends close_notify if the socket takes it; the peer's is not waited for.
    static func shutdown(_ channel: OpaquePointer) {
        ERR_clear_error()
        _ = SSL_shutdown(channel)
        ERR_clear_error()
    }

    static func free(_ channel: OpaquePointer) { SSL_free(channel) }

    private static func outcome(_ channel: OpaquePointer, _ result: Int32) -> Outcome {
        switch SSL_get_error(channel, result) {
        case SSL_ERROR_WANT_READ: return .wantsInput
        case SSL_ERROR_WANT_WRITE: return .wantsOutput
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return .broken
        }
    }
}
