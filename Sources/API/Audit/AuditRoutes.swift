import Chat
import Hummingbird
import Services
import Wire

/// The audit log of a guild.
enum AuditRoutes {
    private static let pageMax = 100
    private static let pageDefault = 50

    static func add(to routes: RouteTable) {
        routes.add("/guilds/{guild}/audit-logs", .get(list))
    }

    /// `user_id`, `action_type`, `before`, `after`, `limit` (1 to 100, by default 50).
    private static func list(_ call: APICall) async throws -> Response {
        let limit = try call.query.integer("limit", in: 1...pageMax, default: pageDefault)
        let number = try call.query.integer("action_type", in: 0...Int(UInt16.max), default: 0)
        let action = AuditEntry.Action(rawValue: UInt16(number))
        var page = try await call.services.guilds.auditLog(
            of: try call.guild, user: try call.query.id("user_id", UserID.self), action: action,
            before: try call.query.id("before", AuditEntryID.self),
            after: try call.query.id("after", AuditEntryID.self),
            limit: limit, for: try call.caller.id)
        // A deed that this cluster does not know was never done.
        if number != 0, action == nil { page = AuditPage(entries: [], users: [], webhooks: []) }
        return .json(reservingBytes: 512 * (page.entries.count + 1)) { json in
            json.object {
                $0.array("audit_log_entries") { array in
                    for entry in page.entries { array.auditEntry(entry) }
                }
                $0.array("users") { array in
                    for user in page.users { array.user(user) }
                }
                $0.array("webhooks") { array in
                    for webhook in page.webhooks { array.webhook(webhook, creator: nil) }
                }
                $0.array("integrations") { _ in }
                $0.array("application_commands") { _ in }
                $0.array("auto_moderation_rules") { _ in }
                $0.array("guild_scheduled_events") { _ in }
                $0.array("threads") { _ in }
            }
        }
    }
}
