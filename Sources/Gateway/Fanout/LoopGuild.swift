import Chat

/// Sessions in a guild that may see the same channels and asked for the same events. What they may see is computed once for all of them.
final class Audience {
    struct Key: Hashable {
        var audienceClass: AudienceClass
        var intents: Intents
        /// Lazily subscribed sessions stand here for their rights only; they are delivered to through rooms.
        var isLazy: Bool
    }

    let key: Key
    var visible: Set<ChannelID>
    let roster: Roster

    init(key: Key, visible: Set<ChannelID>) {
        self.key = key
        self.visible = visible
        roster = Roster(isRedacted: key.intents.contains(.withoutContent))
    }
}

/// One guild as a loop knows it: the snapshot by which it delivers, and its sessions by audience.
final class LoopGuild {
    private(set) var snapshot: GuildSnapshot
    private(set) var audiences: [Audience?] = []
    private var indices: [Audience.Key: Int32] = [:]
    /// Members with an overwrite of their own in some channel.
    private(set) var individuals: Set<UserID>
    /// Rosters by channel, filled as they are asked for; emptied by every change.
    private var viewers: [ViewerKey: [Roster]] = [:]
    /// The newest epoch at which any session of the guild knew its members; what came later concerns all of them.
    var newestMembership: UInt64 = 0
    /// Sessions that get the whole guild.
    var fullSessions = 0
    /// Sessions that subscribe lazily to some of its channels.
    var lazySessions = 0
    /// Sessions of either kind that look at what passes.
    var lookingSessions = 0
    /// Channels to which sessions here have subscribed lazily.
    var watched: Set<ChannelID> = []
    /// Users of sessions here who are timed out, with the end in Unix milliseconds.
    private var timeouts: [UserID: UInt64] = [:]

    private struct ViewerKey: Hashable {
        var channel: ChannelID
        var intent: Intents
    }

    init(snapshot: GuildSnapshot) {
        self.snapshot = snapshot
        individuals = Self.individuals(of: snapshot)
    }

    var isEmpty: Bool { fullSessions == 0 && lazySessions == 0 }

    func key(for user: UserID, roles: [RoleID], intents: Intents, isLazy: Bool) -> Audience.Key {
        Audience.Key(
            audienceClass: snapshot.audienceClass(of: user, roles: roles),
            intents: intents.intersection(.deciding), isLazy: isLazy)
    }

    /// Takes note of until when a user is timed out; `nil` when it is not.
    func note(timeout end: UInt64?, of user: UserID, now: UInt64) {
        guard end != nil || !timeouts.isEmpty else { return }
        timeouts[user] = end
        timeouts = timeouts.filter { $0.value > now }
    }

    /// Whether anybody here is timed out.
    var hasTimeouts: Bool { !timeouts.isEmpty }

    /// Whether a user's permissions are those of one who is timed out. The owner and administrators never are.
    func isTimedOut(_ user: UserID, in audience: Audience, now: UInt64) -> Bool {
        guard let end = timeouts[user], end > now else { return false }
        return snapshot.basePermissions(of: audience.key.audienceClass) != .all
    }

    /// The audience with this key, made when there is none.
    func audience(for key: Audience.Key) -> Int32 {
        if let index = indices[key] { return index }
        let audience = Audience(key: key, visible: Set(snapshot.visibleChannels(to: key.audienceClass)))
        viewers.removeAll()
        let index: Int32
        if let gap = audiences.firstIndex(where: { $0 == nil }) {
            audiences[gap] = audience
            index = Int32(gap)
        } else {
            audiences.append(audience)
            index = Int32(audiences.count - 1)
        }
        indices[key] = index
        return index
    }

    func audience(at index: Int32) -> Audience? {
        audiences.indices.contains(Int(index)) ? audiences[Int(index)] : nil
    }

    /// Forgets an audience that has no members left.
    func prune(_ index: Int32) {
        guard let audience = audience(at: index), audience.roster.members.isEmpty else { return }
        indices[audience.key] = nil
        audiences[Int(index)] = nil
        viewers.removeAll()
    }

    /// The rosters of those who view a channel and want such events of it.
    func rosters(viewing channel: ChannelID, wanting intent: Intents = .guildMessages) -> [Roster] {
        let key = ViewerKey(channel: channel, intent: intent)
        if let known = viewers[key] { return known }
        let found = audiences.compactMap { audience -> Roster? in
            guard let audience, !audience.key.isLazy, audience.key.intents.contains(intent),
                audience.visible.contains(channel)
            else { return nil }
            return audience.roster
        }
        viewers[key] = found
        return found
    }

    /// Tells the rosters of those who may read a channel back from the others.
    func divide(_ rosters: [Roster], byReading channel: ChannelID) -> (readers: [Roster], others: [Roster]) {
        let reading = Set(
            audiences.compactMap { $0.flatMap { reads($0, channel) ? ObjectIdentifier($0.roster) : nil } })
        let readers = rosters.filter { reading.contains(ObjectIdentifier($0)) }
        return (readers, rosters.filter { !reading.contains(ObjectIdentifier($0)) })
    }

    /// Whether all who subscribe lazily and view a channel may read it back.
    func lazySessionsRead(_ channel: ChannelID) -> Bool {
        audiences.allSatisfy { audience in
            guard let audience, audience.key.isLazy, audience.visible.contains(channel) else { return true }
            return reads(audience, channel)
        }
    }

    func reads(_ audience: Audience, _ channel: ChannelID) -> Bool {
        guard let channel = snapshot.channels[channel] else { return false }
        let held = audience.key.audienceClass
        if held.isOwner { return true }
        // As for what a class views: nobody bears id 0.
        return snapshot.permissions(of: held.individual ?? UserID(0), roles: held.roles, in: channel)
            .contains(.readMessageHistory)
    }

    /// Takes a newer snapshot and computes anew what each audience sees.
    /// - Returns: what each audience saw before, and the users whose class is another one now.
    func advance(to newer: GuildSnapshot) -> (visible: [Int: Set<ChannelID>], reclassified: Set<UserID>) {
        var reclassified: Set<UserID> = []
        if newer.guild.owner != snapshot.guild.owner {
            reclassified = [newer.guild.owner, snapshot.guild.owner]
        }
        let newIndividuals = Self.individuals(of: newer)
        reclassified.formUnion(newIndividuals.symmetricDifference(individuals))
        snapshot = newer
        individuals = newIndividuals
        viewers.removeAll()
        var before: [Int: Set<ChannelID>] = [:]
        for (index, audience) in audiences.enumerated() {
            guard let audience else { continue }
            before[index] = audience.visible
            audience.visible = Set(newer.visibleChannels(to: audience.key.audienceClass))
        }
        return (before, reclassified)
    }

    private static func individuals(of snapshot: GuildSnapshot) -> Set<UserID> {
        var users: Set<UserID> = []
        for channel in snapshot.channels.values {
            for overwrite in channel.overwrites {
                if case .member(let user) = overwrite.target { users.insert(user) }
            }
        }
        return users
    }
}
