import Chat
package import Interface

/// The promises of ``Interface/SubscriptionStore``, one case each.
package enum SubscriptionStoreContract: String, CaseIterable, Sendable {
    case subscriptionsAreKept, anEndpointIsRenewed, theOldestGoes, othersAreNotRemoved, strangersCannotSubscribe
    case subscribersOfAGuildAreFound, pagesOfSubscribersFollowEachOther

    /// - Parameter make: an empty directory for each call, which keeps subscriptions as well.
    package func check(_ make: () async throws -> (any Directory, any SubscriptionStore)) async throws {
        let (directory, store) = try await make()
        for number in 1...4 as ClosedRange<UInt64> {
            try await directory.create(Account(user: Samples.user(number, "user\(number)")))
        }
        switch self {
        case .subscriptionsAreKept:
            let first = try await store.add(Self.subscription(1, of: 1), max: 5)
            let second = try await store.add(Self.subscription(2, of: 2), max: 5)
            try demand(first, is: Self.subscription(1, of: 1), "what was added is told")
            try demand(
                try await store.subscriptions(of: [UserID(2), UserID(1), UserID(3)]), is: [first, second],
                "and found, ascending")
            try demand(try await store.subscriptions(of: []), is: [], "for those who were asked about")
        case .anEndpointIsRenewed:
            _ = try await store.add(Self.subscription(1, of: 1), max: 5)
            var again = Self.subscription(9, of: 1)
            again.endpoint = Self.subscription(1, of: 1).endpoint
            again.secret = Array(repeating: 9, count: 16)
            let kept = try await store.add(again, max: 5)
            try demand(kept.id, is: PushSubscriptionID(1), "it keeps its id")
            try demand(try await store.subscriptions(of: [UserID(1)]), is: [kept], "and has the new keys")
            again.id = PushSubscriptionID(10)
            again.user = UserID(2)
            try demand(try await store.add(again, max: 5).id, is: PushSubscriptionID(10), "users are apart")
        case .theOldestGoes:
            for number in 1...4 as ClosedRange<UInt64> {
                _ = try await store.add(Self.subscription(number, of: 1), max: 3)
            }
            _ = try await store.add(Self.subscription(5, of: 2), max: 3)
            let ids = try await store.subscriptions(of: [UserID(1), UserID(2)]).map(\.id.rawValue)
            try demand(ids, is: [2, 3, 4, 5], "beyond the bound a user's oldest goes")
        case .othersAreNotRemoved:
            let kept = try await store.add(Self.subscription(1, of: 1), max: 5)
            try demand(try await store.remove(kept.id, of: UserID(2)) == false, "it is another's")
            try demand(try await store.subscriptions(of: [UserID(1)]), is: [kept], "so it stays")
            try demand(try await store.remove(kept.id, of: UserID(1)), "its user ends it")
            try demand(try await store.remove(kept.id, of: UserID(1)) == false, "once")
        case .strangersCannotSubscribe:
            try await demandRefusal(.conflict, "there is no such user") {
                _ = try await store.add(Self.subscription(1, of: 99), max: 5)
            }
        case .subscribersOfAGuildAreFound, .pagesOfSubscribersFollowEachOther:
            let guild = Guild(id: GuildID(50), name: "g", owner: UserID(1))
            try await directory.create(
                guild, roles: [Samples.role(50, "@everyone")], channels: [], owner: Samples.member(1))
            for user in [2, 3] as [UInt64] {
                _ = try await directory.apply(.putMember(Samples.member(user)), to: guild.id, at: nil)
            }
            for (number, user) in [(1, 1), (2, 1), (3, 3), (4, 4)] as [(UInt64, UInt64)] {
                _ = try await store.add(Self.subscription(number, of: user), max: 5)
            }
            if self == .subscribersOfAGuildAreFound {
                try demand(
                    try await store.subscribers(in: guild.id, after: UserID(0), limit: 10), is: [UserID(1), UserID(3)],
                    "members who are subscribed, each once")
                try demand(
                    try await store.subscribers(in: GuildID(51), after: UserID(0), limit: 10), is: [], "of that guild")
            } else {
                let first = try await store.subscribers(in: guild.id, after: UserID(0), limit: 1)
                try demand(first, is: [UserID(1)], "a page is as long as asked for")
                try demand(
                    try await store.subscribers(in: guild.id, after: UserID(1), limit: 1), is: [UserID(3)],
                    "the next one goes on")
            }
        }
    }

    private static func subscription(_ number: UInt64, of user: UInt64) -> PushSubscription {
        PushSubscription(
            id: PushSubscriptionID(number), user: UserID(user), endpoint: "https://push.example/\(number)",
            publicKey: Array(repeating: UInt8(number), count: 65), secret: Array(repeating: UInt8(number), count: 16),
            createdAt: 1_000 + number)
    }
}
