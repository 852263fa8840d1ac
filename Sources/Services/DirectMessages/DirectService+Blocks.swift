package import Chat
import Interface

// Blocks. Nobody is told of one: the channel between the two stays, and nothing can be sent to it from either side.

extension DirectService {
    /// Blocks a user. Harmless to do again.
    /// - Throws: `.invalidRecipient` for oneself; `.unknownUser`; `.tooMany(.blocks)` at 1,000.
    package func block(_ other: UserID, by user: UserID) async throws(ServiceError) {
        guard other != user else { throw ServiceError(.invalidRecipient) }
        let present = try await blockedIDs(by: user)
        guard present.count < Limits.blocksPerUserMax || present.contains(other) else {
            throw ServiceError(.tooMany(.blocks))
        }
        try await setBlock(true, of: other, by: user)
    }

    /// Takes a block back. Harmless when there is none.
    /// - Throws: `.unknownUser`.
    package func unblock(_ other: UserID, by user: UserID) async throws(ServiceError) {
        try await setBlock(false, of: other, by: user)
    }

    /// Whom a user has blocked, ascending by id; those who no longer exist are left out.
    package func blocked(by user: UserID) async throws(ServiceError) -> [User] {
        let ids = try await blockedIDs(by: user)
        let users = try await access.cache.users(ids)
        return ids.compactMap { users[$0] }
    }

    /// Whether a user is blocked by another: what presence and push ask before they show the one to the other.
    package func isBlocked(_ user: UserID, by other: UserID) async throws(ServiceError) -> Bool {
        try await ask { () async throws(BackendError) in try await directory.isBlocked(user, by: other) }
    }

    private func blockedIDs(by user: UserID) async throws(ServiceError) -> [UserID] {
        try await ask { () async throws(BackendError) in
            try await directory.blocked(by: user, after: UserID(0), limit: Limits.blocksPerUserMax)
        }
    }

    /// Writes a block and, if the channel between the two is another by it, takes note of that and publishes it.
    private func setBlock(_ isBlocked: Bool, of other: UserID, by user: UserID) async throws(ServiceError) {
        // Outside a group so that the cancellation of the caller does not reach it; awaited in the next line.
        let setting = Task { () -> Result<Void, ServiceError> in
            do throws(BackendError) {
                guard let channel = try await directory.setBlock(isBlocked, of: other, by: user) else {
                    return .success(())
                }
                cache.note(channel)
                await publish([Self.state(of: channel, at: time.unixMilliseconds)])
                return .success(())
            } catch {
                return .failure(error.code == .conflict ? ServiceError(.unknownUser) : ServiceError(error))
            }
        }
        try await setting.value.get()
    }
}
