import Chat
import Interface
import Services
import Synchronization
import Testing

@Suite("History") struct HistoryServiceTests {
    private func filled(_ world: World, _ count: Int = 5) async throws -> [MessageID] {
        for index in 0..<count {
            world.put(world.command(.create(world.draft("m\(index)", by: world.alice)), by: world.alice))
        }
        try await world.settle()
        return world.visible().map(\.id)
    }

    private func code(_ body: () async throws -> Void) async -> ServiceError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test func pagesAreNewestFirstAndBounded() async throws {
        let world = try await World()
        let ids = try await filled(world)
        let history = HistoryService(access: world.access, store: world.store)
        let latest = try await history.page(of: world.general, .latest, limit: 3, for: world.bob.id)
        #expect(latest.map(\.message.id) == ids.suffix(3).reversed())
        #expect(latest.allSatisfy { $0.author == world.alice })
        let after = try await history.page(of: world.general, .after(ids[0]), limit: 2, for: world.bob.id)
        #expect(after.map(\.message.id) == [ids[2], ids[1]])
        #expect(try await history.page(of: world.general, .latest, limit: -4, for: world.bob.id).count == 1)
        #expect(try await history.page(of: world.general, .latest, limit: .max, for: world.bob.id).count == 5)
        #expect(try await history.lastMessages(of: [world.general, world.random]) == [world.general: ids[4]])
    }

    @Test func withoutReadMessageHistoryPagesAreEmptyAndSingleMessagesRefused() async throws {
        let world = try await World()
        let ids = try await filled(world)
        world.directory.change { contents in
            contents.guilds[world.guild]?.roles[RoleID(everyoneOf: world.guild)]?.permissions = .viewChannel
        }
        let access = Access(cache: try await GuildCache(directory: world.directory, bus: ModelBus()))
        let history = HistoryService(access: access, store: world.store)
        #expect(try await history.page(of: world.general, .latest, limit: 5, for: world.bob.id).isEmpty)
        #expect(
            await code { _ = try await history.message(ids[0], in: world.general, for: world.bob.id) }
                == .missingPermissions)
        #expect(try await history.page(of: world.general, .latest, limit: 5, for: world.owner.id).count == 5)
    }

    @Test func whatMayNotBeSeenIsRefusedAlike() async throws {
        let world = try await World()
        let ids = try await filled(world)
        let history = HistoryService(access: world.access, store: world.store)
        func page(_ channel: ChannelID, _ user: User) async -> ServiceError.Code? {
            await code { _ = try await history.page(of: channel, .latest, limit: 5, for: user.id) }
        }
        #expect(await page(world.general, world.stranger) == .unknownChannel)
        #expect(await page(ChannelID(77), world.stranger) == .unknownChannel)
        #expect(await page(world.hidden, world.bob) == .missingAccess)
        #expect(await page(world.category, world.bob) == .wrongChannelType)
        // Another channel's message does not exist here.
        #expect(
            await code { _ = try await history.message(ids[0], in: world.random, for: world.bob.id) } == .unknownMessage
        )
        world.put(world.command(.delete(ids[0]), by: world.alice))
        try await world.settle()
        #expect(
            await code { _ = try await history.message(ids[0], in: world.general, for: world.alice.id) }
                == .unknownMessage)
    }

    @Test func deletedAccountsKeepTheirPlace() async throws {
        let world = try await World()
        _ = try await filled(world, 1)
        world.directory.change { $0.users[world.alice.id] = nil }
        let access = Access(cache: try await GuildCache(directory: world.directory, bus: ModelBus()))
        let page = try await HistoryService(access: access, store: world.store).page(
            of: world.general, .latest, limit: 5, for: world.bob.id)
        #expect(page.map(\.author) == [User(id: world.alice.id, username: "Deleted User")])
    }

    @Test func equalReadsShareOneThatStartedAfterThem() async throws {
        let gate = Gate()
        let world = try await World(duringPage: { await gate.pass() })
        let ids = try await filled(world, 1)
        let history = HistoryService(access: world.access, store: world.store)
        // Warm, so that the later reads reach the store without another suspension in the directory.
        gate.open()
        _ = try await history.page(of: world.general, .latest, limit: 9, for: world.bob.id)
        gate.close()
        let before = world.store.pagesRead
        async let first = history.page(of: world.general, .latest, limit: 5, for: world.bob.id)
        while world.store.pagesRead == before { await Task.yield() }
        // The first read has what it saw; what is written now is for those who come later.
        _ = try await { () async throws in
            world.put(world.command(.create(world.draft("new", by: world.alice)), by: world.alice))
            try await world.settle()
        }()
        let later = (0..<20).map { _ in
            Task { try await history.page(of: world.general, .latest, limit: 5, for: world.alice.id) }
        }
        while history.waitingReaders < later.count { await Task.yield() }
        gate.open()
        #expect(try await first.map(\.message.id) == ids)
        for task in later { #expect(try await task.value.map(\.message.content) == ["new", "m0"]) }
        // The one that was under way, and one for all twenty.
        #expect(world.store.pagesRead - before == 2)
        #expect(history.waitingReaders == 0)
    }
}

/// Holds whoever passes while it is closed.
private final class Gate: Sendable {
    private struct State {
        var isOpen = true
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func close() { state.withLock { $0.isOpen = false } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if passes { continuation.resume() }
        }
    }
}
