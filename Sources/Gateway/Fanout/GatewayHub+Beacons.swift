import Chat
import Interface
import Logging
import Metrics
import Services
import Synchronization

/// A gap shows when the next event comes. That the last event of a stream was lost shows when the bus is asked where the stream stands
/// (invariant I4): every few seconds, for some of the streams at a time, and when one is taken up.
///
/// What is missing is fetched from the window. What that has no more is told: the channel's sessions fetch history, the guild is read anew,
/// the user's sessions begin anew, those who look at a guild hear that presences may be missing.
extension GatewayHub {
    static let beaconMilliseconds: UInt64 = 3_000
    /// Streams that are asked after in one round. A node with more of them comes to each in its turn.
    static let beaconsPerRound = 8_000

    // MARK: Beacons

    /// Asks after the streams whose turn it is.
    func lookForLosses() async {
        if unprobed.withLock({ $0.isEmpty }) {
            let topics = state.withLock { state -> [FanoutTopic] in
                var topics = state.channels.keys.map { FanoutTopic.channel($0) }
                topics += state.directs.keys.map { .channel($0) }
                topics += state.guilds.keys.map { .guild($0) }
                topics += state.looks.keys.map { .presence($0) }
                topics += state.users.keys.map { .user($0) }
                return topics
            }
            unprobed.withLock { $0 = topics }
        }
        let turn = unprobed.withLock { topics -> [FanoutTopic] in
            defer { topics.removeLast(min(topics.count, Self.beaconsPerRound)) }
            return Array(topics.suffix(Self.beaconsPerRound))
        }
        await lookAfter(turn)
    }

    /// Compares what has been seen of streams with where they stand. Of one that is looked after for the first time, what there is counts
    /// as seen.
    func lookAfter(_ topics: [FanoutTopic]) async {
        var rest = topics[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(FanoutRules.headsMax))
            rest = rest.dropFirst(some.count)
            do throws(BackendError) {
                for (topic, head) in try await bus.heads(of: some) { await compare(topic, head) }
                state.withLock { state in
                    for topic in some { Self.begin(topic, &state) }
                }
            } catch {
                // Asked again by a later round.
                logger.debug("streams are not looked after", metadata: ["error": "\(error.detail)"])
                return
            }
        }
    }

    /// Where nothing is known of a stream, everything is still to come.
    private static func begin(_ topic: FanoutTopic, _ state: inout State) {
        switch topic {
        case .channel(let channel):
            if state.channels[channel]?.base == nil { state.channels[channel]?.base = 0 }
        case .presence(let guild):
            if state.looks[guild]?.last == nil { state.looks[guild]?.last = 0 }
        case .user(let user):
            if state.users[user] != nil, state.userPositions[user] == nil { state.userPositions[user] = 0 }
        case .guild, .direct, .node: break
        }
    }

    private func compare(_ topic: FanoutTopic, _ head: UInt64) async {
        switch topic {
        case .channel(let channel): await compare(channel, head)
        case .guild(let guild):
            let isBehind = state.withLock { state in
                guard let entry = state.guilds[guild], entry.epoch > 0, !entry.isQueued else { return false }
                return head > entry.epoch
            }
            guard isBehind else { return }
            healed.increment()
            submit(.guildBehind(guild, head), guild: guild)
        case .presence(let guild):
            state.withLock { state in
                guard var entry = state.looks[guild] else { return }
                defer { state.looks[guild] = entry }
                guard let last = entry.last, head > last else {
                    entry.last = max(entry.last ?? 0, head)
                    return
                }
                lost.increment()
                entry.last = head
                entry.missed = entry.loops.mask
                for loop in LoopSet(entry.missed) where ports.post(.passingMissed(guild), to: loop) {
                    entry.missed &= ~(1 << UInt64(loop))
                }
            }
        case .user(let user):
            state.withLock { state in
                guard state.users[user] != nil else { return }
                guard let last = state.userPositions[user] else {
                    state.userPositions[user] = head
                    return
                }
                // It may be on its way: only what is missing the next time, too, is lost.
                guard head > last else {
                    state.suspects[user] = nil
                    return
                }
                guard state.suspects.updateValue(last, forKey: user) == last else { return }
                state.suspects[user] = nil
                state.userPositions[user] = head
                startOver(user, &state)
            }
        case .direct, .node: break
        }
    }

    private func compare(_ channel: ChannelID, _ head: UInt64) async {
        let seen = state.withLock { state -> (seen: UInt64, isFirst: Bool)? in
            if let entry = state.channels[channel] {
                guard !entry.stream.isHeld else { return nil }
                guard let seen = entry.stream.last ?? entry.base else {
                    state.channels[channel]?.base = head
                    return nil
                }
                return head > seen ? (seen, entry.stream.last == nil) : nil
            }
            guard let entry = state.directs[channel], entry.channel != nil, !entry.stream.isHeld else { return nil }
            return entry.stream.last.flatMap { head > $0 ? ($0, false) : nil }
        }
        guard let seen else { return }
        let window: ReplayWindow
        do throws(BackendError) {
            window = try await bus.window(of: .channel(channel), after: seen.seen, limit: Self.windowMax)
        } catch {
            return logger.debug("a window is not read", metadata: ["error": "\(error.detail)"])
        }
        if !window.isComplete, window.events.isEmpty || seen.isFirst {
            giveUp(channel, upTo: seen.seen, or: head, window)
        }
        // As if they came now; one that has come meanwhile is refused by its position.
        for event in window.events { receive(event) }
        if !window.events.isEmpty {
            healed.increment()
            logger.notice("events that were lost are made up for", metadata: ["channel.id": "\(channel)"])
        }
    }

    /// What was lost of a channel is nowhere to be had: its sessions are told to fetch history.
    private func giveUp(_ channel: ChannelID, upTo seen: UInt64, or head: UInt64, _ window: ReplayWindow) {
        lost.increment()
        logger.notice("events of a channel are lost", metadata: ["channel.id": "\(channel)"])
        let (guild, parties) = state.withLock { state -> (GuildID?, [UserID]) in
            if window.events.isEmpty {
                state.channels[channel]?.stream.skip(to: head)
                state.directs[channel]?.stream.skip(to: head)
            }
            return (state.channels[channel]?.guild, state.directs[channel]?.channel?.parties ?? [])
        }
        if let guild { return postResync(channel, in: guild) }
        for party in parties { resync(channel, for: party) }
    }

    // MARK: Users

    /// Whether somebody is there for an event of a user, and it is the next one. One that is not tells that something is lost of what has
    /// no history: the user's sessions begin anew.
    func follows(_ event: FanoutEvent, of user: UserID, _ state: inout State) -> Bool {
        guard let counts = state.users[user] else { return false }
        let last = state.userPositions[user]
        state.userPositions[user] = max(event.position, last ?? 0)
        // Until the next sweep events come though nobody is there: whoever comes meanwhile does not miss them.
        guard !counts.isEmpty else { return false }
        guard let last, event.previous > last else { return true }
        startOver(user, &state)
        return false
    }

    private func startOver(_ user: UserID, _ state: inout State) {
        lost.increment()
        let loops = state.users[user]?.mask ?? 0
        state.missedUsers[user, default: 0] |= loops
        for loop in LoopSet(loops) { tellMissed(user, loop, &state) }
    }

    // MARK: The path

    /// Sends probes over a node's own stream until the task is cancelled.
    func probe(_ node: UInt16) async {
        guard await subscribe(.node(node)) == nil else {
            logger.error("the node's own stream cannot be subscribed to", metadata: ["node.number": "\(node)"])
            return
        }
        repeat {
            let now = time.monotonicMilliseconds
            let payload = state.withLock { $0.probe.next(now: now) }
            // A bus that is down answers with an error, which is no answer either.
            _ = try? await bus.publish([
                FanoutMessage(topic: .node(node), position: nil, epoch: 0, acceptedAt: 0, payload: payload)
            ])
        } while (try? await time.sleep(milliseconds: PathProbe.intervalMilliseconds)) != nil && !Task.isCancelled
    }

    func receiveProbe(_ event: FanoutEvent) {
        guard PathProbe.isProbe(event.payload) else { return }
        let now = time.monotonicMilliseconds
        state.withLock { $0.probe.returned(event.payload, now: now) }
    }

    /// Whether nothing that this gateway publishes comes back to it any more.
    var isPathLost: Bool {
        let now = time.monotonicMilliseconds
        return state.withLock { $0.probe.isLost(now: now) }
    }
}
