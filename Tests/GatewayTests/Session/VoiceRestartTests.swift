import BackendContracts
import Chat
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Who is in a voice channel is so by a session: over the end of the node, too.
@Suite("Voice states over a restart") struct VoiceRestartTests {
    private let guild = GuildID(100)

    private func state(_ lives: Lives, _ user: UInt64, channel: UInt64 = 201) throws -> VoiceState {
        let handler = lives.rig.handler
        let session = try #require(handler.sessions(of: UserID(user)).first)
        return VoiceState(
            guild: guild, user: UserID(user), channel: ChannelID(channel),
            session: handler.sessions.cells[Int(session)].id.tag)
    }

    private func restored(_ lives: Lives) -> (staying: Set<VoiceState>, left: Set<VoiceState>) {
        lives.rig.source.state.withLock { $0.restoredVoices }
    }

    @Test(arguments: [false, true])
    func whoIsHeardIsHeardAfterwards(isFinal: Bool) async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        let heard = try state(lives, 2)
        try await lives.rig.source.publish(.heard(heard, isThere: true), to: 2)
        await lives.rig.settle()
        #expect(await lives.capture(isFinal: isFinal))
        try await lives.restart()
        #expect(restored(lives).staying == [heard])
        #expect(restored(lives).left == [])
        #expect(try await lives.resume(client).events() == ["RESUMED"])
        // The state names the session, which has the same name as ever.
        #expect(try state(lives, 2) == heard)
        #expect(await lives.capture())
        try await lives.restart()
        #expect(restored(lives).staying == [heard])
    }

    /// Nothing else than the sessions' records tells of it after a crash: it does not wait for the next second.
    @Test func aChangeIsWrittenDownAtOnce() async throws {
        let lives = try await Lives()
        _ = try await lives.rig.logIn(2)
        let (keeper, time) = (lives.keeper, lives.rig.time)
        let work = Task { await keeper.run() }
        await time.whenSleeping(1)
        time.advance(by: SessionKeeper.earlyMilliseconds)
        await time.whenSleeping(1)
        #expect(keeper.recordedAt.load(ordering: .relaxed) == 0, "nobody has rung")
        let heard = try state(lives, 2)
        try await lives.rig.source.publish(.heard(heard, isThere: true), to: 2)
        await lives.rig.settle()
        time.advance(by: SessionKeeper.earlyMilliseconds)
        while keeper.recordedAt.load(ordering: .relaxed) == 0 {
            lives.rig.turn()
            await Task.yield()
        }
        work.cancel()
        await work.value
        try await lives.restart(after: 0)
        #expect(restored(lives).staying == [heard])
    }

    @Test func whoseSessionIsNotTakenUpHasLeft() async throws {
        let lives = try await Lives()
        _ = try await lives.rig.logIn(2)
        _ = try await lives.rig.logIn(3)
        let (gone, there) = (try state(lives, 2), try state(lives, 3))
        try await lives.rig.source.publish(.heard(gone, isThere: true), to: 2)
        try await lives.rig.source.publish(.heard(there, isThere: true), to: 3)
        await lives.rig.settle()
        #expect(await lives.capture(isFinal: true))
        lives.rig.source.state.withLock { $0.members[GuildID(100)]?[UserID(2)] = nil }
        try await lives.restart()
        #expect(restored(lives).staying == [there])
        #expect(restored(lives).left == [gone])
    }

    @Test func whoHasLeftOrIsHeardByAnotherSessionIsNotTakenUp() async throws {
        let lives = try await Lives()
        _ = try await lives.rig.logIn(2)
        let heard = try state(lives, 2)
        var other = heard
        other.session = SessionTag(7)
        try await lives.rig.source.publish(.heard(heard, isThere: true), to: 2)
        try await lives.rig.source.publish(.heard(other, isThere: true), to: 2)
        await lives.rig.settle()
        #expect(lives.rig.handler.voices.isEmpty)
        var moved = heard
        moved.channel = ChannelID(200)
        for (state, isThere) in [(heard, true), (moved, true), (moved, false)] {
            try await lives.rig.source.publish(.heard(state, isThere: isThere), to: 2)
        }
        await lives.rig.settle()
        #expect(lives.rig.handler.voices.isEmpty)
        #expect(await lives.capture(isFinal: true))
        try await lives.restart()
        #expect(restored(lives).staying == [] && restored(lives).left == [])
    }
}
