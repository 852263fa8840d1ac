import Interface

/// What the requests of an endpoint are counted with.
struct RouteBucket: Hashable, Sendable {
    /// ``LimitedAction/route``, or what the endpoint does.
    let action: LimitedAction
    /// The same on every node and after every start.
    let number: UInt64
    /// The number as clients see it: they keep a bucket for each name and channel or guild.
    let name: String
    /// The path's parameter that buckets of a route are apart by.
    let object: String?

    /// The bucket of an endpoint. Endpoints of one action share theirs.
    init(method: String, path: String, action: LimitedAction?) {
        self.action = action ?? .route
        number = Self.hash(action?.name ?? "\(method) \(path)")
        name = String(number, radix: 16)
        object =
            action == nil
            ? ["guild", "channel", "webhook"].first { path.split(separator: "/").contains("{\($0)}") } : nil
    }

    /// FNV-1a: short, and the same for ever.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
