import Chat
import Interface
import Logging
import Services

/// Taking up the sessions of the node's life before. To be called before the loops run and before anything is published.
extension SessionKeeper {
    /// Events that are looked through at most. When more were missed nobody can be made whole.
    static let eventsMax = 100_000
    /// Events that are sent at most, and channels that are named instead at most: together what the loops' mailboxes
    /// (``LoopConfiguration/mailsMax``) hold of them before the loops run.
    static let (eventsSentMax, channelsNamedMax) = (20_000, 20_000)
    /// Events of one channel up to which they are sent; beyond it the channel is named to be fetched.
    static let eventsPerChannelMax = 512
    private static let publishedAtOnce = 500
    private static let membersAtOnce = 1_000

    /// Puts the sessions back and publishes what they missed. Whatever fails, its sessions are not there, and their clients identify.
    func restore() async {
        do throws(BackendError) {
            guard let capture = try await archive.store.load(of: archive.node) else { return }
            let now = time.unixMilliseconds
            guard now < capture.savedAt + resumeMilliseconds, let cut = try? StreamCut(encoded: capture.state) else {
                return try await archive.store.clear(archive.node)
            }
            guard let entries = try await archive.streams.events(after: cut.mark, limit: Self.eventsMax) else {
                return logger.notice("sessions are not taken up: too much happened without them")
            }
            let missed = entries.filter { !cut.covers($0.event) }
            guard let named = Self.named(of: missed.map(\.event.event), incomplete: cut.incomplete) else {
                return logger.notice("sessions are not taken up: too much happened in too many channels")
            }
            try await skipTold(entries.filter { cut.covers($0.event) })
            var staying: Set<VoiceState> = []
            for part in capture.loops where Int(part.loop) < loops {
                staying.formUnion(await restore(part, savedAt: capture.savedAt, isDoubtful: !capture.isFinal))
            }
            try await publish(missed.filter { named[$0.event.event.channel] == nil })
            // What a direct channel's events need is looked up; nobody else works yet.
            await hub.jobs.drain { await hub.work($0) }
            for (channel, guild) in named { await resync(channel, of: guild) }
            for loop in 0..<loops { worker.ports.post(.restored, to: loop) }
            let left = Set(capture.loops.flatMap(\.changed).flatMap(\.voices)).subtracting(staying)
            await worker.source.restoreVoices(Array(staying), left: Array(left))
        } catch {
            logger.warning("sessions are not taken up", metadata: ["error": "\(error.detail)"])
        }
    }

    /// The channels that are named to be fetched instead of being sent what was missed of them: those of which it is too much, beginning
    /// with the busiest, and those that were incomplete before. `nil` when they are too many.
    static func named(of missed: [ChannelEvent], incomplete: [ChannelID: GuildID?]) -> [ChannelID: GuildID?]? {
        var named = incomplete
        var left = eventsSentMax
        let channels = Dictionary(grouping: missed, by: \.channel)
        for (channel, events) in channels.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
            if events.count <= min(left, eventsPerChannelMax) {
                left -= events.count
            } else {
                named[channel] = .some(events.first?.guild)
            }
        }
        return named.count <= channelsNamedMax ? named : nil
    }

    /// Sees to it that what the sessions have been told of is not told again: what the publisher had not committed it will publish once more.
    /// The bus gets to know these positions while nobody listens, and refuses them then.
    private func skipTold(_ entries: [StoredStreams.Entry]) async throws(BackendError) {
        let committed = try await archive.streams.mark().published
        let again = entries.filter { entry in
            !committed.indices.contains(entry.event.partition)
                || entry.event.position > committed[entry.event.partition]
        }
        try await hub.bus.publish(again.map { Self.message($0) })
    }

    private static func message(_ entry: StoredStreams.Entry) -> FanoutMessage {
        FanoutMessage(
            topic: .channel(entry.event.event.channel), position: entry.event.position, epoch: entry.event.epoch,
            acceptedAt: 0, payload: entry.payload)
    }

    private func publish(_ entries: [StoredStreams.Entry]) async throws(BackendError) {
        var messages: [FanoutMessage] = []
        for entry in entries {
            let event = entry.event.event
            if event.guild == nil {
                let announcement = UserEvent.directActivity(event.channel, position: entry.event.position).encoded()
                for party in await parties(of: event.channel) {
                    messages.append(
                        FanoutMessage(
                            topic: .user(party), position: nil, epoch: 0, acceptedAt: 0, payload: announcement))
                }
            }
            messages.append(Self.message(entry))
            guard messages.count >= Self.publishedAtOnce else { continue }
            try await hub.bus.publish(messages)
            messages.removeAll()
        }
        if !messages.isEmpty { try await hub.bus.publish(messages) }
    }

    private func parties(of channel: ChannelID) async -> [UserID] {
        (try? await worker.source.direct(channel, atLeast: 0))?.parties ?? []
    }

    private func resync(_ channel: ChannelID, of guild: GuildID?) async {
        if let guild { return hub.postResync(channel, in: guild) }
        for party in await parties(of: channel) { hub.resync(channel, for: party) }
    }

    // MARK: One loop

    /// What is known while the sessions of one loop are gathered.
    private struct Gathering {
        var sessions: [(record: SessionRecord, mark: SessionMark)]
        var snapshots: [GuildID: GuildSnapshot] = [:]
        var members: [LoopRestoration.Member: Member] = [:]
        var windows: [ChannelID: Set<UserID>] = [:]
        var guilds: [ChannelID: GuildID] = [:]
        /// What the loop is given, to be given back if it is not taken.
        var interests: [Interest] = []
    }

    /// Where the sessions are heard that are taken up.
    private func restore(_ part: LoopCapture, savedAt: UInt64, isDoubtful: Bool) async -> [VoiceState] {
        let now = time.unixMilliseconds
        guard let epochs = try? GuildEpochs(encoded: part.state).epochs else { return [] }
        var gathering = Gathering(sessions: [])
        for (record, var mark) in zip(part.changed, part.marks) {
            if mark.detachedAt == 0 { mark.detachedAt = savedAt }
            guard record.slot == mark.slot, now < mark.detachedAt + resumeMilliseconds else { continue }
            gathering.sessions.append((record, mark))
        }
        let loop = Int(part.loop)
        await dropChanged(&gathering, epochs)
        await attach(&gathering, loop: loop)
        let restoration = LoopRestoration(
            isDoubtful: isDoubtful, sessions: gathering.sessions, snapshots: gathering.snapshots,
            members: gathering.members, windows: gathering.windows, guilds: gathering.guilds, frames: part.frames)
        guard worker.ports.post(.restore(restoration), to: loop) else {
            gathering.interests.forEach { hub.release($0, loop: loop) }
            return []
        }
        logger.notice(
            "sessions are taken up",
            metadata: ["gateway.loop": "\(loop)", "gateway.sessions": "\(gathering.sessions.count)"])
        return gathering.sessions.flatMap(\.record.voices)
    }

    /// Looks at the guilds once more: a session goes on only if every guild of its is in the state by which it was last delivered to, and
    /// its user still a member.
    private func dropChanged(_ gathering: inout Gathering, _ epochs: [GuildID: UInt64]) async {
        let members = gathering.sessions.flatMap { session in session.record.guilds.map { ($0, session.record.user) } }
        for (guild, users) in Dictionary(grouping: members, by: \.0) {
            guard let snapshot = try? await worker.source.snapshot(of: guild, atLeast: 0),
                snapshot.epoch == epochs[guild]
            else { continue }
            var rest = Array(Set(users.map(\.1)))[...]
            while !rest.isEmpty {
                let some = Array(rest.prefix(Self.membersAtOnce))
                rest = rest.dropFirst(some.count)
                for profile in (try? await worker.source.members(some, of: guild)) ?? [] {
                    gathering.members[.init(user: profile.user.id, guild: guild)] = profile.member
                }
            }
        }
        for channel in Set(gathering.sessions.flatMap(\.record.subscriptions)) {
            gathering.guilds[channel] = try? await worker.source.guild(ofChannel: channel)
        }
        keepKnown(&gathering)
    }

    private func keepKnown(_ gathering: inout Gathering) {
        let (known, guilds) = (gathering.members, gathering.guilds)
        gathering.sessions.removeAll { session in
            let record = session.record
            return record.guilds.contains { known[.init(user: record.user, guild: $0)] == nil }
                || record.subscriptions.contains { !record.guilds.contains(guilds[$0] ?? GuildID(0)) }
        }
    }

    /// Takes up the streams that the sessions need. What fails, or turns out to be different after all, takes its sessions with it.
    private func attach(_ gathering: inout Gathering, loop: Int) async {
        for guild in Set(gathering.sessions.flatMap(\.record.guilds)) {
            let concerned = gathering.sessions.map(\.record).filter { $0.guilds.contains(guild) }
            guard await attach(guild, concerned, &gathering, loop: loop) else {
                gathering.members = gathering.members.filter { $0.key.guild != guild }
                continue
            }
        }
        keepKnown(&gathering)
        for user in Set(gathering.sessions.map(\.record.user)) {
            if (try? await hub.attach(user: user, loop: loop)) != nil {
                gathering.interests.append(.user(user))
            } else {
                gathering.sessions.removeAll { $0.record.user == user }
            }
        }
        releaseUnused(&gathering, loop: loop)
    }

    private func attach(
        _ guild: GuildID, _ records: [SessionRecord], _ gathering: inout Gathering, loop: Int
    ) async -> Bool {
        do throws(ServiceError) {
            guard let known = try await worker.source.snapshot(of: guild, atLeast: 0) else { return false }
            if records.contains(where: { !$0.isLazy }) {
                guard let snapshot = try await hub.attach(guild: guild, loop: loop, atLeast: 0) else { return false }
                gathering.interests.append(.guild(guild))
                guard snapshot.epoch == known.epoch else { return false }
            }
            for channel in Set(records.flatMap(\.subscriptions)) where gathering.guilds[channel] == guild {
                guard let snapshot = try await hub.attach(channel: channel, of: guild, loop: loop, atLeast: 0),
                    let target = snapshot.channels[channel]
                else { return false }
                gathering.interests.append(.channel(channel, of: guild))
                guard snapshot.epoch == known.epoch else { return false }
                let window = try await worker.window(of: target, in: snapshot, .guildPresences)
                gathering.windows[channel] = window.isComplete ? [] : Set(window.users)
            }
            if records.contains(where: { Intents(rawValue: $0.intents).looks }) {
                try await hub.attach(lookAt: guild, loop: loop)
                gathering.interests.append(.look(guild))
            }
            gathering.snapshots[guild] = known
            return true
        } catch {
            logger.warning(
                "a guild's sessions are not taken up", metadata: ["guild.id": "\(guild)", "error": "\(error.detail)"])
            return false
        }
    }

    /// Gives back what only sessions needed that are not taken up after all.
    private func releaseUnused(_ gathering: inout Gathering, loop: Int) {
        let records = gathering.sessions.map(\.record)
        let full = Set(records.filter { !$0.isLazy }.flatMap(\.guilds))
        let looked = Set(records.filter { Intents(rawValue: $0.intents).looks }.flatMap(\.guilds))
        let watched = Set(records.flatMap(\.subscriptions))
        gathering.interests.removeAll { interest in
            let isUsed =
                switch interest {
                case .user: true
                case .guild(let guild): full.contains(guild)
                case .look(let guild): looked.contains(guild)
                case .channel(let channel, _): watched.contains(channel)
                }
            if !isUsed { hub.release(interest, loop: loop) }
            return !isUsed
        }
        let used = Set(records.flatMap(\.guilds))
        gathering.snapshots = gathering.snapshots.filter { used.contains($0.key) }
    }
}
