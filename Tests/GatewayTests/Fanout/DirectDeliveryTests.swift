import BackendContracts
import Chat
import Interface
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Direct messages live") struct DirectDeliveryTests {
    private static let intents: UInt64 = 1 | 512 | 4_096

    /// Users 1 to 4; 1 and 2 have channel 300 between them, 1 to 3 are the group 301.
    private func rig(loops: Int = 1) async throws -> GatewayRig {
        let rig = try await GatewayRig(loops: loops)
        for user in 1...4 as ClosedRange<UInt64> { rig.source.addUser(user) }
        rig.source.addDirect(300, parties: [1, 2])
        rig.source.addDirect(301, parties: [1, 2, 3], owner: 1)
        return rig
    }

    @Test func everySessionOfEachPartyGetsEachMessageOnceAndInOrder() async throws {
        let rig = try await rig(loops: 2)
        let parties = [
            try await rig.logIn(1, intents: Self.intents), try await rig.logIn(1, loop: 1, intents: Self.intents),
            try await rig.logIn(2, loop: 1, intents: Self.intents),
            try await rig.logIn(2, intents: Self.intents, extra: #","lazy":true"#),
        ]
        let other = try await rig.logIn(3, intents: Self.intents)
        for number in 10..<15 as Range<UInt64> {
            try await rig.source.publish(number, direct: 300)
            await rig.settle()
        }
        for client in parties { #expect(client.messages() == ["10", "11", "12", "13", "14"]) }
        #expect(other.messages() == [])
    }

    @Test func whatComesBeforeTheStreamIsTakenUpIsNotMissed() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        // An older message, from when nobody looked.
        try await rig.source.publish(5, direct: 300, parts: .event)
        for number in 10..<14 as Range<UInt64> { try await rig.source.publish(number, direct: 300) }
        await rig.settle()
        #expect(client.messages() == ["10", "11", "12", "13"])
        #expect(rig.resyncs == 0)
    }

    @Test func theEventMayComeLongAfterItsAnnouncement() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        try await rig.source.publish(5, direct: 300, parts: .event)
        try await rig.source.publish(10, direct: 300, parts: .announcements)
        await rig.settle()
        try await rig.source.publish(10, direct: 300, parts: .event)
        await rig.settle()
        try await rig.source.publish(11, direct: 300)
        await rig.settle()
        #expect(client.messages() == ["10", "11"])
        #expect(rig.resyncs == 0)
    }

    /// A crash of the chat service repeats what it published, as far as it came.
    @Test(arguments: [StandInSource.DirectParts.announcements, .all])
    func aRedeliveredRecordIsDeliveredOnce(_ before: StandInSource.DirectParts) async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        try await rig.source.publish(10, direct: 300, parts: before)
        await rig.settle()
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        try await rig.source.publish(11, direct: 300)
        try await rig.source.publish(10, direct: 300)
        try await rig.source.publish(11, direct: 300)
        await rig.settle()
        #expect(client.messages() == ["10", "11"])
    }

    @Test func aRedeliveredRecordIsDeliveredOnceAfterTheStreamWasDropped() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        rig.time.advance(by: GatewayHub.directIdleMilliseconds)
        await rig.hub.sweep()
        #expect(rig.hub.state.withLock { $0.directs.isEmpty })
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        try await rig.source.publish(12, direct: 300)
        await rig.settle()
        #expect(client.messages() == ["10", "12"])
        #expect(rig.resyncs == 0)
    }

    @Test func aLostEventIsFetchedFromTheWindow() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        let subscription = rig.hub.state.withLock { $0.subscription }
        await subscription?.unsubscribe(.channel(ChannelID(300)))
        try await rig.source.publish(11, direct: 300)
        try await rig.source.publish(12, direct: 300)
        try await subscription?.subscribe(.channel(ChannelID(300)))
        try await rig.source.publish(13, direct: 300)
        await rig.settle()
        #expect(client.messages() == ["10", "11", "12", "13"])
    }

    @Test func aGapThatCannotBeFilledIsSaid() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        // Announced, and lost with the bus's memory before the node could look.
        try await rig.source.publish(UserEvent.directActivity(ChannelID(300), position: 10), to: 2)
        try await rig.source.publish(12, direct: 300)
        await rig.settle()
        #expect(client.events() == ["CHANNEL_RESYNC", "MESSAGE_CREATE"])
    }

    @Test func whoHasLeftAGroupGetsNothingThatWasAcceptedAfterwards() async throws {
        let rig = try await rig()
        let clients = [try await rig.logIn(1, intents: Self.intents), try await rig.logIn(3, intents: Self.intents)]
        try await rig.source.publish(10, direct: 301)
        await rig.settle()
        rig.source.changeDirect(301) { $0.remove(UserID(3)) }
        try await rig.source.publish(11, direct: 301)
        await rig.settle()
        #expect(clients.map { $0.messages() } == [["10", "11"], ["10"]])
        rig.source.changeDirect(301) { $0.parties.append(UserID(3)) }
        try await rig.source.publish(12, direct: 301)
        await rig.settle()
        #expect(clients.map { $0.messages() } == [["12"], ["12"]])
    }

    @Test func anEndedGroupIsForgotten() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(1, intents: Self.intents)
        try await rig.source.publish(10, direct: 301)
        await rig.settle()
        rig.source.state.withLock { $0.directs[ChannelID(301)] = nil }
        try await rig.source.publish(11, direct: 301, epoch: 2)
        await rig.settle()
        #expect(client.messages() == ["10"])
        #expect(rig.hub.state.withLock { $0.directs.isEmpty })
    }

    @Test func aDownDirectoryIsWaitedFor() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        rig.source.state.withLock { $0.isDown = true }
        try await rig.source.publish(10, direct: 300)
        try await rig.source.publish(11, direct: 300)
        let hub = rig.hub
        let working = Task { await hub.jobs.drain { await hub.work($0) } }
        await rig.time.whenSleeping(1)
        rig.source.state.withLock { $0.isDown = false }
        rig.time.advance(by: GatewayHub.retryMilliseconds)
        await working.value
        await rig.settle()
        #expect(client.messages() == ["10", "11"])
    }

    @Test(
        arguments: [(4_096, ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"]), (512 | 1, [])]
            as [(UInt64, [String])])
    func takesTheIntent(_ intents: UInt64, _ expected: [String]) async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: intents)
        try await rig.source.publish(10, direct: 300)
        let message = Message(
            id: MessageID(10), channel: ChannelID(300), guild: nil, author: UserID(1), content: "edited", version: 11)
        let author = User(id: UserID(1), username: "user1")
        try await rig.source.publish(
            direct: .messageUpdated(HydratedMessage(message: message, author: author, member: nil)), position: 11)
        try await rig.source.publish(
            direct: .messageDeleted(MessageID(10), channel: ChannelID(300), guild: nil), position: 12)
        await rig.settle()
        let payloads = client.payloads()
        #expect(payloads.compactMap { $0["t"]?.string } == expected)
        // Their absence is how clients recognise a direct message.
        for payload in payloads { #expect(payload["d"]?["guild_id"] == nil && payload["d"]?["member"] == nil) }
    }

    @Test func typingGoesToThePartiesWhoAskedForIt() async throws {
        let rig = try await rig(loops: 2)
        let intents = Self.intents | 1 << 14
        let party = try await rig.logIn(2, loop: 1, intents: intents)
        let lazy = try await rig.logIn(2, intents: intents, extra: #","lazy":true"#)
        let deaf = try await rig.logIn(2, intents: Self.intents)
        let second = try await rig.logIn(2, intents: intents, extra: #","shard":[1,2]"#)
        let other = try await rig.logIn(3, intents: intents)
        let notice = TypingNotice(
            channel: ChannelID(300), user: UserID(1), member: nil, guild: nil, at: 1_700_000_000)
        try await rig.source.publish(.typing(notice), to: 2)
        await rig.settle()
        for client in [party, lazy] {
            let event = try #require(client.payloads().first)
            #expect(event["t"]?.string == "TYPING_START")
            #expect(event["d"]?["channel_id"]?.string == "300")
            #expect(event["d"]?["user_id"]?.string == "1")
            #expect(event["d"]?["timestamp"]?.int == 1_700_000_000)
            #expect(event["d"]?["guild_id"] == nil && event["d"]?["member"] == nil)
        }
        for client in [deaf, second, other] { #expect(client.payloads().isEmpty) }
        // It leaves no hole in what is numbered.
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        #expect(party.messages() == ["10"])
    }

    /// What concerns a user is not repeated: a session that has missed it begins anew.
    @Test func aFullMailboxDoesNotSwallowWhatConcernsAUser() async throws {
        let rig = try await GatewayRig(loop: { $0.mailsMax = 4 })
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let other = try await rig.logIn(1)
        // The loop is not turned, so that its mailbox fills.
        for number in 10..<14 as Range<UInt64> { try await rig.source.publish(number, channel: 200, guild: 100) }
        try await rig.source.publish(.tokensRevoked([rig.source.hash(of: "token-2")]), to: 2)
        await rig.settle()
        #expect(client.close() == nil)
        rig.hub.sweepMissed()
        await rig.settle()
        #expect(client.close() == 4_000)
        #expect(other.close() == nil)
        #expect(rig.handler.sessions.count == 1)
        #expect(rig.hub.state.withLock { $0.missedUsers.isEmpty })
        // Nobody resumes what may not be what it seems.
        let again = try await rig.connect()
        again.continues(client)
        again.resume()
        await rig.settle()
        #expect(again.payloads().last?["op"]?.int == 9)
    }

    @Test func theNextThingThatConcernsAUserTellsOfTheMissedOneFirst() async throws {
        let rig = try await GatewayRig(loop: { $0.mailsMax = 4 })
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        for number in 10..<14 as Range<UInt64> { try await rig.source.publish(number, channel: 200, guild: 100) }
        try await rig.source.publish(.guildLeft(GuildID(100)), to: 2)
        rig.turn()
        try await rig.source.publish(.userUpdated(User(id: UserID(2), username: "new")), to: 2)
        await rig.settle()
        #expect(client.close() == 4_000)
        #expect(rig.handler.sessions.count == 0)
        #expect(rig.hub.state.withLock { $0.missedUsers.isEmpty })
    }

    @Test func onlyTheFirstShardGetsThem() async throws {
        let rig = try await rig()
        let first = try await rig.logIn(2, intents: Self.intents, extra: #","shard":[0,2]"#)
        let second = try await rig.logIn(2, intents: Self.intents, extra: #","shard":[1,2]"#)
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        #expect([first.messages(), second.messages()] == [["10"], []])
    }

    @Test func aDetachedSessionGetsThemWhenItResumes() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        #expect(client.messages() == ["10"])
        client.close(4_000)
        await rig.settle()
        try await rig.source.publish(11, direct: 300)
        await rig.settle()
        let again = try await rig.connect()
        again.continues(client)
        again.resume()
        await rig.settle()
        #expect(again.messages() == ["11"])
    }

    @Test func subscribingToOnesOwnChannelIsConfirmedAndToOthersRefused() async throws {
        let rig = try await rig()
        let party = try await rig.logIn(2, intents: Self.intents, extra: #","lazy":true"#)
        let stranger = try await rig.logIn(4, extra: #","lazy":true"#)
        for client in [party, stranger] { client.send(#"{"op":100,"d":{"channel_id":"300"}}"#) }
        await rig.settle()
        let confirmed = party.payloads()
        #expect(confirmed.compactMap { $0["t"]?.string } == ["CHANNEL_SUBSCRIBED"])
        #expect(confirmed.first?["d"]?["guild_id"] == nil)
        let refused = stranger.payloads()
        #expect(refused.compactMap { $0["d"]?["code"]?.int } == [10_003])
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        #expect([party.messages(), stranger.messages()] == [["10"], []])
    }

    @Test func nothingIsKeptForThoseWhoAreGone() async throws {
        let rig = try await rig()
        let client = try await rig.logIn(2, intents: Self.intents)
        try await rig.source.publish(10, direct: 300)
        await rig.settle()
        client.close(1_000)
        await rig.settle()
        // One sweep for the user, the next for what they were a party to.
        await rig.hub.sweep()
        await rig.hub.sweep()
        #expect(rig.hub.state.withLock { $0.directs.isEmpty && $0.users.isEmpty })
    }

    @Test func readyListsThemToPersonsOnly() async throws {
        let rig = try await rig()
        rig.source.addUser(4, isBot: true)
        rig.source.addDirect(302, parties: [3, 4])
        let person = try await rig.logIn(3)
        let bot = try await rig.logIn(4)
        let lists = [person, bot].map { client in
            client.login.first { $0["t"]?.string == "READY" }?["d"]?["private_channels"]?.array?.map { channel in
                "\(channel["id"]?.string ?? "") \(channel["recipients"]?.array?.count ?? 0)"
            }
        }
        #expect(lists == [["301 2", "302 1"], []])
    }

    @Test func changesOfAChannelReachItsUsersSessions() async throws {
        let rig = try await rig()
        let clients = [try await rig.logIn(2), try await rig.logIn(2, extra: #","lazy":true"#)]
        let group = DirectChannel(
            id: ChannelID(301), isGroup: true, parties: [UserID(1), UserID(2)], owner: UserID(1), name: "g")
        let other = User(id: UserID(1), username: "user1")
        for change in [DirectNotice.Change.created, .updated, .deleted] {
            try await rig.source.publish(.direct(.channel(change, group, recipients: [other])), to: 2)
        }
        try await rig.source.publish(.direct(.recipientAdded(other, to: group.id)), to: 2)
        try await rig.source.publish(.direct(.recipientRemoved(other, from: group.id)), to: 2)
        await rig.settle()
        for client in clients {
            let payloads = client.payloads()
            #expect(
                payloads.compactMap { $0["t"]?.string } == [
                    "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_RECIPIENT_ADD",
                    "CHANNEL_RECIPIENT_REMOVE",
                ])
            #expect(payloads.first?["d"]?["owner_id"]?.string == "1")
            #expect(payloads.first?["d"]?["recipients"]?.array?.count == 1)
            #expect(payloads.last?["d"]?["user"]?["id"]?.string == "1")
        }
    }
}
