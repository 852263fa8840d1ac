package import Chat
import Interface

extension AccountService {
    /// Changes a user's name, and tells the user's own sessions by `user:{id}`. Others see the new name as their caches
    /// run out, after at most ``GuildCache/userLifeMilliseconds``.
    /// - Throws: `.invalidForm` also when the name is taken; `.unknownUser`.
    @discardableResult
    package func rename(_ id: UserID, to username: String) async throws(ServiceError) -> User {
        var form = FormCheck()
        let name = form.username(username)
        try form.finish()
        var user = try await user(id)
        guard user.username != name else { return user }
        user.username = name
        do throws(BackendError) {
            try await directory.update(user)
        } catch {
            guard error.code == .conflict else { throw ServiceError(error) }
            form.refuse(["username"], "USERNAME_ALREADY_TAKEN", "This username is taken.")
            throw ServiceError(.invalidForm(form.errors))
        }
        // The name is changed whether or not anybody hears of it; sessions also learn it when they start anew.
        _ = try? await bus.publish([
            FanoutMessage(
                topic: .user(id), position: nil, epoch: 0, acceptedAt: time.unixMilliseconds,
                payload: UserEvent.userUpdated(user).encoded()
            )
        ])
        return user
    }
}
