import COpenSSL
import Interface

/// The calls into libcrypto. Only this file passes pointers to it.
enum OpenSSL {
    /// A key derived from a password (RFC 7914; EVP_PBE_scrypt(3)).
    /// - Throws: `.unavailable` when the memory cannot be had.
    static func scrypt(
        _ password: String, salt: [UInt8], _ parameters: ScryptParameters, keyBytes: Int
    ) -> Result<[UInt8], BackendError> {
        var key = [UInt8](repeating: 0, count: keyBytes)
        var password = password
        let isDone = password.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                // The limit is OpenSSL's guard against parameters of strangers; ours were checked.
                EVP_PBE_scrypt(
                    characters.baseAddress, characters.count, salt, salt.count, 1 << UInt64(parameters.logN),
                    UInt64(parameters.r), UInt64(parameters.p), parameters.memoryBytesMax, &key, key.count)
            }
        }
        guard isDone == 1 else {
            return .failure(
                BackendError(
                    .unavailable, operation: "secrets.scrypt", target: "libcrypto", detail: lastError(),
                    hint: "a hash takes \(parameters.memoryBytesMax >> 20) MiB: is there that much free memory?"))
        }
        return .success(key)
    }

    /// Whether two keys are equal, in a time that depends on their length alone (CRYPTO_memcmp(3)).
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        // Can only fail where the library has no SHA-256 or no memory: no token could be told from another then.
        precondition(EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1, "SHA-256 is not available")
        return digest
    }

    static func random(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // Without randomness every token and salt could be guessed; going on would be worse than ending (RAND_bytes(3)).
        precondition(RAND_bytes(&bytes, Int32(count)) == 1, "the system has no randomness to give")
        return bytes
    }

    /// The code of the oldest error of this thread; the queue is left empty.
    static func lastError() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        return "OpenSSL error \(code)"
    }
}
