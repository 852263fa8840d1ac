package import Chat
package import Interface
package import Logging
import Synchronization

/// Op 4: where a session wants to be heard, and how.
package struct VoiceRequest: Hashable, Sendable {
    package var guild: GuildID
    /// `nil` leaves.
    package var channel: ChannelID?
    package var isSelfMuted: Bool
    package var isSelfDeafened: Bool
    package var hasVideo: Bool

    package init(
        guild: GuildID, channel: ChannelID?, isSelfMuted: Bool = false, isSelfDeafened: Bool = false,
        hasVideo: Bool = false
    ) {
        self.guild = guild
        self.channel = channel
        self.isSelfMuted = isSelfMuted
        self.isSelfDeafened = isSelfDeafened
        self.hasVideo = hasVideo
    }
}

/// Who is in which voice channel: who may, who is put out, and who is told. Sound itself is not carried here.
///
/// A member stays until it or a moderator ends it, the session that joined is over, the channel is gone, or the member may not see it any
/// more or is timed out. For the last three the service listens to the guilds in whose channels somebody is.
package final class VoiceService: Sendable {
    /// Takes the events of guilds, so that the bus holds this and not the service, which holds the bus.
    private final class Inbox: FanoutReceiver {
        struct State {
            /// Guilds to be looked through, with the members whose flags may have changed.
            var changed: [GuildID: Set<UserID>] = [:]
            var waiter: CheckedContinuation<Void, Never>?
            var isClosed = false
        }

        let state = Mutex(State())

        func receive(_ event: FanoutEvent) {
            guard case .guild(let guild) = event.topic else { return }
            var users: Set<UserID> = []
            if case .memberUpdated(let profile)? = try? GuildEvent(encoded: event.payload) { users = [profile.user.id] }
            note(guild, users)
        }

        func note(_ guild: GuildID, _ users: Set<UserID> = []) {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.changed[guild, default: []].formUnion(users)
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    private let store: any VoiceStore
    private let bus: any FanoutBus
    private let access: Access
    private let time: any TimeSource
    private let logger: Logger
    private let inbox = Inbox()
    private let topics: TopicKeeper
    /// Guilds whose events are listened to.
    private let held = Mutex<Set<GuildID>>([])

    package init(store: any VoiceStore, bus: any FanoutBus, access: Access, time: any TimeSource, logger: Logger) {
        self.store = store
        self.bus = bus
        self.access = access
        self.time = time
        self.logger = logger
        topics = TopicKeeper(bus: bus, receiver: inbox)
    }

    // MARK: Coming and going

    /// Puts a session's user into a channel, changes how it is heard there, or takes it out. Takes CONNECT, and MOVE_MEMBERS where the
    /// channel is full.
    /// - Throws: `.unknownGuild`, `.unknownChannel`, `.missingAccess`, `.missingPermissions`, `.wrongChannelType`,
    ///   `.tooMany(.voiceMembers)`, `.unavailable`.
    package func update(_ request: VoiceRequest, of session: UserSession) async throws(ServiceError) {
        guard let channel = request.channel else {
            let grant = try await access.guild(request.guild, for: session.user)
            let step = try await ask { () async throws(BackendError) in
                try await store.leave(session.user, in: request.guild, session: nil)
            }
            guard let step else { return }
            return try await publish(step, member: grant.profile, of: request.guild, epoch: grant.snapshot.epoch)
        }
        try await listen(to: request.guild)
        let grant = try await access.channel(channel, for: session.user, needing: .connect)
        guard case .guild(let snapshot, let profile) = grant.place, snapshot.guild.id == request.guild else {
            throw ServiceError(.unknownChannel)
        }
        guard grant.channel.kind == .voice else { throw ServiceError(.wrongChannelType) }
        let isLimited = grant.channel.userLimit > 0 && !grant.permissions.contains(.moveMembers)
        let state = VoiceState(
            guild: request.guild, user: session.user, channel: channel, session: session.tag,
            isSelfMuted: request.isSelfMuted, isSelfDeafened: request.isSelfDeafened, hasVideo: request.hasVideo,
            isSuppressed: !grant.permissions.contains(.speak))
        let step = try await ask { () async throws(BackendError) in
            try await store.join(state, limit: isLimited ? Int(grant.channel.userLimit) : nil)
        }
        guard let step else { throw ServiceError(.tooMany(.voiceMembers)) }
        // What changed between the look at the rights and the step has not found the member there.
        if access.cache.cached(request.guild)?.epoch != snapshot.epoch { inbox.note(request.guild) }
        guard step.now != step.before else { return }
        try await publish(step, member: profile, of: request.guild, epoch: snapshot.epoch)
    }

    /// A session is over: it leaves its channels.
    package func leave(_ session: UserSession) async {
        do throws(BackendError) {
            for step in try await store.leave(session) {
                guard let guild = step.before?.guild else { continue }
                await announce(step, of: guild)
            }
        } catch {
            logger.warning("a voice state stays", metadata: ["error": "\(error.operation): \(error.detail)"])
        }
    }

    /// Moves a member to another voice channel, or out with `nil`, on another's word. Takes MOVE_MEMBERS, and CONNECT where the member is
    /// to go; the member has to be able to see that channel.
    /// - Throws: `.unknownGuild`, `.unknownMember`, `.unknownChannel`, `.missingAccess`, `.missingPermissions`, `.wrongChannelType`,
    ///   `.notInVoice`, `.unavailable`.
    package func move(
        _ user: UserID, in guild: GuildID, to channel: ChannelID?, by asker: UserID
    ) async throws(ServiceError) {
        let asking = try await access.guild(guild, for: asker)
        guard let profile = try await access.cache.member(user, of: guild) else { throw ServiceError(.unknownMember) }
        let present = try await ask { () async throws(BackendError) in try await store.state(of: user, in: guild) }
        let step: VoiceStep?
        if let channel {
            let grant = try await access.channel(channel, for: asker, needing: [.connect, .moveMembers])
            guard case .guild(let snapshot, _) = grant.place, snapshot.guild.id == guild else {
                throw ServiceError(.unknownChannel)
            }
            guard grant.channel.kind == .voice else { throw ServiceError(.wrongChannelType) }
            let theirs = snapshot.permissions(of: profile.member, in: grant.channel, at: access.cache.now)
            guard theirs.contains(.viewChannel) else { throw ServiceError(.missingPermissions) }
            guard present != nil else { throw ServiceError(.notInVoice) }
            step = try await ask { () async throws(BackendError) in
                try await store.move(user, in: guild, to: channel, isSuppressed: !theirs.contains(.speak))
            }
        } else {
            let place = present.flatMap { asking.snapshot.channels[$0.channel] }
            let held = place.map { asking.permissions(in: $0) }
            guard (held ?? asking.permissions).contains(.moveMembers) else { throw ServiceError(.missingPermissions) }
            step = try await ask { () async throws(BackendError) in
                try await store.leave(user, in: guild, session: nil)
            }
        }
        guard let step else { throw ServiceError(.notInVoice) }
        guard step.now != step.before else { return }
        try await publish(step, member: profile, of: guild, epoch: asking.snapshot.epoch)
    }

    /// Takes up who was in voice channels when the node ended. Nobody is told of those who stay; whoever may not be there any more is taken out
    /// as after every change of the guild. The others have left, and everybody is told so.
    package func restore(_ staying: [VoiceState], left: [VoiceState]) async {
        for state in staying {
            do throws(ServiceError) {
                try await listen(to: state.guild)
                _ = try await ask { () async throws(BackendError) in try await store.join(state, limit: nil) }
                inbox.note(state.guild)
            } catch {
                logger.warning("a voice state is lost", metadata: ["error": "\(error.detail)"])
            }
        }
        for state in left { await announce(VoiceStep(now: nil, before: state), of: state.guild) }
    }

    // MARK: Asking

    /// Everybody in a guild's voice channels, in no order; who may see which is the caller's to say.
    package func states(of guild: GuildID) async throws(ServiceError) -> [VoiceState] {
        try await ask { () async throws(BackendError) in try await store.states(of: guild) }
    }

    /// Where a member is heard, to another who may see that channel.
    /// - Throws: `.unknownGuild`, `.unknownVoiceState`, `.unavailable`.
    package func state(
        of user: UserID, in guild: GuildID, for asker: UserID
    ) async throws(ServiceError) -> (state: VoiceState, member: MemberProfile) {
        let grant = try await access.guild(guild, for: asker)
        let state = try await ask { () async throws(BackendError) in try await store.state(of: user, in: guild) }
        guard let state, let channel = grant.snapshot.channels[state.channel],
            grant.permissions(in: channel).contains(.viewChannel),
            let member = try await access.cache.member(user, of: guild)
        else { throw ServiceError(.unknownVoiceState) }
        return (state, member)
    }

    // MARK: Looking after the channels

    /// Looks through guilds that have changed, until it is cancelled.
    func run() async {
        await withTaskCancellationHandler {
            while !Task.isCancelled {
                await work()
                await waitForChanges()
            }
        } onCancel: {
            let waiter = inbox.state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.isClosed = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    private func waitForChanges() async {
        await withCheckedContinuation { continuation in
            let isReady = inbox.state.withLock { state in
                guard state.changed.isEmpty, !state.isClosed else { return true }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// Looks through the guilds that have changed.
    package func work() async {
        while !Task.isCancelled,
            let (guild, users) = inbox.state.withLock({ state -> (GuildID, Set<UserID>)? in
                guard let (guild, users) = state.changed.first else { return nil }
                state.changed[guild] = nil
                return (guild, users)
            })
        {
            do throws(ServiceError) {
                try await lookThrough(guild, changed: users)
            } catch {
                logger.warning(
                    "voice channels are looked through later",
                    metadata: ["guild.id": "\(guild)", "error": "\(error.detail)"])
                guard (try? await time.sleep(milliseconds: PresenceService.retryMilliseconds)) != nil else { return }
                inbox.note(guild, users)
            }
        }
    }

    /// Takes out who may not be there any more, and tells of members who are heard differently.
    private func lookThrough(_ guild: GuildID, changed: Set<UserID>) async throws(ServiceError) {
        let states = try await states(of: guild)
        guard !states.isEmpty else { return try await stopListening(to: guild) }
        let snapshot = try await access.cache.snapshot(of: guild)
        for state in states {
            let member = try await access.cache.member(state.user, of: guild)
            let isAllowed =
                if let snapshot, let member, let channel = snapshot.channels[state.channel] {
                    snapshot.permissions(of: state.user, roles: member.member.roles, in: channel)
                        .contains(.viewChannel) && !snapshot.isTimedOut(member.member, at: access.cache.now)
                } else {
                    false
                }
            if !isAllowed {
                let step = try await ask { () async throws(BackendError) in
                    try await store.leave(state.user, in: guild, session: state.session)
                }
                if let step { await announce(step, of: guild) }
            } else if changed.contains(state.user), let snapshot {
                try await publish(
                    VoiceStep(now: state, before: state), member: member, of: guild, epoch: snapshot.epoch)
            }
        }
    }

    /// Once this returns, changes of the guild are noticed.
    private func listen(to guild: GuildID) async throws(ServiceError) {
        guard held.withLock({ !$0.contains(guild) }) else { return }
        do throws(BackendError) {
            try await topics.hold(.guild(guild))
        } catch {
            throw ServiceError(error)
        }
        // Another may have been as quick: one hold is enough.
        if !held.withLock({ $0.insert(guild).inserted }) { topics.release(.guild(guild)) }
    }

    private func stopListening(to guild: GuildID) async throws(ServiceError) {
        guard held.withLock({ $0.remove(guild) }) != nil else { return }
        topics.release(.guild(guild))
        // Somebody may have come meanwhile, and found the guild listened to.
        guard try await !states(of: guild).isEmpty else { return }
        try await listen(to: guild)
        inbox.note(guild)
    }

    // MARK: Telling

    /// Publishes a step that has been taken, whatever comes of it.
    private func announce(_ step: VoiceStep, of guild: GuildID) async {
        do throws(ServiceError) {
            guard let snapshot = try await access.cache.snapshot(of: guild), let user = (step.now ?? step.before)?.user
            else { return }
            let member = try await access.cache.member(user, of: guild)
            try await publish(step, member: member, of: guild, epoch: snapshot.epoch)
        } catch {
            logger.warning("a voice state is not published", metadata: ["error": "\(error.detail)"])
        }
    }

    private func publish(
        _ step: VoiceStep, member: MemberProfile?, of guild: GuildID, epoch: UInt64
    ) async throws(ServiceError) {
        let event = PassingEvent.voice(VoiceChange(member: member, now: step.now, before: step.before))
        var messages = [
            FanoutMessage(
                topic: .presence(guild), position: nil, epoch: epoch, acceptedAt: time.unixMilliseconds,
                payload: event.encoded())
        ]
        // For the session's own gateway, which may not look at the guild.
        if let state = step.now ?? step.before {
            messages.append(
                FanoutMessage(
                    topic: .user(state.user), position: nil, epoch: 0, acceptedAt: time.unixMilliseconds,
                    payload: UserEvent.heard(state, isThere: step.now != nil).encoded()))
        }
        try await ask { () async throws(BackendError) in try await bus.publish(messages) }
    }

    @discardableResult
    private func ask<Value>(_ question: () async throws(BackendError) -> Value) async throws(ServiceError) -> Value {
        do throws(BackendError) {
            return try await question()
        } catch {
            throw ServiceError(error)
        }
    }
}
