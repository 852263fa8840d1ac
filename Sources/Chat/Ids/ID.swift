/// A 64-bit snowflake that knows what it identifies.
///
/// Layout, from the high end: 42 bits of milliseconds since 2015-01-01T00:00:00Z, then 22 bits that tell apart what
/// was minted in the same millisecond. Inside the process an id is always this integer; it becomes a decimal string
/// only at an edge.
///
/// Not `RawRepresentable`: its hash and `==` would be the generic ones of that protocol, which every look-up in a dictionary pays for.
package struct ID<Kind>: Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads a decimal spelling of 1 to 20 digits; `nil` for signs, spaces, other characters and values beyond 64 bits.
    package init?(decimal text: some StringProtocol) {
        guard let value = Snowflake.parse(decimal: text) else { return nil }
        self.init(value)
    }

    /// Milliseconds since the Unix epoch at which the id was minted.
    package var unixMilliseconds: UInt64 { Snowflake.unixMilliseconds(of: rawValue) }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension ID: CustomStringConvertible {
    package var description: String { String(rawValue) }
}

package enum UserKind {}
package enum GuildKind {}
package enum ChannelKindTag {}
package enum RoleKind {}
package enum MessageKind {}
package enum AttachmentKind {}
package enum EmojiKind {}
package enum WebhookKind {}
package enum PushSubscriptionKind {}

package typealias UserID = ID<UserKind>
package typealias GuildID = ID<GuildKind>
package typealias ChannelID = ID<ChannelKindTag>
package typealias RoleID = ID<RoleKind>
package typealias MessageID = ID<MessageKind>
package typealias AttachmentID = ID<AttachmentKind>
package typealias EmojiID = ID<EmojiKind>
package typealias WebhookID = ID<WebhookKind>
package typealias PushSubscriptionID = ID<PushSubscriptionKind>

extension ID where Kind == RoleKind {
    /// The `@everyone` role of a guild bears the guild's own id, as in Discord.
    package init(everyoneOf guild: GuildID) {
        self.init(guild.rawValue)
    }
}
