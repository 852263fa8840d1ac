import Chat
import Interface

// What messages show of others: quotations in replies.
extension BatchPlanner {
    /// What a reply shows of the message that it answers; `nil` for other messages, and when there is no such message at
    /// this place of the log. Of one that was deleted since, when the record is redelivered, nothing is shown.
    mutating func quotation(in message: Message, at version: UInt64) -> ReferencedMessage? {
        guard message.kind == .reply, let reference = message.reference, reference.channel == message.channel else {
            return nil
        }
        let ref = MessageRef(channel: reference.channel, id: reference.message)
        guard case .alive(let quoted, _) = standing(of: ref, at: version) else { return nil }
        if let stored = storedMessage(ref), stored.deletedAt != nil { return .deleted }
        return .quoted(
            QuotedMessage(message: quoted, author: author(of: quoted), mentioned: users(quoted.mentions.users)))
    }

    /// Who wrote a message, as readers see it now.
    mutating func author(of message: Message) -> User {
        if let webhook = message.webhook { return webhook.user }
        return users([message.author]).first ?? .deleted(message.author)
    }
}
