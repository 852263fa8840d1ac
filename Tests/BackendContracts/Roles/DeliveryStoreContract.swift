import Chat
package import Interface

/// The promises of ``Interface/DeliveryStore``, one case each.
package enum DeliveryStoreContract: String, CaseIterable, Sendable {
    case positionsAreKept, earlierOnesChangeNothing, usersAreApart

    /// - Parameter make: a store of its own for each call, that knows nothing.
    package func check(_ make: () async throws -> any DeliveryStore) async throws {
        let store = try await make()
        let user = UserID(1)
        try await store.note([user: 500], now: 1_000)
        switch self {
        case .positionsAreKept:
            try demand(try await store.positions(of: [user]), is: [user: 500], "what was noted is told")
            try await store.note([user: 700], now: 1_001)
            try demand(try await store.positions(of: [user]), is: [user: 700], "and goes on")
        case .earlierOnesChangeNothing:
            try await store.note([user: 400], now: 1_001)
            try demand(try await store.positions(of: [user]), is: [user: 500], "another session is behind")
        case .usersAreApart:
            try await store.note([UserID(2): 900], now: 1_001)
            try demand(
                try await store.positions(of: [user, UserID(3)]), is: [user: 500], "who is unknown is left out")
        }
    }
}
