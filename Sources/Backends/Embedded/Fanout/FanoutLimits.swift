/// What the in-process fan-out bus remembers at most.
struct FanoutLimits: Hashable, Sendable {
    /// Events of one stream.
    var streamEventsMax = 1_000
    /// Bytes of one stream: payloads, and ``eventOverheadBytes`` each.
    var streamBytesMax = 256 << 10
    /// How long an event is remembered, in milliseconds; as long as a session can be resumed (design).
    var ageMillisecondsMax: UInt64 = 180_000
    /// Bytes of all streams together. Overflow policy: `dropLeastRecent`, window by window.
    var bytesMax = 64 << 20
    /// Streams whose last position is known. Overflow policy: `forgetLeastRecent`.
    var streamsMax = 262_144

    /// What an event costs beside its payload.
    static let eventOverheadBytes = 96
}
