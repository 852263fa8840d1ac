package import Chat
import Interface

extension HistoryService {
    /// A message that a webhook sent, to whoever has shown its token.
    /// - Throws: `.unknownMessage` also for messages of others; `.unavailable`.
    package func message(_ id: MessageID, from webhook: Webhook) async throws(ServiceError) -> HydratedMessage {
        let found = try await ask { () async throws(BackendError) in
            try await store.message(id, in: webhook.channel, includingDeleted: false)
        }
        guard let found, found.webhook?.id == webhook.id,
            let hydrated = try await hydrate([found], in: webhook.channel).first
        else { throw ServiceError(.unknownMessage) }
        return hydrated
    }
}
