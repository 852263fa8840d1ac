package import Chat
package import Services
package import Wire

/// A payload from a client, decoded and checked as far as it can be without asking anybody.
package enum ClientCommand: Hashable, Sendable {
    /// The last sequence number the client has seen: its acknowledgement.
    case heartbeat(UInt32?)
    case identify(IdentifyRequest)
    case updatePresence(PresenceUpdate)
    case updateVoice(VoiceRequest)
    case resume(ResumeRequest)
    case requestMembers(MembersRequest)
    case subscribe(ChannelID)
    case unsubscribe(ChannelID)
    case send(SendRequest)
    /// Understood, and without effect here: soundboards, channel info.
    case ignored
}

/// The operations a client may send, by number or by name.
package enum ClientOperation: Int, Hashable, Sendable, CaseIterable {
    case heartbeat = 1
    case identify = 2
    case updatePresence = 3
    case updateVoiceState = 4
    case resume = 6
    case requestMembers = 8
    case requestSoundboard = 31
    case requestChannelInfo = 43
    case subscribeChannel = 100
    case unsubscribeChannel = 101
    case sendMessage = 102

    package var name: String {
        switch self {
        case .heartbeat: "HEARTBEAT"
        case .identify: "IDENTIFY"
        case .updatePresence: "PRESENCE_UPDATE"
        case .updateVoiceState: "VOICE_STATE_UPDATE"
        case .resume: "RESUME"
        case .requestMembers: "REQUEST_GUILD_MEMBERS"
        case .requestSoundboard: "REQUEST_SOUNDBOARD_SOUNDS"
        case .requestChannelInfo: "REQUEST_CHANNEL_INFO"
        case .subscribeChannel: "SUBSCRIBE_CHANNEL"
        case .unsubscribeChannel: "UNSUBSCRIBE_CHANNEL"
        case .sendMessage: "SEND_MESSAGE"
        }
    }

    package init?(_ operation: GatewayPayload.Operation) {
        switch operation {
        case .number(let number): self.init(rawValue: number)
        case .name(let name):
            guard let known = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = known
        }
    }

    var needsSession: Bool {
        switch self {
        case .heartbeat, .identify, .resume: false
        case .updatePresence, .updateVoiceState, .requestMembers, .requestSoundboard, .requestChannelInfo,
            .subscribeChannel, .unsubscribeChannel, .sendMessage:
            true
        }
    }
}

/// Op 8.
package struct MembersRequest: Hashable, Sendable {
    package enum Selection: Hashable, Sendable {
        case everybody
        /// At most `limit` members whose names begin so.
        case named(String, limit: Int)
        /// At most ``SessionLimits/requestedUsersMax`` ids.
        case users([UserID])
    }

    package var guild: GuildID
    package var selection: Selection
    /// At most 32 bytes, echoed.
    package var nonce: String?
    package var wantsPresences: Bool
}

extension ClientCommand {
    /// Longest payload of any operation but SEND_MESSAGE (Discord's limit).
    package static let payloadBytesMax = 4_096

    /// - Parameter hasSession: whether the connection has identified.
    /// - Throws: the reason to close the connection for.
    package static func parse(_ bytes: UnsafeRawBufferPointer, hasSession: Bool) throws(GatewayClose) -> ClientCommand {
        if hasSession, let request = SendRequest(flat: bytes) { return .send(request) }
        let payload: GatewayPayload
        do throws(JSONError) {
            payload = try GatewayPayload.parse(bytes, limits: SessionLimits.payload)
        } catch {
            throw .undecodable
        }
        guard let operation = ClientOperation(payload.operation) else { throw .unknownOperation }
        guard bytes.count <= payloadBytesMax || operation == .sendMessage else { throw .undecodable }
        guard hasSession || !operation.needsSession else { throw .notAuthenticated }
        return try parse(operation, payload.data)
    }

    private static func parse(_ operation: ClientOperation, _ data: JSONValue) throws(GatewayClose) -> ClientCommand {
        switch operation {
        case .heartbeat:
            guard !data.isNull else { return .heartbeat(nil) }
            guard let sequence = data.uint64.flatMap(UInt32.init(exactly:)) else { throw .undecodable }
            return .heartbeat(sequence)
        case .identify: return .identify(try IdentifyRequest(data))
        case .resume: return .resume(try ResumeRequest(data))
        case .updatePresence:
            guard let update = PresenceUpdate(data) else { throw .undecodable }
            return .updatePresence(update)
        case .updateVoiceState: return .updateVoice(try VoiceRequest(data))
        case .requestMembers: return .requestMembers(try MembersRequest(data))
        case .subscribeChannel: return .subscribe(try channel(data))
        case .unsubscribeChannel: return .unsubscribe(try channel(data))
        case .sendMessage: return .send(try SendRequest(data))
        case .requestSoundboard, .requestChannelInfo: return .ignored
        }
    }

    /// False when it is absent or null.
    static func flag(_ value: JSONValue?) throws(GatewayClose) -> Bool {
        guard let value, !value.isNull else { return false }
        guard let flag = value.bool else { throw .undecodable }
        return flag
    }

    static func channel(_ data: JSONValue) throws(GatewayClose) -> ChannelID {
        guard let id = data["channel_id"]?.snowflake else { throw .undecodable }
        return ChannelID(id)
    }
}

extension VoiceRequest {
    /// Op 4.
    init(_ data: JSONValue) throws(GatewayClose) {
        guard let guild = data["guild_id"]?.snowflake else { throw .undecodable }
        var channel: ChannelID?
        if let given = data["channel_id"], !given.isNull {
            guard let id = given.snowflake else { throw .undecodable }
            channel = ChannelID(id)
        }
        self.init(
            guild: GuildID(guild), channel: channel, isSelfMuted: try ClientCommand.flag(data["self_mute"]),
            isSelfDeafened: try ClientCommand.flag(data["self_deaf"]),
            hasVideo: try ClientCommand.flag(data["self_video"]))
    }
}

extension MembersRequest {
    init(_ data: JSONValue) throws(GatewayClose) {
        guard let id = data["guild_id"]?.snowflake else { throw .undecodable }
        guild = GuildID(id)
        wantsPresences = data["presences"]?.bool ?? false
        nonce = data["nonce"]?.string.flatMap { $0.utf8.count <= SessionLimits.memberNonceBytesMax ? $0 : nil }
        if let users = data["user_ids"], !users.isNull {
            // discord.py sends one id bare; hikari adds an empty query, which then means nothing.
            let values = users.array ?? [users]
            guard values.count <= SessionLimits.requestedUsersMax else { throw .undecodable }
            var ids: [UserID] = []
            for value in values {
                guard let id = value.snowflake else { throw .undecodable }
                ids.append(UserID(id))
            }
            selection = .users(ids)
            return
        }
        let query = data["query"]?.string ?? ""
        let limit = data["limit"]?.int ?? 0
        guard limit >= 0 else { throw .undecodable }
        if query.isEmpty && limit == 0 {
            selection = .everybody
        } else {
            selection = .named(query, limit: min(max(limit, 1), SessionLimits.namedMembersMax))
        }
    }
}
