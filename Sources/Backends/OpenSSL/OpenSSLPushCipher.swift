import COpenSSL
package import Interface

/// Web Push's encryption and signatures with libcrypto.
package struct OpenSSLPushCipher: PushCipher {
    private static let saltBytes = 16
    private static let secretBytes = 16
    private static let tagBytes = 16
    /// Bytes of a record as the header tells them: all of it is one (RFC 8188, 2).
    private static let recordBytes: [UInt8] = [0, 0, 0x10, 0]

    package init() {}

    package func makeKeyPair() throws(BackendError) -> PushKeyPair { try P256Key.generate() }

    package func keyPair(ofPrivateKey bytes: [UInt8]) throws(BackendError) -> PushKeyPair {
        try P256Key.pair(ofPrivateKey: bytes)
    }

    package func seal(
        _ plaintext: [UInt8], for publicKey: [UInt8], secret: [UInt8]
    ) throws(BackendError) -> [UInt8] {
        try seal(
            plaintext, for: publicKey, secret: secret, salt: OpenSSL.random(Self.saltBytes),
            sender: try P256Key.generate())
    }

    /// The same with a salt and a sender's pair of one's own choice: for the published example alone.
    package func seal(
        _ plaintext: [UInt8], for publicKey: [UInt8], secret: [UInt8], salt: [UInt8], sender: PushKeyPair
    ) throws(BackendError) -> [UInt8] {
        guard plaintext.count <= PushCipherRules.plaintextBytesMax, secret.count == Self.secretBytes,
            salt.count == Self.saltBytes
        else { throw OpenSSL.pushError("push.seal", "a text, a secret or a salt of another length", .rejected) }
        let receiver = try P256Key(publicKey: publicKey)
        let agreed = try P256Key(sender).agree(with: receiver)
        // RFC 8291, 3.4.
        let info = Array("WebPush: info\0".utf8) + publicKey + sender.publicKey
        let material = Self.derive(salt: secret, from: agreed, info: info)
        // RFC 8188, 2.2 and 2.3.
        let key = Self.derive(salt: salt, from: material, info: Array("Content-Encoding: aes128gcm\0".utf8)).prefix(16)
        let nonce = Self.derive(salt: salt, from: material, info: Array("Content-Encoding: nonce\0".utf8)).prefix(12)
        // The delimiter of a last record, and no padding.
        let sealed = try Self.encrypt(plaintext + [2], key: Array(key), nonce: Array(nonce))
        return salt + Self.recordBytes + [UInt8(sender.publicKey.count)] + sender.publicKey + sealed
    }

    package func sign(_ message: [UInt8], with key: PushKeyPair) throws(BackendError) -> [UInt8] {
        try P256Key(key).sign(message)
    }

    /// The first 32 bytes of HKDF-SHA-256 (RFC 5869).
    private static func derive(salt: [UInt8], from material: [UInt8], info: [UInt8]) -> [UInt8] {
        OpenSSL.code(over: info + [1], key: OpenSSL.code(over: material, key: salt))
    }

    /// AES-128-GCM (EVP_EncryptInit(3)), with the tag behind.
    private static func encrypt(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8]) throws(BackendError) -> [UInt8] {
        let failure = OpenSSL.pushError("push.seal", "the encryption failed", .unavailable)
        guard let context = EVP_CIPHER_CTX_new() else { throw failure }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: tagBytes)
        var (length, rest): (Int32, Int32) = (0, 0)
        // The default nonce of GCM has 12 bytes; the last call writes nothing in this mode.
        guard EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nil, key, nonce) == 1,
            EVP_EncryptUpdate(context, &output, &length, plaintext, Int32(plaintext.count)) == 1,
            Int(length) == plaintext.count, EVP_EncryptFinal_ex(context, &tag, &rest) == 1, rest == 0,
            discordctl_gcm_tag(context, &tag) == 1
        else { throw failure }
        return output + tag
    }
}

extension OpenSSL {
    /// HMAC-SHA-256 (HMAC(3)).
    static func code(over message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        // Can only fail where the library has no SHA-256 or no memory, as its hash.
        precondition(
            HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, nil) != nil,
            "HMAC-SHA-256 is not available")
        return code
    }

    static func pushError(_ operation: String, _ detail: String, _ code: BackendError.Code) -> BackendError {
        BackendError(code, operation: operation, target: "libcrypto", detail: "\(detail): \(lastError())")
    }
}
