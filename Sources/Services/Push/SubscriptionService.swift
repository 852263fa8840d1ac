package import Chat
package import Interface

/// Where users say that they want to be told of messages.
package struct SubscriptionService: Sendable {
    private let store: any SubscriptionStore
    private let mint: IDMint
    private let time: any TimeSource
    private let rule: EndpointRule
    /// The key to subscribe with, uncompressed, as browsers take it; empty on a node that pushes nothing.
    package let applicationKey: [UInt8]

    package init(
        store: any SubscriptionStore, mint: IDMint, time: any TimeSource, rule: EndpointRule, applicationKey: [UInt8]
    ) {
        self.store = store
        self.mint = mint
        self.time = time
        self.rule = rule
        self.applicationKey = applicationKey
    }

    /// Subscribes a user; an endpoint that is known is renewed. Beyond ``Chat/Limits/pushSubscriptionsPerUserMax`` the
    /// oldest goes.
    /// - Parameters: as a browser's `PushSubscription.toJSON()` has them, keys in base64url.
    /// - Throws: `.invalidForm`, `.unavailable`.
    package func subscribe(
        _ user: UserID, endpoint: String, publicKey: String, secret: String
    ) async throws(ServiceError) -> PushSubscription {
        var check = FormCheck()
        if PushEndpoint(endpoint).map(rule.allows) != true {
            check.refuse(["endpoint"], "URL_TYPE_INVALID_URL", "This has to be the https URL of a push service.")
        }
        let key = Base64URL.decode(publicKey)
        if key?.count != 65 || key?.first != 4 {
            check.refuse(
                ["keys", "p256dh"], "KEY_INVALID", "This has to be an uncompressed key on P-256 in base64url.")
        }
        let shared = Base64URL.decode(secret)
        if shared?.count != 16 {
            check.refuse(["keys", "auth"], "KEY_INVALID", "This has to be 16 bytes in base64url.")
        }
        try check.finish()
        guard let key, let shared else { throw ServiceError(.internalFailure, detail: "a checked key is missing") }
        let subscription = PushSubscription(
            id: try mint.next(PushSubscriptionID.self), user: user, endpoint: endpoint, publicKey: key, secret: shared,
            createdAt: time.unixMilliseconds)
        do throws(BackendError) {
            return try await store.add(subscription, max: Limits.pushSubscriptionsPerUserMax)
        } catch {
            throw ServiceError(error)
        }
    }

    /// A user's own, ascending by id.
    package func subscriptions(of user: UserID) async throws(ServiceError) -> [PushSubscription] {
        do throws(BackendError) {
            return try await store.subscriptions(of: [user])
        } catch {
            throw ServiceError(error)
        }
    }

    /// Ends a subscription; harmless when there is none.
    package func unsubscribe(_ id: PushSubscriptionID, of user: UserID) async throws(ServiceError) {
        do throws(BackendError) {
            _ = try await store.remove(id, of: user)
        } catch {
            throw ServiceError(error)
        }
    }
}
