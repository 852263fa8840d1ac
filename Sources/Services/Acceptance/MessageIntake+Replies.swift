import Chat
import Interface

// Replies. Whether what is answered exists is asked here, so that what can be refused is refused before the log, and once
// more by the chat service, in the order of the log.
extension MessageIntake {
    /// The message that a new one answers; `nil` when it answers none, or one that is missing and need not be there.
    func answered(by message: NewMessage, in grant: Access.ChannelGrant) async throws(ServiceError) -> Message? {
        guard let reply = message.reply else { return nil }
        // Discord answers within a channel only: whoever reads the reply may read what it quotes.
        guard (reply.channel ?? grant.channel.id) == grant.channel.id else {
            throw ServiceError(.invalidForm([.referenceElsewhere]))
        }
        let found: Message?
        do throws(BackendError) {
            found = try await store.message(reply.message, in: grant.channel.id, includingDeleted: false)
        } catch {
            throw ServiceError(error)
        }
        guard let found else {
            guard !reply.failsIfMissing else { throw ServiceError(.invalidForm([.unknownReference])) }
            return nil
        }
        guard found.kind != .pinNote else { throw ServiceError(.invalidForm([.referenceToSystemMessage])) }
        return found
    }
}

extension FieldError {
    static let unknownReference = FieldError(
        path: ["message_reference"], code: "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", message: "Unknown message")
    static let referenceElsewhere = FieldError(
        path: ["message_reference"], code: "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
        message: "A reply has to be in the channel of the message that it answers.")
    static let referenceToSystemMessage = FieldError(
        path: ["message_reference"], code: "REPLIES_CANNOT_REFERENCE_SYSTEM_MESSAGE",
        message: "A system message cannot be answered.")
}
