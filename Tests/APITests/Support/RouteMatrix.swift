import Chat
import HTTPTypes
import Testing
import Wire

/// What becomes of a request, by who sends it: `status/code`, or the status alone of a success.
struct RouteRow: Sendable, CustomTestStringConvertible {
    /// `GET /guilds/{guild}`, as the route table has it.
    var route: String
    /// What is put behind the path.
    var query = ""
    var body: String?
    /// What stands for captures where it is not the usual.
    var captures: [String: String] = [:]
    /// What a member has to be allowed in the guild.
    var needs: Permissions = []
    var owner: String
    /// A member who is allowed it, on a rank above whom it is done to.
    var with: String
    /// A member who is allowed no more than everybody, and not even that if it is what is needed.
    var without: String
    /// Somebody with an account.
    var stranger: String
    /// Somebody who was a member until they were banned.
    var banned: String
    var anonymous = "401/0"

    var testDescription: String { route }

    init(
        _ route: String, query: String = "", _ body: String? = nil, captures: [String: String] = [:],
        needs: Permissions = [], _ owner: String = "200", with: String? = nil, without: String? = nil,
        stranger: String? = nil, banned: String? = nil
    ) {
        self.route = route
        self.query = query
        self.body = body
        self.captures = captures
        self.needs = needs
        self.owner = owner
        self.with = with ?? owner
        self.without = without ?? (needs.isEmpty ? self.with : "403/50013")
        let hidden = route.contains(" /guilds/{guild}") ? "404/10004" : "404/10003"
        self.stranger = stranger ?? hidden
        self.banned = banned ?? self.stranger
    }

    /// One that does not ask where somebody is a member.
    static func anybody(
        _ route: String, _ body: String? = nil, captures: [String: String] = [:], _ verdict: String = "200",
        anonymous: String = "401/0"
    ) -> RouteRow {
        var row = RouteRow(route, body, captures: captures, verdict, stranger: verdict)
        row.anonymous = anonymous
        return row
    }

    /// Whether it lies beside the API.
    var isAtRoot: Bool {
        [" /attachments/", " /avatars/", " /icons/", " /channel-icons/"].contains { route.contains($0) }
    }

    var method: HTTPRequest.Method {
        HTTPRequest.Method(String(route.prefix { $0 != " " })) ?? .get
    }

    /// With names in braces of what is to be put there.
    var path: String {
        var path = String(route.drop { $0 != " " }.dropFirst())
        let usual = [
            "guild": "{g}", "channel": "{c}", "user": "{target}", "role": "{role}", "message": "{m}",
            "overwrite": "{target}", "code": "{invite}", "emoji": "%F0%9F%91%8D",
            "webhook": "{hook}", "token": "{hookToken}", "subscription": "1",
        ]
        for (name, value) in usual {
            path = path.split(separator: "{\(name)}", omittingEmptySubsequences: false)
                .joined(separator: captures[name] ?? value)
        }
        return path + query
    }
}

enum RouteMatrix {
    static let rows = accounts + guilds + moderation + channels + messages + webhooks + directs

    private static let pushKey = Base64URL.encode([4] + Array(repeating: 7, count: 64))
    private static let pushSecret = Base64URL.encode(Array(repeating: UInt8(9), count: 16))

    private static let accounts: [RouteRow] = [
        .anybody("POST /auth/register", "{}", "400/50035", anonymous: "400/50035"),
        .anybody("POST /auth/login", "{}", "400/50035", anonymous: "400/50035"),
        .anybody("POST /auth/logout", nil, "204"),
        .anybody("GET /gateway", anonymous: "200"),
        .anybody("GET /gateway/bot"),
        .anybody("GET /oauth2/applications/@me"),
        .anybody("GET /applications/@me"),
        // Whoever has the whole address has the file; without its signature there is none.
        .anybody(
            "GET /attachments/{channel}/{attachment}/{name}", captures: ["attachment": "{m}", "name": "x"], "404/0",
            anonymous: "404/0"),
        .anybody(
            "GET /avatars/{holder}/{image}", captures: ["holder": "1", "image": "x.png"], "404/0", anonymous: "404/0"),
        .anybody(
            "GET /icons/{holder}/{image}", captures: ["holder": "1", "image": "x.png"], "404/0", anonymous: "404/0"),
        .anybody(
            "GET /channel-icons/{holder}/{image}", captures: ["holder": "1", "image": "x.png"], "404/0",
            anonymous: "404/0"),
        .anybody("GET /users/@me"),
        .anybody("PATCH /users/@me", #"{"global_name":"n"}"#),
        .anybody("GET /users/{user}"),
        .anybody("GET /users/@me/guilds"),
        RouteRow("DELETE /users/@me/guilds/{guild}", nil, "403/50013", with: "204", stranger: "404/10004"),
        RouteRow("GET /users/@me/guilds/{guild}/member", stranger: "404/10004"),
        RouteRow(
            "PATCH /users/@me/guilds/{guild}/settings", #"{"channel_overrides":{"{c}":{"muted":true}}}"#,
            stranger: "404/10004"),
        .anybody("GET /users/@me/push-key"),
        .anybody("GET /users/@me/push-subscriptions"),
        .anybody(
            "POST /users/@me/push-subscriptions",
            #"{"endpoint":"https://push.example/","keys":{"p256dh":"\#(pushKey)","auth":"\#(pushSecret)"}}"#),
        .anybody("DELETE /users/@me/push-subscriptions/{subscription}", nil, "204"),
        // What one may not see is passed over.
        .anybody(
            "POST /read-states/ack-bulk", #"{"read_states":[{"channel_id":"{c}","message_id":"{m}"}]}"#, "204"),
        .anybody("GET /users/@me/relationships"),
        .anybody("PUT /users/@me/relationships/{user}", #"{"type":2}"#, "204"),
        .anybody("DELETE /users/@me/relationships/{user}", nil, "204"),
    ]

    private static let guilds: [RouteRow] = [
        .anybody("POST /guilds", #"{"name":"New"}"#, "201"),
        RouteRow("GET /guilds/{guild}"),
        RouteRow("PATCH /guilds/{guild}", #"{"name":"Mine"}"#, needs: .manageGuild),
        RouteRow("DELETE /guilds/{guild}", needs: .administrator, "204", with: "403/50013"),
        RouteRow("GET /guilds/{guild}/channels"),
        RouteRow("POST /guilds/{guild}/channels", #"{"name":"new"}"#, needs: .manageChannels, "201"),
        RouteRow(
            "PATCH /guilds/{guild}/channels", #"[{"id":"{c}","position":7}]"#, needs: .manageChannels, "204"),
        RouteRow("GET /guilds/{guild}/roles"),
        RouteRow("POST /guilds/{guild}/roles", "{}", needs: .manageRoles),
        RouteRow("PATCH /guilds/{guild}/roles", #"[{"id":"{role}","position":1}]"#, needs: .manageRoles),
        RouteRow("GET /guilds/{guild}/roles/{role}"),
        RouteRow("PATCH /guilds/{guild}/roles/{role}", #"{"name":"x"}"#, needs: .manageRoles),
        RouteRow("DELETE /guilds/{guild}/roles/{role}", needs: .manageRoles, "204"),
        RouteRow("GET /guilds/{guild}/members"),
        RouteRow("GET /guilds/{guild}/members/search", query: "?query=o"),
        RouteRow("GET /guilds/{guild}/members/{user}"),
        RouteRow(
            "PUT /guilds/{guild}/members/{user}", #"{"access_token":"{strangerToken}"}"#,
            captures: ["user": "{stranger}"], needs: .createInstantInvite, "201"),
        RouteRow("PATCH /guilds/{guild}/members/{user}", #"{"nick":"x"}"#, needs: .manageNicknames),
        RouteRow("DELETE /guilds/{guild}/members/{user}", needs: .kickMembers, "204"),
        RouteRow("PUT /guilds/{guild}/members/{user}/roles/{role}", needs: .manageRoles, "204"),
        RouteRow("DELETE /guilds/{guild}/members/{user}/roles/{role}", needs: .manageRoles, "204"),
        RouteRow("GET /guilds/{guild}/invites", needs: .manageGuild),
        RouteRow("GET /guilds/{guild}/messages/search", query: "?content=x"),
        // In no voice channel, or in none that one may know of.
        RouteRow("GET /guilds/{guild}/voice-states/{user}", nil, "404/10065"),
        .anybody("GET /invites/{code}"),
        RouteRow("POST /invites/{code}", stranger: "200", banned: "403/40007"),
        // Whoever has the code knows of the guild.
        RouteRow("DELETE /invites/{code}", needs: .manageGuild, stranger: "403/50013"),
    ]

    private static let moderation: [RouteRow] = [
        RouteRow("GET /guilds/{guild}/bans", needs: .banMembers),
        RouteRow("GET /guilds/{guild}/bans/{user}", captures: ["user": "{outcast}"], needs: .banMembers),
        RouteRow("PUT /guilds/{guild}/bans/{user}", needs: .banMembers, "204"),
        RouteRow("DELETE /guilds/{guild}/bans/{user}", captures: ["user": "{outcast}"], needs: .banMembers, "204"),
        RouteRow(
            "POST /guilds/{guild}/bulk-ban", #"{"user_ids":["{target}"]}"#, needs: [.banMembers, .manageGuild]),
        RouteRow("GET /guilds/{guild}/audit-logs", needs: .viewAuditLog),
    ]

    private static let channels: [RouteRow] = [
        RouteRow("GET /channels/{channel}", needs: .viewChannel, without: "403/50001"),
        RouteRow("PATCH /channels/{channel}", #"{"name":"other"}"#, needs: .manageChannels),
        RouteRow("DELETE /channels/{channel}", needs: .manageChannels),
        RouteRow(
            "PUT /channels/{channel}/permissions/{overwrite}", #"{"type":1,"allow":"0","deny":"1024"}"#,
            needs: .manageRoles, "204"),
        RouteRow("DELETE /channels/{channel}/permissions/{overwrite}", needs: .manageRoles, "204"),
        RouteRow("GET /channels/{channel}/invites", needs: .manageChannels),
        RouteRow("POST /channels/{channel}/invites", "{}", needs: .createInstantInvite),
        RouteRow("POST /channels/{channel}/typing", needs: .sendMessages, "204"),
    ]

    private static let messages: [RouteRow] = [
        RouteRow("GET /channels/{channel}/messages", needs: .viewChannel, without: "403/50001"),
        RouteRow("POST /channels/{channel}/messages", #"{"content":"x"}"#, needs: .sendMessages),
        RouteRow(
            "POST /channels/{channel}/messages/bulk-delete", #"{"messages":["{m}","{m2}"]}"#, needs: .manageMessages,
            "204"),
        RouteRow("GET /channels/{channel}/messages/{message}", needs: .readMessageHistory),
        // Nobody puts words into another's mouth.
        RouteRow("PATCH /channels/{channel}/messages/{message}", #"{"content":"x"}"#, "403/50005"),
        RouteRow("DELETE /channels/{channel}/messages/{message}", needs: .manageMessages, "204"),
        RouteRow(
            "POST /channels/{channel}/messages/{message}/ack", "{}", needs: .viewChannel, without: "403/50001"),
        RouteRow(
            "GET /channels/{channel}/messages/search", query: "?content=x", needs: .viewChannel, without: "403/50001"),
        RouteRow("GET /channels/{channel}/messages/pins", needs: .viewChannel, without: "403/50001"),
        RouteRow("PUT /channels/{channel}/messages/pins/{message}", needs: .pinMessages, "204"),
        RouteRow("DELETE /channels/{channel}/messages/pins/{message}", needs: .pinMessages, "204"),
        RouteRow("GET /channels/{channel}/pins", needs: .viewChannel, without: "403/50001"),
        RouteRow("PUT /channels/{channel}/pins/{message}", needs: .pinMessages, "204"),
        RouteRow("DELETE /channels/{channel}/pins/{message}", needs: .pinMessages, "204"),
        RouteRow("DELETE /channels/{channel}/messages/{message}/reactions", needs: .manageMessages, "204"),
        RouteRow(
            "GET /channels/{channel}/messages/{message}/reactions/{emoji}", needs: .readMessageHistory),
        RouteRow("DELETE /channels/{channel}/messages/{message}/reactions/{emoji}", needs: .manageMessages, "204"),
        RouteRow(
            "PUT /channels/{channel}/messages/{message}/reactions/{emoji}/{user}", captures: ["user": "@me"],
            needs: .addReactions, "204"),
        RouteRow(
            "DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/{user}", needs: .manageMessages, "204"),
    ]

    /// Who has a webhook's token needs no account, and may nothing that it may not.
    private static let webhooks: [RouteRow] = [
        RouteRow("GET /channels/{channel}/webhooks", needs: .manageWebhooks),
        RouteRow("POST /channels/{channel}/webhooks", #"{"name":"x"}"#, needs: .manageWebhooks),
        RouteRow("GET /guilds/{guild}/webhooks", needs: .manageWebhooks),
        RouteRow("GET /webhooks/{webhook}", needs: .manageWebhooks, stranger: "404/10015"),
        RouteRow("PATCH /webhooks/{webhook}", #"{"name":"x"}"#, needs: .manageWebhooks, stranger: "404/10015"),
        RouteRow("DELETE /webhooks/{webhook}", needs: .manageWebhooks, "204", stranger: "404/10015"),
        .anybody("GET /webhooks/{webhook}/{token}", anonymous: "200"),
        .anybody("PATCH /webhooks/{webhook}/{token}", #"{"name":"x"}"#, anonymous: "200"),
        .anybody("POST /webhooks/{webhook}/{token}", #"{"content":"x"}"#, "204", anonymous: "204"),
        lastOfItsKind,
        .anybody("GET /webhooks/{webhook}/{token}/messages/{message}", nil, "404/10008", anonymous: "404/10008"),
        .anybody(
            "PATCH /webhooks/{webhook}/{token}/messages/{message}", #"{"content":"x"}"#, "404/10008",
            anonymous: "404/10008"),
        .anybody("DELETE /webhooks/{webhook}/{token}/messages/{message}", nil, "404/10008", anonymous: "404/10008"),
    ]

    /// Whoever comes second finds the webhook gone.
    private static let lastOfItsKind: RouteRow = {
        var row = RouteRow("DELETE /webhooks/{webhook}/{token}", nil, "204", with: "404/10015", stranger: "404/10015")
        row.anonymous = "204"
        return row
    }()

    /// Of a group of the owner's, in which both members are.
    private static let directs: [RouteRow] = [
        .anybody("GET /users/@me/channels"),
        .anybody("POST /users/@me/channels", #"{"recipient_id":"{target}"}"#),
        .anybody("GET /users/{user}/channels", captures: ["user": "@me"]),
        .anybody("POST /users/{user}/channels", #"{"recipient_id":"{target}"}"#, captures: ["user": "@me"]),
        RouteRow("PUT /channels/{channel}/recipients/{user}", captures: ["channel": "{group}"], "204"),
        RouteRow(
            "DELETE /channels/{channel}/recipients/{user}", captures: ["channel": "{group}", "user": "{rook}"], "204",
            with: "403/50013"),
    ]
}
