/// A key pair on P-256, as push services know a sender by it (RFC 8292).
package struct PushKeyPair: Hashable, Sendable {
    /// 32 bytes; never leaves the node's directory.
    package var privateKey: [UInt8]
    /// Uncompressed: 65 bytes.
    package var publicKey: [UInt8]

    package init(privateKey: [UInt8], publicKey: [UInt8]) {
        self.privateKey = privateKey
        self.publicKey = publicKey
    }
}

/// What Web Push needs of a cryptographic library.
package protocol PushCipher: Sendable {
    /// A new key pair.
    func makeKeyPair() throws(BackendError) -> PushKeyPair
    /// The key pair of a private key. `.rejected` for bytes that are none.
    func keyPair(ofPrivateKey bytes: [UInt8]) throws(BackendError) -> PushKeyPair
    /// Encrypts for one user agent: a body of the content coding `aes128gcm` (RFC 8188) in one record, with keys agreed
    /// on as RFC 8291 says. Each call makes a salt and a key pair of its own.
    /// - Parameters:
    ///   - plaintext: at most ``PushCipherRules/plaintextBytesMax`` bytes.
    ///   - publicKey: 65 bytes; `.rejected` when they are no point of the curve.
    ///   - secret: 16 bytes.
    func seal(_ plaintext: [UInt8], for publicKey: [UInt8], secret: [UInt8]) throws(BackendError) -> [UInt8]
    /// An ES256 signature (RFC 7518, 3.4) over a message's SHA-256: 64 bytes.
    func sign(_ message: [UInt8], with key: PushKeyPair) throws(BackendError) -> [UInt8]
}

package enum PushCipherRules {
    /// RFC 8291, 4: push services need not take more than 4,096 bytes of body, of which 103 are not text.
    package static let plaintextBytesMax = 3_993
}
