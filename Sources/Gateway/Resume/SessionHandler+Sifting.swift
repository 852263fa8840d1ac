import Chat
import Interface
import Wire

/// What may be sent again (invariant I6): a dispatch that was right when it was made is left out when its session's user may not see any more
/// what it tells of. The numbers of those that are sent follow each other all the same.
///
/// What tells of several channels at once is made anew without those that are hidden; how far the user has read is asked anew.
///
/// What goes out of sight is told by a dispatch of its own (CHANNEL_DELETE, GUILD_DELETE, CHANNEL_UNSUBSCRIBED), which is sent; what comes
/// back into sight is told by another, as it is then.
extension SessionHandler {
    /// Groups of one session that are kept in mind. Beyond it its ring is emptied: overflow policy `startOver`.
    private static let leftGroupsMax = 64

    /// What is found while one session's dispatches are gone through.
    private struct Findings {
        /// Channels whose coming into sight was left out.
        var hidden: Set<ChannelID> = []
        /// The oldest version of the user's read states that was left out.
        var readVersion: UInt64?
    }

    /// Forgets what a session that is being replayed may not be sent any more.
    func sift(_ session: Int32, on loop: Loop) {
        // What is made anew must not push out of the log what waits for the others.
        flush(on: loop)
        let cell = sessions.cells + Int(session)
        guard cell.pointee.replayed >= cell.pointee.floor, cell.pointee.replayed <= cell.pointee.sequence else {
            return
        }
        let start = cell.pointee.replayed - cell.pointee.floor
        var findings = Findings()
        var kept: [UInt32] = []
        var isAsItWas = true
        for index in start..<cell.pointee.ring.count {
            guard let frame = cell.pointee.ring.frame(at: index) else { continue }
            let sent = resendable(frame, to: session, &findings, now: loop.now)
            if let sent { kept.append(sent) }
            isAsItWas = isAsItWas && sent == frame
        }
        guard !isAsItWas else { return }
        let gone = cell.pointee.ring.count - start - UInt32(kept.count)
        cell.pointee.ring.replace(from: start, with: kept)
        cell.pointee.sequence -= gone
        if let version = findings.readVersion { askReadStates(of: session, since: version, on: loop) }
    }

    /// What is sent in the place of a frame: mostly itself; `nil` for nothing.
    private func resendable(
        _ frame: UInt32, to session: Int32, _ findings: inout Findings, now: Int64
    ) -> UInt32? {
        // What the log has forgotten ends the replay.
        guard let scope = log.scope(of: frame) else { return frame }
        switch scope {
        case .departure(let channel): return findings.hidden.remove(channel) == nil ? frame : nil
        case .arrival(let channel, _):
            if isWithin(scope, session) { return frame }
            findings.hidden.insert(channel)
            return nil
        case .creation(let guild, let epoch):
            guard let (known, audience) = audience(of: session, in: guild) else { return nil }
            guard known.snapshot.epoch != epoch else { return frame }
            return revised(frame, of: known, for: audience, &findings, now: now)
        case .readState(let version):
            findings.readVersion = min(version, findings.readVersion ?? version)
            return nil
        case .viewerOrNext, .readerOrNext:
            if isWithin(scope, session) { return frame }
            let next = frame &+ 1
            return log.scope(of: next).map { isWithin($0, session) } == true ? next : nil
        case .anybody, .member, .viewer, .moderator, .party: return isWithin(scope, session) ? frame : nil
        }
    }

    private func isWithin(_ scope: FrameScope, _ session: Int32) -> Bool {
        switch scope {
        case .anybody, .departure: true
        case .readState: false
        case .member(let guild), .creation(let guild, _): membership(of: session, in: guild) != nil
        case .viewer(let channel, let guild), .arrival(let channel, let guild),
            .viewerOrNext(let channel, let guild):
            sees(channel, session: session, in: guild)
        case .readerOrNext(let channel, let guild):
            sees(channel, session: session, in: guild)
                && audience(of: session, in: guild).map { $0.guild.reads($0.audience, channel) } == true
        case .moderator(let guild, let permissions):
            audience(of: session, in: guild).map { moderates(session, $0.guild, $0.audience, permissions) } == true
        case .party: !isOfLeftGroup(scope, session)
        }
    }

    /// GUILD_CREATE without what its session's user may not see any more.
    private func revised(
        _ frame: UInt32, of guild: LoopGuild, for audience: Audience, _ findings: inout Findings, now: Int64
    ) -> UInt32? {
        guard let place = log.place(of: frame),
            let data = DispatchFrame.data(
                of: UnsafeRawBufferPointer(start: log.bytes + place.offset, count: place.length),
                sequenceOffset: place.sequenceOffset),
            let revision = GuildCreationRevision(of: data, showing: audience.visible)
        else {
            // It cannot be told what it shows: the session begins anew.
            return log.forgotten
        }
        findings.hidden.formUnion(revision.hidden)
        guard !revision.hidden.isEmpty else { return frame }
        let scope = FrameScope.creation(of: guild.snapshot.guild.id, epoch: guild.snapshot.epoch)
        let shown = DispatchFrame(event: "GUILD_CREATE", for: scope, data: revision.data)
        return log.append(shown, now: now) ?? log.forgotten
    }

    /// Whether a session is delivered to from a channel: one that subscribes lazily only as long as it does.
    private func sees(_ channel: ChannelID, session: Int32, in guild: GuildID) -> Bool {
        let cell = sessions.cells + Int(session)
        guard !cell.pointee.isLazy || cell.pointee.subscriptions.contains(where: { $0.channel == channel }) else {
            return false
        }
        return audience(of: session, in: guild)?.audience.visible.contains(channel) == true
    }

    private func moderates(
        _ session: Int32, _ guild: LoopGuild, _ audience: Audience, _ permissions: Permissions
    ) -> Bool {
        let now = surroundings.time.unixMilliseconds
        return !guild.snapshot.basePermissions(of: audience.key.audienceClass).isDisjoint(with: permissions)
            && !guild.isTimedOut(sessions.cells[Int(session)].user, in: audience, now: now)
    }

    private func audience(of session: Int32, in id: GuildID) -> (guild: LoopGuild, audience: Audience)? {
        guard let guild = guilds[id], let index = membership(of: session, in: id),
            let audience = guild.audience(at: sessions.cells[Int(session)].memberships[index].audience)
        else { return nil }
        return (guild, audience)
    }

    // MARK: Groups

    /// Nobody but the user's own stream tells who has left a group.
    func noteGroup(_ notice: DirectNotice, session: Int32) {
        guard case .channel(let change, let channel, _) = notice, channel.isGroup else { return }
        guard change == .deleted else {
            leftGroups[session]?.remove(channel.id)
            return
        }
        guard leftGroups[session]?.count ?? 0 < Self.leftGroupsMax else {
            leftGroups[session] = nil
            return sessions.cells[Int(session)].ring.removeAll()
        }
        leftGroups[session, default: []].insert(channel.id)
    }

    func isOfLeftGroup(_ scope: FrameScope, _ session: Int32) -> Bool {
        guard case .party(let channel) = scope else { return false }
        return leftGroups[session]?.contains(channel) == true
    }
}
