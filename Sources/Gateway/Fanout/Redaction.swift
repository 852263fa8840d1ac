import Chat
import Wire

/// A message in a guild as bots are told of it that did not ask for what messages say: without `content`, `embeds` and `attachments`, its
/// own and those of what it quotes. Direct messages are never redacted, and neither is what REST answers: there Discord goes by a
/// flag of the application, which here every bot has.
struct Redaction: Sendable {
    /// What is told, and the users who are told everything all the same.
    struct Telling: Sendable {
        var frame: DispatchFrame
        var parties: [UserID]
    }

    let told: Telling
    /// For those who may not read the channel back; the same where nothing is quoted.
    let toldWithoutQuotation: Telling

    /// - Parameter event: as the bus brings it; `nil` when it is not about a message's content.
    init?(of event: [UInt8]) {
        guard let decoded = try? ChannelEvent(encoded: event) else { return nil }
        let name: String
        var message: HydratedMessage
        switch decoded {
        case .messageCreated(let created): (name, message) = ("MESSAGE_CREATE", created)
        case .messageUpdated(let updated), .pinsChanged(let updated, _): (name, message) = ("MESSAGE_UPDATE", updated)
        case .messageDeleted, .messagesDeleted, .reactionAdded, .reactionRemoved, .reactionsCleared: return nil
        }
        message.message.redact()
        if case .quoted(var quoted) = message.referenced {
            quoted.message.redact()
            message.referenced = .quoted(quoted)
        }
        // Whoever wrote it, and whom it names.
        let parties = [message.message.author] + message.message.mentions.users
        // Nothing is left that would be a file.
        let files = AttachmentLinks()
        told = Telling(
            frame: DispatchFrame(event: name) { $0.message(message, .event, files: files) }, parties: parties)
        guard case .quoted = message.referenced else {
            toldWithoutQuotation = told
            return
        }
        message.referenced = nil
        let bare = DispatchFrame(event: name) { $0.message(message, .event, files: files) }
        toldWithoutQuotation = Telling(frame: bare, parties: parties)
    }
}

extension Message {
    fileprivate mutating func redact() {
        content = ""
        embeds = []
        attachments = []
    }
}

extension SessionHandler {
    /// Leaves a dispatch for rosters, and what is told instead for those from whom content is kept back.
    func tell(
        _ frame: DispatchFrame, _ redacted: Redaction.Telling?, to rosters: [Roster], _ event: ChannelDispatch,
        on loop: Loop
    ) {
        guard let redacted else { return enqueue(frame, to: rosters, on: loop) }
        let parties = Set(redacted.parties.flatMap { sessions(of: $0) })
        var (whole, less): ([Roster], [Roster]) = ([], [])
        for roster in rosters {
            guard roster.isRedacted else {
                whole.append(roster)
                continue
            }
            guard roster.members.contains(where: parties.contains) else {
                less.append(roster)
                continue
            }
            // For this message its members do not get the same.
            let (concerned, others) = (Roster(), Roster())
            for session in roster.members { _ = (parties.contains(session) ? concerned : others).add(session) }
            whole.append(concerned)
            less.append(others)
        }
        if whole.contains(where: { !$0.members.isEmpty }) {
            enqueue(frame, to: whole, on: loop)
            noteTail(event.channel, of: event.guild)
        }
        enqueue(redacted.frame, to: less, on: loop)
    }
}
