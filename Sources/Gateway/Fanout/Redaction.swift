import Chat
import Wire

/// A message in a guild as bots are told of it that did not ask for what messages say: without `content`, `embeds` and `attachments`, its
/// own and those of what it quotes. Direct messages are never redacted, and neither is what REST answers: there Discord goes by a
/// flag of the application, which here every bot has.
struct Redaction: Sendable {
    let told: DispatchFrame
    /// For those who may not read the channel back; the same where nothing is quoted.
    let toldWithoutQuotation: DispatchFrame
    /// Who is told everything all the same: who wrote it, and whom it names.
    let parties: [UserID]

    /// - Parameter event: as the bus brings it; `nil` when it is not about a message's content.
    init?(of event: [UInt8]) {
        guard let decoded = try? ChannelEvent(encoded: event) else { return nil }
        let name: String
        let whole: HydratedMessage
        switch decoded {
        case .messageCreated(let created): (name, whole) = ("MESSAGE_CREATE", created)
        case .messageUpdated(let updated), .pinsChanged(let updated, _): (name, whole) = ("MESSAGE_UPDATE", updated)
        case .messageDeleted, .messagesDeleted, .reactionAdded, .reactionRemoved, .reactionsCleared: return nil
        }
        let message = whole.redacted
        parties = [message.message.author] + message.message.mentions.users
        // Nothing is left that would be a file.
        let files = AttachmentLinks()
        let (channel, guild) = (message.message.channel, message.message.guild)
        let scope = FrameScope.seeing(channel, of: guild)
        guard case .quoted = message.referenced, let guild else {
            told = DispatchFrame(event: name, for: scope) { $0.message(message, .event, files: files) }
            toldWithoutQuotation = told
            return
        }
        told = DispatchFrame(event: name, for: .readerOrNext(of: channel, in: guild)) {
            $0.message(message, .event, files: files)
        }
        let bare = message.answering(nil)
        toldWithoutQuotation = DispatchFrame(event: name, for: scope) { $0.message(bare, .event, files: files) }
    }
}

extension HydratedMessage {
    fileprivate var redacted: HydratedMessage {
        var referenced = referenced
        if case .quoted(var quoted) = referenced {
            quoted.message = quoted.message.redacted
            referenced = .quoted(quoted)
        }
        return HydratedMessage(
            message: message.redacted, author: author, member: member, mentioned: mentioned, referenced: referenced,
            reactions: reactions)
    }
}

extension Message {
    fileprivate var redacted: Message {
        var bare = self
        bare.content = ""
        bare.embeds = []
        bare.attachments = []
        return bare
    }
}

extension SessionHandler {
    /// Takes those out of rosters from whom the content of one message is kept back.
    /// - Parameter parties: users who are told everything all the same.
    func keepApart(_ rosters: inout [Roster], _ parties: [UserID]) -> [Roster] {
        let concerned = Set(parties.flatMap { sessions(of: $0) })
        var (whole, less): ([Roster], [Roster]) = ([], [])
        for roster in rosters {
            guard roster.isRedacted else {
                whole.append(roster)
                continue
            }
            guard roster.members.contains(where: concerned.contains) else {
                less.append(roster)
                continue
            }
            // For this message its members do not get the same.
            let (told, others) = (Roster(), Roster())
            for session in roster.members { _ = (concerned.contains(session) ? told : others).add(session) }
            whole.append(told)
            less.append(others)
        }
        rosters = whole
        return less
    }
}
