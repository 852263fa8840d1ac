import Chat
import Interface

extension MessageStoreContract {
    private static let channel = ChannelID(10)

    /// A message in a state that is pinned, or no longer.
    private static func pin(
        _ id: MessageID, at pinnedAt: UInt64?, version: UInt64, isDeleted: Bool = false
    ) -> MessageWrite {
        var message = Samples.message(id, version: version)
        message.pinnedAt = pinnedAt
        message.deletedAt = isDeleted ? 1 : nil
        return MessageWrite(message: message, changesPins: true)
    }

    func checkPins(of store: any MessageStore) async throws {
        switch self {
        case .someMessagesAreReadAtOnce:
            let ids = try await Self.fill(4, store)
            var gone = Samples.message(ids[1], version: ids[3].rawValue + 1)
            gone.deletedAt = 1
            try await Self.write([gone], to: store)
            let some = try await store.messages([ids[0], ids[1], ids[3], MessageID(5)], in: Self.channel)
            try demand(Set(some.map(\.id)), is: [ids[0], ids[3]], "those that exist and are not deleted")
            try demand(try await store.messages(ids, in: ChannelID(11)).isEmpty, "channels are apart")
        case .pinsAreListedLatestFirst:
            try demand(try await store.pins(of: Self.channel), is: ChannelPins(), "nothing is pinned at first")
            let ids = try await Self.fill(4, store)
            let base = ids[3].rawValue
            // One batch, in no order of ids or versions.
            try await store.apply([
                Self.pin(ids[2], at: 500, version: base + 1), Self.pin(ids[0], at: 700, version: base + 2),
            ])
            try await store.apply([Self.pin(ids[1], at: 600, version: base + 3)])
            let pins = try await store.pins(of: Self.channel)
            try demand(pins.messages.map(\.id), is: [ids[0], ids[1], ids[2]], "the latest pinned first")
            try demand(pins.version, is: base + 3, "the version is that of the last change")
            try demand(pins.lastPinAt, is: 600, "and so is its time")
            try demand(try await store.pins(of: ChannelID(11)), is: ChannelPins(), "channels are apart")
        case .unpinnedAndDeletedMessagesAreNoPins:
            let ids = try await Self.fill(3, store)
            let base = ids[2].rawValue
            try await store.apply([
                Self.pin(ids[0], at: 500, version: base + 1), Self.pin(ids[1], at: 600, version: base + 2),
                Self.pin(ids[2], at: 700, version: base + 3),
            ])
            try await store.apply([
                Self.pin(ids[0], at: nil, version: base + 4),
                Self.pin(ids[1], at: 600, version: base + 5, isDeleted: true),
            ])
            let pins = try await store.pins(of: Self.channel)
            try demand(pins.messages.map(\.id), is: [ids[2]], "one is left")
            try demand(pins.lastPinAt, is: 700, "when one was last pinned does not change")
        case .olderPinsDoNotCount:
            let ids = try await Self.fill(1, store)
            let base = ids[0].rawValue
            let pinned = Self.pin(ids[0], at: 500, version: base + 1)
            try await store.apply([pinned])
            try await store.apply([Self.pin(ids[0], at: nil, version: base + 2)])
            try await store.apply([pinned])
            try demand(try await store.pins(of: Self.channel).messages.isEmpty, "an older pin does not come back")
        case .fatesAreKept:
            let version = Samples.messageID(5).rawValue
            let fates = [CommandFate.Kind.changed, .unchanged, .missingPermission, .tooMany].enumerated().map {
                CommandFate(channel: Self.channel, version: version + UInt64($0.offset), kind: $0.element)
            }
            for _ in 0..<2 { try await store.apply(StoreBatch(fates: fates)) }
            for fate in fates {
                let read = try await store.fate(of: fate.version, in: Self.channel)
                try demand(read, is: fate.kind, "a fate reads back")
            }
            try demand(try await store.fate(of: version, in: ChannelID(11)), is: nil, "channels are apart")
            try demand(try await store.fate(of: version + 9, in: Self.channel), is: nil, "others have none")
        case .oldFatesAreNotNeeded:
            // What is a day older than the newest may be there or not; what is younger has to be.
            let young = CommandFate(
                channel: Self.channel, version: Samples.messageID(86_000_000).rawValue, kind: .changed)
            let old = CommandFate(channel: Self.channel, version: Samples.messageID(0).rawValue, kind: .changed)
            try await store.apply(StoreBatch(fates: [old, young]))
            let newest = CommandFate(
                channel: Self.channel, version: Samples.messageID(100_000_000).rawValue, kind: .tooMany)
            try await store.apply(StoreBatch(fates: [newest]))
            try demand(
                try await store.fate(of: young.version, in: Self.channel), is: .changed, "a young fate is kept")
        default: preconditionFailure("not a clause of pins")
        }
    }
}
