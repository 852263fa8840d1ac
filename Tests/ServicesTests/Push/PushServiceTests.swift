import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Synchronization
import Testing

@testable import Services

/// The push service over the backends that ship, with a push service of the test's own.
@Suite("Push service") struct PushServiceTests {
    /// Seals nothing: what is sent can be read.
    private struct OpenCipher: PushCipher {
        func makeKeyPair() throws(BackendError) -> PushKeyPair { PushKeyPair(privateKey: [1], publicKey: [4, 1]) }
        func keyPair(ofPrivateKey bytes: [UInt8]) throws(BackendError) -> PushKeyPair { try makeKeyPair() }
        func seal(
            _ plaintext: [UInt8], for publicKey: [UInt8], secret: [UInt8]
        ) throws(BackendError) -> [UInt8] { plaintext }
        func sign(_ message: [UInt8], with key: PushKeyPair) throws(BackendError) -> [UInt8] { [7] }
    }

    private final class Service: PushTransport {
        private struct State {
            var requests: [PushRequest] = []
            var statuses: [Int] = []
            var addresses = [NetworkAddress([8, 8, 8, 8])]
            var resolutions = 0
        }

        private let state = Mutex(State())

        var requests: [PushRequest] { state.withLock { $0.requests } }
        /// How often an address was asked for.
        var resolutions: Int { state.withLock { $0.resolutions } }

        func answer(_ statuses: Int...) { state.withLock { $0.statuses = statuses } }
        func lead(to address: NetworkAddress) { state.withLock { $0.addresses = [address] } }

        func resolve(_ host: String) async throws(BackendError) -> [NetworkAddress] {
            state.withLock { state in
                state.resolutions += 1
                return state.addresses
            }
        }

        func post(
            _ request: PushRequest, to address: NetworkAddress, within milliseconds: UInt64
        ) async throws(BackendError) -> PushAnswer {
            state.withLock { state in
                state.requests.append(request)
                return PushAnswer(status: state.statuses.isEmpty ? 201 : state.statuses.removeFirst())
            }
        }
    }

    /// A guild of ada's with bob, who is subscribed, and carol, who is not in it.
    private struct Stage {
        var backends: EmbeddedBackends
        var access: Access
        var guilds: GuildService
        var directs: DirectService
        var service: Service
        var ada: User
        var bob: User
        var carol: User
        var guild: GuildSnapshot
        var channel: ChannelID
    }

    private let directory: TemporaryDirectory
    private let time = ManualTime()
    private static let delay: UInt64 = 5_000

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func live(_ body: (Stage) async throws -> Void) async throws {
        let backends = try EmbeddedBackends.open(directory: directory.path, time: time, logger: World.silence)
        let node = try await backends.coordinator.register("n", now: time.unixMilliseconds, leaseMilliseconds: 10_000)
        let access = Access(cache: try await GuildCache(directory: backends.directory, bus: backends.bus))
        let mint = IDMint(nodeNumber: node.number, time: time)
        let intake = try await MessageIntake(
            access: access, log: backends.log, store: backends.store, bus: backends.bus, node: node.number, time: time)
        let guilds = GuildService(
            access: access, directory: backends.directory, bus: backends.bus, secrets: KeeperDouble(), mint: mint,
            purge: MessagePurge(
                intake: intake, access: access, store: backends.store, time: time, logger: World.silence),
            time: time)
        let directs = DirectService(
            access: access, directory: backends.directory, store: backends.store, bus: backends.bus, mint: mint,
            time: time)
        var users: [User] = []
        for (number, name) in ["ada", "bob", "carol"].enumerated() {
            let user = User(id: UserID(UInt64(100 + number)), username: name)
            try await backends.directory.create(Account(user: user))
            users.append(user)
        }
        let guild = try await guilds.createGuild(name: "Lab", icon: nil, by: users[0].id)
        _ = try await guilds.addMember(users[1].id, to: guild.guild.id)
        let channel = try #require(guild.channels.values.first { $0.kind == .text })
        let service = Service()
        for user in users[1...] {
            _ = try await backends.subscriptions.add(
                PushSubscription(
                    id: PushSubscriptionID(user.id.rawValue), user: user.id,
                    endpoint: "https://push.example/\(user.username)", publicKey: [4], secret: [1], createdAt: 1),
                max: 10)
        }
        let push = PushService(
            node: node,
            backends: PushService.Backends(
                log: backends.log, coordinator: backends.coordinator, directory: backends.directory,
                messages: backends.store, presence: backends.presence, subscriptions: backends.subscriptions,
                deliveries: backends.deliveries, cipher: OpenCipher(), transport: service),
            access: access, reports: DeliveryReports(store: backends.deliveries, time: time),
            keys: PushKeyPair(privateKey: [1], publicKey: [4, 1]), rule: EndpointRule(),
            settings: PushSettings(delayMilliseconds: Self.delay, lifeSeconds: 10_000_000), time: time,
            logger: World.silence)
        let run = Task { try await push.run() }
        try await body(
            Stage(
                backends: backends, access: access, guilds: guilds, directs: directs, service: service, ada: users[0],
                bob: users[1], carol: users[2], guild: guild, channel: channel.id))
        run.cancel()
        try await run.value
        try backends.close()
    }

    /// Stores a message as the chat service does, and lets the time to be seen go by.
    private func say(
        _ content: String, in channel: ChannelID, of guild: GuildID?, by author: User, _ stage: Stage,
        mentions: Mentions = Mentions(), flags: UInt32 = 0, meanwhile: () async throws -> Void = {}
    ) async throws {
        let id = MessageID(Snowflake.make(unixMilliseconds: time.unixMilliseconds, low: 1))
        let message = Message(
            id: id, channel: channel, guild: guild, author: author.id, content: content, flags: flags,
            mentions: mentions, version: id.rawValue)
        try await stage.backends.store.apply([MessageWrite(message: message)])
        let event = ChannelEvent.messageCreated(HydratedMessage(message: message, author: author, member: nil))
        let positions = try await stage.backends.log.append([
            NewRecord(topic: .messagesStored, key: channel.rawValue, payload: event.encoded())
        ])
        try await meanwhile()
        let position = try #require(positions.first)
        let ref = PartitionRef(group: PushService.group, topic: .messagesStored, partition: position.partition)
        // The clock moves until the message was looked after, however the tasks are scheduled.
        try await eventually("the message to be looked after", deadlineMilliseconds: 30_000) {
            time.advance(by: 1_000)
            return try await stage.backends.log.checkpoint(of: ref)?.next ?? 0 > position.offset
        }
    }

    private func mention(_ stage: Stage, _ user: User, meanwhile: () async throws -> Void = {}) async throws {
        try await say(
            "hello <@\(user.id)>", in: stage.channel, of: stage.guild.guild.id, by: stage.ada, stage,
            mentions: Mentions(users: [user.id]), meanwhile: meanwhile)
    }

    private func waitForRequests(_ count: Int, _ stage: Stage) async throws {
        try await eventually("\(count) requests", deadlineMilliseconds: 30_000) {
            time.advance(by: 1_000)
            return stage.service.requests.count >= count
        }
        #expect(stage.service.requests.count == count)
    }

    /// Something that is always told of, so that what was to be silent has been.
    private func expectSilence(_ stage: Stage) async throws {
        let before = stage.service.requests.count
        let direct = try await stage.directs.open(with: stage.carol.id, by: stage.ada.id)
        try await say("marker", in: direct.channel.id, of: nil, by: stage.ada, stage)
        try await waitForRequests(before + 1, stage)
        #expect(stage.service.requests.last?.target == "/carol")
    }

    @Test func whoIsMentionedAndAbsentIsToldOnce() async throws {
        try await live { stage in
            try await mention(stage, stage.bob)
            try await waitForRequests(1, stage)
            let request = try #require(stage.service.requests.first)
            #expect(request.isSecure && request.host == "push.example" && request.target == "/bob")
            let headers = Dictionary(
                request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            #expect(headers["Content-Encoding"] == "aes128gcm")
            #expect(headers["Authorization"]?.hasPrefix("vapid t=") == true)
            #expect(headers["Authorization"]?.hasSuffix(", k=BAE") == true)
            #expect(headers["TTL"].flatMap(Int.init).map { (1...10_000_000).contains($0) } == true)
            #expect(headers["Topic"]?.utf8.count ?? 99 <= 32)
            let text = String(decoding: request.body, as: UTF8.self)
            #expect(text.contains(#""content":"hello <@101>""#))
            #expect(text.contains(#""channel_id":"\#(stage.channel)""#))
            #expect(text.contains(#""username":"ada""#))
            try await expectSilence(stage)
        }
    }

    @Test func directMessagesAreToldToTheOther() async throws {
        try await live { stage in
            let direct = try await stage.directs.open(with: stage.bob.id, by: stage.carol.id)
            try await say("psst", in: direct.channel.id, of: nil, by: stage.carol, stage)
            try await waitForRequests(1, stage)
            #expect(stage.service.requests.first?.target == "/bob")
        }
    }

    @Test func everyoneAndRolesConcernTheirMembers() async throws {
        try await live { stage in
            try await say(
                "all", in: stage.channel, of: stage.guild.guild.id, by: stage.ada, stage,
                mentions: Mentions(everyone: true))
            try await waitForRequests(1, stage)
            #expect(stage.service.requests.last?.target == "/bob")
            let role = try await stage.guilds.createRole(
                in: stage.guild.guild.id, RoleUpdate(name: "r"), by: stage.ada.id)
            let mentions = Mentions(roles: [role.id])
            try await say(
                "none", in: stage.channel, of: stage.guild.guild.id, by: stage.ada, stage, mentions: mentions)
            try await expectSilence(stage)
        }
    }

    @Test func ordinaryAndSilentMessagesConcernNobody() async throws {
        try await live { stage in
            try await say("hello", in: stage.channel, of: stage.guild.guild.id, by: stage.ada, stage)
            try await say(
                "quiet", in: stage.channel, of: stage.guild.guild.id, by: stage.ada, stage,
                mentions: Mentions(users: [stage.bob.id]), flags: 1 << 12)
            try await expectSilence(stage)
        }
    }

    @Test func whoHasSeenItIsNotTold() async throws {
        try await live { stage in
            try await mention(stage, stage.bob) {
                let reports = DeliveryReports(store: stage.backends.deliveries, time: time)
                reports.note(stage.bob.id, through: time.unixMilliseconds + PushQuiet.deliveryMilliseconds)
                await reports.tell()
            }
            try await expectSilence(stage)
        }
    }

    @Test(arguments: [
        (PresenceStatus.online, true), (.doNotDisturb, true), (.idle, false), (.invisible, false),
    ])
    func presenceSaysWhoIsLeftInPeace(_ status: PresenceStatus, _ isQuiet: Bool) async throws {
        try await live { stage in
            _ = try await stage.backends.presence.put(
                [
                    PresencePut(
                        session: UserSession(user: stage.bob.id, tag: SessionTag(1)),
                        shown: SessionPresence(status: status), guilds: nil, deadline: .max)
                ], now: time.unixMilliseconds)
            try await mention(stage, stage.bob)
            if isQuiet { try await expectSilence(stage) } else { try await waitForRequests(1, stage) }
        }
    }

    /// I6: a permission, a membership and a message are looked at when it is told.
    @Test func whatMayNotBeSeenIsNotTold() async throws {
        try await live { stage in
            try await mention(stage, stage.bob) {
                try await stage.guilds.removeMember(stage.bob.id, from: stage.guild.guild.id, by: stage.ada.id)
            }
            try await mention(stage, stage.carol)
            try await expectSilence(stage)
        }
    }

    @Test func whoIsBlockedDoesNotDisturb() async throws {
        try await live { stage in
            try await stage.directs.block(stage.ada.id, by: stage.bob.id)
            try await mention(stage, stage.bob)
            try await expectSilence(stage)
        }
    }

    private func wish(_ change: NotificationChange, in guild: GuildID?, by user: User, _ stage: Stage) async throws {
        let notifications = NotificationService(
            access: stage.access, directory: stage.backends.directory, bus: stage.backends.bus, time: time)
        _ = try await notifications.update(change, in: guild, by: user)
    }

    @Test func whoHasMutedAGuildOrAChannelIsLeftInPeace() async throws {
        try await live { stage in
            let guild = stage.guild.guild.id
            try await wish(NotificationChange(mute: MuteChange(isMuted: true)), in: guild, by: stage.bob, stage)
            try await mention(stage, stage.bob)
            try await expectSilence(stage)
            let channel = NotificationChange(
                mute: MuteChange(isMuted: false),
                overrides: [stage.channel: .init(mute: MuteChange(isMuted: true))])
            try await wish(channel, in: guild, by: stage.bob, stage)
            try await mention(stage, stage.bob)
            try await expectSilence(stage)
            let nothing = NotificationChange(
                overrides: [stage.channel: .init(mute: MuteChange(isMuted: false), level: .nothing)])
            try await wish(nothing, in: guild, by: stage.bob, stage)
            try await mention(stage, stage.bob)
            try await expectSilence(stage)
        }
    }

    @Test func aMuteThatIsOverIsNone() async throws {
        try await live { stage in
            let mute = MuteChange(isMuted: true, end: .set(time.unixMilliseconds + 2_000))
            try await wish(NotificationChange(mute: mute), in: stage.guild.guild.id, by: stage.bob, stage)
            // It is told after the delay, which is longer.
            try await mention(stage, stage.bob)
            try await waitForRequests(1, stage)
            #expect(stage.service.requests.last?.target == "/bob")
        }
    }

    @Test func suppressedMentionsConcernNobodyAndNamesDo() async throws {
        try await live { stage in
            let guild = stage.guild.guild.id
            let role = try await stage.guilds.createRole(in: guild, RoleUpdate(name: "r"), by: stage.ada.id)
            try await stage.guilds.setRole(role.id, isHeld: true, of: stage.bob.id, in: guild, by: stage.ada.id)
            let change = NotificationChange(suppressesEveryone: true, suppressesRoles: true)
            try await wish(change, in: guild, by: stage.bob, stage)
            for mentions in [Mentions(everyone: true), Mentions(roles: [role.id])] {
                try await say("all", in: stage.channel, of: guild, by: stage.ada, stage, mentions: mentions)
            }
            try await expectSilence(stage)
            try await say(
                "bob", in: stage.channel, of: guild, by: stage.ada, stage,
                mentions: Mentions(users: [stage.bob.id], roles: [role.id], everyone: true))
            try await waitForRequests(2, stage)
            #expect(stage.service.requests.last?.target == "/bob")
        }
    }

    @Test func directChannelsAreMutedOneByOneOrTogether() async throws {
        try await live { stage in
            let direct = try await stage.directs.open(with: stage.bob.id, by: stage.carol.id)
            let one = NotificationChange(overrides: [direct.channel.id: .init(mute: MuteChange(isMuted: true))])
            try await wish(one, in: nil, by: stage.bob, stage)
            try await say("psst", in: direct.channel.id, of: nil, by: stage.carol, stage)
            try await expectSilence(stage)
            let all = NotificationChange(
                mute: MuteChange(isMuted: true),
                overrides: [direct.channel.id: .init(mute: MuteChange(isMuted: false))])
            try await wish(all, in: nil, by: stage.bob, stage)
            try await say("psst", in: direct.channel.id, of: nil, by: stage.carol, stage)
            try await expectSilence(stage)
        }
    }

    @Test func aSubscriptionThatIsGoneIsForgotten() async throws {
        try await live { stage in
            stage.service.answer(410)
            try await mention(stage, stage.bob)
            try await waitForRequests(1, stage)
            try await eventually("the subscription to be forgotten", deadlineMilliseconds: 30_000) {
                try await stage.backends.subscriptions.subscriptions(of: [stage.bob.id]).isEmpty
            }
        }
    }

    @Test func whatFailsIsTriedAgainAndWhatIsRefusedIsNot() async throws {
        try await live { stage in
            stage.service.answer(503, 500, 201)
            try await mention(stage, stage.bob)
            try await waitForRequests(3, stage)
            stage.service.answer(413)
            try await mention(stage, stage.bob)
            try await waitForRequests(4, stage)
            try await expectSilence(stage)
        }
    }

    @Test func nobodyIsCalledInside() async throws {
        try await live { stage in
            stage.service.lead(to: NetworkAddress([169, 254, 169, 254]))
            try await mention(stage, stage.bob)
            try await eventually("the address to be asked for", deadlineMilliseconds: 30_000) {
                time.advance(by: 1_000)
                return stage.service.resolutions > 0
            }
            stage.service.lead(to: NetworkAddress([8, 8, 8, 8]))
            try await expectSilence(stage)
        }
    }
}
