import Chat
import Interface
import Services
import Wire

/// What comes from the bus and from the workers.
extension SessionHandler {
    func mail(_ batch: [SessionMail], on loop: Loop) {
        for mail in batch where !isFrozen {
            switch mail {
            case .channel(let event): collect(event, on: loop)
            case .resync(let channel, let guild): resync(channel, of: guild, on: loop)
            case .direct(let event): collect(event, on: loop)
            case .guild(let news): apply(news, on: loop)
            case .passing(let event): collect(event, on: loop)
            case .passingMissed(let guild): missedPassing(in: guild, on: loop)
            case .unknownPresences(let names): reassert(names)
            case .user(let user, let event): apply(event, to: user, on: loop)
            case .userMissed(let user): startOver(user, on: loop)
            case .answer(let session, let answer): take(answer, for: session, on: loop)
            case .moved(let moved): takeOver(moved, on: loop)
            case .verified(let verification, let outcome): verified(verification, outcome, on: loop)
            case .capture(let round): capture(round, on: loop)
            case .restore(let restoration): restore(restoration, on: loop)
            case .restored: endRestoration(on: loop)
            case .survey(let survey): answer(survey, on: loop)
            case .drain:
                loop.stopListening()
                drainNext = drainNext ?? 0
            }
        }
    }

    // MARK: Channels

    private func collect(_ event: ChannelDispatch, on loop: Loop) {
        let intent = event.telling.intent
        let guild = guilds[event.guild]
        let viewers = guild?.rosters(viewing: event.channel, wanting: intent) ?? []
        let lazy = rooms[event.channel]?.rosters(wanting: intent) ?? []
        guard !viewers.isEmpty || lazy.contains(where: { !$0.members.isEmpty }) else { return }
        noteTail(event.channel, of: event.guild)
        // Mostly nobody is there from whom anything is kept back: then no second frame is made.
        let isRedacted =
            event.telling.showsContent
            && (viewers.contains(where: \.isRedacted) || lazy.contains(where: \.isRedacted))
        let redaction = isRedacted ? event.redaction : nil
        if let bare = event.telling.withoutQuotation, let guild {
            var (readers, others) = guild.divide(viewers, byReading: event.channel)
            // A room does not tell who of its sessions may read back: all of them have to.
            if guild.lazySessionsRead(event.channel) { readers += lazy } else { others += lazy }
            // The two of a pair follow each other: who may not read back any more gets the second when it resumes.
            if let redaction {
                enqueue(redaction.told, to: keepApart(&readers, redaction.parties), on: loop)
                noteTail(event.channel, of: event.guild)
                enqueue(redaction.toldWithoutQuotation, to: keepApart(&others, redaction.parties), on: loop)
                noteTail(event.channel, of: event.guild)
            }
            enqueue(event.telling.frame, to: readers, on: loop)
            noteTail(event.channel, of: event.guild)
            enqueue(bare, to: others, on: loop)
        } else {
            var rosters = lazy.isEmpty ? viewers : viewers.isEmpty ? lazy : viewers + lazy
            if let redaction {
                enqueue(redaction.told, to: keepApart(&rosters, redaction.parties), on: loop)
                noteTail(event.channel, of: event.guild)
            }
            enqueue(event.telling.frame, to: rosters, on: loop)
        }
        if event.acceptedAt > 0 { scratch.acceptedAt.append(event.acceptedAt) }
    }

    private func resync(_ channel: ChannelID, of guild: GuildID, on loop: Loop) {
        let viewers = guilds[guild]?.rosters(viewing: channel) ?? []
        statistics.resyncs += 1
        noteTail(channel, of: guild)
        let lazy = rooms[channel]?.rosters.map(\.roster) ?? []
        enqueue(OwnDispatch.resync(channel, guild: guild), to: viewers + lazy, on: loop)
    }

    /// Every session of a party gets it, lazy ones too. What is of no guild goes to a bot's first shard.
    private func collect(_ event: DirectDispatch, on loop: Loop) {
        let roster = Roster()
        for session in event.parties.flatMap({ sessions(of: $0) }) {
            let cell = sessions.cells + Int(session)
            guard cell.pointee.intents.contains(event.intents), cell.pointee.shard.id == 0 else { continue }
            _ = roster.add(session)
        }
        guard !roster.members.isEmpty else { return }
        noteTail(event.channel, of: nil)
        enqueue(event.frame, to: [roster], on: loop)
        if event.acceptedAt > 0 { scratch.acceptedAt.append(event.acceptedAt) }
    }

    // MARK: Users

    /// The sessions of a user, in no order.
    func sessions(of user: UserID) -> [Int32] {
        var found: [Int32] = []
        var next = users[user] ?? -1
        while next >= 0 {
            found.append(next)
            next = sessions.cells[Int(next)].nextOfUser
        }
        return found
    }

    private func apply(_ event: UserEvent, to user: UserID, on loop: Loop) {
        guard users[user] != nil else { return }
        switch event {
        case .guildJoined(let guild): surroundings.source.report([.member(user, guild, isMember: true)])
        case .guildLeft(let guild): surroundings.source.report([.member(user, guild, isMember: false)])
        case .typing(let notice): return collect(notice, for: user, on: loop)
        case .userUpdated, .tokensRevoked, .direct, .directActivity, .acknowledged, .mentioned, .settingsChanged,
            .heard:
            break
        }
        for session in sessions(of: user) {
            let cell = sessions.cells + Int(session)
            switch event {
            case .userUpdated, .direct, .settingsChanged: forgetDigest(of: session, on: loop)
            case .acknowledged(let notice), .mentioned(let notice): noteRead(notice.version, by: session)
            case .heard(let state, let isThere): noteVoice(state, isThere: isThere, session: session)
            case .guildJoined, .guildLeft, .tokensRevoked, .directActivity, .typing: break
            }
            switch event {
            case .guildJoined(let guild):
                guard !cell.pointee.isLazy, cell.pointee.shard.serves(guild), membership(of: session, in: guild) == nil
                else { continue }
                load(guild, for: session, atLeast: 0, isJoin: true, on: loop)
            case .guildLeft(let guild): leave(guild, session: session, on: loop)
            case .userUpdated(let user):
                dispatch(DispatchFrame(event: "USER_UPDATE") { $0.ownUser(user) }, to: session, isKept: true, on: loop)
            case .tokensRevoked(let hashes):
                guard hashes.contains(where: { TokenMark($0) == cell.pointee.token }) else { continue }
                let connection = cell.pointee.isConnected ? cell.pointee.connection : nil
                // First the connection, so that its end finds the session; then the session, so that nobody resumes it.
                if let connection { end(connection, .authenticationFailed, on: loop) }
                destroy(session, on: loop)
            case .direct(let notice):
                noteGroup(notice, session: session)
                // Discord counts them among the events of guilds.
                guard cell.pointee.intents.contains(.guilds), cell.pointee.shard.id == 0 else { continue }
                dispatch(EventFrames.frame(for: notice), to: session, isKept: true, on: loop)
            case .acknowledged(let notice):
                guard cell.pointee.shard.id == 0 else { continue }
                tell(acknowledged: notice, to: session, on: loop)
            case .settingsChanged(let settings):
                guard cell.pointee.shard.id == 0 else { continue }
                dispatch(
                    DispatchFrame(
                        event: "USER_GUILD_SETTINGS_UPDATE", for: settings.guild.map { .member(of: $0) } ?? .anybody
                    ) { $0.notificationSettings(settings) },
                    to: session, isKept: true, on: loop)
            case .mentioned(let notice):
                // The others hear of the message itself.
                guard cell.pointee.isLazy else { continue }
                tell(mentioned: notice, to: session, on: loop)
            // The hub's own business, and what was told above or is told to everybody who sees the channel.
            case .directActivity, .typing, .heard: break
            }
        }
    }

    /// Something that concerned the user did not arrive, perhaps the end of a token: nothing of its sessions can be relied on. Their clients
    /// come back, cannot resume, and log in anew.
    private func startOver(_ user: UserID, on loop: Loop) {
        for session in sessions(of: user) {
            let cell = sessions.cells + Int(session)
            if cell.pointee.isConnected { end(cell.pointee.connection, .tryAgain, on: loop) }
            destroy(session, on: loop)
        }
    }

    // MARK: Answers

    private func take(_ answer: SessionAnswer, for id: SessionID, on loop: Loop) {
        guard let session = sessions.find(id) else { return giveBack(answer) }
        let cell = sessions.cells + Int(session)
        switch answer {
        case .ready(let seed): begin(session, seed, on: loop)
        case .refused(let reason): refuse(session, reason, on: loop)
        case .guild(let part): take(part, for: session, on: loop)
        case .noGuild(let guild): finishLoad(of: guild, session: session, on: loop)
        case .guildFailed(let guild): fail(guild, session: session, on: loop)
        case .subscribed(let part): subscribe(session, part, on: loop)
        case .unsubscribed(let channel):
            unsubscribe(session, from: channel)
            dispatch(OwnDispatch.unsubscribed(channel), to: session, isKept: true, on: loop)
        case .dispatch(let frame): dispatch(frame, to: session, isKept: true, on: loop)
        case .digest(let digest): take(digest, of: session, on: loop)
        case .readChanges(let changes): tell(changes, to: session, on: loop)
        case .readStates(let changes): retell(changes, to: session, on: loop)
        case .members(let frame, let rest):
            dispatch(frame, to: session, isKept: true, on: loop)
            guard let rest else {
                if cell.pointee.memberRequests > 0 { cell.pointee.memberRequests -= 1 }
                return
            }
            waitingMembers[session, default: []].append(rest)
            proceed(session, on: loop)
        case .membership(let guild, let member, let snapshot):
            refresh(session, in: guild, member, snapshot: snapshot, on: loop)
        }
    }

    /// The directory did not answer. The client has to come back: what a session waits for is asked for again when it resumes; one whose
    /// rights could not be read again is over.
    private func fail(_ guild: GuildID, session: Int32, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        let isMember = membership(of: session, in: guild) != nil
        if let cursor = loading[session], cursor.isWaiting, cursor.next < cursor.guilds.count,
            cursor.guilds[cursor.next] == guild
        {
            loading[session]?.isWaiting = false
        } else if !isMember {
            loading[session, default: LoadCursor(guilds: [])].guilds.append(guild)
        }
        if cell.pointee.isConnected { end(cell.pointee.connection, .tryAgain, on: loop) }
        if isMember { destroy(session, on: loop) }
    }

    /// The session an answer was for is gone: its interests are nobody's.
    private func giveBack(_ answer: SessionAnswer) {
        switch answer {
        case .ready(let seed): hub.release(.user(seed.authentication.user.id), loop: loopIndex)
        case .guild(let part): giveBack(part)
        case .subscribed(let part): giveBack(part)
        case .refused, .noGuild, .guildFailed, .unsubscribed, .dispatch, .digest, .readChanges, .readStates, .members,
            .membership:
            break
        }
    }

    private func refuse(_ session: Int32, _ reason: GatewayClose, on loop: Loop) {
        // Ends the session that was being built, too.
        if sessions.cells[Int(session)].phase == .building {
            end(sessions.cells[Int(session)].connection, reason, on: loop)
        }
    }

    private func begin(_ session: Int32, _ seed: SessionSeed, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        let user = seed.authentication.user.id
        guard cell.pointee.phase == .building, let slot = slot(of: seed.connection),
            connections[slot].session == session
        else { return hub.release(.user(user), loop: loopIndex) }
        connections[slot].phase = .live
        origins[slot] = nil
        cell.pointee.phase = .live
        cell.pointee.user = user
        cell.pointee.token = TokenMark(seed.authentication.token)
        cell.pointee.connection = seed.connection
        cell.pointee.isConnected = true
        cell.pointee.isLazy = seed.request.isLazy
        cell.pointee.intents = seed.request.intents.granted(isBot: seed.authentication.user.isBot)
        cell.pointee.platform = seed.request.platform
        cell.pointee.largeThreshold = UInt8(clamping: seed.request.largeThreshold)
        cell.pointee.shard = seed.request.shard ?? Shard(id: 0, count: 1)
        cell.pointee.digest = seed.digest
        cell.pointee.readVersion = seed.readVersion
        cell.pointee.startedAt = UInt32(clamping: loop.now / 1_000)
        if users[user] != nil { hub.release(.user(user), loop: loopIndex) }
        link(session, to: user)
        noteChange(of: session)
        statistics.identifies += 1
        loop.setDeadline(seed.connection, after: SessionLimits.silenceMilliseconds)
        let shown = seed.request.presence.presence(
            on: seed.request.platform, now: surroundings.time.unixMilliseconds)
        cell.pointee.presence = shown.status
        if !shown.activities.isEmpty { activities[session] = shown.activities }
        showPresence(of: session, guilds: seed.memberships)
        dispatch(seed.ready, to: session, isKept: false, on: loop)
        guard !seed.request.isLazy, !seed.guilds.isEmpty else { return }
        loading[session] = LoadCursor(guilds: seed.guilds)
        proceed(session, on: loop)
    }

    /// Adds a session to those of its user.
    func link(_ session: Int32, to user: UserID) {
        if let first = users[user] {
            sessions.cells[Int(session)].nextOfUser = first
            sessions.cells[Int(first)].previousOfUser = session
        }
        users[user] = session
    }

    // MARK: Going on when there is room

    /// Asks for what a session still has to be sent, as long as its connection keeps up.
    func proceed(_ session: Int32, on loop: Loop) {
        tellMissed(session, on: loop)
        let cell = sessions.cells + Int(session)
        guard cell.pointee.takesDispatches, loop.pendingOutput(of: cell.pointee.connection) < settings.pauseBytes
        else { return }
        if let waiting = waitingMembers.removeValue(forKey: session) {
            for cursor in waiting where !submitOrEnd(.members(cursor), for: session, on: loop) {
                waitingMembers[session, default: []].append(cursor)
            }
        }
        guard let cursor = loading[session], !cursor.isWaiting, cell.pointee.takesDispatches else { return }
        guard cursor.next < cursor.guilds.count else {
            loading[session] = nil
            return
        }
        loading[session]?.isWaiting = load(
            cursor.guilds[cursor.next], for: session, atLeast: 0, isJoin: false, on: loop)
    }

    @discardableResult
    func load(
        _ guild: GuildID, for session: Int32, atLeast epoch: UInt64, isJoin: Bool, on loop: Loop
    ) -> Bool {
        let cell = sessions.cells + Int(session)
        let load = GuildLoad(
            guild: guild, atLeast: epoch, isJoin: isJoin, since: recent.serial, intents: cell.pointee.intents,
            largeThreshold: Int(cell.pointee.largeThreshold))
        return submitOrEnd(.loadGuild(load), for: session, on: loop)
    }

    /// A guild that was to be loaded is done with.
    func finishLoad(of guild: GuildID, session: Int32, on loop: Loop) {
        guard var cursor = loading[session], cursor.isWaiting, cursor.next < cursor.guilds.count,
            cursor.guilds[cursor.next] == guild
        else { return }
        cursor.isWaiting = false
        cursor.next += 1
        loading[session] = cursor
        proceed(session, on: loop)
    }

    func outputMark(_ connection: ConnectionID, _ mark: OutputMark, on loop: Loop) {
        guard mark == .drained, let slot = slot(of: connection), connections[slot].phase == .live else { return }
        replay(connections[slot].session, on: loop)
        proceed(connections[slot].session, on: loop)
    }

    // MARK: Once a second

    /// Far longer than it takes to make a part of a guild.
    private static let heardMilliseconds: Int64 = 120_000

    func tick(on loop: Loop) {
        log.expire(before: loop.now - settings.resumeMilliseconds)
        packer.forget()
        // Also where no mail says so, because the box was full.
        endRestoration(on: loop)
        if restored.isEmpty { tailChannels.removeAll() }
        expireDetached(on: loop)
        heard = heard.filter { loop.now - $0.value.at < Self.heardMilliseconds }
        askToLeave(on: loop)
        refreshPresences()
        proceedDigests(on: loop)
        statistics.sessions = sessions.count
        statistics.loadingSessions = loading.count
        statistics.voiceSessions = voices.count
        statistics.dispatchesPerSecond = statistics.dispatches &- atLastTick.dispatches
        statistics.payloadsPerSecond = statistics.payloads &- atLastTick.payloads
        atLastTick = (statistics.dispatches, statistics.payloads)
        statistics.channels = rooms.count
        statistics.guilds = guilds.count
        statistics.sends = loop.statistics.sends
        statistics.bytesOut = loop.statistics.bytesOut
        statistics.tlsHandshakes = loop.statistics.tlsHandshakes
        statistics.kernelTLSHandshakes = loop.statistics.kernelTLSHandshakes
        surroundings.board.publish(statistics)
    }

    /// Sends RECONNECT to a tenth of the sessions: in waves, so that they do not all reconnect at once.
    private func askToLeave(on loop: Loop) {
        guard let first = drainNext else { return }
        let end = min(sessions.slots.upperBound, first + max(64, Int32(clamping: sessions.slots.count / 10)))
        for session in first..<max(first, end) {
            let cell = sessions.cells + Int(session)
            guard cell.pointee.phase == .live, cell.pointee.isConnected else { continue }
            send(frames.reconnect, to: cell.pointee.connection, on: loop)
        }
        drainNext = max(first, end)
    }
}
