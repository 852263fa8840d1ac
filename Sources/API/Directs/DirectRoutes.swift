import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Direct messages: opening channels, groups and who is in them. Reading, changing and leaving one are routes of every
/// channel.
enum DirectRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/users/@me/channels", .get(list), .post(open).limited(by: .dmCreate))
        // discord.py writes the caller's own id.
        routes.add("/users/{user}/channels", .get(list), .post(open).limited(by: .dmCreate))
        routes.add("/channels/{channel}/recipients/{user}", .put(addRecipient), .delete(removeRecipient))
    }

    /// The caller's list, newest messages first: `limit` (1 to 1,000, by default all of these) and `after`, a channel
    /// behind which to go on.
    private static func list(_ call: APICall) async throws -> Response {
        let caller = try caller(call)
        let limit = try call.query.integer(
            "limit", in: 1...Limits.directChannelsPageMax, default: Limits.directChannelsPageMax)
        let after = try call.query.id("after", ChannelID.self)
        let views = try await call.services.directs.list(of: caller, after: after, limit: limit)
        return .json(reservingBytes: 384 * (views.count + 1)) { json in
            json.array { array in
                for view in views { array.direct(view) }
            }
        }
    }

    /// `{recipient_id}`, `{recipients, name?}` or `{access_tokens}`. One recipient means the channel between two,
    /// several mean a group.
    private static func open(_ call: APICall) async throws -> Response {
        let caller = try caller(call)
        let form = try await call.form()
        let recipient = form["recipient_id"]?.id(UserID.self)
        let recipients = form["recipients"]?.list(max: recipientsMax)?.map { $0.id(UserID.self) }
        let tokens = form["access_tokens"]?.list(max: recipientsMax)
        let name = form["name"]?.string()
        form.refuse("icon")
        try form.check()
        let directs = call.services.directs
        if let recipient { return answer(try await directs.open(with: recipient, by: caller)) }
        if let tokens {
            let others = try await holders(of: tokens, call)
            return answer(try await directs.createGroup(of: others, name: name, by: caller))
        }
        guard let others = recipients?.compactMap({ $0 }) else { throw FieldError.required(["recipients"]).asForm }
        if others.count == 1 { return answer(try await directs.open(with: others[0], by: caller)) }
        return answer(try await directs.createGroup(of: others, name: name, by: caller))
    }

    /// Far more than a group holds, so that too many recipients are said to be that.
    private static let recipientsMax = 100

    /// Whose tokens these are: here the members' own stand for those that OAuth would have given out.
    private static func holders(of tokens: [FormField], _ call: APICall) async throws -> [UserID] {
        var holders: [UserID] = []
        for token in tokens {
            guard let text = token.string() else { continue }
            do throws(ServiceError) {
                holders.append(try await call.services.accounts.authenticate(text).user.id)
            } catch {
                guard error.code == .unauthorized else { throw error }
                token.errors.add(
                    FieldError(path: token.path, code: "INVALID_TOKEN", message: "This is not a valid access token."))
            }
        }
        if let errors = tokens.first?.errors { try errors.check() }
        return holders
    }

    private static func addRecipient(_ call: APICall) async throws -> Response {
        try await call.services.directs.add(try call.user, to: try call.channel, by: try call.caller.id)
        return .noContent
    }

    private static func removeRecipient(_ call: APICall) async throws -> Response {
        try await call.services.directs.remove(try call.user, from: try call.channel, by: try call.caller.id)
        return .noContent
    }

    /// The caller, whom the path may name; nobody else's list is anybody's business.
    private static func caller(_ call: APICall) throws -> UserID {
        let caller = try call.caller.id
        if call.context.parameters.get("user") != nil, try call.user != caller { throw APIError.unknownRoute }
        return caller
    }

    // MARK: What the routes of every channel do with one of these

    static func read(_ channel: DirectChannel, _ call: APICall) async throws -> Response {
        answer(try await call.services.directs.view(of: channel, for: try call.caller.id))
    }

    /// `{name?, icon?}` of a group, the icon as data URI.
    static func update(_ channel: DirectChannel, _ call: APICall) async throws -> Response {
        let form = try await call.form()
        let name = form.change("name") { $0.string() }
        let icon = form.change("icon") { $0.image() }
        try form.check()
        return answer(
            try await call.services.directs.update(
                channel.id, name: name, image: icon, call.services.images, by: try call.caller.id))
    }

    /// Leaves a group, or closes a channel between two: 200 with the channel.
    static func leave(_ channel: DirectChannel, _ call: APICall) async throws -> Response {
        answer(try await call.services.directs.leave(channel.id, by: try call.caller.id))
    }

    private static func answer(_ view: DirectView) -> Response { .json { $0.direct(view) } }
}

extension JSONWriter {
    fileprivate mutating func direct(_ view: DirectView) {
        direct(view.channel, recipients: view.recipients, lastMessage: view.lastMessage)
    }
}
