import Chat
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Interface
import NIOCore
import Operations
import Services

extension AdminRoutes {
    func addMessageRoutes(_ router: Router<AdminContext>) {
        router.post("v1/channels/:channel/messages") { request, context in
            let name = try Self.parameter("channel", context)
            return try await write(request, context, "message.send", status: .created) { (send: SendMessageRequest) in
                let author = try await references.user(send.author)
                let channel = try await references.channel(name, for: author, opens: true)
                let message = try await services.messages.send(
                    NewMessage(
                        content: send.content, nonce: send.nonce.map(Nonce.text), enforcesNonce: send.nonce != nil),
                    to: channel.id, as: author
                )
                return (
                    target: "message \(message.message.id)", reason: nil,
                    answer: MessageResource(message.message, author: message.author.username, showsContent: true)
                )
            }
        }
        router.get("v1/channels/:channel/messages") { request, context in
            try await Self.translating {
                let viewer = try await viewer(request, context, "message.history")
                return try AdminAnswer(try await page(request, viewer)).response
            }
        }
        router.get("v1/channels/:channel/tail") { request, context in
            try await Self.translating {
                let viewer = try await viewer(request, context, "message.tail")
                return try await tail(viewer)
            }
        }
    }

    /// Who looks at a channel's messages: a user with their own permissions, or the operator, who sees content only for a recorded reason.
    struct Viewer: Sendable {
        var channel: ChannelID
        var user: UserID?
        var showsContent: Bool
    }

    private func viewer(_ request: Request, _ context: AdminContext, _ verb: String) async throws -> Viewer {
        let query = request.uri.queryParameters
        let user: User? = if let name = query.get("as") { try await references.user(name) } else { nil }
        let channel = try await references.channel(Self.parameter("channel", context), for: user)
        if let user {
            _ = try await services.access.channel(channel.id, for: user.id, needing: .readMessageHistory)
            return Viewer(channel: channel.id, user: user.id, showsContent: true)
        }
        guard query.get("show_content") == "true" else {
            return Viewer(channel: channel.id, user: nil, showsContent: false)
        }
        guard let reason = query.get("reason"), !reason.isEmpty else {
            throw AdminError(
                code: "invalid", message: "reading others' messages needs a reason",
                hint: "add --reason TEXT, which goes into the audit log, or look as one user with --as",
                retryable: false
            )
        }
        try services.audit.record(
            AuditLog.Entry(
                at: instantText(services.time.unixMilliseconds), uid: context.peer?.user ?? 0,
                pid: context.peer?.process ?? 0, verb: verb,
                target: "channel \(channel.id)", result: "200", reason: reason, requestID: nil
            )
        )
        return Viewer(channel: channel.id, user: nil, showsContent: true)
    }

    private func page(_ request: Request, _ viewer: Viewer) async throws -> AdminList<MessageResource> {
        let query = request.uri.queryParameters
        let limit = query.get("limit").map { Int($0) } ?? 50
        guard let limit, (1...Limits.pageMessagesMax).contains(limit) else {
            throw AdminError(
                code: "invalid", message: "limit is a number from 1 to \(Limits.pageMessagesMax)", hint: nil,
                retryable: false
            )
        }
        let cursor = try Self.cursor(query)
        let items: [MessageResource]
        if let user = viewer.user {
            let page = try await services.history.page(of: viewer.channel, cursor, limit: limit, for: user)
            items = page.map { MessageResource($0.message, author: $0.author.username, showsContent: true) }
        } else {
            let page = try await services.store.page(of: viewer.channel, cursor, limit: limit)
            let users = try await services.access.cache.users(Array(Set(page.map { $0.author })))
            items = page.map {
                MessageResource($0, author: users[$0.author]?.username ?? "", showsContent: viewer.showsContent)
            }
        }
        return AdminList(items: items, next: items.count == limit ? items.last?.id : nil)
    }

    private static func cursor(_ query: FlatDictionary<Substring, Substring>) throws -> HistoryCursor {
        var cursors: [HistoryCursor] = []
        for (name, make) in [
            ("before", HistoryCursor.before), ("after", HistoryCursor.after), ("around", HistoryCursor.around),
        ] as [(Substring, (MessageID) -> HistoryCursor)] {
            guard let text = query[name] else { continue }
            guard let id = TimeUUIDSpelling.parseEither(text) else {
                throw AdminError(code: "invalid", message: "'\(text)' is not a message id", hint: nil, retryable: false)
            }
            cursors.append(make(id))
        }
        guard cursors.count <= 1 else {
            throw AdminError(
                code: "invalid", message: "before, after and around exclude each other", hint: nil, retryable: false)
        }
        return cursors.first ?? .latest
    }

    /// Streams what happens in a channel, one document a line, until the reader goes away.
    private func tail(_ viewer: Viewer) async throws -> Response {
        let services = services
        return try await LineFeed { try? Chat.ChannelEvent(encoded: $0.payload) }.response(
            on: [.channel(viewer.channel)], of: services.bus, time: services.time
        ) { writer, events in
            try await writer.write(ByteBuffer(string: "\n"))
            for await event in events {
                guard let lines = try await Self.lines(event, viewer, services) else { break }
                try await writer.write(ByteBuffer(string: lines))
            }
        }
    }

    /// The lines for an event; `nil` when the viewer may no longer look.
    private static func lines(
        _ event: LineFeed<Chat.ChannelEvent>.Event, _ viewer: Viewer, _ services: AdminServices
    ) async throws -> String? {
        guard case .published(let event) = event else { return "\n" }
        if let user = viewer.user {
            do {
                _ = try await services.access.channel(viewer.channel, for: user, needing: .readMessageHistory)
            } catch {
                return nil
            }
        }
        let resources: [MessageResource] =
            switch event {
            case .messageCreated(let message):
                [MessageResource(message.message, author: message.author.username, showsContent: viewer.showsContent)]
            case .messageUpdated(let message):
                [
                    MessageResource(
                        message.message, author: message.author.username, event: "updated",
                        showsContent: viewer.showsContent
                    )
                ]
            case .messageDeleted(let id, let channel, _): [MessageResource(deleted: id, channel: channel)]
            case .messagesDeleted(let ids, let channel, _): ids.map { MessageResource(deleted: $0, channel: channel) }
            case .reactionAdded, .reactionRemoved, .reactionsCleared, .pinsChanged: []
            }
        return try resources.map(AdminJSON.line).joined()
    }
}
