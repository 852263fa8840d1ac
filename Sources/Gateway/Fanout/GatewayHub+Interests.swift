import Chat
import Interface
import Services
import Synchronization

/// What loops need: granted before anything is loaded, so that nothing happens unseen between the two.
extension GatewayHub {
    /// Every event of the user from now on reaches the loop.
    func attach(user: UserID, loop: Int) async throws(ServiceError) {
        state.withLock { state in
            state.users[user, default: LoopCounts()].add(loop)
            state.unusedUsers.remove(user)
        }
        // In the user's turn, because a sweep may be unsubscribing. Subscribing again is harmless.
        let failure = await gate.with(user.rawValue) { await subscribe(.user(user)) }
        guard let failure else { return await lookAfter([.user(user)]) }
        release(.user(user), loop: loop)
        throw failure
    }

    /// Every event of the guild and its channels from now on reaches the loop. Answers the guild as it is, at least at `epoch`; `nil`, and
    /// nothing is granted, when there is none.
    func attach(guild: GuildID, loop: Int, atLeast epoch: UInt64) async throws(ServiceError) -> GuildSnapshot? {
        try await attach(.guild(guild), guild: guild, loop: loop, atLeast: epoch)
    }

    /// The same for one channel of it.
    func attach(
        channel: ChannelID, of guild: GuildID, loop: Int, atLeast epoch: UInt64
    ) async throws(ServiceError) -> GuildSnapshot? {
        try await attach(.channel(channel, of: guild), guild: guild, loop: loop, atLeast: epoch)
    }

    private func attach(
        _ interest: Interest, guild: GuildID, loop: Int, atLeast epoch: UInt64
    ) async throws(ServiceError) -> GuildSnapshot? {
        state.withLock { state in
            var entry = state.guilds[guild] ?? GuildEntry()
            if case .guild = interest { entry.full.add(loop) } else { entry.light.add(loop) }
            state.guilds[guild] = entry
            state.unusedGuilds.remove(guild)
        }
        let result = await gate.with(guild.rawValue) { () async -> Result<GuildSnapshot?, ServiceError> in
            do throws(ServiceError) {
                return .success(try await open(interest, guild: guild, loop: loop, atLeast: epoch))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let snapshot?):
            wakeHeld(guild)
            return snapshot
        case .success(nil):
            withdraw(interest, guild: guild, loop: loop)
            return nil
        case .failure(let error):
            withdraw(interest, guild: guild, loop: loop)
            throw error
        }
    }

    /// Takes back an interest that was not granted: of a channel, its part in the guild only.
    private func withdraw(_ interest: Interest, guild: GuildID, loop: Int) {
        state.withLock { state in
            if case .guild = interest {
                state.guilds[guild]?.full.remove(loop)
            } else {
                state.guilds[guild]?.light.remove(loop)
            }
            if state.guilds[guild]?.isUnused == true { state.unusedGuilds.insert(guild) }
        }
    }

    /// Sees to channels that were held when nobody needed the guild any more.
    private func wakeHeld(_ guild: GuildID) {
        let held = state.withLock { state in
            (state.guilds[guild]?.channels ?? []).filter { state.channels[$0]?.stream.isHeld == true }
        }
        for channel in held { submit(.channel(channel, of: guild), guild: guild) }
    }

    /// Subscribes to what the interest needs and is not there yet. In the guild's turn.
    private func open(
        _ interest: Interest, guild: GuildID, loop: Int, atLeast epoch: UInt64
    ) async throws(ServiceError) -> GuildSnapshot? {
        let known = state.withLock { $0.guilds[guild]?.epoch ?? 0 }
        if known == 0 {
            if let failure = await subscribe(.guild(guild)) { throw failure }
            guard let first = try await source.snapshot(of: guild, atLeast: epoch) else { return nil }
            state.withLock { $0.guilds[guild]?.epoch = first.epoch }
            // What was published between the snapshot and the subscription shows in the window.
            try await catchUp(guild, upTo: nil)
        }
        let reached = state.withLock { $0.guilds[guild]?.epoch ?? 0 }
        guard let snapshot = try await source.snapshot(of: guild, atLeast: max(epoch, reached)) else { return nil }
        switch interest {
        case .guild:
            guard state.withLock({ $0.guilds[guild]?.isWhole != true }) else { return snapshot }
            for channel in snapshot.channels.values where channel.holdsMessages {
                try await open(channel.id, of: guild, isNew: false)
            }
            state.withLock { $0.guilds[guild]?.isWhole = true }
            await lookAfter(snapshot.channels.values.filter(\.holdsMessages).map { .channel($0.id) })
        case .channel(let channel, _):
            try await open(channel, of: guild, isNew: false)
            state.withLock { $0.channels[channel]?.lazy.add(loop) }
            await lookAfter([.channel(channel)])
        case .user, .look: break
        }
        return snapshot
    }

    /// Makes the entry of a channel and subscribes to it, unless that has been done.
    /// - Parameter isNew: whether the channel came into being just now: what was sent to it before this subscription is fetched.
    func open(_ channel: ChannelID, of guild: GuildID, isNew: Bool) async throws(ServiceError) {
        let isMissing = state.withLock { state in
            guard state.channels[channel] == nil else { return false }
            state.channels[channel] = ChannelEntry(
                stream: ChannelStream(isHeld: isNew), guild: guild, posted: PostedPart(upTo: isNew ? 0 : nil))
            state.guilds[guild]?.channels.insert(channel)
            return true
        }
        guard isMissing else { return }
        if let failure = await subscribe(.channel(channel)) {
            state.withLock { state in
                state.channels[channel] = nil
                state.guilds[guild]?.channels.remove(channel)
            }
            throw failure
        }
    }

    func subscribe(_ topic: FanoutTopic) async -> ServiceError? {
        guard let subscription = state.withLock({ $0.subscription }) else {
            return ServiceError(.unavailable(retryAfterMilliseconds: 1_000), detail: "not attached to the bus")
        }
        do throws(BackendError) {
            try await subscription.subscribe(topic)
            return nil
        } catch {
            return ServiceError(error)
        }
    }

    /// Gives an interest back. What nobody needs is unsubscribed by a later sweep.
    func release(_ interest: Interest, loop: Int) {
        state.withLock { state in
            switch interest {
            case .user(let user):
                state.users[user]?.remove(loop)
                if state.users[user]?.isEmpty == true { state.unusedUsers.insert(user) }
            case .guild(let guild):
                state.guilds[guild]?.full.remove(loop)
                if state.guilds[guild]?.isUnused == true { state.unusedGuilds.insert(guild) }
            case .look(let guild):
                state.looks[guild]?.loops.remove(loop)
                if state.looks[guild]?.loops.isEmpty == true { state.unusedLooks.insert(guild) }
            case .channel(let channel, let guild):
                state.channels[channel]?.lazy.remove(loop)
                state.guilds[guild]?.light.remove(loop)
                if state.guilds[guild]?.isUnused == true { state.unusedGuilds.insert(guild) }
            }
        }
    }

    /// Unsubscribes from what nobody needs.
    func sweep() async {
        let (users, guilds, subscription) = state.withLock { state in
            defer {
                state.unusedUsers = []
                state.unusedGuilds = []
            }
            return (state.unusedUsers, state.unusedGuilds, state.subscription)
        }
        guard let subscription else { return }
        await sweepDirects(subscription)
        for user in users {
            await gate.with(user.rawValue) {
                let isGone = state.withLock { state in
                    guard state.users[user]?.isEmpty == true else { return false }
                    state.users[user] = nil
                    state.userPositions[user] = nil
                    state.suspects[user] = nil
                    return true
                }
                if isGone { await subscription.unsubscribe(.user(user)) }
            }
        }
        for guild in guilds {
            await gate.with(guild.rawValue) {
                let channels = state.withLock { state -> Set<ChannelID>? in
                    guard let entry = state.guilds[guild], entry.isUnused else { return nil }
                    for channel in entry.channels { state.channels[channel] = nil }
                    state.guilds[guild] = nil
                    return entry.channels
                }
                guard let channels else { return }
                await subscription.unsubscribe(.guild(guild))
                for channel in channels { await subscription.unsubscribe(.channel(channel)) }
            }
        }
    }
}
