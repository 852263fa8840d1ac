import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Slow mode")
struct SlowModeTests {
    private let world: GuildWorld
    private let guild: GuildID
    private let owner: User
    private let pawn: User
    private let channel: Channel

    init() async throws {
        world = try await GuildWorld()
        (guild, owner) = try await world.quietGuild([.viewChannel, .sendMessages])
        pawn = try await world.member("pawn", of: guild, owner: owner)
        channel = try await world.textChannel(of: guild, for: owner)
        try await slow(10)
    }

    private func slow(_ seconds: Int64) async throws {
        _ = try await world.guilds.updateChannel(channel.id, ChannelUpdate(slowModeSeconds: seconds), by: owner.id)
    }

    private func send(
        _ user: User, nonce: Nonce? = nil, to other: ChannelID? = nil
    ) async throws -> ServiceError.Code? {
        try await refusal {
            let message = NewMessage(content: "x", nonce: nonce, enforcesNonce: nonce != nil)
            let accepted = try await world.intake.accept(message, to: other ?? channel.id, as: user)
            world.intake.disregard(accepted)
        }
    }

    @Test func letsOneThroughInEachInterval() async throws {
        #expect(try await send(pawn) == nil)
        #expect(try await send(pawn) == .slowMode(retryAfterMilliseconds: 10_000))
        world.time.advance(by: 9_999)
        #expect(try await send(pawn) == .slowMode(retryAfterMilliseconds: 1))
        world.time.advance(by: 1)
        #expect(try await send(pawn) == nil)
        #expect(try await send(pawn) == .slowMode(retryAfterMilliseconds: 10_000))
    }

    @Test func countsEachMemberAndEachChannelByItself() async throws {
        let other = try await world.guilds.createChannel(
            in: guild, NewChannel(name: "other", slowModeSeconds: 10), by: owner.id)
        let rook = try await world.member("rook", of: guild, owner: owner)
        #expect(try await send(pawn) == nil)
        #expect(try await send(rook) == nil)
        #expect(try await send(pawn, to: other.id) == nil)
    }

    @Test(arguments: [Permissions.manageMessages, .manageChannels, .bypassSlowMode])
    func sparesModerators(_ permission: Permissions) async throws {
        let judge = try await world.member("judge", of: guild, owner: owner, position: 2, permission)
        for user in [judge, owner] {
            #expect(try await send(user) == nil)
            #expect(try await send(user) == nil)
        }
    }

    @Test func goesByTheIntervalOfNow() async throws {
        #expect(try await send(pawn) == nil)
        try await slow(60)
        world.time.advance(by: 10_000)
        #expect(try await send(pawn) == .slowMode(retryAfterMilliseconds: 50_000))
        try await slow(0)
        #expect(try await send(pawn) == nil)
    }

    /// A client that got no answer asks again under the same nonce: that makes no second message.
    @Test func letsRepetitionsThroughWhileTheirNonceIsKnown() async throws {
        try await slow(21_600)
        #expect(try await send(pawn, nonce: .text("a")) == nil)
        #expect(try await send(pawn, nonce: .text("a")) == nil)
        #expect(try await send(pawn, nonce: .text("b")) == .slowMode(retryAfterMilliseconds: 21_600_000))
        world.time.advance(by: Limits.nonceWindowMilliseconds)
        #expect(try await send(pawn, nonce: .text("a")) == .slowMode(retryAfterMilliseconds: 21_300_000))
    }

    @Test func refusedMessagesDoNotCount() async throws {
        let refused = try await refusal {
            _ = try await world.intake.accept(NewMessage(content: ""), to: channel.id, as: pawn)
        }
        #expect(refused == .emptyMessage)
        #expect(try await send(pawn) == nil)
    }
}
