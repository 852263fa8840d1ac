package import Chat

/// What a gateway keeps of one session for a time after its own: all that makes it up, but nothing by which it could be taken over.
package struct SessionRecord: Hashable, Sendable {
    /// Where on its loop it lives, and lives again.
    package var slot: UInt32
    /// Of the name by which the client resumes it; the name itself is a secret.
    package var secret: TokenHash
    package var tag: SessionTag
    package var token: TokenHash
    package var user: UserID
    package var intents: UInt32
    package var shardID: UInt16
    package var shardCount: UInt16
    /// Whether it gets only the channels it subscribed to.
    package var isLazy: Bool
    package var largeThreshold: UInt8
    package var shown: SessionPresence
    /// Stands for what only its user's own stream tells, as the client knows it; the gateway's own.
    package var digest: UInt64
    package var guilds: [GuildID]
    /// The channels to which it subscribed lazily.
    package var subscriptions: [ChannelID]
    /// Where it is heard.
    package var voices: [VoiceState]

    package init(
        slot: UInt32, secret: TokenHash, tag: SessionTag, token: TokenHash, user: UserID, intents: UInt32,
        shardID: UInt16 = 0, shardCount: UInt16 = 1, isLazy: Bool = false, largeThreshold: UInt8 = 50,
        shown: SessionPresence = SessionPresence(), digest: UInt64 = 0, guilds: [GuildID] = [],
        subscriptions: [ChannelID] = [], voices: [VoiceState] = []
    ) {
        self.slot = slot
        self.secret = secret
        self.tag = tag
        self.token = token
        self.user = user
        self.intents = intents
        self.shardID = shardID
        self.shardCount = shardCount
        self.isLazy = isLazy
        self.largeThreshold = largeThreshold
        self.shown = shown
        self.digest = digest
        self.guilds = guilds
        self.subscriptions = subscriptions
        self.voices = voices
    }
}

/// Where a session stood when it was captured.
package struct SessionMark: Hashable, Sendable {
    package var slot: UInt32
    /// The number of its last dispatch.
    package var sequence: UInt32
    /// Unix milliseconds at which it lost its connection; 0 when it had one.
    package var detachedAt: UInt64
    /// Of the loop's saved frames those that were its last dispatches, oldest first.
    package var ring: [UInt32]

    package init(slot: UInt32, sequence: UInt32, detachedAt: UInt64 = 0, ring: [UInt32] = []) {
        self.slot = slot
        self.sequence = sequence
        self.detachedAt = detachedAt
        self.ring = ring
    }
}

/// A dispatch that sessions may have to be sent again.
package struct SavedFrame: Hashable, Sendable {
    package var bytes: [UInt8]
    /// Where in the bytes the sequence number stands.
    package var sequenceOffset: Int
    /// Who may be sent it; the gateway's own, opaque to the store. Empty where that was not written down.
    package var scope: [UInt8]

    package init(bytes: [UInt8], sequenceOffset: Int, scope: [UInt8] = []) {
        self.bytes = bytes
        self.sequenceOffset = sequenceOffset
        self.scope = scope
    }
}

/// What is captured of one loop of a gateway.
package struct LoopCapture: Hashable, Sendable {
    package var loop: UInt16
    /// Whether ``changed`` names every session there is: whoever else was saved is forgotten.
    package var isWhole: Bool
    /// The gateway's own, opaque to the store; up to ``SessionStoreRules/stateBytesMax``.
    package var state: [UInt8]
    /// Of every session, whether its record has changed or not.
    package var marks: [SessionMark]
    /// Records that are new or different since the last capture.
    package var changed: [SessionRecord]
    /// Slots whose sessions have ended since then.
    package var removed: [UInt32]
    package var frames: [SavedFrame]

    package init(
        loop: UInt16, isWhole: Bool, state: [UInt8] = [], marks: [SessionMark] = [], changed: [SessionRecord] = [],
        removed: [UInt32] = [], frames: [SavedFrame] = []
    ) {
        self.loop = loop
        self.isWhole = isWhole
        self.state = state
        self.marks = marks
        self.changed = changed
        self.removed = removed
        self.frames = frames
    }
}

/// The sessions of one gateway at one moment.
package struct SessionCapture: Hashable, Sendable {
    /// Unix milliseconds.
    package var savedAt: UInt64
    /// Whether nothing was sent to any of the sessions afterwards.
    package var isFinal: Bool
    /// The gateway's own, opaque to the store; up to ``SessionStoreRules/stateBytesMax``.
    package var state: [UInt8]
    /// Of every loop; what was saved of others is forgotten.
    package var loops: [LoopCapture]

    package init(savedAt: UInt64, isFinal: Bool, state: [UInt8], loops: [LoopCapture]) {
        self.savedAt = savedAt
        self.isFinal = isFinal
        self.state = state
        self.loops = loops
    }
}

package enum SessionStoreRules {
    package static let stateBytesMax = 16 << 20
}

/// Keeps the sessions of gateways for a while after these are gone.
///
/// Law: what is loaded is one capture, never parts of two. A capture that was saved survives kill -9 of the node; a failure of power may
/// bring back an older one.
package protocol SessionStore: Sendable {
    /// Replaces what is known of a node's sessions, in one step. Refuses a state beyond its bound with `.rejected`, and changes nothing.
    func save(_ capture: SessionCapture, of node: UInt16) async throws(BackendError)
    /// What was saved last, with every session's record in ``LoopCapture/changed``, in ascending order of slots; sessions without a record
    /// or without a mark are left out. `nil` when nothing was saved.
    func load(of node: UInt16) async throws(BackendError) -> SessionCapture?
    /// Forgets a node's sessions.
    func clear(_ node: UInt16) async throws(BackendError)
}

extension SessionRecord: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        func number<Number: FixedWidthInteger>(_ reader: inout RecordReader) throws(RecordError) -> Number {
            guard let number = Number(exactly: try reader.readUInt64()) else { throw reader.error(.malformed) }
            return number
        }
        slot = try reader.readUInt32()
        secret = TokenHash(bytes: try reader.readBytes())
        tag = SessionTag(try reader.readUInt64())
        token = TokenHash(bytes: try reader.readBytes())
        user = try reader.readID()
        intents = try reader.readUInt32()
        shardID = try number(&reader)
        shardCount = try number(&reader)
        isLazy = try reader.readBool()
        largeThreshold = try number(&reader)
        let status = try PresenceStatus(from: &reader)
        guard let platform = ClientPlatform(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
        let activities = try reader.readList { (reader) throws(RecordError) in try Activity(from: &reader) }
        shown = SessionPresence(status: status, activities: activities, platform: platform)
        digest = try reader.readUInt64()
        guilds = try reader.readList { (reader) throws(RecordError) in try reader.readID() }
        subscriptions = try reader.readList { (reader) throws(RecordError) in try reader.readID() }
        voices =
            reader.version < 5
            ? [] : try reader.readList { (reader) throws(RecordError) in try VoiceState(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(slot)
        writer.write(secret.bytes)
        writer.write(tag.rawValue)
        writer.write(token.bytes)
        writer.write(user)
        writer.write(intents)
        writer.write(UInt64(shardID))
        writer.write(UInt64(shardCount))
        writer.write(isLazy)
        writer.write(UInt64(largeThreshold))
        writer.write(shown.status)
        writer.write(shown.platform.rawValue)
        writer.write(list: shown.activities) { $0.write($1) }
        writer.write(digest)
        writer.write(list: guilds) { $0.write($1) }
        writer.write(list: subscriptions) { $0.write($1) }
        writer.write(list: voices) { $0.write($1) }
    }
}

extension SessionMark: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        slot = try reader.readUInt32()
        sequence = try reader.readUInt32()
        detachedAt = try reader.readUInt64()
        ring = try reader.readList { (reader) throws(RecordError) in try reader.readUInt32() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(slot)
        writer.write(sequence)
        writer.write(detachedAt)
        writer.write(list: ring) { $0.write($1) }
    }
}
