import Chat
package import Interface

/// The promises of ``Interface/AttachmentStore``, one case each.
package enum AttachmentStoreContract: String, CaseIterable, Sendable {
    case finishedFilesAreRead, partsAreRead, emptyFilesAreFiles, unfinishedFilesAreNotThere, discardedFilesAreNotThere
    case keysAreChecked, keysAreTakenOnce, anEndedWriterRefuses
    case looseFilesAreSwept, claimedFilesStay, messagesThatGoTakeTheirFilesAlong, whatAnEditLeavesOutGoes
    case claimsMayBeRepeated, aFileStaysWithItsFirstMessage, claimedFilesAreNotDiscarded, looseFilesAreDiscarded
    case usageIsCounted, quotasOfOwnersHold, quotasOfGuildsHold, theQuotaOfAllHolds, concurrentFilesHoldTheQuota
    case imagesReadBack, imagesAreNotLoose, imagesAreNoMessages, onlyFinishedLooseFilesBecomeImages
    case releasedImagesGo, imagesAreListedInPages

    static let owner = UserID(7)
    static let message = MessageLocation(channel: ChannelID(10), id: MessageID(20))

    /// - Parameter make: a store of its own for each call, without files.
    package func check(_ make: () async throws -> any AttachmentStore) async throws {
        let store = try await make()
        switch self {
        case .finishedFilesAreRead, .partsAreRead, .emptyFilesAreFiles, .unfinishedFilesAreNotThere,
            .discardedFilesAreNotThere, .keysAreChecked, .keysAreTakenOnce, .anEndedWriterRefuses:
            try await checkFiles(of: store)
        case .looseFilesAreSwept, .claimedFilesStay, .messagesThatGoTakeTheirFilesAlong, .whatAnEditLeavesOutGoes,
            .claimsMayBeRepeated, .aFileStaysWithItsFirstMessage, .claimedFilesAreNotDiscarded, .looseFilesAreDiscarded:
            try await checkClaims(of: store)
        case .usageIsCounted, .quotasOfOwnersHold, .quotasOfGuildsHold, .theQuotaOfAllHolds,
            .concurrentFilesHoldTheQuota:
            try await checkRoom(of: store)
        case .imagesReadBack, .imagesAreNotLoose, .imagesAreNoMessages, .onlyFinishedLooseFilesBecomeImages,
            .releasedImagesGo, .imagesAreListedInPages:
            try await checkImages(of: store)
        }
    }

    private func checkFiles(of store: any AttachmentStore) async throws {
        let key = Self.key(1)
        switch self {
        case .finishedFilesAreRead:
            let writer = try await store.begin(Self.file(1))
            try await writer.write(Array("hel".utf8))
            try await writer.write(Array("lo".utf8))
            try demand(try await writer.finish(within: FileQuota()), "there is room")
            try demand(
                try await store.read(key, from: 0, count: 100), is: Array("hello".utf8), "all that was written is read")
            try demand(try await store.read(Self.key(2), from: 0, count: 1), is: nil, "another key is no file")
        case .partsAreRead:
            try await Self.put(1, "0123456789", into: store)
            try demand(try await store.read(key, from: 3, count: 4), is: Array("3456".utf8), "a part is read")
            try demand(try await store.read(key, from: 8, count: 4), is: Array("89".utf8), "up to the end")
            try demand(try await store.read(key, from: 10, count: 4), is: [], "and nothing behind it")
            try demand(try await store.read(key, from: .max, count: 4), is: [], "however far")
        case .emptyFilesAreFiles:
            try await Self.put(1, "", into: store)
            try demand(try await store.read(key, from: 0, count: 4), is: [], "an empty file is there")
        case .unfinishedFilesAreNotThere:
            let writer = try await store.begin(Self.file(1))
            try await writer.write([1])
            try demand(try await store.read(key, from: 0, count: 1), is: nil, "a file is there when it is finished")
            try demand(try await store.usage(of: .owner(Self.owner)), is: 0, "and counts then")
            await writer.discard()
        case .discardedFilesAreNotThere:
            let writer = try await store.begin(Self.file(1))
            try await writer.write([1])
            await writer.discard()
            try demand(try await store.read(key, from: 0, count: 1), is: nil, "a discarded file is gone")
            try await Self.put(1, "again", into: store)
        case .keysAreChecked:
            for key in ["", "../../../../etc/passwd", Self.key(1).uppercased() + "A", "/" + Self.key(1).dropFirst()] {
                try await demandRefusal(.rejected, "'\(key)' is no key") {
                    _ = try await store.begin(NewFile(key: key, owner: Self.owner, createdAt: 1))
                }
                try demand(try await store.read(key, from: 0, count: 1), is: nil, "and names no file")
            }
        case .keysAreTakenOnce:
            try await Self.put(1, "first", into: store)
            try await demandRefusal(.conflict, "a key is one file's") { _ = try await store.begin(Self.file(1)) }
        default:
            let writer = try await store.begin(Self.file(1))
            try demand(try await writer.finish(within: FileQuota()), "there is room")
            try await demandRefusal(.rejected, "a finished file takes no more") { try await writer.write([1]) }
            await writer.discard()
            try demand(try await store.read(key, from: 0, count: 1), is: [], "and is not discarded")
        }
    }

    private func checkClaims(of store: any AttachmentStore) async throws {
        for number in 1...3 { try await Self.put(number, "file \(number)", into: store, at: UInt64(number) * 100) }
        let both = FileClaim(message: Self.message, keys: [Self.key(1), Self.key(2)])
        switch self {
        case .looseFilesAreSwept:
            try demand(try await store.sweep(before: 200), is: 1, "only what is older than that")
            try await Self.demandThere([2, 3], in: store)
            try demand(try await store.sweep(before: 1_000), is: 2, "later the others")
            try demand(try await store.sweep(before: 1_000), is: 0, "once")
        case .claimedFilesStay:
            try await store.settle([both])
            try demand(try await store.sweep(before: 1_000), is: 1, "what a message has is not loose")
            try await Self.demandThere([1, 2], in: store)
        case .messagesThatGoTakeTheirFilesAlong:
            try await store.settle([both])
            try await store.settle([FileClaim(message: Self.message, keys: [])])
            try await Self.demandThere([3], in: store)
            try demand(try await store.usage(of: .owner(Self.owner)), is: 6, "and give back their room")
        case .whatAnEditLeavesOutGoes:
            try await store.settle([both, FileClaim(message: Self.message, keys: [Self.key(2), Self.key(3)])])
            try await Self.demandThere([2, 3], in: store)
            try demand(try await store.sweep(before: 1_000), is: 0, "what it adds is the message's")
        case .claimsMayBeRepeated:
            let less = FileClaim(message: Self.message, keys: [Self.key(2)])
            try await store.settle([both, less])
            try await store.settle([both, less])
            try await Self.demandThere([2, 3], in: store)
            try demand(try await store.usage(of: .owner(Self.owner)), is: 12, "each counts once")
        case .aFileStaysWithItsFirstMessage:
            let other = MessageLocation(channel: ChannelID(10), id: MessageID(21))
            try await store.settle([both, FileClaim(message: other, keys: [Self.key(1)])])
            try await store.settle([FileClaim(message: other, keys: [])])
            try await Self.demandThere([1, 2, 3], in: store)
        case .claimedFilesAreNotDiscarded:
            try await store.settle([both])
            try await store.discard([Self.key(1), Self.key(3), Self.key(9)])
            try await Self.demandThere([1, 2], in: store)
        default:
            try await store.discard([Self.key(2)])
            try await Self.demandThere([1, 3], in: store)
            try demand(try await store.usage(of: .all), is: 12, "and gives back its room")
        }
    }

    private func checkRoom(of store: any AttachmentStore) async throws {
        switch self {
        case .usageIsCounted:
            try await Self.put(1, "12345", into: store)
            try await Self.put(2, "123", into: store, owner: UserID(8))
            try demand(try await store.usage(of: .owner(Self.owner)), is: 5, "an owner's files count")
            try demand(try await store.usage(of: .owner(UserID(9))), is: 0, "who has none has none")
            try demand(try await store.usage(of: .all), is: 8, "and all of them together")
        case .quotasOfOwnersHold:
            let quota = FileQuota(owner: 5)
            try await Self.put(1, "123", into: store)
            try demand(try await Self.offer(2, "123", to: store, quota) == false, "an owner has a share")
            try demand(try await store.read(Self.key(2), from: 0, count: 1), is: nil, "beyond it nothing is kept")
            try demand(try await Self.offer(3, "12", to: store, quota), "up to it everything is")
            try demand(try await Self.offer(4, "12345", to: store, quota, owner: UserID(8)), "each has one's own")
        case .quotasOfGuildsHold:
            let quota = FileQuota(owner: 100, guild: 5)
            let guild = GuildID(100)
            try demand(try await Self.offer(1, "123", to: store, quota, guild: guild), "there is room")
            try demand(
                try await Self.offer(2, "123", to: store, quota, owner: UserID(8), guild: guild) == false,
                "a guild has a share, whoever its files are of")
            try demand(try await Self.offer(3, "123", to: store, quota), "which is not that of direct messages")
            try demand(try await Self.offer(4, "123", to: store, quota, guild: GuildID(101)), "or other guilds")
            try demand(try await store.usage(of: .guild(guild)), is: 3, "its files count")
            try await store.discard([Self.key(1)])
            try demand(try await store.usage(of: .guild(guild)), is: 0, "and give back their room")
        case .theQuotaOfAllHolds:
            let quota = FileQuota(total: 5)
            try demand(try await Self.offer(1, "123", to: store, quota), "there is room")
            try demand(try await Self.offer(2, "123", to: store, quota, owner: UserID(8)) == false, "for so many")
            try demand(try await store.usage(of: .all), is: 3, "what is refused does not count")
        default:
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...20 {
                    group.addTask { try await Self.offer(number, "12345", to: store, FileQuota(owner: 50)) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try demand(taken, is: 10, "the share holds however many come at once")
        }
    }

    static func key(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "a", count: 32 - digits.count) + digits
    }

    static func file(
        _ number: Int, owner: UserID = owner, guild: GuildID? = nil, at time: UInt64 = 1
    ) -> NewFile {
        NewFile(key: key(number), owner: owner, guild: guild, createdAt: time)
    }

    private static func offer(
        _ number: Int, _ text: String, to store: any AttachmentStore, _ quota: FileQuota, owner: UserID = owner,
        guild: GuildID? = nil, at time: UInt64 = 1
    ) async throws -> Bool {
        let writer = try await store.begin(file(number, owner: owner, guild: guild, at: time))
        try await writer.write(Array(text.utf8))
        return try await writer.finish(within: quota)
    }

    static func put(
        _ number: Int, _ text: String, into store: any AttachmentStore, owner: UserID = owner, at time: UInt64 = 1
    ) async throws {
        let isKept = try await offer(number, text, to: store, FileQuota(), owner: owner, at: time)
        try demand(isKept, "without a quota there is room")
    }

    static func demandThere(_ numbers: [Int], in store: any AttachmentStore) async throws {
        var found: [Int] = []
        for number in 1...3 where try await store.read(key(number), from: 0, count: 1) != nil { found.append(number) }
        try demand(found, is: numbers, "these files are there")
    }
}
