import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Webhooks: managed by those with MANAGE_WEBHOOKS, and used by whoever has a token, which stands in the path and takes
/// the place of an account.
enum WebhookRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/channels/{channel}/webhooks", .get(listOfChannel), .post(create))
        routes.add("/guilds/{guild}/webhooks", .get(listOfGuild))
        routes.add("/webhooks/{webhook}", .get(read), .patch(update), .delete(delete))
        routes.addOpen(
            "/webhooks/{webhook}/{token}", .get(readByToken).limited(by: .webhook),
            .patch(updateByToken).limited(by: .webhook), .delete(deleteByToken).limited(by: .webhook),
            .post(execute).limited(by: .webhook))
        routes.addOpen(
            "/webhooks/{webhook}/{token}/messages/{message}", .get(readMessage).limited(by: .webhook),
            .patch(editMessage).limited(by: .webhook), .delete(deleteMessage).limited(by: .webhook))
    }

    // MARK: By permission

    /// `{name, avatar?}`, the avatar as data URI.
    private static func create(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let name = form.required("name") { $0.string() }
        let avatar = form["avatar"]?.image()
        try form.check()
        let caller = try call.caller
        let made = try await call.services.webhooks.create(
            in: try call.channel, name: name ?? "", avatar: avatar, by: caller.id, because: try call.reason)
        return .json { $0.webhook(made.webhook, creator: caller, token: made.token) }
    }

    private static func listOfChannel(_ call: APICall) async throws -> Response {
        try await answer(
            try await call.services.webhooks.list(inChannel: try call.channel, for: try call.caller.id), call)
    }

    private static func listOfGuild(_ call: APICall) async throws -> Response {
        try await answer(try await call.services.webhooks.list(of: try call.guild, for: try call.caller.id), call)
    }

    private static func read(_ call: APICall) async throws -> Response {
        try await answer(try await call.services.webhooks.webhook(try call.webhook, for: try call.caller.id), call)
    }

    /// `{name?, avatar?, channel_id?}`.
    private static func update(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let name = form["name"]?.string()
        let avatar = form.change("avatar") { $0.image() }
        let channel = form["channel_id"]?.id(ChannelID.self)
        try form.check()
        let webhook = try await call.services.webhooks.update(
            try call.webhook, name: name, avatar: avatar, channel: channel, by: try call.caller.id,
            because: try call.reason)
        return try await answer(webhook, call)
    }

    private static func delete(_ call: APICall) async throws -> Response {
        try await call.services.webhooks.delete(
            try call.webhook, by: try call.caller.id, because: try call.reason)
        return .noContent
    }

    private static func answer(_ webhooks: [Webhook], _ call: APICall) async throws -> Response {
        let creators = try await call.services.access.cache.users(Array(Set(webhooks.map(\.creator))))
        return .json(reservingBytes: 384 * (webhooks.count + 1)) { json in
            json.array { array in
                for webhook in webhooks { array.webhook(webhook, creator: creators[webhook.creator]) }
            }
        }
    }

    private static func answer(_ webhook: Webhook, _ call: APICall) async throws -> Response {
        let creator = try await call.services.access.cache.users([webhook.creator])[webhook.creator]
        return .json { $0.webhook(webhook, creator: creator) }
    }

    // MARK: By token

    private static func webhook(_ call: APICall) async throws -> Webhook {
        try await call.services.webhooks.webhook(try call.webhook, token: try call.segment("token"))
    }

    private static func readByToken(_ call: APICall) async throws -> Response {
        let (webhook, token) = (try await webhook(call), try call.segment("token"))
        return .json { $0.webhook(webhook, creator: nil, token: token) }
    }

    /// `{name?, avatar?}`.
    private static func updateByToken(_ call: APICall) async throws -> Response {
        let token = try call.segment("token")
        _ = try await webhook(call)
        let form = try await call.form()
        let name = form["name"]?.string()
        let avatar = form.change("avatar") { $0.image() }
        try form.check()
        let webhook = try await call.services.webhooks.update(
            try call.webhook, token: token, name: name, avatar: avatar, because: try call.reason)
        return .json { $0.webhook(webhook, creator: nil, token: token) }
    }

    private static func deleteByToken(_ call: APICall) async throws -> Response {
        try await call.services.webhooks.delete(
            try call.webhook, token: try call.segment("token"), because: try call.reason)
        return .noContent
    }

    /// A message with `username` and `avatar_url` beside what every other has. With `wait=true` the answer is the stored
    /// message; otherwise there is none, as soon as it is accepted.
    private static func execute(_ call: APICall) async throws -> Response {
        let waits = try call.query.flag("wait")
        let webhook = try await webhook(call)
        try refuseThread(call)
        let accepted = try await MessageBody.read(call, from: FileSender(webhook)).use(call) { form, files in
            let name = form["username"]?.string()
            let avatarURL = form["avatar_url"].flatMap(imageURL)
            form.refuse("message_reference", "thread_name", "applied_tags")
            return try await call.services.messages.accept(
                try MessageForm.newMessage(form, files), from: webhook, name: name, avatarURL: avatarURL)
        }
        guard waits else {
            call.services.messages.disregard(accepted)
            return .noContent
        }
        let stored = try await call.services.messages.outcome(of: accepted)
        return .json { $0.message(stored, .rest, files: call.services.files) }
    }

    /// There are no threads, so none is known.
    private static func refuseThread(_ call: APICall) throws {
        guard call.query.string("thread_id") == nil else { throw APIError(ServiceError(.unknownChannel)) }
    }

    private static func imageURL(_ field: FormField) -> String? {
        guard let url = field.string() else { return nil }
        // What libraries send for no image of its own.
        guard !url.isEmpty else { return nil }
        let lowered = url.prefix(8).lowercased()
        guard lowered.hasPrefix("https://") || lowered.hasPrefix("http://"),
            url.utf8.count <= Limits.avatarURLBytesMax
        else {
            return field.fail(
                "URL_TYPE_INVALID_URL",
                "This has to be an http or https URL of at most \(Limits.avatarURLBytesMax) bytes.")
        }
        return url
    }

    private static func readMessage(_ call: APICall) async throws -> Response {
        try refuseThread(call)
        let message = try await call.services.history.message(try call.message, from: try await webhook(call))
        return .json { $0.message(message, .rest, files: call.services.files) }
    }

    private static func editMessage(_ call: APICall) async throws -> Response {
        let webhook = try await webhook(call)
        try refuseThread(call)
        let stored = try await MessageBody.read(call, from: FileSender(webhook)).use(call) { form, files in
            let edit = try MessageForm.edit(form, files)
            return try await call.services.messages.edit(
                try call.message, from: webhook, content: edit.content, embeds: edit.embeds, flags: edit.flags,
                allowedMentions: edit.allowedMentions, attachments: edit.attachments)
        }
        return .json { $0.message(stored, .rest, files: call.services.files) }
    }

    private static func deleteMessage(_ call: APICall) async throws -> Response {
        try refuseThread(call)
        try await call.services.messages.delete(try call.message, from: try await webhook(call))
        return .noContent
    }
}
