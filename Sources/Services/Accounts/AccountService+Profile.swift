package import Chat
import Interface

extension AccountService {
    /// Changes a user's name and avatar, the bytes of an image or `nil` for none, and tells the user's own sessions by
    /// `user:{id}`. Others see what is new as their caches run out, after at most ``GuildCache/userLifeMilliseconds``.
    /// - Throws: `.invalidForm` also when the name is taken; `.unknownUser`, `.storageFull`.
    @discardableResult
    package func update(
        _ id: UserID, username: String?, avatar: Change<[UInt8]?>, _ images: ImageService
    ) async throws(ServiceError) -> User {
        let before = try await user(id)
        return try await images.replace(avatar, "avatar", of: id.rawValue, old: before.avatar, by: id) {
            (hash) async throws(ServiceError) -> User in
            try await update(before, username: username, avatar: hash)
        }
    }

    private func update(
        _ before: User, username: String?, avatar: Change<String?>
    ) async throws(ServiceError) -> User {
        var form = FormCheck()
        var user = before
        if let username { user.username = form.username(username) }
        if case .set(let hash) = avatar { user.avatar = hash }
        try form.finish()
        guard user != before else { return user }
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
                topic: .user(user.id), position: nil, epoch: 0, acceptedAt: time.unixMilliseconds,
                payload: UserEvent.userUpdated(user).encoded()
            )
        ])
        return user
    }
}
