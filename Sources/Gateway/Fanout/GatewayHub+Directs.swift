import Chat
import Interface
import Logging
import Services
import Synchronization

/// Direct channels. A session has too many to watch them all, so its user's stream announces each event before the channel's own stream
/// has it: with the first announcement the node takes up the channel's stream, exactly at what is announced, and drops it when it has
/// been quiet for longer than the bus remembers.
///
/// What an event concerns is decided by the channel as it was, at least, when the event was accepted (invariant I6): who has left a group
/// by then gets nothing more.
extension GatewayHub {
    struct DirectEntry {
        var stream: ChannelStream
        /// `nil` until it has been loaded.
        var channel: DirectChannel?
        var posted: PostedPart
        /// Monotonic milliseconds of the last announcement.
        var usedAt: UInt64
        /// Loops whose mailbox was full: they are told to fetch history before the next event.
        var missed: UInt64 = 0
    }

    /// Direct channels in use at a time. Beyond it events are not delivered, and the parties are told to fetch history.
    static let directsMax = 65_536
    /// How long a channel is kept that nothing happens in: longer than the bus remembers an event, so that none that comes again is
    /// taken for a new one.
    static let directIdleMilliseconds: UInt64 = 300_000

    // MARK: From the bus

    /// An event is about to happen in a channel of the user.
    func announce(_ position: UInt64, in channel: ChannelID, to user: UserID) {
        enum Next { case nothing, open, refuse }
        let now = time.monotonicMilliseconds
        let next = state.withLock { state -> Next in
            guard state.directs[channel] == nil else {
                state.directs[channel]?.usedAt = now
                return .nothing
            }
            guard state.directs.count < Self.directsMax else { return .refuse }
            let stream = ChannelStream(announced: position)
            state.directs[channel] = DirectEntry(stream: stream, posted: PostedPart(upTo: stream.last), usedAt: now)
            return .open
        }
        switch next {
        case .nothing: break
        case .open: lookAfter(channel, for: user)
        case .refuse: resync(channel, for: user)
        }
    }

    func receiveDirect(_ event: FanoutEvent, of channel: ChannelID) {
        enum Next { case nothing, post(DirectChannel), look }
        let next = state.withLock { state -> Next in
            guard var entry = state.directs[channel] else { return .nothing }
            defer { state.directs[channel] = entry }
            switch entry.stream.arrived(event) {
            case .duplicate, .held: return .nothing
            case .stopped: return .look
            case .take:
                guard let known = entry.channel, event.epoch <= known.version else {
                    entry.stream.hold(event)
                    return .look
                }
                entry.stream.took(event)
                return .post(known)
            }
        }
        switch next {
        case .nothing: break
        case .post(let known): post(event, of: known)
        case .look: lookAfter(channel, for: nil)
        }
    }

    private func lookAfter(_ channel: ChannelID, for user: UserID?) {
        guard !jobs.submit(.direct(channel), key: channel.rawValue) else { return }
        // Only a node that is stopping, or far behind, gets here: the next announcement begins anew.
        let entry = state.withLock { $0.directs.removeValue(forKey: channel) }
        for party in entry?.channel?.parties ?? user.map({ [$0] }) ?? [] { resync(channel, for: party) }
        logger.error("too many direct channels are opened at once", metadata: ["channel.id": "\(channel)"])
    }

    // MARK: In the channel's turn

    func work(onDirect channel: ChannelID) async {
        await gate.with(channel.rawValue) {
            while !Task.isCancelled, state.withLock({ $0.directs[channel] != nil }) {
                do throws(ServiceError) {
                    return try await takeHeld(ofDirect: channel)
                } catch {
                    logger.warning(
                        "a direct channel's events wait",
                        metadata: ["channel.id": "\(channel)", "error": "\(error.detail)"])
                    try? await time.sleep(milliseconds: Self.retryMilliseconds)
                }
            }
        }
    }

    /// Takes what was put aside, and what the window has before it.
    private func takeHeld(ofDirect channel: ChannelID) async throws(ServiceError) {
        if state.withLock({ $0.directs[channel]?.channel == nil }) {
            if let failure = await subscribe(.channel(channel)) { throw failure }
            guard try await refresh(channel, atLeast: 0) != nil else { return }
            try await take(state.withLock { $0.directs[channel]?.stream.takeAside() } ?? [], ofDirect: channel)
        }
        while let held = state.withLock({ $0.directs[channel]?.stream.release() }) {
            try await take(held, ofDirect: channel)
        }
    }

    private func take(_ held: [FanoutEvent], ofDirect channel: ChannelID) async throws(ServiceError) {
        do throws(ServiceError) {
            guard let stream = state.withLock({ $0.directs[channel]?.stream }), let last = stream.last else { return }
            let window: ReplayWindow
            do throws(BackendError) {
                window = try await bus.window(of: .channel(channel), after: last, limit: Self.windowMax)
            } catch {
                throw ServiceError(error)
            }
            let events = (window.events + held).sorted { $0.position < $1.position }.filter { $0.position > last }
            // What was announced, and nothing before it, is to be there.
            let isWhole = stream.announced.map { events.first?.position ?? $0 == $0 } ?? window.isComplete
            if !isWhole {
                logger.notice("events of a channel are lost", metadata: ["channel.id": "\(channel)"])
                for party in state.withLock({ $0.directs[channel]?.channel?.parties }) ?? [] {
                    resync(channel, for: party)
                }
            }
            for event in events {
                guard let entry = state.withLock({ $0.directs[channel] }), var known = entry.channel else { return }
                guard event.position > entry.stream.last ?? 0 else { continue }
                if event.epoch > known.version {
                    guard let newer = try await refresh(channel, atLeast: event.epoch) else { return }
                    known = newer
                }
                state.withLock { $0.directs[channel]?.stream.took(event) }
                post(event, of: known)
            }
        } catch {
            state.withLock { state in
                for event in held { state.directs[channel]?.stream.hold(event) }
            }
            throw error
        }
    }

    /// Loads the channel. When it has ended it is forgotten, and the answer is `nil`.
    private func refresh(_ channel: ChannelID, atLeast version: UInt64) async throws(ServiceError) -> DirectChannel? {
        let known = try await source.direct(channel, atLeast: version)
        state.withLock { state in
            if let known { state.directs[channel]?.channel = known } else { state.directs[channel] = nil }
        }
        if known == nil { await state.withLock { $0.subscription }?.unsubscribe(.channel(channel)) }
        return known
    }

    /// Unsubscribes from channels that nobody here is a party to, and from quiet ones.
    func sweepDirects(_ subscription: any FanoutSubscription) async {
        let now = time.monotonicMilliseconds
        let idle = state.withLock { state in
            state.directs.filter { Self.isIdle($0.value, now: now, users: state.users) }.map(\.key)
        }
        for channel in idle {
            await gate.with(channel.rawValue) {
                let isGone = state.withLock { state in
                    guard let entry = state.directs[channel], Self.isIdle(entry, now: now, users: state.users) else {
                        return false
                    }
                    state.directs[channel] = nil
                    return true
                }
                if isGone { await subscription.unsubscribe(.channel(channel)) }
            }
        }
    }

    private static func isIdle(_ entry: DirectEntry, now: UInt64, users: [UserID: LoopCounts]) -> Bool {
        guard let channel = entry.channel, !entry.stream.isHeld else { return false }
        return now - entry.usedAt >= directIdleMilliseconds || channel.parties.allSatisfy { users[$0] == nil }
    }

    // MARK: To the loops

    private func post(_ event: FanoutEvent, of channel: DirectChannel) {
        guard let decoded = try? ChannelEvent(encoded: event.payload) else {
            logger.error("an event cannot be read", metadata: ["channel.id": "\(channel.id)"])
            let resync = DirectDispatch(resyncOf: channel.id, for: channel.parties)
            return post([resync], of: channel.id, for: channel.parties, event)
        }
        let acceptedAt: UInt64 = if case .messageCreated = decoded { event.acceptedAt } else { 0 }
        let dispatches = EventFrames.tellings(of: decoded, files).map { telling in
            DirectDispatch(
                channel: channel.id, parties: channel.parties, frame: telling.frame,
                intents: telling.intent.inDirects, acceptedAt: acceptedAt)
        }
        post(dispatches, of: channel.id, for: channel.parties, event)
    }

    /// Tells a user's sessions to fetch a channel's history.
    func resync(_ channel: ChannelID, for user: UserID) {
        post([DirectDispatch(resyncOf: channel, for: [user])], of: channel, for: [user], nil)
    }

    /// - Parameters:
    ///   - dispatches: behind the name of a channel of which a loop has missed something.
    ///   - event: what they tell of; all of them are posted in one step.
    func post(_ dispatches: [DirectDispatch], of channel: ChannelID, for parties: [UserID], _ event: FanoutEvent?) {
        let partition = event.flatMap { StoredEvent.partition(ofEncoded: $0.payload) }
        state.withLock { state in
            var missed = state.directs[channel]?.missed ?? 0
            let loops = parties.reduce(UInt64(0)) { $0 | (state.users[$1]?.mask ?? 0) }
            for loop in LoopSet(loops) {
                let bit: UInt64 = 1 << UInt64(loop)
                let resync = DirectDispatch(resyncOf: channel, for: parties)
                if missed & bit != 0, ports.post(.direct(resync), to: loop) { missed &= ~bit }
                for dispatch in dispatches where missed & bit != 0 || !ports.post(.direct(dispatch), to: loop) {
                    missed |= bit
                }
            }
            state.directs[channel]?.missed = missed
            if let event { state.directs[channel]?.posted.posted(event.position, partition: partition) }
        }
    }
}
