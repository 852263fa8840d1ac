import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Messages of a channel: sending, history, editing, deleting.
enum MessageRoutes {
    private static let pageDefault = 50

    static func add(to routes: RouteTable) {
        routes.add("/channels/{channel}/messages", .get(list), .post(create).limited(by: .message))
        routes.add("/channels/{channel}/messages/bulk-delete", .post(deleteMany))
        routes.add("/channels/{channel}/messages/{message}", .get(read), .patch(edit), .delete(delete))
    }

    /// `limit` (1 to 100, by default 50) and one of `before`, `after`, `around`; newest first whichever it is.
    private static func list(_ call: APICall) async throws -> Response {
        let limit = try call.query.integer("limit", in: 1...Limits.pageMessagesMax, default: pageDefault)
        let page = try await call.services.history.page(
            of: try call.channel, try cursor(call.query), limit: limit, for: try call.caller.id
        )
        return .json(reservingBytes: 768 * (page.count + 1)) { json in
            json.array { array in
                for message in page { array.message(message, .rest, files: call.services.files) }
            }
        }
    }

    private static func cursor(_ query: QueryParameters) throws(APIError) -> HistoryCursor {
        let cursors: [(name: String, cursor: HistoryCursor?)] = [
            ("around", try query.messageID("around").map(HistoryCursor.around)),
            ("before", try query.messageID("before").map(HistoryCursor.before)),
            ("after", try query.messageID("after").map(HistoryCursor.after)),
        ]
        let given = cursors.compactMap { entry in entry.cursor.map { (entry.name, $0) } }
        guard given.count <= 1 else {
            throw APIError.invalidForm(
                given.dropFirst().map {
                    FieldError(
                        path: [$0.0], code: "BASE_TYPE_CHOICES",
                        message: "Only one of before, after and around may be given.")
                }
            )
        }
        return given.first?.1 ?? .latest
    }

    private static func read(_ call: APICall) async throws -> Response {
        let message = try await call.services.history.message(
            try call.message, in: try call.channel, for: try call.caller.id)
        return .json { $0.message(message, .rest, files: call.services.files) }
    }

    /// JSON, or a multipart form whose `payload_json` is the same JSON, with files in `files[n]`.
    private static func create(_ call: APICall) async throws -> Response {
        let stored = try await MessageBody.read(call).use(call) { form, files in
            try await call.services.messages.send(
                try MessageForm.newMessage(form, files), to: try call.channel, as: try call.caller)
        }
        return .json { $0.message(stored, .rest, files: call.services.files) }
    }

    private static func edit(_ call: APICall) async throws -> Response {
        let stored = try await MessageBody.read(call).use(call) { form, files in
            let edit = try MessageForm.edit(form, files)
            return try await call.services.messages.edit(
                try call.message, in: try call.channel, content: edit.content, embeds: edit.embeds, flags: edit.flags,
                allowedMentions: edit.allowedMentions, attachments: edit.attachments, as: try call.caller
            )
        }
        return .json { $0.message(stored, .rest, files: call.services.files) }
    }

    private static func delete(_ call: APICall) async throws -> Response {
        try await call.services.moderation.delete(
            try call.message, in: try call.channel, as: try call.caller.id, because: try call.reason)
        return .noContent
    }

    /// `{messages: [2 to 100 ids]}`.
    private static func deleteMany(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let ids = form.required("messages") { field -> [MessageID]? in
            guard let elements = field.value.array, !elements.isEmpty else { return field.list(max: 0).map { _ in [] } }
            // How many there may be is a code of its own, which the service knows.
            return field.list(max: elements.count)?.compactMap { $0.messageID() }
        }
        try form.check()
        try await call.services.moderation.deleteMany(
            ids ?? [], in: try call.channel, as: try call.caller.id, because: try call.reason)
        return .noContent
    }
}
