import Chat
package import Interface

/// The promises of ``Interface/Directory`` about read states, one case each.
package enum ReadStatesContract: String, CaseIterable, Sendable {
    case marksReadBack, marksGoForwardOnly, marksByHandGoBack, changesRaiseTheUsersVersion, latestChangesComeFirst
    case statesAreBounded
    case mentionsAreCountedOnce, mentionsAreSaidEachOnce, readingResetsWhatIsRead, mentionsOfNobodyAreLeftOut
    case manyMentionsAreListedInPart, concurrentNotesAllCount
    case crowdsReadBack, crowdsAreKeptOnce, crowdsAreBounded, crowdsGoWithTheirChannel, crowdsOfGoneChannelsAreLeftOut

    private static let channel = ChannelID(301)
    private static let user = UserID(1)

    /// - Parameter make: a directory of its own for each call, empty.
    package func check(_ make: () async throws -> any Directory) async throws {
        let directory = try await make()
        try await DirectoryContract.prepare(directory)
        switch self {
        case .marksReadBack, .marksGoForwardOnly, .marksByHandGoBack, .changesRaiseTheUsersVersion,
            .latestChangesComeFirst, .statesAreBounded:
            try await checkMarks(in: directory)
        case .mentionsAreCountedOnce, .mentionsAreSaidEachOnce, .readingResetsWhatIsRead, .mentionsOfNobodyAreLeftOut,
            .manyMentionsAreListedInPart, .concurrentNotesAllCount:
            try await checkMentions(in: directory)
        case .crowdsReadBack, .crowdsAreKeptOnce, .crowdsAreBounded, .crowdsGoWithTheirChannel,
            .crowdsOfGoneChannelsAreLeftOut:
            try await checkCrowds(in: directory)
        }
    }

    private static func mark(
        _ message: UInt64, in channel: ChannelID = channel, byHand: Bool = false, count: UInt32? = nil
    ) -> ReadMark {
        ReadMark(channel: channel, message: MessageID(message), isManual: byHand, mentionCount: count)
    }

    private static func note(
        _ message: UInt64, _ users: [UInt64] = [1], in channel: ChannelID = channel, crowd: MentionNote.Crowd? = nil
    ) -> MentionNote {
        MentionNote(
            message: MessageID(message), channel: channel, guild: DirectoryContract.guild, author: UserID(3),
            users: users.map { UserID($0) }, crowd: crowd)
    }

    private func state(in directory: any Directory) async throws -> ReadState {
        try demandValue(try await directory.readStates(of: Self.user, limit: 1).first, "a read state")
    }

    private func checkMarks(in directory: any Directory) async throws {
        switch self {
        case .marksReadBack:
            let changed = try await directory.acknowledge(
                [Self.mark(10), Self.mark(20, in: ChannelID(77))], by: Self.user)
            try demand(changed.map(\.lastRead), is: [MessageID(10), MessageID(20)], "a mark answers its state")
            let states = try await directory.readStates(of: Self.user, limit: 10)
            try demand(Set(states), is: Set(changed), "states read back as answered, also of unknown channels")
            try demand(try await directory.readStates(of: UserID(2), limit: 10), is: [], "states are the user's own")
        case .marksGoForwardOnly:
            _ = try await directory.acknowledge([Self.mark(10)], by: Self.user)
            for older in [UInt64(10), 9] {
                let changed = try await directory.acknowledge([Self.mark(older)], by: Self.user)
                try demand(changed, is: [], "a mark that is no newer changes nothing")
            }
            try demand(try await state(in: directory).lastRead, is: MessageID(10), "the newest mark stays")
        case .marksByHandGoBack:
            _ = try await directory.acknowledge([Self.mark(10)], by: Self.user)
            let changed = try await directory.acknowledge([Self.mark(4, byHand: true, count: 3)], by: Self.user)
            try demand(changed.first?.lastRead, is: MessageID(4), "a mark by hand goes back")
            try demand(changed.first?.mentionCount, is: 3, "with as many mentions as the client says")
        case .changesRaiseTheUsersVersion:
            var last: UInt64 = 0
            for number in 1...4 as ClosedRange<UInt64> {
                let channel = ChannelID(300 + number % 2)
                let changed = try await directory.acknowledge([Self.mark(number, in: channel)], by: Self.user)
                let version = try demandValue(changed.first?.version, "a version")
                try demand(version > last, "each change of a user has a higher version, whichever the channel")
                last = version
            }
        case .latestChangesComeFirst:
            for channel in [ChannelID(5), ChannelID(6), ChannelID(7)] {
                _ = try await directory.acknowledge([Self.mark(1, in: channel)], by: Self.user)
            }
            _ = try await directory.noteMentions([Self.note(9, in: ChannelID(5))])
            let states = try await directory.readStates(of: Self.user, limit: 2)
            try demand(states.map(\.channel), is: [ChannelID(5), ChannelID(7)], "what changed last comes first")
        case .statesAreBounded:
            let count = UInt64(Limits.readStatesPerUserMax) + 5
            for start in stride(from: 1, through: count, by: 1_000) {
                let marks = (start..<min(start + 1_000, count + 1)).map { Self.mark(1, in: ChannelID($0)) }
                _ = try await directory.acknowledge(marks, by: Self.user)
            }
            let states = try await directory.readStates(of: Self.user, limit: Limits.readStatesPerUserMax)
            try demand(states.count, is: Limits.readStatesPerUserMax, "no more are kept than that")
            try demand(
                states.map(\.channel.rawValue).min(), is: 6, "those go that changed longest ago")
        default: preconditionFailure("not a clause of marks")
        }
    }

    private func checkMentions(in directory: any Directory) async throws {
        switch self {
        case .mentionsAreCountedOnce:
            let notes = [Self.note(10), Self.note(11)]
            for _ in 1...3 { _ = try await directory.noteMentions(notes) }
            _ = try await directory.noteMentions([notes[0]])
            try demand(try await state(in: directory).mentionCount, is: 2, "a message counts once")
        case .mentionsAreSaidEachOnce:
            let notes = [Self.note(10, [1, 2]), Self.note(11, [1]), Self.note(12, [1], in: ChannelID(77))]
            for _ in 1...2 {
                let said = try await directory.noteMentions(notes)
                let counts = said.map { [$0.user.rawValue, $0.state.channel.rawValue, UInt64($0.state.mentionCount)] }
                try demand(
                    Set(counts), is: [[1, 301, 2], [2, 301, 1], [1, 77, 1]],
                    "each user and channel is said once, as it is then, also when nothing changed")
                try demand(said.count, is: 3, "once")
            }
        case .readingResetsWhatIsRead:
            _ = try await directory.noteMentions([Self.note(10), Self.note(20)])
            _ = try await directory.acknowledge([Self.mark(15)], by: Self.user)
            try demand(try await state(in: directory).mentionCount, is: 1, "what is behind the mark is unread")
            _ = try await directory.acknowledge([Self.mark(30)], by: Self.user)
            try demand(try await state(in: directory).mentionCount, is: 0, "what is read does not count")
            _ = try await directory.noteMentions([Self.note(25)])
            try demand(try await state(in: directory).mentionCount, is: 0, "nor what was read before it was noted")
        case .mentionsOfNobodyAreLeftOut:
            let said = try await directory.noteMentions([Self.note(10, [1, 999])])
            try demand(said.map(\.user), is: [UserID(1)], "a user who does not exist is passed over")
        case .manyMentionsAreListedInPart:
            let count = UInt64(Limits.mentionsListedMax) + 7
            _ = try await directory.noteMentions((1...count).map { Self.note($0) })
            let state = try await state(in: directory)
            try demand(state.mentionCount, is: UInt32(count), "all are counted")
            try demand(state.mentions.count, is: Limits.mentionsListedMax, "the newest ones are listed")
        case .concurrentNotesAllCount:
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<UInt64(20) {
                    group.addTask {
                        _ = try await directory.noteMentions([Self.note(10, in: ChannelID(1_000 + number))])
                    }
                    group.addTask {
                        let channel = ChannelID(1_000 + number)
                        _ = try await directory.acknowledge([Self.mark(1, in: channel)], by: Self.user)
                    }
                }
                try await group.waitForAll()
            }
            let states = try await directory.readStates(of: Self.user, limit: 100)
            try demand(states.map(\.mentionCount), is: Array(repeating: 1, count: 20), "none is lost")
            try demand(Set(states.map(\.version)).count, is: 20, "versions are of one change each")
        default: preconditionFailure("not a clause of mentions")
        }
    }

    private func checkCrowds(in directory: any Directory) async throws {
        let guild = DirectoryContract.guild
        switch self {
        case .crowdsReadBack, .crowdsAreKeptOnce:
            let notes = [
                Self.note(10, [], crowd: .everyone), Self.note(11, [2], crowd: .roles([RoleID(200), RoleID(201)])),
            ]
            for _ in 1...2 { _ = try await directory.noteMentions(notes) }
            try demand(
                try await directory.crowdMentions(in: [guild, GuildID(9)]),
                is: [
                    CrowdMention(
                        message: MessageID(10), channel: Self.channel, author: UserID(3), crowd: .everyone),
                    CrowdMention(
                        message: MessageID(11), channel: Self.channel, author: UserID(3),
                        crowd: .roles([RoleID(200), RoleID(201)])),
                ], "what mentions many reads back, each once, in order")
        case .crowdsAreBounded:
            let count = UInt64(Limits.crowdMentionsPerGuildMax) + 3
            _ = try await directory.noteMentions((1...count).map { Self.note($0, [], crowd: .everyone) })
            _ = try await directory.noteMentions([Self.note(1, [], crowd: .everyone)])
            let kept = try await directory.crowdMentions(in: [guild]).map(\.message)
            try demand(kept, is: (4...count).map { MessageID($0) }, "the newest ones are kept")
        case .crowdsGoWithTheirChannel:
            _ = try await directory.noteMentions([Self.note(10, [], crowd: .everyone)])
            try await DirectoryContract.apply(.deleteChannel(Self.channel), in: directory)
            try demand(try await directory.crowdMentions(in: [guild]), is: [], "nothing of a channel that is gone")
        case .crowdsOfGoneChannelsAreLeftOut:
            let said = try await directory.noteMentions([Self.note(10, [1], in: ChannelID(999), crowd: .everyone)])
            try demand(said.count, is: 1, "who is mentioned by name is noted all the same")
            try demand(try await directory.crowdMentions(in: [guild]), is: [], "nothing of a channel that is gone")
        default: preconditionFailure("not a clause of crowds")
        }
    }
}
