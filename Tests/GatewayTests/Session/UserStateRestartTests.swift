import Chat
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

/// What only its user's own stream tells a session, over the end of the node: told, made up for, or known to be missing (invariant I4).
@Suite("The user's state over a restart") struct UserStateRestartTests {
    private func acknowledge(
        _ version: UInt64, _ lives: Lives, isPublished: Bool = true, mention: UInt64? = nil
    ) async throws {
        let notice = ReadNotice(
            channel: ChannelID(200), guild: GuildID(100), message: MessageID(version), mentionCount: 0,
            version: version)
        lives.rig.source.state.withLock {
            $0.readChanges[UserID(2), default: []].append(
                ReadChange(notice: notice, mention: mention.map { MessageID($0) }))
            $0.readStates[UserID(2)] = ReadStateList(version: version)
        }
        guard isPublished else { return }
        try await lives.rig.source.publish(mention == nil ? .acknowledged(notice) : .mentioned(notice), to: 2)
    }

    private func rename(_ name: String, _ lives: Lives) async throws {
        let user = lives.rig.source.state.withLock { state -> User? in
            state.users[UserID(2)]?.globalName = name
            return state.users[UserID(2)]
        }
        try await lives.rig.source.publish(.userUpdated(try #require(user)), to: 2)
        await lives.rig.settle()
    }

    private func events(_ client: GatewayClient) -> [String] {
        client.events().filter { $0 != "RESUMED" }
    }

    @Test(arguments: [false, true])
    func aSessionThatWasToldOfAllIsWhole(isFinal: Bool) async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        for version in 1...3 as ClosedRange<UInt64> { try await acknowledge(version, lives) }
        try await rename("Two", lives)
        #expect(client.events() == ["MESSAGE_ACK", "MESSAGE_ACK", "MESSAGE_ACK", "USER_UPDATE"])
        // The digest is read when nothing has changed for a second, and counts after another.
        for _ in 0..<4 { await lives.rig.pass(milliseconds: 1_000) }
        #expect(await lives.capture(isFinal: isFinal))
        try await lives.restart()
        #expect(events(try await lives.resume(client)) == [])
        #expect(lives.rig.metrics.resumes.withLock { $0 } == [.whole])
    }

    @Test(arguments: [false, true])
    func whatWasAcknowledgedBehindTheLastRecordIsMadeUpFor(isLazy: Bool) async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2, extra: isLazy ? #","lazy":true"# : "")
        try await acknowledge(1, lives)
        await lives.rig.settle()
        #expect(client.events() == ["MESSAGE_ACK"])
        #expect(await lives.capture(isFinal: true))
        try await acknowledge(2, lives, isPublished: false)
        try await acknowledge(3, lives, mention: 77)
        try await lives.restart()
        let again = try await lives.resume(client)
        #expect(
            events(again)
                == (isLazy ? ["MESSAGE_ACK", "MESSAGE_ACK", "CHANNEL_UNREAD_UPDATE"] : ["MESSAGE_ACK", "MESSAGE_ACK"]))
        #expect(lives.rig.handler.sessions.cells[0].readVersion == 3)
        try await acknowledge(4, lives)
        await lives.rig.settle()
        #expect(again.events() == ["MESSAGE_ACK"])
        #expect(lives.rig.handler.sessions.cells[0].readVersion == 4)
    }

    @Test func whatIsToldAfterTheRestartIsNotToldTwice() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture(isFinal: true))
        try await lives.restart()
        try await acknowledge(1, lives)
        await lives.rig.settle()
        #expect(events(try await lives.resume(client)) == ["MESSAGE_ACK"])
    }

    @Test func tooManyChangesBeginAnew() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        #expect(await lives.capture(isFinal: true))
        for version in 1...UInt64(SessionLimits.readChangesMax + 1) {
            try await acknowledge(version, lives, isPublished: false)
        }
        try await lives.restart()
        #expect(try await lives.resume(client).payloads().map { $0["op"]?.int } == [9])
    }

    @Test func versionsThatComeOutOfOrderCountWhenNoneIsMissing() async throws {
        let lives = try await Lives()
        _ = try await lives.rig.logIn(2)
        func version() -> UInt32 { lives.rig.handler.sessions.cells[0].readVersion }
        try await acknowledge(2, lives)
        try await acknowledge(3, lives)
        await lives.rig.settle()
        #expect(version() == 0)
        try await acknowledge(1, lives)
        await lives.rig.settle()
        #expect(version() == 3)
        #expect(lives.rig.handler.readAhead.isEmpty)
        for number in 5...80 as ClosedRange<UInt64> { try await acknowledge(number, lives) }
        await lives.rig.settle()
        // Something is lost for good: nothing is claimed of the session any more.
        #expect(lives.rig.handler.sessions.cells[0].digest == 0)
    }

    @Test func aNameThatChangedTooLateForItsDigestIsNotPassedOver() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        try await rename("Two", lives)
        _ = client.payloads()
        await lives.rig.pass(milliseconds: 1_000)
        #expect(await lives.capture(isFinal: true))
        try await lives.restart()
        #expect(try await lives.resume(client).payloads().map { $0["op"]?.int } == [9])
    }

    @Test func aChangeWhileTheDigestIsReadStartsOver() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        try await rename("Two", lives)
        for name in ["Three", "Four"] {
            await lives.rig.pass(milliseconds: 1_000)
            try await rename(name, lives)
        }
        #expect(lives.rig.handler.sessions.cells[0].digest == 0)
        for _ in 0..<4 { await lives.rig.pass(milliseconds: 1_000) }
        #expect(lives.rig.handler.sessions.cells[0].digest != 0)
        #expect(lives.rig.handler.digests.isEmpty)
        _ = client.payloads()
        #expect(await lives.capture())
        try await lives.restart()
        #expect(events(try await lives.resume(client)) == [])
    }
}
