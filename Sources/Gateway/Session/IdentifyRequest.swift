package import Chat
package import Wire

/// Op 2, checked.
package struct IdentifyRequest: Hashable, Sendable {
    /// Bare, as in Discord's IDENTIFY. Never logged.
    package var token: String
    package var intents: Intents
    /// Whether the session gets only the channels it subscribes to.
    package var isLazy: Bool
    package var shard: Shard?
    /// Up to so many members a guild comes with all of them: 50 to 250 (Discord's bounds).
    package var largeThreshold: Int
    package var presence: PresenceUpdate
    package var platform: ClientPlatform
}

/// The part of a bot's guilds that one session serves.
package struct Shard: Hashable, Sendable {
    package var id: UInt16
    package var count: UInt16

    /// Discord's formula.
    package func serves(_ guild: GuildID) -> Bool {
        count < 2 || guild.rawValue >> 22 % UInt64(count) == UInt64(id)
    }
}

extension IdentifyRequest {
    package init(_ data: JSONValue) throws(GatewayClose) {
        guard data.object != nil, let token = data["token"]?.string else { throw .undecodable }
        guard token.utf8.count <= SessionLimits.tokenBytesMax else { throw .authenticationFailed }
        self.token = token
        isLazy = try Self.flag(data["lazy"])
        switch data["intents"] {
        case nil where isLazy, .null where isLazy: intents = .all
        case .some(let value):
            guard let bits = value.uint64 else { throw .invalidIntents }
            intents = Intents(clientValue: bits)
        case nil: throw .invalidIntents
        }
        shard = try Self.shard(data["shard"])
        switch data["large_threshold"] {
        case nil, .null: largeThreshold = SessionLimits.largeThreshold.lowerBound
        case .some(let value):
            guard let number = value.int else { throw .undecodable }
            largeThreshold = min(
                max(number, SessionLimits.largeThreshold.lowerBound), SessionLimits.largeThreshold.upperBound)
        }
        presence = data["presence"].flatMap(PresenceUpdate.init) ?? PresenceUpdate()
        platform = ClientPlatform(properties: data["properties"])
    }

    private static func flag(_ value: JSONValue?) throws(GatewayClose) -> Bool {
        guard let value, !value.isNull else { return false }
        guard let flag = value.bool else { throw .undecodable }
        return flag
    }

    private static func shard(_ value: JSONValue?) throws(GatewayClose) -> Shard? {
        guard let value, !value.isNull else { return nil }
        guard let pair = value.array, pair.count == 2,
            let count = pair[1].int(in: 1...SessionLimits.shardsMax),
            let id = pair[0].int(in: 0...(count - 1))
        else { throw .invalidShard }
        return Shard(id: UInt16(id), count: UInt16(count))
    }
}

/// Op 6, checked for its form only.
package struct ResumeRequest: Hashable, Sendable {
    /// Never logged.
    package var token: String
    /// As it was announced in READY; `nil` when it cannot be one of ours.
    package var session: SessionID?
    package var sequence: UInt64

    package init(_ data: JSONValue) throws(GatewayClose) {
        guard let token = data["token"]?.string, let session = data["session_id"]?.string,
            let sequence = data["seq"]?.uint64
        else { throw .undecodable }
        self.token = token
        self.session = token.utf8.count <= SessionLimits.tokenBytesMax ? SessionID(text: session) : nil
        self.sequence = sequence
    }
}
