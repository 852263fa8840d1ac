import Chat
import Services

/// What sessions do not learn from streams with positions, compared with what their clients know.
extension SessionWorker {
    /// Whether all is still as a restored session's client knows it: whatever else has changed shows in the guilds' epochs.
    func verify(_ verification: Verification, user: UserID) async -> VerificationOutcome {
        do throws(ServiceError) {
            let (known, token) = try await source.authenticate(verification.attempt.token)
            guard known.id == user, token == verification.attempt.hash else { return .refused }
            if let guilds = verification.guilds {
                let now = try await source.guilds(of: user).filter { verification.shard.serves($0) }
                guard Set(now) == guilds else { return .changed }
            }
            guard verification.digest != 0, try await digest(of: known) == verification.digest else { return .changed }
            guard !known.isBot else { return .holds([]) }
            let changes = try await source.readChanges(
                of: user, after: UInt64(verification.readVersion), limit: SessionLimits.readChangesMax)
            return changes.map { .holds($0) } ?? .changed
        } catch {
            return error.code == .unauthorized ? .refused : .unavailable
        }
    }

    func readStates(of user: UserID, after version: UInt64) async -> [ReadChange]? {
        do throws(ServiceError) {
            return try await source.readChanges(of: user, after: version, limit: SessionLimits.readChangesMax)
        } catch {
            return nil
        }
    }

    func digest(of user: UserID) async -> UInt32? {
        do throws(ServiceError) {
            guard let known = try await source.user(user) else { return nil }
            return try await digest(of: known)
        } catch {
            return nil
        }
    }

    private func digest(of user: User) async throws(ServiceError) -> UInt32 {
        var settings: UInt64 = 0
        if !user.isBot {
            let guilds = try await source.guilds(of: user.id).sorted()
            settings = try await source.notificationSettings(of: user.id, in: guilds).version
        }
        return UserDigest.of(user, try await directs(of: user), settings: settings)
    }
}
