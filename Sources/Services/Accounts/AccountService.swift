package import Chat
package import Interface

/// Who somebody is, and by which token.
package struct Authentication: Hashable, Sendable {
    package var user: User
    package var token: TokenHash

    package init(user: User, token: TokenHash) {
        self.user = user
        self.token = token
    }
}

/// Accounts, passwords and tokens.
///
/// Passwords are hashed by scrypt on a small pool; when too many wait the answer is `.busy`. Tokens are kept as SHA-256
/// only, which is enough for 256 random bits, and are looked up by that hash: how long a comparison of hashes takes
/// tells an attacker about the hash of a guess, from which no better guess follows, so that it need not take constant
/// time.
package final class AccountService: Sendable {
    /// What clients are told to wait when the pool that hashes is full, in milliseconds: about one hash.
    private static let busyMilliseconds: UInt64 = 1_000
    /// Bytes of a login or of a password beyond which it cannot be right; four for each scalar.
    static let credentialBytesMax = 4 * Limits.passwordScalars.upperBound

    let directory: any Directory
    let bus: any FanoutBus
    let secrets: any SecretKeeper
    let time: any TimeSource
    let tokens: TokenCache
    let topics: TopicKeeper
    private let mint: IDMint

    /// - Parameter tokenCapacity: tokens whose owner is kept in memory.
    package init(
        directory: any Directory, bus: any FanoutBus, secrets: any SecretKeeper, mint: IDMint, time: any TimeSource,
        tokenCapacity: Int = 100_000
    ) {
        self.directory = directory
        self.bus = bus
        self.secrets = secrets
        self.mint = mint
        self.time = time
        tokens = TokenCache(capacity: tokenCapacity)
        topics = TopicKeeper(bus: bus, receiver: tokens)
    }

    /// Makes a person's account and logs it in.
    /// - Throws: `.invalidForm` with every mistake, or when username or email are taken; `.busy`.
    package func register(
        username: String, email: String, password: String
    ) async throws(ServiceError) -> (token: String, user: User) {
        var form = FormCheck()
        let name = form.username(username)
        let address = form.email(email)
        form.password(password)
        try form.finish()
        let hash = try await hash(password)
        let user = User(id: try mint.next(UserID.self), username: name)
        try await add(Account(user: user, email: address, passwordHash: hash))
        return (try await issueToken(for: user.id), user)
    }

    /// Logs in by username or email. Takes as long for unknown accounts, and for those without a password, as for known
    /// ones.
    /// - Throws: `.unauthorized` when anything is wrong; `.busy`.
    package func logIn(login: String, password: String) async throws(ServiceError) -> (token: String, user: User) {
        // What nobody could have registered with is refused without hashing it; that says nothing about accounts.
        guard
            (1...Limits.emailBytesMax).contains(login.utf8.count),
            (1...Self.credentialBytesMax).contains(password.utf8.count)
        else { throw ServiceError(.unauthorized) }
        let account: Account?
        do throws(BackendError) {
            account = try await directory.account(login: login.lowercased())
        } catch {
            throw ServiceError(error)
        }
        let verdict = try await verify(password, against: account?.passwordHash)
        guard verdict != .wrong, let account else { throw ServiceError(.unauthorized) }
        if verdict == .rightButOutdated { await rehash(password, of: account.user.id) }
        return (try await issueToken(for: account.user.id), account.user)
    }

    /// Makes an account on the operator's word: a bot, or a person whose address is unknown.
    /// - Parameters:
    ///   - owner: the person who answers for a bot; `nil` for persons.
    ///   - password: `nil` when nobody is to log in with one.
    /// - Throws: `.invalidForm`; `.unknownUser` when the owner is none, or a bot; `.busy`.
    package func create(
        username: String, isBot: Bool, owner: UserID?, password: String?
    ) async throws(ServiceError) -> User {
        var form = FormCheck()
        let name = form.username(username)
        if let password { form.password(password) }
        if owner != nil, !isBot { form.refuse(["owner_id"], "BASE_TYPE_CHOICES", "Only bots have an owner.") }
        try form.finish()
        if let owner, try await account(owner).user.isBot {
            throw ServiceError(.unknownUser, detail: "a bot cannot own a bot")
        }
        var passwordHash: String?
        if let password { passwordHash = try await hash(password) }
        let user = User(id: try mint.next(UserID.self), username: name, isBot: isBot)
        try await add(Account(user: user, passwordHash: passwordHash, owner: owner))
        return user
    }

    /// - Throws: `.unknownUser`.
    package func user(_ id: UserID) async throws(ServiceError) -> User {
        try await account(id).user
    }

    /// - Throws: `.unknownUser`.
    package func account(_ id: UserID) async throws(ServiceError) -> Account {
        do throws(BackendError) {
            if let account = try await directory.account(id) { return account }
        } catch {
            throw ServiceError(error)
        }
        throw ServiceError(.unknownUser)
    }

    /// The user an operator means: `@name`, `name`, an id, or a mention `<@id>`. What consists of digits is an id if
    /// there is such a user, and a name otherwise.
    /// - Throws: `.unknownUser`.
    package func find(_ reference: String) async throws(ServiceError) -> User {
        guard reference.utf8.count <= Limits.emailBytesMax else { throw ServiceError(.unknownUser) }
        if reference.hasPrefix("<@"), reference.hasSuffix(">") {
            let inner = reference.dropFirst(2).dropLast()
            guard let id = UserID(decimal: inner.hasPrefix("!") ? inner.dropFirst() : inner) else {
                throw ServiceError(.unknownUser)
            }
            return try await user(id)
        }
        do throws(BackendError) {
            if let id = UserID(decimal: reference), let account = try await directory.account(id) {
                return account.user
            }
            let name = reference.hasPrefix("@") ? String(reference.dropFirst()) : reference
            // An email is a login, too, but not a way to refer to somebody.
            if !name.contains("@"), let account = try await directory.account(login: name.lowercased()) {
                return account.user
            }
        } catch {
            throw ServiceError(error)
        }
        throw ServiceError(.unknownUser)
    }

    private func add(_ account: Account) async throws(ServiceError) {
        do throws(BackendError) {
            try await directory.create(account)
        } catch {
            guard error.code == .conflict else { throw ServiceError(error) }
            var form = FormCheck()
            if error.detail == "email" {
                form.refuse(["email"], "EMAIL_ALREADY_REGISTERED", "This email is registered already.")
            } else {
                form.refuse(["username"], "USERNAME_ALREADY_TAKEN", "This username is taken.")
            }
            throw ServiceError(.invalidForm(form.errors))
        }
    }

    func hash(_ password: String) async throws(ServiceError) -> String {
        do throws(BackendError) {
            return try await secrets.hash(password: password)
        } catch {
            throw Self.hashingFailure(error)
        }
    }

    /// - Parameter hash: `nil` where there is none, which takes as long.
    func verify(_ password: String, against hash: String?) async throws(ServiceError) -> PasswordVerdict {
        do throws(BackendError) {
            return try await secrets.verify(password: password, against: hash)
        } catch {
            throw Self.hashingFailure(error)
        }
    }

    /// Brings a hash to the current parameters, which the right password makes possible. If it fails now, the next
    /// login tries again.
    private func rehash(_ password: String, of user: UserID) async {
        guard let hash = try? await secrets.hash(password: password) else { return }
        try? await directory.setPasswordHash(hash, of: user)
    }

    private static func hashingFailure(_ error: BackendError) -> ServiceError {
        guard error.code == .full else { return ServiceError(error) }
        return ServiceError(.busy(retryAfterMilliseconds: busyMilliseconds), detail: error.detail)
    }
}
