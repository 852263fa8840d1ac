import Chat
package import Interface

/// The promises of ``Interface/Directory`` about direct channels and blocks, one case each.
package enum DirectsContract: String, CaseIterable, Sendable {
    case pairsOpenOnce, concurrentOpensMeet, pairsNeedTwoUsers
    case groupsReadBackWhole, groupIDsAreTakenOnce, unknownChannelsAreNil
    case everyUpdateRaisesTheVersionByOne, staleUpdatesConflict, groupsWithoutPartiesEnd, concurrentUpdatesAllCount
    case newPartiesMustExist
    case listsComeNewestFirst, listsComeInPages, listsShowTheirOwnOnly, newcomersSeeTheGroupWhereOthersDo
    case openedChannelsShowToTheOtherWithTheFirstMessage
    case closedChannelsComeBackWithTheNextMessage, closedChannelsComeBackWhenOpened, notesNeverGoBack
    case blocksReadBack, blocksSeverThePair, blocksOutliveTheOpening, eitherSidesBlockSevers
    case unknownUsersCannotBeBlocked

    private static let id = ChannelID(500)

    /// - Parameter make: a directory of its own for each call, empty.
    package func check(_ make: () async throws -> any Directory) async throws {
        let directory = try await make()
        try await DirectoryContract.prepare(directory)
        switch self {
        case .pairsOpenOnce, .concurrentOpensMeet, .pairsNeedTwoUsers:
            try await checkPairs(in: directory)
        case .groupsReadBackWhole, .groupIDsAreTakenOnce, .unknownChannelsAreNil, .everyUpdateRaisesTheVersionByOne,
            .staleUpdatesConflict, .groupsWithoutPartiesEnd, .concurrentUpdatesAllCount, .newPartiesMustExist:
            try await checkGroups(in: directory)
        case .listsComeNewestFirst, .listsComeInPages, .listsShowTheirOwnOnly, .newcomersSeeTheGroupWhereOthersDo,
            .openedChannelsShowToTheOtherWithTheFirstMessage, .closedChannelsComeBackWithTheNextMessage,
            .closedChannelsComeBackWhenOpened, .notesNeverGoBack:
            try await checkLists(in: directory)
        case .blocksReadBack, .blocksSeverThePair, .blocksOutliveTheOpening, .eitherSidesBlockSevers,
            .unknownUsersCannotBeBlocked:
            try await checkBlocks(in: directory)
        }
    }

    private static func group(_ id: UInt64 = 600, _ parties: [UInt64] = [1, 2, 3]) -> DirectChannel {
        DirectChannel(
            id: ChannelID(id), isGroup: true, parties: parties.map { UserID($0) },
            owner: parties.first.map { UserID($0) })
    }

    private func checkPairs(in directory: any Directory) async throws {
        switch self {
        case .pairsOpenOnce:
            let first = try await directory.openDirect(Self.id, from: UserID(2), to: UserID(1))
            let expected = DirectChannel(id: Self.id, isGroup: false, parties: [UserID(2), UserID(1)])
            try demand(first, is: expected, "a new channel has the given id and both parties, at version 1")
            for (user, other) in [(UserID(1), UserID(2)), (UserID(2), UserID(1))] {
                let again = try await directory.openDirect(ChannelID(501), from: user, to: other)
                try demand(again, is: expected, "the same two have the same channel, from either side")
            }
            try demand(try await directory.direct(Self.id), is: expected, "it reads back")
            try demand(try await directory.direct(ChannelID(501)), is: nil, "no second one is made")
        case .concurrentOpensMeet:
            let found = try await withThrowingTaskGroup(of: ChannelID.self) { group in
                for number in 0..<UInt64(20) {
                    let (user, other) = number % 2 == 0 ? (UserID(1), UserID(2)) : (UserID(2), UserID(1))
                    group.addTask {
                        try await directory.openDirect(ChannelID(700 + number), from: user, to: other).id
                    }
                }
                return try await group.reduce(into: Set<ChannelID>()) { $0.insert($1) }
            }
            try demand(found.count, is: 1, "whoever opens at the same time gets the same channel")
        case .pairsNeedTwoUsers:
            for other in [UserID(1), UserID(99)] {
                try await demandRefusal(.conflict, "a channel takes two users who exist") {
                    _ = try await directory.openDirect(Self.id, from: UserID(1), to: other)
                }
            }
            try demand(try await directory.direct(Self.id), is: nil, "a refused channel is not made")
        default: preconditionFailure("not a clause of pairs")
        }
    }

    private func checkGroups(in directory: any Directory) async throws {
        var group = Self.group()
        group.name = "Friends"
        group.icon = "abc"
        try await directory.createGroup(group)
        switch self {
        case .groupsReadBackWhole:
            try demand(try await directory.direct(group.id), is: group, "a group reads back as it was")
        case .groupIDsAreTakenOnce:
            try await demandRefusal(.conflict, "an id is taken once") {
                try await directory.createGroup(Self.group(600, [4, 5]))
            }
            try demand(try await directory.direct(group.id), is: group, "the first one stays")
        case .unknownChannelsAreNil:
            try demand(try await directory.direct(ChannelID(9)), is: nil, "an unknown id is no direct channel")
            try demand(
                try await directory.direct(DirectoryContract.channel.id), is: nil, "nor is a channel of a guild")
            try demand(try await directory.guild(ofChannel: group.id), is: nil, "a group has no guild")
        case .everyUpdateRaisesTheVersionByOne:
            group.name = nil
            group.parties.append(UserID(4))
            group = try await directory.updateGroup(group)
            try demand(group.version, is: 2, "an update raises the version by one")
            try demand(try await directory.direct(group.id), is: group, "and reads back")
            group.remove(UserID(1))
            group = try await directory.updateGroup(group)
            try demand(try await directory.direct(group.id), is: group, "parties go")
            try demand(group.parties, is: [UserID(2), UserID(3), UserID(4)], "in their order")
        case .staleUpdatesConflict:
            _ = try await directory.updateGroup(group)
            try await demandRefusal(.conflict, "a decision on another version is refused") {
                _ = try await directory.updateGroup(group)
            }
            try await demandRefusal(.conflict, "what is not there cannot change") {
                _ = try await directory.updateGroup(Self.group(601))
            }
        case .groupsWithoutPartiesEnd:
            group.parties = []
            let ended = try await directory.updateGroup(group)
            try demand(ended.version, is: 2, "the end is a change as well")
            try demand(try await directory.direct(group.id), is: nil, "a group without parties is gone")
            let list = try await directory.directs(of: UserID(1), after: nil, limit: 10)
            try demand(list, is: [], "from lists as well")
        case .concurrentUpdatesAllCount:
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 4...UInt64(9) {
                    tasks.addTask {
                        while true {
                            guard var present = try await directory.direct(ChannelID(600)) else { return }
                            present.parties.append(UserID(number))
                            do {
                                _ = try await directory.updateGroup(present)
                                return
                            } catch let error as BackendError where error.code == .conflict {}
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let parties = try await directory.direct(group.id)?.parties.sorted()
            try demand(parties, is: (1...9).map { UserID($0) }, "no update is lost")
        case .newPartiesMustExist:
            group.parties.append(UserID(99))
            try await demandRefusal(.conflict, "a party has to exist") { _ = try await directory.updateGroup(group) }
            try await demandRefusal(.conflict, "from the beginning") {
                try await directory.createGroup(Self.group(601, [1, 99]))
            }
            try demand(try await directory.direct(ChannelID(601)), is: nil, "a refused group is not made")
            try demand(try await directory.direct(group.id)?.version, is: 1, "a refused change changes nothing")
        default: preconditionFailure("not a clause of groups")
        }
    }
}

extension DirectsContract {
    private func checkLists(in directory: any Directory) async throws {
        func list(of user: UInt64, after: UInt64? = nil, limit: Int = 10) async throws -> [UInt64] {
            try await directory.directs(of: UserID(user), after: after.map { ChannelID($0) }, limit: limit)
                .map(\.channel.id.rawValue)
        }
        for other in 2...UInt64(5) {
            _ = try await directory.openDirect(ChannelID(500 + other), from: UserID(1), to: UserID(other))
        }
        switch self {
        case .listsComeNewestFirst:
            try demand(
                try await list(of: 1), is: [505, 504, 503, 502], "before anything is said, newest channels first")
            _ = try await directory.noteMessages([
                ChannelID(503): MessageID(9_001), ChannelID(502): MessageID(9_000), ChannelID(9): MessageID(9_002),
            ])
            try demand(try await list(of: 1), is: [503, 502, 505, 504], "then by their newest messages")
            let listings = try await directory.directs(of: UserID(3), after: nil, limit: 10)
            try demand(listings.map(\.lastMessage), is: [MessageID(9_001)], "a list tells the newest message")
            let all = try await directory.directs(of: UserID(1), after: nil, limit: 10)
            try demand(all.last?.lastMessage, is: nil, "and none where there is none")
        case .listsComeInPages:
            try demand(try await list(of: 1, limit: 3), is: [505, 504, 503], "a page is bounded")
            try demand(try await list(of: 1, after: 503, limit: 3), is: [502], "the next goes on behind a channel")
            try demand(try await list(of: 1, after: 502), is: [], "behind the last there is nothing")
            try demand(try await list(of: 1, after: 99), is: [], "nor behind one that is not in the list")
        case .listsShowTheirOwnOnly:
            _ = try await directory.openDirect(ChannelID(510), from: UserID(2), to: UserID(3))
            try demand(try await list(of: 2), is: [510], "a list shows the channels of its user")
            try demand(try await list(of: 9), is: [], "and no others")
        case .openedChannelsShowToTheOtherWithTheFirstMessage:
            try demand(try await list(of: 2), is: [], "who is only looked for does not see it")
            let appeared = try await directory.noteMessages([ChannelID(502): MessageID(9_000)])
            try demand(try await list(of: 2), is: [502], "until something is said")
            try demand(appeared, is: [ChannelID(502): [UserID(2)]], "which is answered")
            let again = try await directory.noteMessages([ChannelID(502): MessageID(9_001)])
            try demand(again, is: [:], "once")
        case .newcomersSeeTheGroupWhereOthersDo:
            var group = Self.group(400, [1, 2])
            try await directory.createGroup(group)
            _ = try await directory.noteMessages([group.id: MessageID(9_000)])
            group.parties.append(UserID(3))
            _ = try await directory.updateGroup(group)
            let listing = try await directory.directs(of: UserID(3), after: nil, limit: 10).first
            try demand(listing?.channel.id, is: group.id, "a newcomer's list shows the group first")
            try demand(listing?.lastMessage, is: MessageID(9_000), "under its newest message")
        case .closedChannelsComeBackWithTheNextMessage:
            _ = try await directory.noteMessages([ChannelID(503): MessageID(9_000)])
            try await directory.closeDirect(ChannelID(503), for: UserID(1))
            try demand(try await list(of: 1), is: [505, 504, 502], "a closed channel is out of the list")
            try demand(try await list(of: 3), is: [503], "of the one who closed it")
            let old = try await directory.noteMessages([ChannelID(503): MessageID(9_000)])
            try demand(old, is: [:], "a message that was there before brings nothing back")
            try demand(try await list(of: 1), is: [505, 504, 502], "a message that was there before changes nothing")
            let back = try await directory.noteMessages([ChannelID(503): MessageID(9_001)])
            try demand(back, is: [ChannelID(503): [UserID(1)]], "the next one is told to who had closed it")
            try demand(try await list(of: 1), is: [503, 505, 504, 502], "the next one brings it back")
            try await directory.closeDirect(ChannelID(9), for: UserID(1))
        case .closedChannelsComeBackWhenOpened:
            try await directory.closeDirect(ChannelID(503), for: UserID(1))
            try await directory.closeDirect(ChannelID(503), for: UserID(3))
            _ = try await directory.openDirect(ChannelID(1), from: UserID(1), to: UserID(3))
            try demand(try await list(of: 1), is: [505, 504, 503, 502], "who opens it has it in the list again")
            try demand(try await list(of: 3), is: [], "the other has not")
        case .notesNeverGoBack:
            _ = try await directory.noteMessages([ChannelID(503): MessageID(9_005)])
            _ = try await directory.noteMessages([ChannelID(503): MessageID(9_004), ChannelID(502): MessageID(9_003)])
            let listings = try await directory.directs(of: UserID(1), after: nil, limit: 2)
            try demand(listings.map(\.lastMessage), is: [MessageID(9_005), MessageID(9_003)], "the newest stays")
        default: preconditionFailure("not a clause of lists")
        }
    }

    private func checkBlocks(in directory: any Directory) async throws {
        let (ada, bob) = (UserID(1), UserID(2))
        switch self {
        case .blocksReadBack:
            for other in [UserID(5), UserID(3), UserID(4), UserID(3)] {
                _ = try await directory.setBlock(true, of: other, by: ada)
            }
            let some = try await directory.blocked(by: ada, after: UserID(3), limit: 2)
            try demand(some, is: [UserID(4), UserID(5)], "blocked users come ascending, exclusive, each once")
            try demand(try await directory.isBlocked(UserID(3), by: ada), "who is blocked is blocked")
            try demand(try await directory.isBlocked(ada, by: UserID(3)), is: false, "the other way round is another")
            _ = try await directory.setBlock(false, of: UserID(3), by: ada)
            try demand(try await directory.isBlocked(UserID(3), by: ada), is: false, "until it is taken back")
            _ = try await directory.setBlock(false, of: UserID(3), by: ada)
        case .blocksSeverThePair:
            let open = try await directory.openDirect(Self.id, from: ada, to: bob)
            let severed = try await directory.setBlock(true, of: bob, by: ada)
            try demand(severed?.isSevered, is: true, "a block severs the channel between the two")
            try demand(severed?.version, is: open.version + 1, "which is a change of it")
            try demand(try await directory.direct(Self.id), is: severed, "and reads back")
            try demand(try await directory.setBlock(true, of: bob, by: ada), is: nil, "a second time changes nothing")
            let whole = try await directory.setBlock(false, of: bob, by: ada)
            try demand(whole?.isSevered, is: false, "taking it back makes it whole")
            try demand(whole?.version, is: open.version + 2, "which is a change as well")
        case .blocksOutliveTheOpening:
            try demand(try await directory.setBlock(true, of: bob, by: ada), is: nil, "there is no channel yet")
            let opened = try await directory.openDirect(Self.id, from: bob, to: ada)
            try demand(opened.isSevered, "a channel that is opened under a block is severed")
        case .eitherSidesBlockSevers:
            _ = try await directory.openDirect(Self.id, from: ada, to: bob)
            _ = try await directory.setBlock(true, of: bob, by: ada)
            try demand(try await directory.setBlock(true, of: ada, by: bob), is: nil, "severed is severed")
            try demand(try await directory.setBlock(false, of: bob, by: ada), is: nil, "one block is enough")
            let whole = try await directory.setBlock(false, of: ada, by: bob)
            try demand(whole?.isSevered, is: false, "until neither is left")
        case .unknownUsersCannotBeBlocked:
            try await demandRefusal(.conflict, "who does not exist cannot be blocked") {
                _ = try await directory.setBlock(true, of: UserID(99), by: ada)
            }
        default: preconditionFailure("not a clause of blocks")
        }
    }
}
