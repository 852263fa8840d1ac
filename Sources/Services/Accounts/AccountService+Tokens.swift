package import Chat
import Interface

extension AccountService {
    /// A new token, which is shown once and kept only as its hash. A user has at most 100; beyond that the oldest ends, as if it were revoked.
    /// - Throws: `.unknownUser`.
    package func issueToken(for user: UserID) async throws(ServiceError) -> String {
        _ = try await account(user)
        let now = time.unixMilliseconds
        let token = Token.make(for: user, now: now, secret: secrets.randomBytes(Token.secretBytes))
        let hash = secrets.hash(token: token)
        _ = try await end(tokensOf: user) { () async throws(BackendError) in
            try await self.directory.addToken(hash, for: user, createdAt: now)
        }
        return token
    }

    /// Ends every token of a user, here at once and everywhere by `user:{id}`. Returns how many there were.
    /// - Throws: `.unknownUser`.
    package func revokeTokens(of user: UserID) async throws(ServiceError) -> Int {
        _ = try await account(user)
        return try await end(tokensOf: user) { () async throws(BackendError) in
            try await self.directory.revokeTokens(of: user)
        }
    }

    /// Ends one token of a user, as logging out does.
    package func revoke(_ token: TokenHash, of user: UserID) async throws(ServiceError) {
        _ = try await end(tokensOf: user) { () async throws(BackendError) in
            try await self.directory.revokeToken(token) ? [token] : []
        }
    }

    private func end(
        tokensOf user: UserID, _ revoke: @escaping @Sendable () async throws(BackendError) -> [TokenHash]
    ) async throws(ServiceError) -> Int {
        // Whoever asked may be gone before the others know: the announcement must follow the deed all the same.
        let revoking = Task { () -> Result<Int, ServiceError> in
            do throws(BackendError) {
                let hashes = try await revoke()
                tokens.revoke(hashes).forEach { topics.release(.user($0)) }
                guard !hashes.isEmpty else { return .success(0) }
                try await bus.publish([
                    FanoutMessage(
                        topic: .user(user), position: nil, epoch: 0, acceptedAt: time.unixMilliseconds,
                        payload: UserEvent.tokensRevoked(hashes).encoded()
                    )
                ])
                return .success(hashes.count)
            } catch {
                return .failure(ServiceError(error))
            }
        }
        return try await revoking.value.get()
    }

    /// Whose token this is. Takes the bare token, without `Bot`.
    /// - Throws: `.unauthorized` for whatever is not a valid token, without saying why.
    package func authenticate(_ token: String) async throws(ServiceError) -> Authentication {
        guard Token.isWellFormed(token) else { throw ServiceError(.unauthorized) }
        let hash = secrets.hash(token: token)
        for user in tokens.released() { topics.release(.user(user)) }
        if let user = tokens.user(for: hash, now: time.monotonicMilliseconds) {
            return Authentication(user: user, token: hash)
        }
        guard let user = try await lookUp(hash) else { throw ServiceError(.unauthorized) }
        return Authentication(user: try await keep(user, for: hash), token: hash)
    }

    private func lookUp(_ hash: TokenHash) async throws(ServiceError) -> User? {
        do throws(BackendError) {
            return try await directory.user(forToken: hash)
        } catch {
            throw ServiceError(error)
        }
    }

    /// Keeps whose token it is for a while, under a subscription that will tell of its end. The owner was not known
    /// before, so the token is looked up once more when the subscription stands: a revocation in between would have
    /// gone unheard.
    private func keep(_ user: User, for hash: TokenHash) async throws(ServiceError) -> User {
        // Without the bus nothing is kept, and every call asks the directory.
        guard (try? await topics.hold(.user(user.id))) != nil else { return user }
        let revocations = tokens.revocations
        do throws(ServiceError) {
            guard let again = try await lookUp(hash) else { throw ServiceError(.unauthorized) }
            let gone = tokens.put(again, for: hash, now: time.monotonicMilliseconds, revocations: revocations)
            for user in gone { topics.release(.user(user)) }
            return again
        } catch {
            topics.release(.user(user.id))
            throw error
        }
    }
}
