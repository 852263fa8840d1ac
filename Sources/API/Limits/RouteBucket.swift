import Hummingbird
import Interface
import Wire

/// What the requests of an endpoint are counted with.
struct RouteBucket: Hashable, Sendable {
    /// What the endpoint does, or ``LimitedAction/route``, or ``LimitedAction/address`` where nobody says who they are.
    let action: LimitedAction
    /// The same on every node and after every start.
    let number: UInt64
    /// The number as clients see it: they keep a bucket for each name and channel or guild.
    let name: String
    /// The path's parameter that buckets of a route are apart by.
    private let object: String?

    /// The bucket of an endpoint. Endpoints of one action share theirs.
    /// - Parameter isOpen: whether it takes no token.
    init(method: String, path: String, action: LimitedAction?, isOpen: Bool) {
        let action = action ?? (isOpen ? .address : .route)
        self.action = action
        number = Self.hash(action == .route ? "\(method) \(path)" : action.name)
        name = String(number, radix: 16)
        object =
            action == .route || action == .webhook
            ? ["guild", "channel", "webhook"].first { path.split(separator: "/").contains("{\($0)}") } : nil
    }

    /// The channel, guild or webhook in a request's path; 0 without one.
    func object(in context: APIContext) -> UInt64 {
        object.flatMap { Self.segment($0, in: context) }.flatMap { UInt64($0) } ?? 0
    }

    /// A number made of the token in a request's path, which is the same however it is spelt.
    func key(in context: APIContext) -> UInt64 { Self.hash(Self.segment("token", in: context) ?? "") }

    private static func segment(_ name: String, in context: APIContext) -> String? {
        context.parameters.get(name).flatMap { FormDecoder.decode($0.utf8, plusIsSpace: false) }
    }

    /// FNV-1a: short, and the same for ever.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
