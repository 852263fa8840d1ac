import Chat
import Interface

/// Stands for an index that could not be opened: every call fails with the reason. What it held can be made again.
struct BrokenSearchIndex: SearchIndex {
    let error: BackendError

    init(_ error: BackendError) {
        var error = error
        if error.code == .corrupt {
            error.hint = "stop the node, remove the file and those beside it whose names begin alike; it is made anew"
        }
        self.error = error
    }

    func apply(_ changes: [SearchChange], indexed: [Int: IndexedThrough]) async throws(BackendError) { throw error }

    func search(_ query: SearchQuery) async throws(BackendError) -> SearchPage? { throw error }

    func status() async throws(BackendError) -> SearchIndexStatus { throw error }

    func versions(of ids: [MessageID]) async throws(BackendError) -> [MessageID: UInt64] { throw error }

    func entries(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [SearchEntry] { throw error }

    func beginBuild() async throws(BackendError) { throw error }

    func extendBuild(_ documents: [SearchDocument], through place: MessageLocation) async throws(BackendError) {
        throw error
    }

    func finishBuild() async throws(BackendError) { throw error }
}
