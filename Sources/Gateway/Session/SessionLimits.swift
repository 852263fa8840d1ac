import Wire

/// Every bound on what a client may send or make a session hold.
package enum SessionLimits {
    /// What a payload may cost to parse: the longest is a SEND_MESSAGE, and nothing a client sends nests deeply.
    static let payload = JSONLimits(bytes: WireLimits.messageBytesMax, depth: 16, keysPerObject: 100, nodes: 2_000)
    /// Payloads of one connection in a window (Discord's API: 120 in 60 seconds). Heartbeats have an allowance of their own, so that a
    /// client at its limit does not time out.
    package static let payloadsPerWindow = 120
    package static let payloadWindowMilliseconds: Int64 = 60_000
    /// Announced in HELLO (design).
    package static let heartbeatIntervalMilliseconds = 30_000
    /// Silence after which a connection is closed (design).
    package static let silenceMilliseconds: Int64 = 60_000
    /// From HELLO to IDENTIFY or RESUME, and to the token's verdict.
    package static let identifyMilliseconds: Int64 = 30_000
    /// Bytes of a token; ours have about 70.
    static let tokenBytesMax = 512
    /// Bounds of `large_threshold` (Discord's API).
    static let largeThreshold = 50...250
    static let shardsMax = 16_384
    /// Ids in one op 8 (Discord's API).
    static let requestedUsersMax = 100
    /// Members found by name in one op 8 (Discord's API).
    static let namedMembersMax = 100
    /// Bytes of op 8's nonce (Discord's API).
    static let memberNonceBytesMax = 32
    /// Members in one GUILD_MEMBERS_CHUNK. Discord allows 1,000; a quarter keeps a frame well under what may wait for a connection.
    static let membersPerChunk = 250
    /// Members of a channel whose presences a lazily subscribed session follows; in guilds with more, those with the lowest ids.
    static let presenceWindow = 250
    /// Bytes of a PRESENCE_BATCH up to which it is kept for resuming.
    static let presenceBatchBytesKept = 16 * 1_024
    /// Members looked at to find them.
    static let presenceWindowScan = 1_000
    /// Op 8 answers that may be under way for one session; more are refused with COMMAND_ERROR.
    static let memberRequestsMax = 8
    /// Direct channels in READY, those with the newest messages; the rest is asked for over REST.
    static let readyDirectsMax = 100
    /// Channels one session may subscribe to lazily.
    static let subscriptionsMax = 1_000
    /// Read states that a session is told of when it goes on after a restart. Beyond it it begins anew, and gets them all with READY.
    static let readChangesMax = 100
}
