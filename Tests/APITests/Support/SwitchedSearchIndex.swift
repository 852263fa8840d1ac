import Chat
import Interface
import Synchronization

/// A search index that a test can switch off, or have pretend that it was never built.
final class SwitchedSearchIndex: SearchIndex {
    enum Mode: Sendable {
        case on, off, unbuilt
    }

    private let index: any SearchIndex
    private let current = Mutex(Mode.on)
    /// Runs between what the index finds and what is made of it.
    private let betweenSteps = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ index: any SearchIndex) {
        self.index = index
    }

    func become(_ mode: Mode) { current.withLock { $0 = mode } }

    func afterSearching(_ body: (@Sendable () async throws -> Void)?) { betweenSteps.withLock { $0 = body } }

    private func check() throws(BackendError) {
        guard current.withLock({ $0 }) != .off else {
            throw BackendError(.unavailable, operation: "search", target: "index", detail: "switched off")
        }
    }

    func apply(_ changes: [SearchChange], indexed: [Int: IndexedThrough]) async throws(BackendError) {
        try check()
        try await index.apply(changes, indexed: indexed)
    }

    func search(_ query: SearchQuery) async throws(BackendError) -> SearchPage? {
        try check()
        guard current.withLock({ $0 }) == .on else { return nil }
        let page = try await index.search(query)
        if let body = betweenSteps.withLock({ $0 }) { try? await body() }
        return page
    }

    func status() async throws(BackendError) -> SearchIndexStatus {
        try check()
        return try await index.status()
    }

    func versions(of ids: [MessageID]) async throws(BackendError) -> [MessageID: UInt64] {
        try check()
        return try await index.versions(of: ids)
    }

    func entries(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [SearchEntry] {
        try check()
        return try await index.entries(after: place, in: channel, limit: limit)
    }

    func beginBuild() async throws(BackendError) {
        try check()
        try await index.beginBuild()
    }

    func extendBuild(_ documents: [SearchDocument], through place: MessageLocation) async throws(BackendError) {
        try check()
        try await index.extendBuild(documents, through: place)
    }

    func finishBuild() async throws(BackendError) {
        try check()
        try await index.finishBuild()
    }
}
