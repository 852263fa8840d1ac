import Chat
import Interface
import Services
import Wire

/// Channels that sessions subscribe to lazily, and the end of sessions.
extension SessionHandler {
    /// A worker found that the user may see the channel.
    func subscribe(_ session: Int32, _ part: ChannelPart, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        let id = part.snapshot.guild.id
        let interest = Interest.channel(part.channel, of: id)
        if let newest = newestEpoch(of: id), newest > part.snapshot.epoch {
            giveBack(part)
            let again = SessionJob.Task.subscribe(
                part.channel, atLeast: newest, since: recent.serial, cell.pointee.intents)
            submitOrEnd(again, for: session, on: loop)
            return
        }
        let confirmation = OwnDispatch.subscribed(part.channel, guild: id)
        // Who gets every channel gets this one, too.
        guard cell.pointee.isLazy, !cell.pointee.subscriptions.contains(where: { $0.channel == part.channel }) else {
            giveBack(part)
            return dispatch(confirmation, to: session, isKept: true, on: loop)
        }
        guard cell.pointee.subscriptions.count < SessionLimits.subscriptionsMax else {
            giveBack(part)
            let error = OwnDispatch.commandError(.subscribeChannel, channel: part.channel, .tooManySubscriptions)
            return dispatch(error, to: session, isKept: true, on: loop)
        }
        flush(on: loop)
        let guild = know(part.snapshot, on: loop)
        if part.looks, guild.lookingSessions > 0 { hub.release(.look(id), loop: loopIndex) }
        guard let audience = admitLazily(session, to: guild, roles: part.roles), audience.visible.contains(part.channel)
        else {
            hub.release(interest, loop: loopIndex)
            leaveIfUnused(id, session: session)
            let error = OwnDispatch.commandError(.subscribeChannel, channel: part.channel, .unknownChannel)
            return dispatch(error, to: session, isKept: true, on: loop)
        }
        let room: Room
        if let known = rooms[part.channel] {
            room = known
            hub.release(interest, loop: loopIndex)
        } else {
            room = Room(guild: id)
            rooms[part.channel] = room
            guild.watched.insert(part.channel)
        }
        room.window = part.window
        dispatch(confirmation, to: session, isKept: true, on: loop)
        enterRoom(session, part.channel, room)
        noteChange(of: session)
        guard let batch = part.batch else { return }
        // A large one would take the room of many messages, and is soon out of date.
        let isSmall = batch.frame.bytes.count <= SessionLimits.presenceBatchBytesKept
        dispatch(batch, to: session, isKept: isSmall, on: loop)
        catchUpPassing(of: session, in: id, since: part.since, on: loop)
    }

    /// Nobody takes the interests that a part owns.
    func giveBack(_ part: ChannelPart) {
        hub.release(.channel(part.channel, of: part.snapshot.guild.id), loop: loopIndex)
        if part.looks { hub.release(.look(part.snapshot.guild.id), loop: loopIndex) }
    }

    /// Ends one subscription. Harmless when there is none.
    func unsubscribe(_ session: Int32, from channel: ChannelID) {
        guard let guild = rooms[channel]?.guild,
            sessions.cells[Int(session)].subscriptions.contains(where: { $0.channel == channel })
        else { return }
        leaveRoom(session, channel)
        leaveIfUnused(guild, session: session)
    }

    /// Puts a session that does not watch the channel into its room.
    func enterRoom(_ session: Int32, _ channel: ChannelID, _ room: Room) {
        let cell = sessions.cells + Int(session)
        let place = Int32(cell.pointee.subscriptions.count)
        let position = room.roster(for: cell.pointee.intents).add(session, place: place)
        cell.pointee.subscriptions.append(LiveSession.Subscription(channel: channel, position: position))
    }

    /// Takes a session out of a channel's room, and forgets the room with its last session.
    func leaveRoom(_ session: Int32, _ channel: ChannelID) {
        guard let index = sessions.cells[Int(session)].subscriptions.firstIndex(where: { $0.channel == channel })
        else { return }
        leaveRoom(session, at: index)
        noteChange(of: session)
    }

    /// The same for one of a session's subscriptions; the last of them takes its place. Takes as long for one as for a thousand.
    private func leaveRoom(_ session: Int32, at index: Int) {
        let cell = sessions.cells + Int(session)
        let left = cell.pointee.subscriptions[index]
        guard let room = rooms[left.channel] else { return }
        let roster = room.roster(for: cell.pointee.intents)
        if let moved = roster.remove(at: left.position) {
            let its = Int(roster.places[Int(left.position)])
            sessions.cells[Int(moved)].subscriptions[its].position = left.position
        }
        let last = cell.pointee.subscriptions.removeLast()
        if index < cell.pointee.subscriptions.count {
            cell.pointee.subscriptions[index] = last
            rooms[last.channel]?.roster(for: cell.pointee.intents).places[Int(last.position)] = Int32(index)
        }
        guard room.isEmpty else { return }
        rooms[left.channel] = nil
        guilds[room.guild]?.watched.remove(left.channel)
        hub.release(.channel(left.channel, of: room.guild), loop: loopIndex)
    }

    /// A lazily subscribed session belongs to a guild only as long as it watches one of its channels.
    private func leaveIfUnused(_ guild: GuildID, session: Int32) {
        let cell = sessions.cells + Int(session)
        guard cell.pointee.isLazy, !cell.pointee.subscriptions.contains(where: { rooms[$0.channel]?.guild == guild })
        else { return }
        remove(session, from: guild)
    }

    // MARK: The end

    /// The connection is lost; the session waits to be resumed.
    func detach(_ session: Int32, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        cell.pointee.isConnected = false
        cell.pointee.isReplaying = false
        cell.pointee.detachedAt = loop.now
        statistics.detachedSessions += 1
        detached.append((cell.pointee.id, loop.now))
        let window = UInt64(clamping: settings.resumeMilliseconds)
        surroundings.source.report([.detach(name(of: session), resumeMilliseconds: window)])
    }

    /// The slot of a session that has been without a connection since then.
    func stillDetached(_ id: SessionID, since: Int64) -> Int32? {
        guard let slot = sessions.find(id) else { return nil }
        let cell = sessions.cells + Int(slot)
        return cell.pointee.phase == .live && !cell.pointee.isConnected && cell.pointee.detachedAt == since ? slot : nil
    }

    /// What the ends of sessions may cost in one turn, in rosters that are left. When a whole loop's sessions end together, the others get
    /// their turns in between.
    private static let partingsPerTurn = 512

    /// Ends the sessions whose time to be resumed is over, as many as one turn can do.
    func expireDetached(on loop: Loop) {
        isExpiring = false
        var partings = 0
        while detachedHead < detached.count, loop.now - detached[detachedHead].at >= settings.resumeMilliseconds {
            guard partings < Self.partingsPerTurn else {
                isExpiring = true
                loop.wantTurn()
                break
            }
            let entry = detached[detachedHead]
            detachedHead += 1
            guard let slot = stillDetached(entry.session, since: entry.at) else { continue }
            let cell = sessions.cells + Int(slot)
            partings += 1 + cell.pointee.memberships.count + cell.pointee.subscriptions.count
            destroy(slot, on: loop)
        }
        guard detachedHead > 1_024 || detachedHead == detached.count else { return }
        detached.removeFirst(detachedHead)
        detachedHead = 0
    }

    /// Ends a session for good. Its connection, if it has one, is somebody else's to close.
    func destroy(_ session: Int32, on loop: Loop) {
        flush(on: loop)
        let cell = sessions.cells + Int(session)
        guard cell.pointee.phase == .live else { return }
        if !cell.pointee.isConnected { statistics.detachedSessions -= 1 }
        // Backwards and by place: nothing is looked for among a thousand.
        for index in cell.pointee.subscriptions.indices.reversed() { leaveRoom(session, at: index) }
        while let membership = cell.pointee.memberships.last { remove(session, from: membership.guild) }
        surroundings.source.report([.end(name(of: session))])
        activities[session] = nil
        leftGroups[session] = nil
        voices[session] = nil
        digests[session] = nil
        readAhead[session] = nil
        loading[session] = nil
        waitingMembers[session] = nil
        let (user, next, previous) = (cell.pointee.user, cell.pointee.nextOfUser, cell.pointee.previousOfUser)
        if next >= 0 { sessions.cells[Int(next)].previousOfUser = previous }
        if previous >= 0 {
            sessions.cells[Int(previous)].nextOfUser = next
        } else if next >= 0 {
            users[user] = next
        } else {
            users[user] = nil
            hub.release(.user(user), loop: loopIndex)
        }
        noteEnd(of: session)
        sessions.release(session)
    }
}
