package import Chat
package import Interface

/// Records of one partition, decoded, on their way through the chat service together.
package struct ChatBatch: Sendable {
    /// Records in one read.
    package static let recordsMax = 1_000
    /// Bytes of payload in one read.
    package static let bytesMax = 4 << 20
    /// Messages that one batch may touch; half of what a store takes in one call, and a bound for what is read
    /// beforehand.
    package static let touchedMax = 5_000

    package struct Item: Sendable {
        package enum Content: Sendable {
            case command(MessageCommand)
            case undecodable(RecordError)
        }

        package var record: LogRecord
        package var content: Content
    }

    /// In the order of the log.
    package private(set) var items: [Item] = []

    /// Takes records from the front as long as they stay within ``touchedMax``, at least one. The rest is for the next
    /// batch.
    package init(_ records: [LogRecord], touchedMax: Int = ChatBatch.touchedMax) {
        items.reserveCapacity(records.count)
        var touched = 0
        for record in records {
            let content = Self.decode(record)
            touched += Self.touches(content)
            guard items.isEmpty || touched <= touchedMax else { break }
            items.append(Item(record: record, content: content))
        }
    }

    private static func decode(_ record: LogRecord) -> Item.Content {
        do {
            let command = try MessageCommand(encoded: record.payload)
            // Order holds per key: a command under another channel's key could be overtaken.
            guard command.channel.rawValue == record.key else {
                return .undecodable(RecordError(code: .malformed, offset: 0))
            }
            if case .deleteMany(let ids) = command.action, ids.count > Limits.bulkDeleteMax {
                return .undecodable(RecordError(code: .malformed, offset: 0))
            }
            return .command(command)
        } catch {
            return .undecodable(error)
        }
    }

    private static func touches(_ content: Item.Content) -> Int {
        guard case .command(let command) = content, case .deleteMany(let ids) = command.action else { return 1 }
        return max(1, ids.count)
    }
}

/// A message by name.
package struct MessageRef: Hashable, Sendable {
    package var channel: ChannelID
    package var id: MessageID

    package init(channel: ChannelID, id: MessageID) {
        self.channel = channel
        self.id = id
    }
}

/// A user who would act on the messages of others in a channel.
package struct ModeratorRef: Hashable, Sendable {
    package var channel: ChannelID
    package var user: UserID

    package init(channel: ChannelID, user: UserID) {
        self.channel = channel
        self.user = user
    }
}

/// A user's reaction by name.
package struct ReactionRef: Hashable, Sendable {
    package var message: MessageRef
    package var emoji: ReactionEmoji
    package var user: UserID

    package init(message: MessageRef, emoji: ReactionEmoji, user: UserID) {
        self.message = message
        self.emoji = emoji
        self.user = user
    }
}

/// A command by the id drawn for it.
package struct FateRef: Hashable, Sendable {
    package var channel: ChannelID
    package var version: UInt64

    package init(channel: ChannelID, version: UInt64) {
        self.channel = channel
        self.version = version
    }
}

/// What has to be looked up before a batch can be decided.
package struct ChatNeeds: Hashable, Sendable {
    package var nonces: Set<NonceKey> = []
    package var messages: Set<MessageRef> = []
    package var moderators: Set<ModeratorRef> = []
    package var users: Set<UserID> = []
    package var directs: Set<ChannelID> = []
    /// Messages whose reactions are asked for.
    package var reactions: Set<MessageRef> = []
    package var reactors: Set<ReactionRef> = []
    package var fates: Set<FateRef> = []
    /// Channels whose pins are asked for.
    package var pins: Set<ChannelID> = []

    package var isEmpty: Bool {
        nonces.isEmpty && messages.isEmpty && moderators.isEmpty && users.isEmpty && directs.isEmpty
            && reactions.isEmpty && reactors.isEmpty && fates.isEmpty && pins.isEmpty
    }
}

/// What was looked up. A key that is present with `nil` was asked for and not found.
package struct ChatKnowledge: Sendable {
    package var nonces: [NonceKey: MessageID?] = [:]
    /// As the store holds them, deleted ones included.
    package var messages: [MessageRef: Message?] = [:]
    /// Whether the user holds MANAGE_MESSAGES in the channel now.
    package var moderators: [ModeratorRef: Bool] = [:]
    package var users: [UserID: User?] = [:]
    package var directs: [ChannelID: DirectChannel?] = [:]
    package var reactions: [MessageRef: MessageReactions] = [:]
    package var reactors: [ReactionRef: Bool] = [:]
    package var fates: [FateRef: CommandFate.Kind?] = [:]
    package var pins: [ChannelID: ChannelPins] = [:]

    package init() {}
}
