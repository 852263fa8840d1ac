package import Chat

/// Passwords, tokens and randomness: everything that needs a cryptographic library.
package protocol SecretKeeper: Sendable {
    /// Hashes a password with a fresh salt, in the PHC string format: `$scrypt$ln=17,r=8,p=1$salt$hash`. Slow and memory-hungry on purpose;
    /// runs on a small pool of its own. `.full` when more calls wait than the pool's bound.
    func hash(password: String) async throws(BackendError) -> String
    /// Whether a password matches a hash, compared in constant time. With `nil` as hash it takes as long and is never true, so that
    /// unknown accounts cannot be told from known ones. `.corrupt` for a hash that is none, `.full` as above.
    func verify(password: String, against hash: String?) async throws(BackendError) -> PasswordVerdict
    /// The SHA-256 of a token's bytes.
    func hash(token: String) -> TokenHash
    /// Bytes that nobody can guess, 1 to 1,024.
    func randomBytes(_ count: Int) -> [UInt8]
}

package enum PasswordVerdict: Hashable, Sendable {
    case wrong
    case right
    /// Right, but hashed with parameters that are no longer the current ones: hash it anew.
    case rightButOutdated
}
