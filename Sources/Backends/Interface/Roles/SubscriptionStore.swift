package import Chat

/// Where a user wants to be told of messages: what a browser's `PushSubscription.toJSON()` says.
package struct PushSubscription: Hashable, Sendable {
    package var id: PushSubscriptionID
    package var user: UserID
    /// An address of a push service. Whoever knows it can send to the user: it is a secret.
    package var endpoint: String
    /// The user agent's public key on P-256, uncompressed: 65 bytes.
    package var publicKey: [UInt8]
    /// The secret that only the user agent and we share: 16 bytes.
    package var secret: [UInt8]
    /// Unix milliseconds.
    package var createdAt: UInt64

    package init(
        id: PushSubscriptionID, user: UserID, endpoint: String, publicKey: [UInt8], secret: [UInt8], createdAt: UInt64
    ) {
        self.id = id
        self.user = user
        self.endpoint = endpoint
        self.publicKey = publicKey
        self.secret = secret
        self.createdAt = createdAt
    }
}

/// Keeps push subscriptions. Every call is one transaction, and a reader sees what was written before it was called.
package protocol SubscriptionStore: Sendable {
    /// Adds a subscription. One of the same user and endpoint is replaced and keeps its id; beyond `max` of a user the
    /// oldest goes.
    /// - Returns: the subscription as it is kept.
    /// - Throws: `.conflict` when the user does not exist.
    func add(_ subscription: PushSubscription, max: Int) async throws(BackendError) -> PushSubscription
    /// The subscriptions of these users (at most 1,000), ascending by id.
    func subscriptions(of users: [UserID]) async throws(BackendError) -> [PushSubscription]
    /// False when the user has no such subscription.
    func remove(_ id: PushSubscriptionID, of user: UserID) async throws(BackendError) -> Bool
    /// Members of a guild who have subscriptions, with ids above `after`, ascending, at most `limit` (1 to 1,000).
    func subscribers(in guild: GuildID, after: UserID, limit: Int) async throws(BackendError) -> [UserID]
}
