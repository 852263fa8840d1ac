package import Chat
import FoundationEssentials
import GRDB
package import Interface

extension SQLiteDirectory {
    private static let accountColumns = userColumns + ", user.email, user.password_hash, user.owner"

    package func create(_ account: Account) async throws(BackendError) {
        try await database.write("directory.create-account") { database in
            let user = account.user
            try Self.requireFree(username: user.username, for: user.id, "directory.create-account", in: database)
            if let email = account.email {
                let isTaken = try database.first("SELECT 1 FROM user WHERE email = ?", [email]) { _ in true } ?? false
                guard !isTaken else { throw Self.conflict("directory.create-account", "user \(user.id)", "email") }
            }
            try database.run(
                """
                INSERT INTO user (id, username, email, global_name, avatar, is_bot, password_hash, owner)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    user.id.column, user.username, account.email, user.globalName, user.avatar, user.isBot,
                    account.passwordHash, account.owner?.column,
                ]
            )
        }
    }

    package func account(_ id: UserID) async throws(BackendError) -> Account? {
        try await database.read("directory.account") { database in
            try database.first(
                "SELECT \(Self.accountColumns) FROM user WHERE id = ?", [id.column], Self.account)
        }
    }

    package func account(login: String) async throws(BackendError) -> Account? {
        try await database.read("directory.login") { database in
            // A username comes first, should it look like somebody else's email.
            try database.first(
                "SELECT \(Self.accountColumns) FROM user WHERE username = ?", [login], Self.account)
                ?? database.first("SELECT \(Self.accountColumns) FROM user WHERE email = ?", [login], Self.account)
        }
    }

    package func users(_ ids: [UserID]) async throws(BackendError) -> [User] {
        try checkCount(ids.count, "directory.users")
        return try await database.read("directory.users") { database in
            try Set(ids).compactMap { id in
                try database.first("SELECT \(Self.userColumns) FROM user WHERE id = ?", [id.column]) { Self.user($0) }
            }
        }
    }

    package func accounts(after: UserID, limit: Int) async throws(BackendError) -> [Account] {
        try await database.read("directory.accounts") { database in
            try database.all(
                "SELECT \(Self.accountColumns) FROM user WHERE id > ? ORDER BY id LIMIT ?",
                [after.bound, limit.held(in: 1...Self.rowsMax)], Self.account)
        }
    }

    package func setPasswordHash(_ hash: String, of user: UserID) async throws(BackendError) {
        try await database.write("directory.set-password") { database in
            try database.run("UPDATE user SET password_hash = ? WHERE id = ?", [hash, user.column])
            guard database.changesCount > 0 else {
                throw Self.conflict("directory.set-password", "user \(user)", "no such user")
            }
        }
    }

    package func update(_ user: User) async throws(BackendError) {
        try await database.write("directory.update-user") { database in
            try Self.requireFree(username: user.username, for: user.id, "directory.update-user", in: database)
            try database.run(
                "UPDATE user SET username = ?, global_name = ?, avatar = ? WHERE id = ?",
                [user.username, user.globalName, user.avatar, user.id.column]
            )
            guard database.changesCount > 0 else {
                throw Self.conflict("directory.update-user", "user \(user.id)", "no such user")
            }
        }
    }

    // Tokens.

    package func addToken(
        _ hash: TokenHash, for user: UserID, createdAt: UInt64
    ) async throws(BackendError) -> [TokenHash] {
        try await database.write("directory.add-token") { database in
            try database.run(
                "INSERT INTO token (hash, user, created_at) VALUES (?, ?, ?)",
                [Data(hash.bytes), user.column, Int64(clamping: createdAt)]
            )
            return try database.all(
                """
                DELETE FROM token WHERE number IN
                (SELECT number FROM token WHERE user = ? ORDER BY created_at DESC, number DESC LIMIT -1 OFFSET ?)
                RETURNING hash
                """,
                [user.column, Self.tokensMax]
            ) { TokenHash(bytes: try $0.blob(0)) }
        }
    }

    package func user(forToken hash: TokenHash) async throws(BackendError) -> User? {
        try await database.read("directory.token") { database in
            try database.first(
                "SELECT \(Self.userColumns) FROM token JOIN user ON user.id = token.user WHERE token.hash = ?",
                [Data(hash.bytes)]
            ) { Self.user($0) }
        }
    }

    package func revokeToken(_ hash: TokenHash) async throws(BackendError) -> Bool {
        try await database.write("directory.revoke-token") { database in
            try database.run("DELETE FROM token WHERE hash = ?", [Data(hash.bytes)])
            return database.changesCount > 0
        }
    }

    package func revokeTokens(of user: UserID) async throws(BackendError) -> [TokenHash] {
        try await database.write("directory.revoke-tokens") { database in
            let hashes = try database.all("SELECT hash FROM token WHERE user = ?", [user.column]) {
                TokenHash(bytes: try $0.blob(0))
            }
            try database.run("DELETE FROM token WHERE user = ?", [user.column])
            return hashes
        }
    }

    private static func requireFree(
        username: String, for user: UserID, _ operation: String, in database: Database
    ) throws {
        let holder: UserID? = try database.first("SELECT id FROM user WHERE username = ?", [username]) { $0.id(0) }
        guard holder == nil || holder == user else { throw conflict(operation, "user \(user)", "username") }
    }

    private static func account(_ row: Row) -> Account {
        Account(
            user: user(row), email: row.optionalText(5), passwordHash: row.optionalText(6), owner: row.optionalID(7))
    }
}
