import COpenSSL
package import Chat
package import Interface

/// Passwords, tokens and randomness with libcrypto.
///
/// OpenSSL 3 may be called from any thread as long as no two share an object (openssl-threads(7)); every call here makes its own.
package final class OpenSSLSecretKeeper: SecretKeeper {
    private static let saltBytes = 16
    private static let keyBytes = 32
    /// Threads that hash: two hashes at once take 256 MiB.
    private static let threads = 2
    /// Calls that may wait for a thread.
    package static let waitingMax = 32

    private let parameters: ScryptParameters
    private let pool: HashingPool
    /// What a password is compared with when there is no account, so that it takes as long.
    private let dummy: ScryptHash

    /// - Parameter parameters: for new hashes; only tests have a reason for others than the current ones.
    package init(parameters: ScryptParameters = .current) {
        precondition(parameters.isAcceptable, "scrypt parameters out of range")
        self.parameters = parameters
        dummy = ScryptHash(
            parameters: parameters, salt: OpenSSL.random(Self.saltBytes), key: OpenSSL.random(Self.keyBytes))
        pool = HashingPool(threads: Self.threads, waitingMax: Self.waitingMax)
    }

    package func hash(password: String) async throws(BackendError) -> String {
        let salt = OpenSSL.random(Self.saltBytes)
        let parameters = parameters
        let key = try await pool.run("secrets.hash") {
            OpenSSL.scrypt(password, salt: salt, parameters, keyBytes: Self.keyBytes)
        }
        return ScryptHash(parameters: parameters, salt: salt, key: key).description
    }

    package func verify(password: String, against hash: String?) async throws(BackendError) -> PasswordVerdict {
        let expected: ScryptHash
        if let hash {
            guard let parsed = ScryptHash(hash) else {
                throw BackendError(
                    .corrupt, operation: "secrets.verify", target: "password hash",
                    detail: "no scrypt hash in PHC format",
                    hint: "set a new password for this account")
            }
            expected = parsed
        } else {
            expected = dummy
        }
        let key = try await pool.run("secrets.verify") {
            OpenSSL.scrypt(password, salt: expected.salt, expected.parameters, keyBytes: expected.key.count)
        }
        guard OpenSSL.areEqual(key, expected.key), hash != nil else { return .wrong }
        let isCurrent =
            expected.parameters == parameters && expected.salt.count == Self.saltBytes
            && expected.key.count == Self.keyBytes
        return isCurrent ? .right : .rightButOutdated
    }

    package func hash(token: String) -> TokenHash {
        TokenHash(bytes: OpenSSL.sha256(Array(token.utf8)))
    }

    package func randomBytes(_ count: Int) -> [UInt8] {
        precondition((1...1_024).contains(count), "1 to 1,024 random bytes")
        return OpenSSL.random(count)
    }
}
