package import Chat
package import Metrics
import Synchronization

/// Counts messages by guild, for at most ``guildsMax`` guilds by name; all others share `other`, so that the label's values stay bounded.
///
/// A guild keeps its label once it has one: a series that came and went would look like a counter that was reset.
package final class BusiestGuilds: Sendable {
    /// The design's cap.
    package static let guildsMax = 1_000

    private let counters = Mutex<[GuildID: Counter]>([:])
    private let others: Counter
    private let direct: Counter
    private let factory: any MetricsFactory

    package init(factory: any MetricsFactory) {
        self.factory = factory
        others = Counter(label: "discord_messages_sent_total", dimensions: [("guild_id", "other")], factory: factory)
        direct = Counter(label: "discord_messages_sent_total", dimensions: [("guild_id", "dm")], factory: factory)
    }

    /// Counts stored messages.
    package func count(_ messages: Int, in guild: GuildID?) {
        guard let guild else { return direct.increment(by: messages) }
        let counter = counters.withLock { counters in
            if let known = counters[guild] { return known }
            guard counters.count < Self.guildsMax else { return others }
            let fresh = Counter(
                label: "discord_messages_sent_total", dimensions: [("guild_id", guild.description)], factory: factory
            )
            counters[guild] = fresh
            return fresh
        }
        counter.increment(by: messages)
    }
}
