package import Chat
import FoundationEssentials
import GRDB
package import Interface

// Webhooks go with their channel by its foreign key.
extension SQLiteDirectory {
    private static let webhookColumns = "id, guild, channel, name, creator, token, avatar"

    package func create(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await database.write("directory.create-webhook") { database in
            guard try WebhookWriter.hasRoom(for: webhook, "directory.create-webhook", database) else { return false }
            let isTaken =
                try database.first("SELECT 1 FROM webhook WHERE id = ?", [webhook.id.column]) { _ in true } ?? false
            guard !isTaken else {
                throw Self.conflict("directory.create-webhook", "webhook \(webhook.id)", "the webhook exists")
            }
            try database.run(
                "INSERT INTO webhook (\(Self.webhookColumns)) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    webhook.id.column, webhook.guild.column, webhook.channel.column, webhook.name,
                    webhook.creator.column, Data(webhook.token.bytes), webhook.avatar,
                ])
            if let entry { try AuditWriter.record([entry], database) }
            return true
        }
    }

    package func webhook(_ id: WebhookID) async throws(BackendError) -> Webhook? {
        try await database.read("directory.webhook") { database in
            try database.first(
                "SELECT \(Self.webhookColumns) FROM webhook WHERE id = ?", [id.column], Self.webhook)
        }
    }

    package func webhooks(inChannel channel: ChannelID) async throws(BackendError) -> [Webhook] {
        try await database.read("directory.webhooks-in-channel") { database in
            try database.all(
                "SELECT \(Self.webhookColumns) FROM webhook WHERE channel = ? ORDER BY id", [channel.column],
                Self.webhook)
        }
    }

    package func webhooks(of guild: GuildID) async throws(BackendError) -> [Webhook] {
        try await database.read("directory.webhooks-of-guild") { database in
            try database.all(
                "SELECT \(Self.webhookColumns) FROM webhook WHERE guild = ? ORDER BY id", [guild.column],
                Self.webhook)
        }
    }

    package func update(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await database.write("directory.update-webhook") { database in
            let channel: ChannelID? = try database.first(
                "SELECT channel FROM webhook WHERE id = ? AND guild = ?", [webhook.id.column, webhook.guild.column]
            ) { $0.id(0) }
            guard let channel else {
                throw Self.conflict("directory.update-webhook", "webhook \(webhook.id)", "no such webhook")
            }
            if channel != webhook.channel,
                try !WebhookWriter.hasRoom(for: webhook, "directory.update-webhook", database)
            {
                return false
            }
            try database.run(
                "UPDATE webhook SET channel = ?, name = ?, avatar = ? WHERE id = ?",
                [webhook.channel.column, webhook.name, webhook.avatar, webhook.id.column])
            if let entry { try AuditWriter.record([entry], database) }
            return true
        }
    }

    package func deleteWebhook(_ id: WebhookID, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await database.write("directory.delete-webhook") { database in
            try database.run("DELETE FROM webhook WHERE id = ?", [id.column])
            guard database.changesCount > 0 else { return false }
            if let entry { try AuditWriter.record([entry], database) }
            return true
        }
    }

    private static func webhook(_ row: Row) throws -> Webhook {
        Webhook(
            id: row.id(0), guild: row.id(1), channel: row.id(2), name: row.text(3), avatar: row.optionalText(6),
            creator: row.id(4), token: TokenHash(bytes: try row.blob(5)))
    }
}

private enum WebhookWriter {
    /// Whether a webhook's channel, which has to be one of its guild's, takes one more.
    static func hasRoom(for webhook: Webhook, _ operation: String, _ database: Database) throws -> Bool {
        let exists =
            try database.first(
                "SELECT 1 FROM channel WHERE id = ? AND guild = ?", [webhook.channel.column, webhook.guild.column]
            ) { _ in true } ?? false
        guard exists else {
            throw SQLiteDirectory.conflict(operation, "channel \(webhook.channel)", "no such channel in the guild")
        }
        let count =
            try database.first("SELECT count(*) FROM webhook WHERE channel = ?", [webhook.channel.column]) {
                $0.integer(0)
            } ?? 0
        return count < Limits.webhooksPerChannelMax
    }
}
