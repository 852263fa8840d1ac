import Chat
import Interface

extension AttachmentStoreContract {
    func checkImages(of store: any AttachmentStore) async throws {
        for number in 1...3 { try await Self.put(number, "image \(number)", into: store, at: UInt64(number) * 100) }
        let (first, second) = (Self.key(1), Self.key(2))
        switch self {
        case .imagesReadBack:
            try demand(try await store.image(first), is: nil, "a loose file is nobody's image")
            try demand(try await store.hold(first, asImageOf: 50), "a loose file becomes one")
            try demand(try await store.hold(first, asImageOf: 50), "and stays one")
            let image = HeldImage(holder: 50, key: first, createdAt: 100)
            try demand(try await store.image(first), is: image, "an image reads back whole")
            try demand(try await store.read(first, from: 0, count: 100), is: Array("image 1".utf8), "with its bytes")
        case .imagesAreNotLoose:
            _ = try await store.hold(first, asImageOf: 50)
            _ = try await store.hold(second, asImageOf: 50)
            try await store.discard([first])
            try demand(try await store.sweep(before: 1_000), is: 1, "what somebody holds is not loose")
            try await Self.demandThere([1, 2], in: store)
        case .imagesAreNoMessages:
            _ = try await store.hold(first, asImageOf: 50)
            try await store.settle([FileClaim(message: Self.message, keys: [first])])
            try await store.settle([FileClaim(message: Self.message, keys: [])])
            try await Self.demandThere([1, 2, 3], in: store)
        case .onlyFinishedLooseFilesBecomeImages:
            _ = try await store.hold(first, asImageOf: 50)
            try demand(try await !store.hold(first, asImageOf: 51), "an image is one holder's")
            try await store.settle([FileClaim(message: Self.message, keys: [second])])
            try demand(try await !store.hold(second, asImageOf: 50), "what a message has is no image")
            try demand(try await store.image(second), is: nil, "and does not become one")
            let writer = try await store.begin(Self.file(4))
            try demand(try await !store.hold(Self.key(4), asImageOf: 50), "nor does what is not whole")
            await writer.discard()
            try demand(try await !store.hold(Self.key(9), asImageOf: 50), "nor what is not there")
        case .releasedImagesGo:
            _ = try await store.hold(first, asImageOf: 50)
            try await store.settle([FileClaim(message: Self.message, keys: [second])])
            try await store.release([first, second, Self.key(3), Self.key(9)])
            try await Self.demandThere([2, 3], in: store)
            try demand(try await store.usage(of: .owner(Self.owner)), is: 14, "and give back their room")
        default:
            for (number, holder) in [(3, 50), (1, 51), (2, 51)] as [(Int, UInt64)] {
                _ = try await store.hold(Self.key(number), asImageOf: holder)
            }
            let page = try await store.images(after: nil, limit: 2)
            try demand(page.map(\.key), is: [Self.key(3), first], "by holder and key")
            let rest = try await store.images(after: page.last, limit: 2)
            try demand(rest.map(\.key), is: [second], "behind one the next")
            try demand(try await store.images(after: rest.last, limit: 2), is: [], "until there are no more")
        }
    }
}
