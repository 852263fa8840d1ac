import Chat
import Wire

/// What lies between two snapshots of a guild, as the dispatches that tell it.
struct SnapshotDifference {
    enum ChannelChange: Hashable { case created, updated, deleted }

    /// GUILD_ROLE_* and GUILD_UPDATE: for every member.
    private(set) var general: [DispatchFrame] = []
    /// Channels that both have, differently; as they are now.
    private(set) var changed: [Channel] = []
    private var guild = GuildID(0)
    private var older: [ChannelID: Channel] = [:]
    private var newer: [ChannelID: Channel] = [:]

    /// None.
    init() {}

    init(from older: GuildSnapshot, to newer: GuildSnapshot) {
        self.older = older.channels
        self.newer = newer.channels
        let guild = newer.guild.id
        self.guild = guild
        for role in newer.roles.values.sorted(by: { $0.id < $1.id }) where older.roles[role.id] != role {
            let event: String = older.roles[role.id] == nil ? "GUILD_ROLE_CREATE" : "GUILD_ROLE_UPDATE"
            general.append(DispatchFrame(event: event, for: .member(of: guild)) { $0.guildRoleEvent(role, of: guild) })
        }
        for role in older.roles.keys.sorted() where newer.roles[role] == nil {
            general.append(
                DispatchFrame(event: "GUILD_ROLE_DELETE", for: .member(of: guild)) {
                    $0.guildRoleDelete(role, of: guild)
                })
        }
        if older.guild != newer.guild {
            general.append(DispatchFrame(event: "GUILD_UPDATE", for: .member(of: guild)) { $0.guild(newer) })
        }
        changed = newer.channels.values
            .filter { older.channels[$0.id].map { old in old != newer.channels[old.id] } ?? false }
            .sorted { $0.id < $1.id }
    }

    /// What one who saw `before` and sees `now` is to be told of a channel.
    func event(for channel: ChannelID, before: Set<ChannelID>, now: Set<ChannelID>) -> ChannelChange? {
        switch (before.contains(channel), now.contains(channel)) {
        case (false, true): .created
        case (true, false): .deleted
        case (true, true): changed.contains { $0.id == channel } ? .updated : nil
        case (false, false): nil
        }
    }

    /// The channels of which somebody with one of these views has to be told, with what. In ascending order of ids, deletions last.
    /// - Parameter snapshot: where channels are looked up when nothing but the viewer's rights has changed.
    func channels(
        in views: [(before: Set<ChannelID>, now: Set<ChannelID>)], of snapshot: GuildSnapshot? = nil
    ) -> [(Channel, ChannelChange)] {
        var found: [ChannelID: Set<ChannelChange>] = [:]
        for view in views {
            let candidates = view.before.symmetricDifference(view.now).union(changed.map(\.id))
            for channel in candidates {
                guard let event = event(for: channel, before: view.before, now: view.now) else { continue }
                found[channel, default: []].insert(event)
            }
        }
        var created: [(Channel, ChannelChange)] = []
        var deleted: [(Channel, ChannelChange)] = []
        for (id, events) in found.sorted(by: { $0.key < $1.key }) {
            let now = newer[id] ?? snapshot?.channels[id]
            if let now {
                for event in [ChannelChange.created, .updated] where events.contains(event) {
                    created.append((now, event))
                }
            }
            // As its viewers knew it last: what it has become since is not theirs to see.
            if events.contains(.deleted), let last = older[id] ?? now { deleted.append((last, .deleted)) }
        }
        return created + deleted
    }

    func frame(_ change: ChannelChange, _ channel: Channel) -> DispatchFrame {
        let (event, scope): (String, FrameScope) =
            switch change {
            case .created: ("CHANNEL_CREATE", .arrival(of: channel.id, in: guild))
            case .updated: ("CHANNEL_UPDATE", .viewer(of: channel.id, in: guild))
            case .deleted: ("CHANNEL_DELETE", .departure(of: channel.id))
            }
        return DispatchFrame(event: event, for: scope) { $0.channel(channel) }
    }
}
