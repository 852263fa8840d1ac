import Chat
import Interface
import Wire

/// Who belongs to which guild, and what changes of a guild mean to them.
///
/// Everything but changes of members is told from the difference between the snapshot a loop had and the newer one. So nothing is told
/// twice, nothing is missed when events are, and each session is told only what it may see: a channel that comes into its sight is
/// created, one that goes out of it is deleted, whatever the reason.
extension SessionHandler {
    // MARK: Membership

    /// The index of a session's membership.
    func membership(of session: Int32, in guild: GuildID) -> Int? {
        // Whoever ends leaves them from the last to the first.
        sessions.cells[Int(session)].memberships.lastIndex { $0.guild == guild }
    }

    /// Adds a session to a guild that the loop knows. Its roster must have nothing pending.
    private func insert(
        _ session: Int32, into guild: LoopGuild, roles: [RoleID], epoch: UInt64
    ) -> Audience? {
        let cell = sessions.cells + Int(session)
        let key = guild.key(
            for: cell.pointee.user, roles: roles, intents: cell.pointee.intents, isLazy: cell.pointee.isLazy)
        let index = guild.audience(for: key)
        guard let audience = guild.audience(at: index) else { return nil }
        let position = audience.roster.add(session)
        guild.newestMembership = max(guild.newestMembership, epoch)
        cell.pointee.memberships.append(
            LiveSession.Membership(
                guild: guild.snapshot.guild.id, audience: index, position: position, epoch: epoch))
        if cell.pointee.isLazy { guild.lazySessions += 1 } else { guild.fullSessions += 1 }
        if cell.pointee.intents.looks { guild.lookingSessions += 1 }
        noteChange(of: session)
        return audience
    }

    /// Puts a session back into a guild that was brought to the state by which the session knew it.
    func enter(_ session: Int32, _ guild: LoopGuild, _ member: Member) {
        _ = insert(session, into: guild, roles: member.roles, epoch: guild.snapshot.epoch)
        note(member, in: guild)
    }

    /// Takes a session out of its audience, but leaves the guild's interests alone. Returns the audience it stood in.
    private func extract(
        _ session: Int32, from guild: LoopGuild
    ) -> (audience: Audience, index: Int32, epoch: UInt64)? {
        let cell = sessions.cells + Int(session)
        let id = guild.snapshot.guild.id
        guard let index = membership(of: session, in: id) else { return nil }
        let membership = cell.pointee.memberships[index]
        cell.pointee.memberships.swapRemove(at: index)
        noteChange(of: session)
        if cell.pointee.isLazy { guild.lazySessions -= 1 } else { guild.fullSessions -= 1 }
        if cell.pointee.intents.looks { guild.lookingSessions -= 1 }
        guard let audience = guild.audience(at: membership.audience) else { return nil }
        if let moved = audience.roster.remove(at: membership.position),
            let its = self.membership(of: moved, in: id)
        {
            sessions.cells[Int(moved)].memberships[its].position = membership.position
        }
        return (audience, membership.audience, membership.epoch)
    }

    /// Forgets a guild that nobody here needs any more, and gives back the interest in it.
    private func settle(_ guild: LoopGuild, wasFull: Bool, wasLookedAt: Bool) {
        let id = guild.snapshot.guild.id
        if wasLookedAt && guild.lookingSessions == 0 { hub.release(.look(id), loop: loopIndex) }
        if wasFull && guild.fullSessions == 0 { hub.release(.guild(id), loop: loopIndex) }
        if guild.isEmpty { guilds[id] = nil }
    }

    /// A session is no longer in a guild, or will no longer be told of it. Nothing may be pending.
    func remove(_ session: Int32, from id: GuildID) {
        guard let guild = guilds[id], membership(of: session, in: id) != nil else { return }
        let wasFull = guild.fullSessions > 0
        let wasLookedAt = guild.lookingSessions > 0
        for subscription in sessions.cells[Int(session)].subscriptions
        where rooms[subscription.channel]?.guild == id {
            leaveRoom(session, subscription.channel)
        }
        if let (_, index, _) = extract(session, from: guild) { guild.prune(index) }
        settle(guild, wasFull: wasFull, wasLookedAt: wasLookedAt)
    }

    /// The user is no member any more, or the guild is gone: the session is told.
    func leave(_ id: GuildID, session: Int32, on loop: Loop) {
        guard membership(of: session, in: id) != nil else { return }
        flush(on: loop)
        let cell = sessions.cells + Int(session)
        let watched = cell.pointee.subscriptions.map(\.channel).filter { rooms[$0]?.guild == id }
        remove(session, from: id)
        for channel in watched { dispatch(OwnDispatch.unsubscribed(channel), to: session, isKept: true, on: loop) }
        guard !cell.pointee.isLazy, cell.pointee.intents.contains(.guilds) else { return }
        dispatch(DispatchFrame(event: "GUILD_DELETE") { $0.guildDelete(id) }, to: session, isKept: true, on: loop)
    }

    // MARK: Coming in

    /// A guild was loaded for a session.
    func take(_ part: GuildPart, for session: Int32, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        let id = part.snapshot.guild.id
        guard !cell.pointee.isLazy, membership(of: session, in: id) == nil else {
            giveBack(part)
            return finishLoad(of: id, session: session, on: loop)
        }
        if let newest = newestEpoch(of: id), newest > part.snapshot.epoch {
            // The guild has changed while this was made: what it says may not be true for this user any more.
            giveBack(part)
            if !load(id, for: session, atLeast: newest, isJoin: part.isJoin, on: loop) {
                loading[session]?.isWaiting = false
            }
            return
        }
        guard part.isJoin || cell.pointee.takesDispatches else {
            // A login that lost its connection goes on when the session is resumed.
            giveBack(part)
            loading[session]?.isWaiting = false
            return
        }
        flush(on: loop)
        let guild = know(part.snapshot, on: loop)
        if guild.fullSessions > 0 { hub.release(.guild(id), loop: loopIndex) }
        if part.looks, guild.lookingSessions > 0 { hub.release(.look(id), loop: loopIndex) }
        if let frame = part.frame { dispatch(frame, to: session, isKept: part.isJoin, on: loop) }
        _ = insert(session, into: guild, roles: part.member.roles, epoch: part.snapshot.epoch)
        note(part.member, in: guild)
        catchUpPassing(of: session, in: id, since: part.since, on: loop)
        finishLoad(of: id, session: session, on: loop)
    }

    /// Nobody takes the interests that a part owns.
    func giveBack(_ part: GuildPart) {
        hub.release(.guild(part.snapshot.guild.id), loop: loopIndex)
        if part.looks { hub.release(.look(part.snapshot.guild.id), loop: loopIndex) }
    }

    /// The newest epoch of a guild that the loop has heard of.
    func newestEpoch(of guild: GuildID) -> UInt64? { guilds[guild]?.snapshot.epoch ?? heard[guild]?.epoch }

    /// The loop's guild, brought to this snapshot if it is older.
    func know(_ snapshot: GuildSnapshot, on loop: Loop) -> LoopGuild {
        guard let guild = guilds[snapshot.guild.id] else {
            let guild = LoopGuild(snapshot: snapshot)
            guilds[snapshot.guild.id] = guild
            heard[snapshot.guild.id] = nil
            return guild
        }
        advance(guild, to: snapshot, on: loop)
        return guild
    }

    /// Makes a lazily subscribed session known to the guild, for its rights. Nothing may be pending.
    func admitLazily(_ session: Int32, to guild: LoopGuild, roles: [RoleID]) -> Audience? {
        if let index = membership(of: session, in: guild.snapshot.guild.id) {
            return guild.audience(at: sessions.cells[Int(session)].memberships[index].audience)
        }
        return insert(session, into: guild, roles: roles, epoch: guild.snapshot.epoch)
    }

    // MARK: News

    func apply(_ news: GuildNews, on loop: Loop) {
        guard let guild = guilds[news.guild] else {
            // Somebody's first part of it is on its way, perhaps made before this.
            let epoch = max(news.position, news.snapshot?.epoch ?? 0, heard[news.guild]?.epoch ?? 0)
            heard[news.guild] = (epoch, loop.now)
            return
        }
        flush(on: loop)
        guard let snapshot = news.snapshot else { return end(guild, on: loop) }
        var roles: [Int32: [RoleID]] = [:]
        if let change = news.change {
            for session in sessions(of: change.user) {
                guard let index = membership(of: session, in: news.guild),
                    sessions.cells[Int(session)].memberships[index].epoch < news.position
                else { continue }
                switch change.kind {
                case .added: break
                case .updated(let held, let end):
                    roles[session] = held
                    guild.note(timeout: end, of: change.user, now: surroundings.time.unixMilliseconds)
                case .removed: leave(news.guild, session: session, on: loop)
                }
            }
        }
        advance(guild, to: snapshot, roles: roles, on: loop)
        if let change = news.change { tell(change, in: guild, position: news.position, on: loop) }
        if let notice = news.notice { tell(notice, in: guild, position: news.position, on: loop) }
        if news.isIncomplete {
            for session in members(of: guild) { submitOrEnd(.refresh(news.guild), for: session, on: loop) }
        }
    }

    /// The guild is gone: all are told together, with one frame each in the log for however many they are.
    private func end(_ guild: LoopGuild, on loop: Loop) {
        let id = guild.snapshot.guild.id
        for (channel, room) in rooms where room.guild == id {
            enqueue(OwnDispatch.unsubscribed(channel), to: room.rosters.map(\.roster), on: loop)
        }
        let told = guild.audiences.compactMap { $0 }
            .filter { !$0.key.isLazy && $0.key.intents.contains(.guilds) }
        enqueue(DispatchFrame(event: "GUILD_DELETE") { $0.guildDelete(id) }, to: told.map(\.roster), on: loop)
        flush(on: loop)
        for session in members(of: guild) { remove(session, from: id) }
    }

    /// All sessions of a guild, in no order.
    private func members(of guild: LoopGuild) -> [Int32] {
        guild.audiences.flatMap { $0?.roster.members ?? [] }
    }

    /// Dispatches a change of a member to those who asked for such, and to the member itself.
    private func tell(_ change: MemberChange, in guild: LoopGuild, position: UInt64, on loop: Loop) {
        let asking = guild.audiences.compactMap { $0 }
            .filter { !$0.key.isLazy && $0.key.intents.contains(.guildMembers) }.map(\.roster)
        tell(change.frame, to: asking, in: guild, position: position, on: loop)
        guard case .updated = change.kind else { return }
        for session in sessions(of: change.user) where isBehind(session, in: guild, position) {
            let cell = sessions.cells + Int(session)
            guard !cell.pointee.isLazy, cell.pointee.intents.contains(.guilds),
                !cell.pointee.intents.contains(.guildMembers)
            else { continue }
            dispatch(change.frame, to: session, isKept: true, on: loop)
        }
    }

    /// Dispatches a notice to those who asked for such and may know. Their rights are those of now.
    private func tell(_ notice: ModerationNotice, in guild: LoopGuild, position: UInt64, on loop: Loop) {
        tell(notice.frame, to: moderators(of: guild, told: notice), in: guild, position: position, on: loop)
    }

    /// Those who asked for moderation and may know.
    func moderators(of guild: LoopGuild, told notice: ModerationNotice) -> [Roster] {
        guild.audiences.compactMap { $0 }
            .filter {
                !$0.key.isLazy && $0.key.intents.contains(.guildModeration)
                    && !guild.snapshot.basePermissions(of: $0.key.audienceClass).isDisjoint(with: notice.needed)
            }.map { guild.hasTimeouts ? unsilenced($0, of: guild) : $0.roster }
    }

    /// Who is timed out moderates nothing.
    private func unsilenced(_ audience: Audience, of guild: LoopGuild) -> Roster {
        let now = surroundings.time.unixMilliseconds
        let rest = Roster()
        for session in audience.roster.members
        where !guild.isTimedOut(sessions.cells[Int(session)].user, in: audience, now: now) {
            _ = rest.add(session)
        }
        return rest
    }

    /// Takes note of what the guild's state does not say of a session's user.
    private func note(_ member: Member, in guild: LoopGuild) {
        guild.note(timeout: member.timedOutUntil, of: member.user, now: surroundings.time.unixMilliseconds)
    }

    private func tell(
        _ frame: DispatchFrame, to rosters: [Roster], in guild: LoopGuild, position: UInt64, on loop: Loop
    ) {
        if guild.newestMembership < position {
            enqueue(frame, to: rosters, on: loop)
        } else {
            // Some were loaded after the change, and know.
            for session in rosters.flatMap(\.members) where isBehind(session, in: guild, position) {
                dispatch(frame, to: session, isKept: true, on: loop)
            }
        }
    }

    /// Whether a session's part of a guild was made before a change.
    private func isBehind(_ session: Int32, in guild: LoopGuild, _ position: UInt64) -> Bool {
        guard let index = membership(of: session, in: guild.snapshot.guild.id) else { return false }
        return sessions.cells[Int(session)].memberships[index].epoch < position
    }

    /// The answer to a refresh: the session's user as the directory has it now.
    func refresh(
        _ session: Int32, in id: GuildID, _ member: Member?, snapshot: GuildSnapshot?, on loop: Loop
    ) {
        guard let guild = guilds[id], let index = membership(of: session, in: id) else { return }
        guard let member, let snapshot else { return leave(id, session: session, on: loop) }
        guard snapshot.epoch >= guild.snapshot.epoch else {
            submitOrEnd(.refresh(id), for: session, on: loop)
            return
        }
        sessions.cells[Int(session)].memberships[index].epoch = snapshot.epoch
        guild.newestMembership = max(guild.newestMembership, snapshot.epoch)
        note(member, in: guild)
        advance(guild, to: snapshot, roles: [session: member.roles], on: loop)
    }

    // MARK: Changing

    /// Brings a guild to a newer snapshot and tells everybody what has changed for them.
    /// - Parameter roles: the new roles of sessions whose user's roles have changed.
    func advance(_ guild: LoopGuild, to newer: GuildSnapshot, roles: [Int32: [RoleID]] = [:], on loop: Loop) {
        flush(on: loop)
        let older = guild.snapshot
        let isNewer = newer.epoch > older.epoch
        guard isNewer || !roles.isEmpty else { return }
        let (before, reclassified) =
            isNewer ? guild.advance(to: newer) : ([:], [])
        let difference = isNewer ? SnapshotDifference(from: older, to: newer) : SnapshotDifference()

        // Those whose class changes are taken out first, so that they are told nothing that only their old class may see.
        var movers: [(session: Int32, roles: [RoleID], before: Set<ChannelID>, epoch: UInt64)] = []
        let affected = reclassified.flatMap { sessions(of: $0) }
        for session in Set(affected).union(roles.keys) {
            guard let (audience, index, epoch) = extract(session, from: guild) else { continue }
            let held = roles[session] ?? audience.key.audienceClass.roles
            movers.append((session, held, before[Int(index)] ?? audience.visible, epoch))
        }
        if isNewer { tell(difference, to: guild, before: before, on: loop) }
        for mover in movers {
            guard let audience = insert(mover.session, into: guild, roles: mover.roles, epoch: mover.epoch)
            else { continue }
            tell(difference, to: mover.session, before: mover.before, now: audience.visible, guild: guild, on: loop)
        }
        for index in guild.audiences.indices { guild.prune(Int32(index)) }
        evictUnseen(guild, on: loop)
    }

    /// Tells whole audiences what is different.
    private func tell(
        _ difference: SnapshotDifference, to guild: LoopGuild, before: [Int: Set<ChannelID>], on loop: Loop
    ) {
        let audiences = guild.audiences.enumerated().compactMap { index, audience in
            audience.map { (before: before[index] ?? $0.visible, audience: $0) }
        }.filter { !$0.audience.key.isLazy && $0.audience.key.intents.contains(.guilds) }
        for frame in difference.general { enqueue(frame, to: audiences.map(\.audience.roster), on: loop) }
        for (channel, event) in difference.channels(in: audiences.map { ($0.before, $0.audience.visible) }) {
            let frame = difference.frame(event, channel)
            let concerned = audiences.filter {
                difference.event(for: channel.id, before: $0.before, now: $0.audience.visible) == event
            }
            enqueue(frame, to: concerned.map(\.audience.roster), on: loop)
        }
        for channel in difference.changed {
            let watching = rooms[channel.id]?.rosters(wanting: .guilds) ?? []
            // Whoever has lost sight of it must not see the change either.
            guard !watching.isEmpty else { continue }
            let frame = difference.frame(.updated, channel)
            for session in watching.flatMap(\.members) where sees(channel.id, session: session, in: guild) {
                dispatch(frame, to: session, isKept: true, on: loop)
            }
        }
        flush(on: loop)
    }

    /// Tells one session what is different for it.
    private func tell(
        _ difference: SnapshotDifference, to session: Int32, before: Set<ChannelID>, now: Set<ChannelID>,
        guild: LoopGuild, on loop: Loop
    ) {
        let cell = sessions.cells + Int(session)
        guard !cell.pointee.isLazy, cell.pointee.intents.contains(.guilds) else { return }
        for frame in difference.general { dispatch(frame, to: session, isKept: true, on: loop) }
        for (channel, event) in difference.channels(in: [(before, now)], of: guild.snapshot) {
            dispatch(difference.frame(event, channel), to: session, isKept: true, on: loop)
        }
    }

    private func sees(_ channel: ChannelID, session: Int32, in guild: LoopGuild) -> Bool {
        guard let index = membership(of: session, in: guild.snapshot.guild.id) else { return false }
        let audience = guild.audience(at: sessions.cells[Int(session)].memberships[index].audience)
        return audience?.visible.contains(channel) ?? false
    }

    /// Ends the subscriptions to channels that their sessions may not see any more.
    private func evictUnseen(_ guild: LoopGuild, on loop: Loop) {
        let id = guild.snapshot.guild.id
        var unseen: [(Int32, ChannelID)] = []
        for case .some(let audience) in guild.audiences where audience.key.isLazy {
            for session in audience.roster.members {
                for subscription in sessions.cells[Int(session)].subscriptions
                where rooms[subscription.channel]?.guild == id && !audience.visible.contains(subscription.channel) {
                    unseen.append((session, subscription.channel))
                }
            }
        }
        for (session, channel) in unseen {
            flush(on: loop)
            unsubscribe(session, from: channel)
            dispatch(OwnDispatch.unsubscribed(channel), to: session, isKept: true, on: loop)
        }
    }
}

extension Array {
    /// Removes an element; the last takes its place.
    fileprivate mutating func swapRemove(at index: Int) {
        swapAt(index, count - 1)
        removeLast()
    }
}
