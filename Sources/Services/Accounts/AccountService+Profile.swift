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

    /// Gives somebody who knows the present password another one. All tokens end, as nobody can tell who has them (ASVS 7.4.3); the one that
    /// is returned takes their place.
    /// - Throws: `.invalidForm` also for a wrong password; `.busy`; `.unknownUser`.
    package func changePassword(
        of id: UserID, from present: String, to password: String
    ) async throws(ServiceError) -> String {
        var form = FormCheck()
        form.password(password, "new_password")
        try form.finish()
        let hash = try await account(id).passwordHash
        let isRight =
            (1...Self.credentialBytesMax).contains(present.utf8.count)
            ? try await verify(present, against: hash) != .wrong : false
        guard isRight else {
            form.refuse(["password"], "PASSWORD_DOES_NOT_MATCH", "Password does not match.")
            throw ServiceError(.invalidForm(form.errors))
        }
        let replacement = try await self.hash(password)
        do throws(BackendError) {
            try await directory.setPasswordHash(replacement, of: id)
        } catch {
            throw ServiceError(error)
        }
        _ = try await revokeTokens(of: id)
        return try await issueToken(for: id)
    }
}
