import Chat
import Services
import Wire

/// Does the jobs of sessions: asks the services, makes what takes time to encode, and answers the loop.
///
/// An interest that an answer carries goes to the loop with it; one whose answer the loop does not take is given back here.
struct SessionWorker: Sendable {
    let source: any GatewaySource
    let hub: GatewayHub
    let ports: LoopPorts
    /// Where READY tells clients to resume.
    let url: String
    let windows = PresenceWindows()

    func work(_ job: SessionJob) async {
        switch job.task {
        case .identify(let connection, let request): await identify(job, connection, request)
        case .loadGuild(let load): await self.load(load, for: job)
        case .subscribe(let channel, let epoch, let since, let intents):
            await subscribe(to: channel, atLeast: epoch, since: since, intents: intents, for: job)
        case .unsubscribe(let channel): answer(.unsubscribed(channel), to: job.session)
        case .send(let request, let ticket): await send(request, ticket, for: job)
        case .members(let cursor): await members(cursor, for: job)
        case .voice(let request): await updateVoice(request, for: job)
        case .refresh(let guild): await refresh(guild, for: job)
        case .digest: answer(.digest(await digest(of: job.user)), to: job.session)
        case .readStates(let version):
            answer(.readStates(await readStates(of: job.user, after: version)), to: job.session)
        case .verify(let verification):
            let outcome = await verify(verification, user: job.user)
            ports.post(.verified(verification, outcome), to: Int(job.session.loop))
        }
    }

    @discardableResult
    func answer(_ answer: SessionAnswer, to session: SessionID) -> Bool {
        ports.post(.answer(session, answer), to: Int(session.loop))
    }

    // MARK: Logging in

    private func identify(_ job: SessionJob, _ connection: ConnectionID, _ request: IdentifyRequest) async {
        let session = job.session
        do throws(ServiceError) {
            let (user, token) = try await source.authenticate(request.token)
            try await source.countLogin(of: user.id)
            try await hub.attach(user: user.id, loop: Int(session.loop))
            let seed: SessionSeed
            do throws(ServiceError) {
                let memberships = try await source.guilds(of: user.id).sorted()
                let guilds = memberships.filter { request.shard?.serves($0) ?? true }
                let directs = try await directs(of: user)
                let readStates = user.isBot ? nil : try await source.readStates(of: user.id, in: memberships)
                let notifications =
                    user.isBot ? nil : try await source.notificationSettings(of: user.id, in: memberships)
                let ready = ready(
                    session, user: user, guilds: guilds, directs: directs, readStates: readStates,
                    notifications: notifications, shard: request.shard)
                seed = SessionSeed(
                    connection: connection, authentication: (user, token), request: request, guilds: guilds,
                    memberships: memberships,
                    digest: UserDigest.of(user, directs, settings: notifications?.version ?? 0),
                    readVersion: UInt32(clamping: readStates?.version ?? 0),
                    ready: SessionFrame(ready, for: job.compression))
            } catch {
                hub.release(.user(user.id), loop: Int(session.loop))
                throw error
            }
            guard answer(.ready(seed), to: session) else {
                return hub.release(.user(user.id), loop: Int(session.loop))
            }
            await makeUpFor(seed, to: session)
        } catch {
            answer(.refused(Self.close(for: error)), to: session)
        }
    }

    private static func close(for error: ServiceError) -> GatewayClose {
        switch error.code {
        case .unauthorized: .authenticationFailed
        case .rateLimited: .rateLimited
        default: .tryAgain
        }
    }

    /// Bots have none here, as in Discord's API: they know a direct channel by its first message.
    func directs(of user: User) async throws(ServiceError) -> [DirectView] {
        user.isBot ? [] : try await source.directs(of: user.id, limit: SessionLimits.readyDirectsMax)
    }

    /// What happened to the user between the look at it and READY found no session to tell. Looks once more: whatever happens from here on
    /// reaches the loop behind READY.
    private func makeUpFor(_ seed: SessionSeed, to session: SessionID) async {
        let user = seed.authentication.user.id
        do throws(ServiceError) {
            _ = try await source.authenticate(seed.request.token)
            for guild in try await source.guilds(of: user) where !seed.guilds.contains(guild) {
                ports.post(.user(user, .guildJoined(guild)), to: Int(session.loop))
            }
            guard !seed.authentication.user.isBot else { return }
            let changes = try await source.readChanges(
                of: user, after: UInt64(seed.readVersion), limit: SessionLimits.readChangesMax)
            if let changes, !changes.isEmpty { answer(.readChanges(changes), to: session) }
        } catch {
            if error.code == .unauthorized {
                ports.post(.user(user, .tokensRevoked([seed.authentication.token])), to: Int(session.loop))
            }
        }
    }

    private func ready(
        _ session: SessionID, user: User, guilds: [GuildID], directs: [DirectView], readStates: ReadStateList?,
        notifications: NotificationList?, shard: Shard?
    ) -> DispatchFrame {
        DispatchFrame(event: "READY") { writer in
            writer.object {
                $0.field("v", 10)
                $0.key("user")
                $0.ownUser(user)
                $0.array("guilds") { array in
                    for guild in guilds { array.unavailableGuild(guild) }
                }
                $0.field("session_id", session.text)
                $0.field("resume_gateway_url", url)
                $0.key("application")
                $0.partialApplication(of: user.id)
                if let shard {
                    $0.array("shard") { array in
                        array.value(Int(shard.id))
                        array.value(Int(shard.count))
                    }
                }
                $0.array("private_channels") { array in
                    for view in directs {
                        array.direct(view.channel, recipients: view.recipients, lastMessage: view.lastMessage)
                    }
                }
                if let notifications {
                    $0.key("user_guild_settings")
                    $0.object { json in
                        json.field("version", Int64(clamping: notifications.version))
                        json.field("partial", false)
                        json.array("entries") { array in
                            for entry in notifications.entries { array.notificationSettings(entry) }
                        }
                    }
                }
                if let readStates {
                    $0.key("read_state")
                    $0.object { json in
                        json.field("version", Int64(clamping: readStates.version))
                        json.field("partial", readStates.isPartial)
                        json.array("entries") { array in
                            for entry in readStates.entries {
                                array.readStateEntry(
                                    channel: entry.channel, lastRead: entry.lastRead, mentionCount: entry.mentionCount)
                            }
                        }
                    }
                }
            }
        }
    }

    // MARK: Guilds

    private func load(_ load: GuildLoad, for job: SessionJob) async {
        let loop = Int(job.session.loop)
        do throws(ServiceError) {
            guard let snapshot = try await hub.attach(guild: load.guild, loop: loop, atLeast: load.atLeast) else {
                answer(.noGuild(load.guild), to: job.session)
                return
            }
            var part: GuildPart?
            do throws(ServiceError) {
                part = try await looking(at: load.guild, load.intents, loop: loop) { () async throws(ServiceError) in
                    try await self.part(load, snapshot: snapshot, for: job)
                }
            } catch {
                hub.release(.guild(load.guild), loop: loop)
                throw error
            }
            guard let part else {
                hub.release(.guild(load.guild), loop: loop)
                answer(.noGuild(load.guild), to: job.session)
                return
            }
            guard !answer(.guild(part), to: job.session) else { return }
            hub.release(.guild(load.guild), loop: loop)
            if part.looks { hub.release(.look(load.guild), loop: loop) }
        } catch {
            answer(.guildFailed(load.guild), to: job.session)
        }
    }

    /// `nil` when the user is no member.
    private func part(
        _ load: GuildLoad, snapshot: GuildSnapshot, for job: SessionJob
    ) async throws(ServiceError) -> GuildPart? {
        let user = job.user
        // After the snapshot, so that the roles are never older than what they are applied to.
        guard let profile = try await source.member(user, of: load.guild) else { return nil }
        let roles = profile.member.roles
        let looks = load.intents.looks
        guard load.intents.contains(.guilds) else {
            return GuildPart(
                snapshot: snapshot, member: profile.member, isJoin: load.isJoin, looks: looks, since: load.since,
                frame: nil)
        }
        let isLarge = snapshot.memberCount > load.largeThreshold
        var members = [profile]
        if !isLarge {
            members = try await source.members(of: load.guild, after: UserID(0), limit: load.largeThreshold)
            if !members.contains(where: { $0.user.id == user }) { members.append(profile) }
        }
        let visible = snapshot.visibleChannels(to: snapshot.audienceClass(of: user, roles: roles))
        let voices = try await voiceStates(of: load.guild, load.intents, in: visible, adding: &members)
        let creation = GuildCreation(
            channels: visible.compactMap { snapshot.channels[$0] },
            lastMessages: try await source.lastMessages(of: visible), members: members,
            presences: try await presences(of: members, load.intents), voiceStates: voices,
            joinedAt: profile.member.joinedAt, isLarge: isLarge, unavailable: load.isJoin ? nil : false)
        let frame = DispatchFrame(event: "GUILD_CREATE", for: .creation(of: load.guild, epoch: snapshot.epoch)) {
            $0.guildCreate(snapshot, creation)
        }
        return GuildPart(
            snapshot: snapshot, member: profile.member, isJoin: load.isJoin, looks: looks, since: load.since,
            frame: SessionFrame(frame, for: job.compression))
    }

    private func refresh(_ guild: GuildID, for job: SessionJob) async {
        do throws(ServiceError) {
            let snapshot = try await source.snapshot(of: guild, atLeast: 0)
            let profile = try await source.member(job.user, of: guild)
            answer(.membership(guild, profile?.member, snapshot: snapshot), to: job.session)
        } catch {
            // The client comes back, and its guilds are loaded anew or its session is whole.
            answer(.guildFailed(guild), to: job.session)
        }
    }

    // MARK: Commands

    private func subscribe(
        to channel: ChannelID, atLeast epoch: UInt64, since: UInt64, intents: Intents, for job: SessionJob
    ) async {
        let loop = Int(job.session.loop)
        do throws(ServiceError) {
            if let direct = try await source.direct(channel, atLeast: 0), direct.isParty(job.user) {
                answer(.dispatch(OwnDispatch.subscribed(channel, guild: nil)), to: job.session)
                return
            }
            guard let guild = try await source.guild(ofChannel: channel),
                let snapshot = try await hub.attach(channel: channel, of: guild, loop: loop, atLeast: epoch)
            else { throw ServiceError(.unknownChannel) }
            let part: ChannelPart?
            do throws(ServiceError) {
                part = try await looking(at: guild, intents, loop: loop) { () async throws(ServiceError) in
                    guard let roles = try await source.member(job.user, of: guild)?.member.roles,
                        let target = snapshot.channels[channel], target.holdsMessages,
                        snapshot.permissions(of: job.user, roles: roles, in: target).contains(.viewChannel)
                    else { throw ServiceError(.unknownChannel) }
                    let window = try await window(of: target, in: snapshot, intents)
                    return ChannelPart(
                        channel: channel, snapshot: snapshot, roles: roles, looks: intents.looks, since: since,
                        window: window.isComplete ? [] : Set(window.users),
                        batch: try await batch(window, of: target, in: snapshot, intents).map {
                            SessionFrame($0, for: job.compression)
                        })
                }
            } catch {
                hub.release(.channel(channel, of: guild), loop: loop)
                throw error
            }
            guard let part, !answer(.subscribed(part), to: job.session) else { return }
            hub.release(.channel(channel, of: guild), loop: loop)
            if part.looks { hub.release(.look(guild), loop: loop) }
        } catch {
            let frame = OwnDispatch.commandError(.subscribeChannel, channel: channel, CommandError(error))
            answer(.dispatch(frame), to: job.session)
        }
    }

    private func send(_ request: SendRequest, _ ticket: AdmissionTicket, for job: SessionJob) async {
        let (session, ports) = (job.session, ports)
        let failed: @Sendable (ServiceError) -> Void = { error in
            let frame = OwnDispatch.commandError(
                .sendMessage, channel: request.channel, nonce: request.nonce, CommandError(error))
            ports.post(.answer(session, .dispatch(frame)), to: Int(session.loop))
        }
        do throws(ServiceError) {
            try await source.send(request, as: job.user, ticket: ticket, failed: failed)
        } catch {
            failed(error)
        }
    }

    // MARK: Members

    private func members(_ cursor: MembersCursor, for job: SessionJob) async {
        let request = cursor.request
        do throws(ServiceError) {
            guard try await source.member(job.user, of: request.guild) != nil,
                let snapshot = try await source.snapshot(of: request.guild, atLeast: 0)
            else { throw ServiceError(.unknownGuild) }
            switch request.selection {
            case .users(let ids):
                let found = try await source.members(ids, of: request.guild)
                let known = Set(found.map(\.user.id))
                let missing = ids.filter { !known.contains($0) }
                let frame = try await chunk(cursor, found, index: 0, count: 1, missing: missing)
                answer(.members(SessionFrame(frame, for: job.compression), rest: nil), to: job.session)
            case .named(let prefix, let limit):
                let found = try await source.members(of: request.guild, namePrefix: prefix, limit: limit)
                let frame = try await chunk(cursor, found, index: 0, count: 1)
                answer(.members(SessionFrame(frame, for: job.compression), rest: nil), to: job.session)
            case .everybody:
                var next = cursor
                if next.chunks == 0 {
                    let size = SessionLimits.membersPerChunk
                    next.chunks = max(1, (snapshot.memberCount + size - 1) / size)
                }
                let page = try await source.members(
                    of: request.guild, after: cursor.after, limit: SessionLimits.membersPerChunk)
                let frame = try await chunk(cursor, page, index: cursor.chunk, count: next.chunks)
                next.chunk += 1
                // Past the last member pages are empty, and the promised number of chunks is sent all the same: clients count them.
                next.after = page.last?.user.id ?? cursor.after
                let rest = next.chunk < next.chunks ? next : nil
                answer(.members(SessionFrame(frame, for: job.compression), rest: rest), to: job.session)
            }
        } catch {
            let failure = OwnDispatch.commandError(
                .requestMembers, nonce: request.nonce.map(Nonce.text), CommandError(error))
            answer(.members(SessionFrame(failure, for: job.compression), rest: nil), to: job.session)
        }
    }

    private func chunk(
        _ cursor: MembersCursor, _ members: [MemberProfile], index: Int, count: Int, missing: [UserID] = []
    ) async throws(ServiceError) -> DispatchFrame {
        let request = cursor.request
        let presences = cursor.showsPresences ? try await source.presences(of: members.map(\.user.id)) : nil
        return DispatchFrame(event: "GUILD_MEMBERS_CHUNK", for: .member(of: request.guild)) { writer in
            writer.object {
                $0.field("guild_id", snowflake: request.guild.rawValue)
                $0.array("members") { array in
                    for member in members { array.member(member) }
                }
                $0.field("chunk_index", index)
                $0.field("chunk_count", count)
                if !missing.isEmpty { $0.field("not_found", snowflakes: missing.map(\.rawValue)) }
                if let presences {
                    $0.array("presences") { array in
                        for presence in presences { array.presence(presence) }
                    }
                }
                if let nonce = request.nonce { $0.field("nonce", nonce) }
            }
        }
    }
}
