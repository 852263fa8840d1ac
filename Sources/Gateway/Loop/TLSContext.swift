internal import COpenSSL

/// A certificate, its key and the rules under which the gateway speaks TLS: versions 1.2 and 1.3, AEAD suites with
/// forward secrecy, no renegotiation, no compression.
///
/// `@unchecked Sendable`: never changed after `init`, and an `SSL_CTX` that is not changed may be used by several
/// threads at once (openssl-threads(7)). Connections hold a reference of their own to the `SSL_CTX`, so a replaced
/// context lives until the last of them has gone.
package final class TLSContext: @unchecked Sendable {
    private let context: OpaquePointer

    /// Loads a PEM file with the certificate chain, leaf first, and one with its unencrypted private key.
    /// Throws `badCertificate` when a file cannot be read or the two do not belong together.
    package init(certificatePath: String, keyPath: String) throws(LoopError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw TLSContext.error("SSL_CTX_new", target: "")
        }
        if let error = TLSContext.load(context, certificatePath: certificatePath, keyPath: keyPath) {
            // deinit does not run when init throws first.
            SSL_CTX_free(context)
            throw error
        }
        self.context = context
    }

    deinit { SSL_CTX_free(context) }

    private static func load(_ context: OpaquePointer, certificatePath: String, keyPath: String) -> LoopError? {
        ERR_clear_error()
        guard SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1,
            SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1
        else { return error("SSL_CTX_ctrl", target: "") }
        SSL_CTX_set_options(
            context,
            discordctl_SSL_OP_NO_RENEGOTIATION | discordctl_SSL_OP_NO_COMPRESSION
                | discordctl_SSL_OP_CIPHER_SERVER_PREFERENCE
                // Where kernel and libssl can, records are made by the kernel after the handshake; elsewhere nothing changes.
                | discordctl_SSL_OP_ENABLE_KTLS)
        // A partial write is reported as soon as one record has left; the rest is written again from the output buffer,
        // which may have moved; an idle connection keeps no record buffers (about 34 KiB).
        let modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS
        _ = SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(modes), nil)
        // Tickets resume a session without memory here; the cache would be a lock and a list shared by all loops.
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        guard SSL_CTX_use_certificate_chain_file(context, certificatePath) == 1 else {
            return error("SSL_CTX_use_certificate_chain_file", target: certificatePath)
        }
        guard SSL_CTX_use_PrivateKey_file(context, keyPath, SSL_FILETYPE_PEM) == 1 else {
            return error("SSL_CTX_use_PrivateKey_file", target: keyPath)
        }
        guard SSL_CTX_check_private_key(context) == 1 else {
            return error("SSL_CTX_check_private_key", target: keyPath)
        }
        return nil
    }

    private static func error(_ operation: String, target: String) -> LoopError {
        let number = ERR_get_error()
        let detail = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            ERR_error_string_n(number, text.baseAddress, text.count)
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        ERR_clear_error()
        return LoopError(code: .badCertificate, operation: operation, target: target, detail: detail)
    }

    /// The server's side of a new connection on a non-blocking descriptor, which stays the caller's. To be freed with
    /// `TLSChannel.free`. Nil when memory is short.
    func makeChannel(on descriptor: Int32) -> OpaquePointer? {
        guard let channel = SSL_new(context) else { return nil }
        guard SSL_set_fd(channel, descriptor) == 1 else {
            SSL_free(channel)
            return nil
        }
        SSL_set_accept_state(channel)
        return channel
    }
}
