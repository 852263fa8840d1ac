import Chat
import Interface
import Services
import Wire

/// Presences, typing and voice states: the class of dispatches that can be done without.
///
/// Presences and typing go to a session only while less than half of what may wait for it does, and get their sequence number when they are
/// sent: one that is shed leaves no hole. A session that is away keeps presences in half of its ring, so that they cannot push messages
/// out. Whoever was not sent a presence is told by PRESENCE_RESYNC once there is room. Voice states, entries of audit logs, and that webhooks
/// have changed, are delivered like messages.
extension SessionHandler {
    /// Ticks in which every session's presence is refreshed once: three times in a session's life.
    private static let refreshTicks: Int32 = 20

    // MARK: To the service

    /// Tells the service of a session that has come, or shows something else.
    func showPresence(of session: Int32, guilds: [GuildID]? = nil) {
        let cell = sessions.cells + Int(session)
        let shown = SessionPresence(
            status: cell.pointee.presence, activities: activities[session] ?? [], platform: cell.pointee.platform)
        surroundings.source.report([.show(name(of: session), shown, guilds: guilds)])
    }

    /// Op 3.
    func update(_ update: PresenceUpdate, of session: Int32) {
        let cell = sessions.cells + Int(session)
        let shown = update.presence(on: cell.pointee.platform, now: surroundings.time.unixMilliseconds)
        cell.pointee.presence = shown.status
        activities[session] = shown.activities.isEmpty ? nil : shown.activities
        noteChange(of: session)
        showPresence(of: session)
    }

    /// What others may know a session by.
    func name(of session: Int32) -> UserSession {
        let cell = sessions.cells + Int(session)
        return UserSession(user: cell.pointee.user, tag: cell.pointee.id.tag)
    }

    /// Keeps the presences of a twentieth of the sessions alive. That a connection is there says that it was heard of within a minute.
    func refreshPresences() {
        refreshTick = (refreshTick + 1) % Self.refreshTicks
        var names: [UserSession] = []
        var session = refreshTick
        while session < sessions.slots.upperBound {
            let cell = sessions.cells + Int(session)
            if cell.pointee.phase == .live, cell.pointee.isConnected { names.append(name(of: session)) }
            session += Self.refreshTicks
        }
        refresh(names)
    }

    func refresh(_ names: [UserSession]) {
        guard !names.isEmpty else { return }
        let (ports, loop) = (surroundings.ports, loopIndex)
        surroundings.source.report([.refresh(names) { ports.post(.unknownPresences($0), to: loop) }])
    }

    /// The store has lost these sessions: those that are still there are shown again.
    func reassert(_ names: [UserSession]) {
        for name in names {
            for session in sessions(of: name.user) where sessions.cells[Int(session)].id.tag == name.tag {
                let guilds = sessions.cells[Int(session)].memberships.map(\.guild)
                showPresence(of: session, guilds: guilds)
            }
        }
    }

    /// A session's user is heard somewhere, by this session or another.
    func noteVoice(_ state: VoiceState, isThere: Bool, session: Int32) {
        let isOurs = isThere && sessions.cells[Int(session)].id.tag == state.session
        guard isOurs || voices[session] != nil else { return }
        var held = (voices[session] ?? []).filter { $0.guild != state.guild }
        if isOurs { held.append(state) }
        voices[session] = held.isEmpty ? nil : held
        noteChange(of: session)
        // Nothing else would tell, after a crash, who was heard: what has a position is read again from the log.
        surroundings.bell.ring()
    }

    // MARK: To the sessions

    func collect(_ event: PassingDispatch, on loop: Loop) {
        recent.add(event)
        guard let guild = guilds[event.guild] else { return }
        switch event.kind {
        case .presence(let user, let frame): pass(frame, to: lookers(at: user, in: guild), on: loop)
        case .typing(let channel, let frame):
            let rosters = viewers(of: channel, in: guild, wanting: .guildMessageTyping)
            guard rosters.contains(where: { !$0.members.isEmpty }) else { return }
            makeRoom(for: frame, on: loop)
            guard let number = log.append(frame, now: loop.now) else { return }
            for roster in rosters { typing(number, to: roster, on: loop) }
        case .audited(let frame):
            let notice = ModerationNotice(needed: .viewAuditLog, frame: frame)
            enqueue(frame, to: moderators(of: guild, told: notice), on: loop)
        case .voice(let now, let before, let here, let gone):
            let present = now.map { viewers(of: $0, in: guild, wanting: .guildVoiceStates) } ?? []
            if let here { enqueue(here, to: present, on: loop) }
            guard let before, before != now, let gone else { return }
            let past = viewers(of: before, in: guild, wanting: .guildVoiceStates)
            enqueue(gone, to: past.filter { roster in !present.contains { $0 === roster } }, on: loop)
        case .webhooks(let channel, let frame):
            enqueue(frame, to: viewers(of: channel, in: guild, wanting: .guildWebhooks), on: loop)
        }
    }

    /// Somebody writes in a direct channel of the user.
    func collect(_ notice: TypingNotice, for user: UserID, on loop: Loop) {
        let roster = Roster()
        for session in sessions(of: user) {
            let cell = sessions.cells + Int(session)
            guard cell.pointee.intents.contains(.directMessageTyping), cell.pointee.shard.id == 0 else { continue }
            _ = roster.add(session)
        }
        guard !roster.members.isEmpty else { return }
        let frame = DispatchFrame(event: "TYPING_START", for: .party(to: notice.channel)) { $0.typingStart(notice) }
        makeRoom(for: frame, on: loop)
        guard let number = log.append(frame, now: loop.now) else { return }
        typing(number, to: roster, on: loop)
    }

    /// Something may not have arrived here.
    func missedPassing(in id: GuildID, on loop: Loop) {
        let looking = (guilds[id]?.audiences ?? []).flatMap { audience in
            audience.map { $0.key.intents.looks ? $0.roster.members : [] } ?? []
        }
        for session in looking {
            sessions.cells[Int(session)].hasMissed = true
            tellMissed(session, on: loop)
        }
    }

    /// What passed while a session's part of a guild was being made.
    func catchUpPassing(of session: Int32, in id: GuildID, since serial: UInt64, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        let (events, isComplete) = recent.since(serial, in: id)
        if !isComplete { cell.pointee.hasMissed = true }
        guard let guild = guilds[id], let index = membership(of: session, in: id),
            let audience = guild.audience(at: cell.pointee.memberships[index].audience)
        else { return }
        for event in events {
            switch event.kind {
            case .presence(let user, let frame):
                guard shows(user, to: session, in: guild) else { continue }
                dispatch(frame, to: session, isKept: true, on: loop)
            case .voice(let now, let before, let here, let gone):
                guard cell.pointee.intents.contains(.guildVoiceStates) else { continue }
                if let now, let here, audience.visible.contains(now) {
                    dispatch(here, to: session, isKept: true, on: loop)
                } else if let before, let gone, audience.visible.contains(before) {
                    dispatch(gone, to: session, isKept: true, on: loop)
                }
            case .webhooks(let channel, let frame):
                guard cell.pointee.intents.contains(.guildWebhooks), audience.visible.contains(channel) else {
                    continue
                }
                dispatch(frame, to: session, isKept: true, on: loop)
            case .typing, .audited: break
            }
        }
    }

    /// Tells a session that presences were not sent to it, once it has room.
    func tellMissed(_ session: Int32, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        guard cell.pointee.hasMissed, cell.pointee.takesDispatches,
            loop.pendingOutput(of: cell.pointee.connection) < settings.pauseBytes
        else { return }
        cell.pointee.hasMissed = false
        dispatch(frames.presenceResync, to: session, isKept: true, on: loop)
    }

    /// The rosters of those who are shown a member: everybody who looks, and of those who subscribe lazily in a large guild those in
    /// whose channel's window the member is.
    private func lookers(at user: UserID, in guild: LoopGuild) -> [Roster] {
        let isLarge = guild.snapshot.memberCount > SessionLimits.presenceWindow
        var rosters = guild.audiences.compactMap { audience -> Roster? in
            guard let audience, audience.key.intents.contains(.guildPresences), !(isLarge && audience.key.isLazy)
            else { return nil }
            return audience.roster
        }
        guard isLarge else { return rosters }
        for channel in guild.watched where rooms[channel]?.window.contains(user) == true {
            rosters += rooms[channel]?.rosters(wanting: .guildPresences) ?? []
        }
        return rosters
    }

    /// Whether ``lookers(at:in:)`` would name a roster in which the session stands.
    private func shows(_ user: UserID, to session: Int32, in guild: LoopGuild) -> Bool {
        let cell = sessions.cells + Int(session)
        guard cell.pointee.intents.contains(.guildPresences) else { return false }
        guard cell.pointee.isLazy, guild.snapshot.memberCount > SessionLimits.presenceWindow else { return true }
        return cell.pointee.subscriptions.contains { rooms[$0.channel]?.window.contains(user) == true }
    }

    private func viewers(of channel: ChannelID, in guild: LoopGuild, wanting intent: Intents) -> [Roster] {
        guild.rosters(viewing: channel, wanting: intent) + (rooms[channel]?.rosters(wanting: intent) ?? [])
    }

    // MARK: Delivery

    /// Leaves a presence for rosters until the end of the turn.
    private func pass(_ frame: DispatchFrame, to rosters: [Roster], on loop: Loop) {
        guard rosters.contains(where: { !$0.members.isEmpty }) else { return }
        makeRoom(for: frame, on: loop)
        guard let number = log.append(frame, now: loop.now) else { return }
        for roster in rosters where !roster.members.isEmpty {
            if roster.passing.isEmpty { passing.append(roster) }
            roster.passing.append(number)
        }
    }

    /// Delivers the presences that wait: to each session those for which it has room.
    func flushPassing(on loop: Loop) {
        let rosters = passing
        passing.removeAll(keepingCapacity: true)
        for roster in rosters {
            let batch = prepare(roster.passing)
            for session in roster.members {
                let cell = sessions.cells + Int(session)
                let hasRoom =
                    cell.pointee.takesDispatches
                    ? loop.pendingOutput(of: cell.pointee.connection) < settings.pauseBytes
                    : Int(cell.pointee.ring.count) + roster.passing.count <= Int(settings.ringFramesMax / 2)
                if hasRoom {
                    deliver(batch, to: cell, on: loop)
                } else {
                    cell.pointee.hasMissed = true
                    statistics.sheds += roster.passing.count
                }
            }
            roster.passing.removeAll(keepingCapacity: true)
        }
    }

    /// Sends a notice at once to those who are there and keep up: later it says nothing any more.
    private func typing(_ number: UInt32, to roster: Roster, on loop: Loop) {
        guard !roster.members.isEmpty else { return }
        let batch = prepare([number])
        for session in roster.members {
            let cell = sessions.cells + Int(session)
            guard cell.pointee.takesDispatches,
                loop.pendingOutput(of: cell.pointee.connection) < settings.pauseBytes
            else {
                statistics.sheds += 1
                continue
            }
            deliver(batch, to: cell, on: loop)
        }
    }
}
