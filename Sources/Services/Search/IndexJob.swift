package import Chat

/// Long work on the index. One at a time.
package struct IndexJob: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Builds the index anew from the store, beside the one in use.
        case rebuild
        /// Compares store and index.
        case verify
        /// The same, and puts right what differs.
        case repair
    }

    package enum State: String, Hashable, Sendable {
        case running, done
    }

    package var kind: Kind
    package var state = State.running
    /// Unix milliseconds.
    package var startedAt: UInt64
    /// Unix milliseconds; `nil` while it runs.
    package var endedAt: UInt64?
    /// Messages that were looked at so far.
    package var scanned = 0
    /// Messages that can be read and not be found.
    package var missing = 0
    /// Messages that are found by what they said before.
    package var outdated = 0
    /// Messages that are found and cannot be read any more.
    package var surplus = 0
    /// How many of these were put right.
    package var repaired = 0

    package var differences: Int { missing + outdated + surplus }
}

/// What to do, and how.
package struct IndexJobRequest: Hashable, Sendable {
    package var kind: IndexJob.Kind
    /// Only this channel; not for a rebuild.
    package var channel: ChannelID?
    /// Of a hundred messages so many are compared, always the same ones; 1 to 100.
    package var samplePercent: UInt64
    /// Messages a second at most; `nil` for the considerate pace.
    package var ratePerSecond: UInt64?

    package init(
        _ kind: IndexJob.Kind, channel: ChannelID? = nil, samplePercent: UInt64 = 100, ratePerSecond: UInt64? = nil
    ) {
        self.kind = kind
        self.channel = channel
        self.samplePercent = samplePercent
        self.ratePerSecond = ratePerSecond
    }

    func samples(_ id: MessageID) -> Bool {
        // The high half of a product spreads ids evenly (Knuth's multiplicative hashing).
        (id.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 32 % 100 < samplePercent
    }
}
