import Chat

/// What a node knows of guilds and members, and what of it may still be believed. No I/O: ``GuildCache`` loads and
/// subscribes.
///
/// Laws. A snapshot is served only if its epoch is at least the greatest epoch heard of. A membership is served only if
/// no event since its load began could have changed it. What was read before an event is never kept after it.
struct GuildCacheTable: Sendable {
    typealias SnapshotLoad = Task<Result<GuildSnapshot?, ServiceError>, Never>
    typealias MemberLoad = Task<Result<MemberProfile?, ServiceError>, Never>

    struct MemberKey: Hashable, Sendable {
        var user: UserID
        var guild: GuildID
    }

    /// A load that several callers wait for. Serials rise over all loads: what was started after a call sees all that
    /// was written before it.
    struct Load<Work: Sendable>: Sendable {
        var work: Work
        var serial: UInt64
    }

    private struct Entry: Sendable {
        var snapshot: GuildSnapshot?
        /// The greatest epoch heard of; `.max` once the guild was deleted.
        var newest: UInt64 = 0
        /// Position of the last event of the guild's stream; 0 before the first.
        var lastPosition: UInt64 = 0
        var load: Load<SnapshotLoad>?
        /// Memberships bear the tag under which they were loaded; a new tag voids them all.
        var memberTag: UInt64
    }

    private struct Membership: Sendable {
        var profile: MemberProfile?
        var tag: UInt64
        var loadedAt: UInt64
    }

    private var guilds: RecencyCache<GuildID, Entry>
    private var members: RecencyCache<MemberKey, Membership>
    private var memberLoads: [MemberKey: Load<MemberLoad>] = [:]
    private var channels: RecencyCache<ChannelID, GuildID>
    private var users: RecencyCache<UserID, (user: User, loadedAt: UInt64)>
    private(set) var serial: UInt64 = 0

    init(guilds: Int, members: Int, channels: Int, users: Int) {
        self.guilds = RecencyCache(capacity: guilds)
        self.members = RecencyCache(capacity: members)
        self.channels = RecencyCache(capacity: channels)
        self.users = RecencyCache(capacity: users)
    }

    var guildCount: Int { guilds.count }

    private mutating func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }
}

// MARK: Snapshots

extension GuildCacheTable {
    /// The snapshot, if it may be believed.
    mutating func snapshot(of guild: GuildID, atLeast epoch: UInt64) -> GuildSnapshot? {
        guard let entry = guilds.use(guild), let snapshot = entry.snapshot else { return nil }
        return snapshot.epoch >= max(epoch, entry.newest) ? snapshot : nil
    }

    /// The load under way, or a new one. `isNew` tells that the guild had no entry, so that a subscription has to be
    /// held for it.
    mutating func load(
        _ guild: GuildID, start: (_ serial: UInt64, _ isNew: Bool) -> SnapshotLoad
    ) -> Load<SnapshotLoad> {
        let held = guilds.use(guild)
        if let load = held?.load { return load }
        let serial = nextSerial()
        let load = Load(work: start(serial, held == nil), serial: serial)
        var entry = held ?? Entry(memberTag: serial)
        entry.load = load
        guilds.put(entry, for: guild)
        return load
    }

    /// The greatest epoch heard of a guild. What a load that begins now does not show was never committed.
    func newest(of guild: GuildID) -> UInt64 { guilds.peek(guild)?.newest ?? 0 }

    /// Keeps what a load brought. Returns the guilds that had to go for it: their subscriptions are to be released.
    /// - Parameter known: ``newest(of:)`` before the directory was asked.
    mutating func finish(
        _ guild: GuildID, serial: UInt64, known: UInt64, with result: Result<GuildSnapshot?, ServiceError>
    ) -> [GuildID] {
        guard guilds.peek(guild)?.load?.serial == serial else { return [] }
        switch result {
        case .success(let snapshot?):
            // What was changed without an event (so far) may have been a member.
            if snapshot.epoch > known, guilds.peek(guild)?.snapshot != nil { voidMembers(of: guild) }
            guilds.change(guild) { entry in
                entry.load = nil
                entry.snapshot = snapshot
                if entry.newest == known { entry.newest = snapshot.epoch }
            }
        case .success(nil):
            guilds.remove(guild)
            return [guild]
        case .failure:
            let isKept = guilds.peek(guild)?.snapshot != nil
            guard isKept else {
                guilds.remove(guild)
                return [guild]
            }
            guilds.change(guild) { $0.load = nil }
        }
        var gone: [GuildID] = []
        while guilds.isOverfull, let evicted = guilds.removeOldest(unless: { $0.load != nil }) {
            gone.append(evicted.key)
        }
        return gone
    }

    /// Takes note that the directory holds more than the snapshot shows, without an event that said what.
    mutating func markStale(_ guild: GuildID) {
        voidMembers(of: guild)
        guilds.change(guild) { entry in
            guard let snapshot = entry.snapshot, entry.newest <= snapshot.epoch else { return }
            entry.newest = snapshot.epoch + 1
        }
    }
}

// MARK: Events

extension GuildCacheTable {
    /// Takes note of an event of a guild's stream. An event that cannot be read counts as one that changed everything.
    mutating func receive(_ event: GuildEvent?, of guild: GuildID, epoch: UInt64, position: UInt64, previous: UInt64) {
        guard let last = guilds.peek(guild)?.lastPosition else { return }
        let hasGap = last != 0 && previous != last
        if hasGap || event == nil { voidMembers(of: guild) }
        guilds.change(guild) { $0.lastPosition = position }
        note(event, of: guild, epoch: epoch)
    }

    /// Takes note of a change, whether it came over the bus or was made here. Noting it twice does no harm.
    mutating func note(_ event: GuildEvent?, of guild: GuildID, epoch: UInt64) {
        guilds.change(guild) { entry in
            entry.newest = max(entry.newest, event == .guildDeleted ? .max : epoch)
        }
        switch event {
        case .memberAdded(let profile), .memberUpdated(let profile):
            drop(MemberKey(user: profile.user.id, guild: guild))
        case .memberRemoved(let user), .memberBanned(let user, _): drop(MemberKey(user: user.id, guild: guild))
        case .roleDeleted, .guildDeleted: voidMembers(of: guild)
        case .guildUpdated, .channelCreated, .channelUpdated, .channelDeleted, .roleCreated, .roleUpdated,
            .memberUnbanned, nil:
            break
        }
    }

    private mutating func drop(_ key: MemberKey) {
        members.remove(key)
        // Whoever waits for that load asked before the event; whoever comes now starts another.
        memberLoads[key] = nil
    }

    private mutating func voidMembers(of guild: GuildID) {
        let tag = nextSerial()
        guilds.change(guild) { $0.memberTag = tag }
    }
}

// MARK: Members, channels, users

extension GuildCacheTable {
    /// A membership that may be believed; the inner `nil` says that the user is no member.
    /// - Parameter oldest: monotonic milliseconds; of a membership that was loaded before, the user may have another
    ///   name by now.
    mutating func member(_ key: MemberKey, since oldest: UInt64) -> MemberProfile?? {
        guard
            let tag = guilds.peek(key.guild)?.memberTag, let membership = members.use(key), membership.tag == tag,
            membership.loadedAt >= oldest
        else { return nil }
        return .some(membership.profile)
    }

    mutating func load(
        _ key: MemberKey, start: (_ serial: UInt64, _ tag: UInt64?) -> MemberLoad
    ) -> Load<MemberLoad> {
        let tag = guilds.peek(key.guild)?.memberTag
        // Loads under an older tag may have read what was voided since.
        if let load = memberLoads[key], let tag, load.serial > tag { return load }
        let serial = nextSerial()
        let load = Load(work: start(serial, tag), serial: serial)
        memberLoads[key] = load
        return load
    }

    mutating func finish(
        _ key: MemberKey, serial: UInt64, tag: UInt64?, now: UInt64, with result: Result<MemberProfile?, ServiceError>
    ) {
        guard memberLoads[key]?.serial == serial else { return }
        memberLoads[key] = nil
        guard case .success(let profile) = result, let tag, guilds.peek(key.guild)?.memberTag == tag else { return }
        members.insert(Membership(profile: profile, tag: tag, loadedAt: now), for: key)
    }

    mutating func guild(ofChannel channel: ChannelID) -> GuildID? { channels.use(channel) }

    /// Keeps where a channel belongs, for ever: channels do not move. A snapshot without the channel is older than it.
    mutating func put(_ guild: GuildID, forChannel channel: ChannelID) {
        channels.insert(guild, for: channel)
        if let snapshot = guilds.peek(guild)?.snapshot, snapshot.channels[channel] == nil { markStale(guild) }
    }

    mutating func user(_ id: UserID, since oldest: UInt64) -> User? {
        guard let held = users.use(id), held.loadedAt >= oldest else { return nil }
        return held.user
    }

    mutating func put(_ user: User, now: UInt64) {
        users.insert((user, now), for: user.id)
    }
}
