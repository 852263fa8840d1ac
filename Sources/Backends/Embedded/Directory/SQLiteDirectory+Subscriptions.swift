package import Chat
import FoundationEssentials
import GRDB
package import Interface

extension SQLiteDirectory: SubscriptionStore {
    package func add(_ subscription: PushSubscription, max: Int) async throws(BackendError) -> PushSubscription {
        try await database.write("subscriptions.add") { database in
            try database.run(
                """
                INSERT INTO push_subscription (id, user, endpoint, public_key, secret, created_at)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (user, endpoint) DO UPDATE
                SET public_key = excluded.public_key, secret = excluded.secret, created_at = excluded.created_at
                """,
                [
                    subscription.id.column, subscription.user.column, subscription.endpoint,
                    Data(subscription.publicKey), Data(subscription.secret), Int64(clamping: subscription.createdAt),
                ])
            try database.run(
                """
                DELETE FROM push_subscription WHERE user = ?1 AND id NOT IN
                (SELECT id FROM push_subscription WHERE user = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2)
                """,
                [subscription.user.column, Swift.max(1, max)])
            let kept = try database.first(
                "SELECT id FROM push_subscription WHERE user = ? AND endpoint = ?",
                [subscription.user.column, subscription.endpoint]
            ) { $0.id(0) as PushSubscriptionID }
            var result = subscription
            result.id = kept ?? subscription.id
            return result
        }
    }

    package func subscriptions(of users: [UserID]) async throws(BackendError) -> [PushSubscription] {
        try await database.read("subscriptions.of") { database in
            try users.prefix(1_000).flatMap { user in
                try database.all(
                    """
                    SELECT id, endpoint, public_key, secret, created_at FROM push_subscription WHERE user = ?
                    """, [user.column]
                ) { row in
                    PushSubscription(
                        id: row.id(0), user: user, endpoint: row.text(1), publicKey: try row.blob(2),
                        secret: try row.blob(3), createdAt: row.unsigned(4))
                }
            }.sorted { $0.id < $1.id }
        }
    }

    package func remove(_ id: PushSubscriptionID, of user: UserID) async throws(BackendError) -> Bool {
        try await database.write("subscriptions.remove") { database in
            try database.run("DELETE FROM push_subscription WHERE id = ? AND user = ?", [id.column, user.column])
            return database.changesCount > 0
        }
    }

    package func subscribers(
        in guild: GuildID, after: UserID, limit: Int
    ) async throws(BackendError) -> [UserID] {
        try await database.read("subscriptions.in-guild") { database in
            try database.all(
                """
                SELECT user FROM member WHERE guild = ? AND user > ?
                AND EXISTS (SELECT 1 FROM push_subscription WHERE push_subscription.user = member.user)
                ORDER BY user LIMIT ?
                """,
                [guild.column, after.bound, limit.held(in: 1...1_000)]
            ) { $0.id(0) }
        }
    }
}
