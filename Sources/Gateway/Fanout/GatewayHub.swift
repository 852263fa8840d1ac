import Chat
package import Interface
import Logging
import Metrics
import Services
import Synchronization
import Wire

/// What a loop needs the bus for. Each one that was granted is released once.
enum Interest: Hashable, Sendable {
    case user(UserID)
    /// A guild with all of its channels.
    case guild(GuildID)
    /// One channel, and what decides who may see it.
    case channel(ChannelID, of: GuildID)
    /// What passes in a guild.
    case look(GuildID)
}

/// Between the bus and the loops of one node: subscribes to what some session needs, takes each event once, encodes it once, and posts it
/// once to each loop that has somebody for it.
///
/// An event of a channel is posted only when every change of the guild up to its epoch has been (invariant I6), and only when the one
/// before it has been (I2, I4); until then the channel is held, and a job fetches what is missing. Everything about one guild that takes
/// a wait is done in the guild's turn at the gate.
package final class GatewayHub: FanoutReceiver, Sendable {
    enum Job: Sendable {
        /// Take the events of a guild that wait.
        case guild(GuildID)
        /// Look after a held channel.
        case channel(ChannelID, of: GuildID)
        /// Let pass what waits for a guild's epoch.
        case passing(GuildID)
        /// Look after a direct channel.
        case direct(ChannelID)
        /// Bring a guild to an epoch of which nothing has been heard.
        case guildBehind(GuildID, UInt64)
    }

    struct ChannelEntry {
        var stream: ChannelStream
        var guild: GuildID
        var posted = PostedPart()
        var lazy = LoopCounts()
        /// What was published before the stream was taken up, or when it was first looked after; `nil` until then.
        var base: UInt64?
        /// Loops whose mailbox was full: they are told to fetch history before the next event.
        var missed: UInt64 = 0
    }

    struct GuildEntry {
        var full = LoopCounts()
        /// For lazily subscribed channels.
        var light = LoopCounts()
        /// All changes up to here have been posted; 0 before the first snapshot.
        var epoch: UInt64 = 0
        var queue: [FanoutEvent] = []
        /// Events were dropped from the queue.
        var hasLost = false
        var isQueued = false
        /// Those with an entry of their own because of this guild.
        var channels: Set<ChannelID> = []
        /// Whether all of its channels are subscribed.
        var isWhole = false

        var isUnused: Bool { full.isEmpty && light.isEmpty }
        var loops: UInt64 { full.mask | light.mask }
    }

    struct State {
        var channels: [ChannelID: ChannelEntry] = [:]
        var guilds: [GuildID: GuildEntry] = [:]
        var users: [UserID: LoopCounts] = [:]
        /// The last position seen of each of their streams.
        var userPositions: [UserID: UInt64] = [:]
        /// Users whose streams stood beyond what had been seen when they were last looked after, with the position that had been.
        var suspects: [UserID: UInt64] = [:]
        var probe = PathProbe()
        /// Loops whose mailbox was full when something concerned the user: its sessions there begin anew as soon as they can be told.
        var missedUsers: [UserID: UInt64] = [:]
        var looks: [GuildID: LookEntry] = [:]
        var directs: [ChannelID: DirectEntry] = [:]
        /// Users and guilds that nobody needs any more, to be unsubscribed by the next sweep.
        var unusedUsers: Set<UserID> = []
        var unusedGuilds: Set<GuildID> = []
        var unusedLooks: Set<GuildID> = []
        var subscription: (any FanoutSubscription)?
    }

    /// Events of one guild that may wait. Beyond it they are dropped, and the guild is read anew.
    static let queueMax = 1_024
    /// Events read from a window at once.
    static let windowMax = 10_000
    /// How often what nobody needs any more is unsubscribed: late enough for a client that reconnects.
    package static let sweepMilliseconds: UInt64 = 5_000
    /// How long to wait before a backend that failed is asked again.
    static let retryMilliseconds: UInt64 = 250

    let source: any GatewaySource
    let bus: any FanoutBus
    let ports: LoopPorts
    let time: any TimeSource
    let logger: Logger
    let files: AttachmentLinks
    let jobs = WorkPool<Job>(limit: 65_536)
    let gate = KeyedGate()
    let state = Mutex(State())
    /// Streams that are still to be looked after before all are again.
    let unprobed = Mutex<[FanoutTopic]>([])
    let healed = Counter(label: "discord_gateway_gaps_healed_total")
    let lost = Counter(label: "discord_gateway_gaps_resynced_total")

    init(
        source: any GatewaySource, bus: any FanoutBus, ports: LoopPorts, time: any TimeSource, logger: Logger,
        files: AttachmentLinks = AttachmentLinks()
    ) {
        self.source = source
        self.bus = bus
        self.ports = ports
        self.time = time
        self.logger = logger
        self.files = files
    }

    /// Joins the bus. To be called once, before anything else.
    func attach() async throws(BackendError) {
        let subscription = try await bus.attach(self)
        state.withLock { $0.subscription = subscription }
    }

    /// Leaves the bus.
    func cancel() async {
        let subscription = state.withLock { state in
            defer { state.subscription = nil }
            return state.subscription
        }
        await subscription?.cancel()
    }

    /// Works until the task is cancelled.
    func run(workers: Int = 16) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while (try? await self.time.sleep(milliseconds: Self.sweepMilliseconds)) != nil, !Task.isCancelled {
                    self.sweepMissed()
                    await self.sweep()
                    await self.sweepLooks()
                }
            }
            group.addTask {
                while (try? await self.time.sleep(milliseconds: Self.beaconMilliseconds)) != nil, !Task.isCancelled {
                    await self.lookForLosses()
                }
            }
            await jobs.run(workers: workers) { await self.work($0) }
        }
    }

    // MARK: From the bus

    package func receive(_ event: FanoutEvent) {
        switch event.topic {
        case .channel(let channel): receive(event, of: channel)
        case .guild(let guild): receive(event, of: guild)
        case .user(let user): receive(event, of: user)
        case .presence(let guild): receive(event, passing: guild)
        case .node: receiveProbe(event)
        case .direct: break
        }
    }

    private func receive(_ event: FanoutEvent, of channel: ChannelID) {
        enum Next { case nothing, encode(GuildID), look(GuildID), direct }
        let next = state.withLock { state -> Next in
            guard var entry = state.channels[channel] else { return .direct }
            defer { state.channels[channel] = entry }
            entry.posted.arrived(event.position)
            switch entry.stream.arrived(event) {
            case .duplicate, .held: return .nothing
            case .stopped: return .look(entry.guild)
            case .take:
                guard let guild = state.guilds[entry.guild] else { return .nothing }
                guard event.epoch <= guild.epoch else {
                    entry.stream.hold(event)
                    return .look(entry.guild)
                }
                entry.stream.took(event)
                guard guild.full.mask | entry.lazy.mask == 0 else { return .encode(entry.guild) }
                // Nobody is there to be told, and nobody who comes later is to be.
                entry.posted.posted(event.position, partition: nil)
                return .nothing
            }
        }
        switch next {
        case .nothing: break
        case .encode(let guild): post(event, of: channel, in: guild)
        case .look(let guild): submit(.channel(channel, of: guild), guild: guild)
        case .direct: receiveDirect(event, of: channel)
        }
    }

    private func receive(_ event: FanoutEvent, of guild: GuildID) {
        let isNew = state.withLock { state -> Bool in
            guard state.guilds[guild] != nil else { return false }
            if (state.guilds[guild]?.queue.count ?? 0) < Self.queueMax {
                state.guilds[guild]?.queue.append(event)
            } else {
                state.guilds[guild]?.hasLost = true
            }
            defer { state.guilds[guild]?.isQueued = true }
            return state.guilds[guild]?.isQueued == false
        }
        if isNew { submit(.guild(guild), guild: guild) }
    }

    private func receive(_ event: FanoutEvent, of user: UserID) {
        guard state.withLock({ follows(event, of: user, &$0) }) else { return }
        guard let decoded = try? UserEvent(encoded: event.payload) else {
            return logger.error("an event cannot be read", metadata: ["user.id": "\(user)"])
        }
        if case .directActivity(let channel, let position) = decoded {
            return announce(position, in: channel, to: user)
        }
        state.withLock { state in
            for loop in LoopSet(state.users[user]?.mask ?? 0) {
                tellMissed(user, loop, &state)
                guard !ports.post(.user(user, decoded), to: loop) else { continue }
                // Who writes is over in ten seconds.
                if case .typing = decoded { continue }
                state.missedUsers[user, default: 0] |= 1 << UInt64(loop)
            }
        }
    }

    /// Tells a loop that something concerning a user did not reach it, if that is so and it takes mail again.
    func tellMissed(_ user: UserID, _ loop: Int, _ state: inout State) {
        let bit: UInt64 = 1 << UInt64(loop)
        guard var loops = state.missedUsers[user], loops & bit != 0 else { return }
        let isNeeded = (state.users[user]?.mask ?? 0) & bit != 0
        if !isNeeded || ports.post(.userMissed(user), to: loop) { loops &= ~bit }
        state.missedUsers[user] = loops == 0 ? nil : loops
    }

    /// Tells the loops what they have missed of users and channels of which nothing has come since.
    func sweepMissed() {
        let (channels, directs) = state.withLock { state in
            for (user, loops) in state.missedUsers {
                for loop in LoopSet(loops) { tellMissed(user, loop, &state) }
            }
            return (state.channels.filter { $0.value.missed != 0 }, state.directs.filter { $0.value.missed != 0 })
        }
        for (channel, entry) in channels { post([], of: channel, in: entry.guild, nil) }
        for (channel, entry) in directs { post([], of: channel, for: entry.channel?.parties ?? [], nil) }
    }

    func submit(_ job: Job, guild: GuildID) {
        guard !jobs.submit(job, key: guild.rawValue) else { return }
        // Only a node that is stopping, or one with tens of thousands of guilds changing at once, gets here: the next event tries again.
        state.withLock { $0.guilds[guild]?.isQueued = false }
        logger.error("too many guilds change at once", metadata: ["guild.id": "\(guild)"])
    }

    // MARK: To the loops

    /// Encodes an event and posts it to the loops that have somebody for it.
    func post(_ event: FanoutEvent, of channel: ChannelID, in guild: GuildID) {
        guard let decoded = event.content.event ?? (try? ChannelEvent(encoded: event.payload)) else {
            logger.error("an event cannot be read", metadata: ["channel.id": "\(channel)"])
            return postResync(channel, in: guild, insteadOf: event)
        }
        let acceptedAt: UInt64 = if case .messageCreated = decoded { event.acceptedAt } else { 0 }
        let mails = EventFrames.tellings(of: decoded, files).map { telling in
            SessionMail.channel(
                ChannelDispatch(
                    channel: channel, guild: guild, telling: telling, acceptedAt: acceptedAt, event: event.payload))
        }
        post(mails, of: channel, in: guild, event)
    }

    func postResync(_ channel: ChannelID, in guild: GuildID, insteadOf event: FanoutEvent? = nil) {
        post([.resync(channel, guild)], of: channel, in: guild, event)
    }

    /// - Parameters:
    ///   - mails: behind the name of a channel of which a loop has missed something.
    ///   - event: what the mails tell of; all of them are posted in one step.
    private func post(_ mails: [SessionMail], of channel: ChannelID, in guild: GuildID, _ event: FanoutEvent?) {
        let partition = event.flatMap { StoredEvent.partition(ofEncoded: $0.payload) }
        state.withLock { state in
            guard var entry = state.channels[channel] else { return }
            let loops = entry.lazy.mask | (state.guilds[guild]?.full.mask ?? 0)
            for loop in LoopSet(loops) {
                let bit: UInt64 = 1 << UInt64(loop)
                if entry.missed & bit != 0, ports.post(.resync(channel, guild), to: loop) { entry.missed &= ~bit }
                for mail in mails where entry.missed & bit != 0 || !ports.post(mail, to: loop) { entry.missed |= bit }
            }
            // Who has come to a loop since then knows without.
            entry.missed &= loops
            if let event { entry.posted.posted(event.position, partition: partition) }
            state.channels[channel] = entry
        }
    }
}

/// The loops in a mask.
struct LoopSet: Sequence, IteratorProtocol {
    private var rest: UInt64

    init(_ mask: UInt64) {
        rest = mask
    }

    mutating func next() -> Int? {
        guard rest != 0 else { return nil }
        defer { rest &= rest - 1 }
        return rest.trailingZeroBitCount
    }
}
