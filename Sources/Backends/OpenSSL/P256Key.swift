import COpenSSL
import Interface

/// Sole owner of a key on P-256, freed with it. OpenSSL 3 lets any thread use an object that no other uses then
/// (openssl-threads(7)); each of these lives within one call.
struct P256Key: ~Copyable {
    static let publicKeyBytes = 65
    static let privateKeyBytes = 32

    private let key: OpaquePointer

    private init(_ key: OpaquePointer?, _ operation: String) throws(BackendError) {
        guard let key else { throw OpenSSL.pushError(operation, "no key on P-256", .rejected) }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// A new pair.
    static func generate() throws(BackendError) -> PushKeyPair {
        let key = try P256Key(discordctl_p256_generate(), "push.generate")
        var privateKey = [UInt8](repeating: 0, count: privateKeyBytes)
        guard discordctl_p256_private(key.key, &privateKey) == 1 else {
            throw OpenSSL.pushError("push.generate", "the key cannot be read", .unavailable)
        }
        return try pair(ofPrivateKey: privateKey)
    }

    static func pair(ofPrivateKey bytes: [UInt8]) throws(BackendError) -> PushKeyPair {
        var publicKey = [UInt8](repeating: 0, count: publicKeyBytes)
        guard bytes.count == privateKeyBytes, discordctl_p256_public(bytes, &publicKey) == 1 else {
            throw OpenSSL.pushError("push.import", "no private key of P-256", .rejected)
        }
        return PushKeyPair(privateKey: bytes, publicKey: publicKey)
    }

    init(publicKey: [UInt8]) throws(BackendError) {
        guard publicKey.count == Self.publicKeyBytes else {
            throw OpenSSL.pushError("push.import", "a public key has 65 bytes", .rejected)
        }
        try self.init(discordctl_p256_import(publicKey, nil), "push.import")
    }

    init(_ pair: PushKeyPair) throws(BackendError) {
        guard pair.publicKey.count == Self.publicKeyBytes, pair.privateKey.count == Self.privateKeyBytes else {
            throw OpenSSL.pushError("push.import", "no pair of keys", .rejected)
        }
        try self.init(discordctl_p256_import(pair.publicKey, pair.privateKey), "push.import")
    }

    /// The secret that both pairs' owners can compute (EVP_PKEY_derive(3)): 32 bytes.
    func agree(with other: borrowing P256Key) throws(BackendError) -> [UInt8] {
        guard let context = EVP_PKEY_CTX_new(key, nil) else {
            throw OpenSSL.pushError("push.agree", "no memory", .unavailable)
        }
        defer { EVP_PKEY_CTX_free(context) }
        var secret = [UInt8](repeating: 0, count: 32)
        var length = secret.count
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, other.key) == 1,
            EVP_PKEY_derive(context, &secret, &length) == 1, length == secret.count
        else { throw OpenSSL.pushError("push.agree", "no secret can be agreed on", .rejected) }
        return secret
    }

    /// An ECDSA signature over the message's SHA-256 as two numbers of 32 bytes each (EVP_DigestSign(3)).
    func sign(_ message: [UInt8]) throws(BackendError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSL.pushError("push.sign", "no memory", .unavailable) }
        defer { EVP_MD_CTX_free(context) }
        // A signature in DER is at most 72 bytes long on this curve.
        var encoded = [UInt8](repeating: 0, count: 80)
        var length = encoded.count
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, &encoded, &length, message, message.count) == 1,
            let signature = Self.numbers(in: encoded.prefix(length))
        else { throw OpenSSL.pushError("push.sign", "the signature failed", .unavailable) }
        return signature
    }

    /// The two numbers of a signature in DER (RFC 3279, 2.2.3), each padded to 32 bytes.
    private static func numbers(in encoded: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = encoded
        guard rest.popFirst() == 0x30, let length = rest.popFirst(), rest.count == Int(length) else { return nil }
        var numbers: [UInt8] = []
        for _ in 0..<2 {
            guard rest.popFirst() == 0x02, let length = rest.popFirst(), rest.count >= Int(length) else { return nil }
            let number = rest.prefix(Int(length)).drop { $0 == 0 }
            guard number.count <= 32 else { return nil }
            numbers += Array(repeating: 0, count: 32 - number.count) + number
            rest = rest.dropFirst(Int(length))
        }
        return rest.isEmpty ? numbers : nil
    }
}
