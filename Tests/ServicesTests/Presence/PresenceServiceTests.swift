import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Services
import Synchronization
import Testing

@Suite("Presence service")
struct PresenceServiceTests {
    private let world: PresenceWorld
    private let guild: GuildID
    private let owner: User

    init() async throws {
        world = try await PresenceWorld()
        (guild, owner) = try await world.guilds.quietGuild()
    }

    private func show(_ status: PresenceStatus, _ tag: UInt64 = 1) async {
        world.presence.report([
            .show(UserSession(owner, tag), SessionPresence(status: status), guilds: [guild])
        ])
        await world.presence.work()
    }

    @Test func whatOthersSeeIsPublishedOnce() async throws {
        await show(.online)
        await show(.online)
        await show(.idle, 2)
        await show(.invisible)
        await show(.invisible, 2)
        #expect(world.statuses(guild) == [.online, .idle, .offline])
        await show(.invisible, 3)
        #expect(world.statuses(guild).count == 3)
    }

    @Test func aMissedMinuteIsPublishedOnceHoweverManySweep() async throws {
        await show(.online)
        let other = world.otherNode()
        world.time.advance(by: 59_999)
        await world.presence.sweep()
        #expect(world.statuses(guild) == [.online])
        world.time.advance(by: 1)
        await withDiscardingTaskGroup { group in
            for sweeper in [world.presence, other, world.presence, other] {
                group.addTask { await sweeper.sweep() }
            }
        }
        #expect(world.statuses(guild) == [.online, .offline])
        world.time.advance(by: 60_000)
        await other.sweep()
        #expect(world.statuses(guild) == [.online, .offline])
    }

    @Test func whatANodePublishesNoMoreASweepDoes() async throws {
        world.guilds.bus.setDown(true)
        await show(.online)
        #expect(world.statuses(guild) == [])
        world.guilds.bus.setDown(false)
        world.time.advance(by: PresenceRules.leaseMilliseconds)
        await world.otherNode().sweep()
        #expect(world.statuses(guild) == [.online])
    }

    @Test func theResumeWindowShowsNothing() async throws {
        await show(.online)
        world.presence.report([.detach(UserSession(owner, 1), resumeMilliseconds: 180_000)])
        await world.presence.work()
        world.time.advance(by: 179_999)
        await world.presence.sweep()
        world.presence.report([.show(UserSession(owner, 1), SessionPresence(), guilds: nil)])
        await world.presence.work()
        world.time.advance(by: 59_999)
        await world.presence.sweep()
        #expect(world.statuses(guild) == [.online])
        world.presence.report([.detach(UserSession(owner, 1), resumeMilliseconds: 180_000)])
        await world.presence.work()
        world.time.advance(by: 180_000)
        await world.presence.sweep()
        #expect(world.statuses(guild) == [.online, .offline])
    }

    @Test func refreshingKeepsAliveAndNamesWhatIsUnknown() async throws {
        await show(.online)
        let unknown = Mutex<[UserSession]>([])
        for _ in 0..<5 {
            world.time.advance(by: 30_000)
            world.presence.report([
                .refresh([UserSession(owner, 1), UserSession(owner, 9)]) { missing in
                    unknown.withLock { $0 = missing }
                }
            ])
            await world.presence.work()
            await world.presence.sweep()
        }
        #expect(world.statuses(guild) == [.online])
        #expect(unknown.withLock { $0 } == [UserSession(owner, 9)])
    }

    @Test func aGuildOfWhichOneIsNoMemberHearsNothing() async throws {
        let stranger = try await world.guilds.user("stranger")
        world.presence.report([.show(UserSession(stranger, 1), SessionPresence(), guilds: [guild])])
        await world.presence.work()
        #expect(world.statuses(guild) == [])
    }

    @Test func joiningShowsTheNewMember() async throws {
        let guest = try await world.guilds.user("guest")
        world.presence.report([.show(UserSession(guest, 1), SessionPresence(status: .idle), guilds: [])])
        await world.presence.work()
        _ = try await world.guilds.guilds.addMember(guest.id, to: guild)
        world.presence.report([.member(guest.id, guild, isMember: true)])
        await world.presence.work()
        #expect(world.statuses(guild) == [.idle])
        world.presence.report([.member(guest.id, guild, isMember: false), .end(UserSession(guest, 1))])
        await world.presence.work()
        #expect(world.statuses(guild) == [.idle])
    }

    @Test func typingIsToldToTheGuildAndNeedsThePermissionToSend() async throws {
        let channel = try await world.guilds.textChannel(of: guild, for: owner)
        let looker = try await world.guilds.member("looker", of: guild, owner: owner)
        try await world.presence.type(in: channel.id, by: owner.id)
        let refused = try await refusal { try await world.presence.type(in: channel.id, by: looker.id) }
        #expect(refused == .missingPermissions)
        var cursor = 0
        // How the looker came to be is in the audit log.
        let events = world.passed(guild, after: &cursor).filter { if case .audited = $0 { false } else { true } }
        guard case .typing(let notice)? = events.first, events.count == 1 else {
            Issue.record("not one notice: \(events)")
            return
        }
        #expect(notice.channel == channel.id && notice.user == owner.id && notice.member?.user == owner)
        #expect(notice.at == world.time.unixMilliseconds / 1_000)
    }

    @Test func typingInADirectChannelIsToldToItsPartiesOnly() async throws {
        let other = try await world.guilds.user("other")
        let stranger = try await world.guilds.user("stranger")
        let channel = try await world.guilds.directs.open(with: other.id, by: owner.id).channel.id
        let before = world.guilds.bus.published.count
        try await world.presence.type(in: channel, by: owner.id)
        let told = world.guilds.bus.published[before...]
        #expect(Set(told.map(\.topic)) == [.user(owner.id), .user(other.id)])
        for message in told {
            guard case .typing(let notice)? = try? UserEvent(encoded: message.payload) else {
                Issue.record("not a notice")
                continue
            }
            #expect(notice.channel == channel && notice.user == owner.id)
            #expect(notice.guild == nil && notice.member == nil)
            #expect(notice.at == world.time.unixMilliseconds / 1_000)
        }
        #expect(try await refusal { try await world.presence.type(in: channel, by: stranger.id) } == .unknownChannel)
        try await world.guilds.directs.block(owner.id, by: other.id)
        #expect(try await refusal { try await world.presence.type(in: channel, by: owner.id) } == .cannotMessageUser)
    }

    /// Random comings, goings, changes and steps of the clock, against the simplest thing that could be right: a list of sessions.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func behavesAsAListOfSessionsWould(seed: UInt64) async throws {
        struct Model {
            var shown: PresenceStatus
            var deadline: UInt64
        }
        var generator = SeededGenerator(seed: seed)
        var model: [(tag: UInt64, session: Model)] = []
        var expected: [PresenceStatus] = []
        func note() {
            let status = model.map(\.session.shown.shown).max() ?? .offline
            if status != expected.last ?? .offline { expected.append(status) }
        }
        let sweepers = [world.presence, world.otherNode()]
        for _ in 0..<400 {
            let now = world.time.unixMilliseconds
            let tag = UInt64.random(in: 1...4, using: &generator)
            let session = UserSession(owner, tag)
            let known = model.firstIndex { $0.tag == tag }
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...3:
                let statuses: [PresenceStatus] = [.online, .idle, .doNotDisturb, .invisible]
                let status = statuses[Int.random(in: 0..<4, using: &generator)]
                world.presence.report([.show(session, SessionPresence(status: status), guilds: [guild])])
                if let known { model.remove(at: known) }
                model.append((tag, Model(shown: status, deadline: now + 60_000)))
            case 4:
                world.presence.report([.end(session)])
                if let known { model.remove(at: known) }
            case 5:
                world.presence.report([.detach(session, resumeMilliseconds: 180_000)])
                if let known { model[known].session.deadline = now + 180_000 }
            case 6, 7:
                world.presence.report([.refresh([session]) { _ in }])
                if let known { model[known].session.deadline = now + 60_000 }
            default:
                world.time.advance(by: UInt64.random(in: 1...45_000, using: &generator))
                let later = world.time.unixMilliseconds
                model.removeAll { $0.session.deadline <= later }
                await sweepers[Int.random(in: 0..<2, using: &generator)].sweep()
            }
            await world.presence.work()
            note()
            #expect(world.statuses(guild) == expected)
        }
        world.time.advance(by: 200_000)
        await world.presence.sweep()
        model = []
        note()
        #expect(world.statuses(guild) == expected)
    }
}
