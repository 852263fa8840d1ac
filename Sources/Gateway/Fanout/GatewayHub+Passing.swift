import Chat
import Interface
import Logging
import Services
import Synchronization
import Wire

/// What passes without a trace: presences, typing and voice states, on the gateways where somebody looks.
extension GatewayHub {
    /// A guild at which somebody looks.
    struct LookEntry {
        var loops = LoopCounts()
        /// Events accepted under an epoch that has not been posted yet.
        var held: [FanoutEvent] = []
        /// Loops that have not got everything: they are told before the next event.
        var missed: UInt64 = 0
        /// The last position seen.
        var last: UInt64?
    }

    /// Events of one guild that may wait for its epoch. Beyond it the newest is dropped, and its sessions are told so.
    static let passingHeldMax = 256

    /// Everything that passes in a guild from now on reaches the loop.
    func attach(lookAt guild: GuildID, loop: Int) async throws(ServiceError) {
        state.withLock { state in
            var entry = state.looks[guild] ?? LookEntry()
            // What was left when nobody looked any more is nobody's.
            if entry.loops.isEmpty { entry.held = [] }
            entry.loops.add(loop)
            state.looks[guild] = entry
            state.unusedLooks.remove(guild)
        }
        let failure = await gate.with(guild.rawValue) { await subscribe(.presence(guild)) }
        guard let failure else { return await lookAfter([.presence(guild)]) }
        release(.look(guild), loop: loop)
        throw failure
    }

    /// Unsubscribes from guilds at which nobody looks any more.
    func sweepLooks() async {
        let (guilds, subscription) = state.withLock { state in
            defer { state.unusedLooks = [] }
            return (state.unusedLooks, state.subscription)
        }
        guard let subscription else { return }
        for guild in guilds {
            await gate.with(guild.rawValue) {
                let isGone = state.withLock { state in
                    guard state.looks[guild]?.loops.isEmpty == true else { return false }
                    state.looks[guild] = nil
                    return true
                }
                if isGone { await subscription.unsubscribe(.presence(guild)) }
            }
        }
    }

    func receive(_ event: FanoutEvent, passing guild: GuildID) {
        enum Next { case nothing, post, look }
        let next = state.withLock { state -> Next in
            guard var entry = state.looks[guild] else { return .nothing }
            defer { state.looks[guild] = entry }
            if let last = entry.last, event.previous > last { entry.missed = entry.loops.mask }
            entry.last = max(entry.last ?? 0, event.position)
            // Until the next sweep nobody may be there: whoever comes meanwhile does not miss it.
            guard !entry.loops.isEmpty else { return .nothing }
            let epoch = state.guilds[guild]?.epoch ?? 0
            guard !entry.held.isEmpty || event.epoch > epoch else { return .post }
            guard entry.held.count < Self.passingHeldMax else {
                entry.missed = entry.loops.mask
                return .nothing
            }
            entry.held.append(event)
            // Asked again now and then, in case that nobody could look after the first.
            return entry.held.count % 32 == 1 ? .look : .nothing
        }
        switch next {
        case .nothing: break
        case .post: post(event, passing: guild)
        case .look: submit(.passing(guild), guild: guild)
        }
    }

    /// Brings the guild to the epoch of what waits, and lets that pass. In the guild's turn.
    func takePassing(in guild: GuildID) async throws(ServiceError) {
        while let newest = state.withLock({ $0.looks[guild]?.held.map(\.epoch).max() }) {
            let reached = state.withLock { $0.guilds[guild]?.epoch ?? 0 }
            // Without a snapshot there is nobody to tell.
            if reached > 0, newest > reached { try await catchUp(guild, upTo: newest) }
            let held = state.withLock { state in
                defer { state.looks[guild]?.held = [] }
                return state.looks[guild]?.held ?? []
            }
            for event in held { post(event, passing: guild) }
        }
    }

    private func post(_ event: FanoutEvent, passing guild: GuildID) {
        guard let decoded = try? PassingEvent(encoded: event.payload) else {
            return logger.error("an event cannot be read", metadata: ["guild.id": "\(guild)"])
        }
        let mail = SessionMail.passing(PassingDispatch(decoded, in: guild))
        state.withLock { state in
            guard var entry = state.looks[guild] else { return }
            for loop in LoopSet(entry.loops.mask) {
                let bit: UInt64 = 1 << UInt64(loop)
                if entry.missed & bit != 0, ports.post(.passingMissed(guild), to: loop) { entry.missed &= ~bit }
                if !ports.post(mail, to: loop) { entry.missed |= bit }
            }
            state.looks[guild] = entry
        }
    }
}
