import Chat
import Interface
import Logging
import Services
import Synchronization

/// Guild events and whatever else takes a wait. All in the guild's turn at the gate.
extension GatewayHub {
    func work(_ job: Job) async {
        switch job {
        case .guild(let guild):
            await work(on: guild) { () async throws(ServiceError) in try await self.takeQueue(of: guild) }
        case .channel(let channel, let guild):
            await work(on: guild) { () async throws(ServiceError) in try await self.takeHeld(of: channel, in: guild) }
        case .passing(let guild):
            await work(on: guild) { () async throws(ServiceError) in try await self.takePassing(in: guild) }
        case .direct(let channel): await work(onDirect: channel)
        case .guildBehind(let guild, let epoch):
            await work(on: guild) { () async throws(ServiceError) in try await self.catchUp(guild, upTo: epoch) }
        }
    }

    private func work(on guild: GuildID, _ body: () async throws(ServiceError) -> Void) async {
        await gate.with(guild.rawValue) {
            // A backend that is down is asked again for as long as somebody needs the guild; what happens meanwhile waits within bounds.
            while !Task.isCancelled, state.withLock({ $0.guilds[guild]?.isUnused == false }) {
                do throws(ServiceError) {
                    return try await body()
                } catch {
                    logger.warning(
                        "a guild's events wait", metadata: ["guild.id": "\(guild)", "error": "\(error.detail)"])
                    try? await time.sleep(milliseconds: Self.retryMilliseconds)
                }
            }
            state.withLock { $0.guilds[guild]?.isQueued = false }
        }
    }

    // MARK: Guilds

    /// Takes the events that wait, in order.
    private func takeQueue(of guild: GuildID) async throws(ServiceError) {
        while true {
            let (events, hasLost, epoch) = state.withLock { state -> ([FanoutEvent], Bool, UInt64) in
                guard let entry = state.guilds[guild] else { return ([], false, 0) }
                defer {
                    state.guilds[guild]?.queue = []
                    state.guilds[guild]?.hasLost = false
                    if entry.queue.isEmpty { state.guilds[guild]?.isQueued = false }
                }
                return (entry.queue, entry.hasLost, entry.epoch)
            }
            guard let newest = events.map(\.position).max() else { return }
            // Before the first snapshot there is nobody to tell.
            guard epoch > 0 else { continue }
            do throws(ServiceError) {
                if hasLost {
                    try await readAnew(guild, atLeast: newest)
                } else {
                    try await take(events, of: guild)
                }
            } catch {
                // The next attempt finds them in the window.
                state.withLock { state in
                    state.guilds[guild]?.queue.insert(contentsOf: events.suffix(1), at: 0)
                    if hasLost { state.guilds[guild]?.hasLost = true }
                }
                throw error
            }
        }
    }

    /// Takes events, and fetches from the window what is missing between them: each change raises the epoch by exactly one.
    private func take(_ events: [FanoutEvent], of guild: GuildID) async throws(ServiceError) {
        for event in events.sorted(by: { $0.position < $1.position }) {
            let epoch = state.withLock { $0.guilds[guild]?.epoch ?? 0 }
            guard event.position > epoch else { continue }
            if event.position == epoch + 1 {
                try await tell(event, of: guild)
            } else {
                try await catchUp(guild, upTo: event.position)
            }
        }
    }

    /// Takes what the bus remembers of the guild; when that does not reach `epoch` without a gap, reads the guild anew.
    func catchUp(_ guild: GuildID, upTo epoch: UInt64?) async throws(ServiceError) {
        let reached = state.withLock { $0.guilds[guild]?.epoch ?? 0 }
        let window: ReplayWindow
        do throws(BackendError) {
            window = try await bus.window(of: .guild(guild), after: reached, limit: Self.windowMax)
        } catch {
            throw ServiceError(error)
        }
        var expected = reached + 1
        for event in window.events where event.position >= expected {
            guard event.position == expected else { return try await readAnew(guild, atLeast: event.position) }
            try await tell(event, of: guild)
            expected += 1
        }
        if let epoch, expected <= epoch { try await readAnew(guild, atLeast: epoch) }
    }

    /// Posts one change of a guild.
    private func tell(_ event: FanoutEvent, of guild: GuildID) async throws(ServiceError) {
        guard let decoded = try? GuildEvent(encoded: event.payload) else {
            logger.error("an event cannot be read", metadata: ["guild.id": "\(guild)"])
            return try await readAnew(guild, atLeast: event.position)
        }
        let snapshot = try await source.snapshot(of: guild, atLeast: event.position)
        try await openNewChannels(of: snapshot)
        await post(
            GuildNews(
                guild: guild, snapshot: snapshot, change: EventFrames.memberChange(decoded, of: guild),
                notice: EventFrames.moderationNotice(decoded, of: guild), position: event.position),
            epoch: event.position)
    }

    /// Changes of members may have been missed: posts the guild as it is now, and has every session's roles read again.
    private func readAnew(_ guild: GuildID, atLeast epoch: UInt64) async throws(ServiceError) {
        let snapshot = try await source.snapshot(of: guild, atLeast: epoch)
        try await openNewChannels(of: snapshot)
        await post(
            GuildNews(guild: guild, snapshot: snapshot, isIncomplete: true), epoch: max(epoch, snapshot?.epoch ?? 0))
    }

    /// Subscribes to channels that have come into being, before anybody is told of them.
    private func openNewChannels(of snapshot: GuildSnapshot?) async throws(ServiceError) {
        guard let snapshot, state.withLock({ $0.guilds[snapshot.guild.id]?.isWhole == true }) else { return }
        for channel in snapshot.channels.values where channel.holdsMessages {
            guard state.withLock({ $0.channels[channel.id] == nil }) else { continue }
            try await open(channel.id, of: snapshot.guild.id, isNew: true)
            submit(.channel(channel.id, of: snapshot.guild.id), guild: snapshot.guild.id)
        }
    }

    /// Posts to every loop that knows the guild, however long it takes: a change of rights must not be lost. Only then may events pass that
    /// were accepted under the new epoch.
    private func post(_ news: GuildNews, epoch: UInt64) async {
        let loops = state.withLock { $0.guilds[news.guild]?.loops ?? 0 }
        for loop in LoopSet(loops) {
            while !ports.post(.guild(news), to: loop), !Task.isCancelled {
                guard (try? await time.sleep(milliseconds: Self.retryMilliseconds)) != nil else { break }
            }
        }
        state.withLock { state in
            guard let entry = state.guilds[news.guild] else { return }
            state.guilds[news.guild]?.epoch = max(entry.epoch, epoch)
        }
    }

    // MARK: Channels

    /// Takes what was put aside in a channel, after everything that has to come before it.
    private func takeHeld(of channel: ChannelID, in guild: GuildID) async throws(ServiceError) {
        var isFirst = true
        while true {
            let (held, last) = state.withLock { state in
                let last = state.channels[channel]?.stream.last
                // A new channel's beginning is in the window, whatever has arrived since.
                if isFirst && last == 0 { return (state.channels[channel]?.stream.takeAside(), last) }
                return (state.channels[channel]?.stream.release(), last)
            }
            guard let held else { return }
            do throws(ServiceError) {
                let isNew = isFirst && last == 0
                isFirst = false
                try await take(held, of: channel, in: guild, isNew: isNew)
            } catch {
                state.withLock { state in
                    for event in held { state.channels[channel]?.stream.hold(event) }
                }
                throw error
            }
        }
    }

    private func take(
        _ held: [FanoutEvent], of channel: ChannelID, in guild: GuildID, isNew: Bool
    ) async throws(ServiceError) {
        var events = held
        let last = state.withLock { $0.channels[channel]?.stream.last }
        if let last, isNew || held.contains(where: { $0.position > last }) && held.first?.previous != last {
            let window: ReplayWindow
            do throws(BackendError) {
                window = try await bus.window(of: .channel(channel), after: last, limit: Self.windowMax)
            } catch {
                throw ServiceError(error)
            }
            events = (window.events + held).sorted { $0.position < $1.position }
            if !window.isComplete, !isNew {
                logger.notice("events of a channel are lost", metadata: ["channel.id": "\(channel)"])
                postResync(channel, in: guild)
            }
        }
        for event in events {
            guard let entry = state.withLock({ $0.channels[channel] }) else { return }
            if let last = entry.stream.last {
                guard event.position > last else { continue }
            }
            let reached = state.withLock { $0.guilds[guild]?.epoch ?? 0 }
            if event.epoch > reached { try await catchUp(guild, upTo: event.epoch) }
            state.withLock { $0.channels[channel]?.stream.took(event) }
            post(event, of: channel, in: guild)
        }
    }
}
