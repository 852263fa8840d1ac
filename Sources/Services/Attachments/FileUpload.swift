import Chat
import Interface
import Synchronization

/// One file on its way from a client into the store: counted while it comes, and looked at in its first bytes. Used by
/// one task.
package final class FileUpload: Sendable {
    private struct State {
        var head: [UInt8] = []
        var size: UInt64 = 0
    }

    private let id: AttachmentID
    private let key: String
    private let writer: any FileWriter
    private let quota: FileQuota
    private let slot: UploadSlot
    private let state = Mutex(State())

    init(_ id: AttachmentID, key: String, writer: any FileWriter, quota: FileQuota, slot: UploadSlot) {
        self.id = id
        self.key = key
        self.writer = writer
        self.quota = quota
        self.slot = slot
    }

    /// Takes the next bytes, at most 1 MiB.
    /// - Throws: `.unavailable` when they cannot be stored.
    package func write(_ bytes: [UInt8]) async throws(ServiceError) {
        state.withLock { state in
            state.size += UInt64(bytes.count)
            state.head += bytes.prefix(max(0, ImageSize.headBytes - state.head.count))
        }
        do throws(BackendError) {
            try await writer.write(bytes)
        } catch {
            throw ServiceError(error)
        }
    }

    /// The file is whole.
    /// - Throws: `.storageFull` when its sender, or everybody, has too much already; `.unavailable`.
    package func finish() async throws(ServiceError) -> StagedFile {
        let isKept: Bool
        do throws(BackendError) {
            isKept = try await writer.finish(within: quota)
        } catch {
            throw ServiceError(error)
        }
        guard isKept else { throw ServiceError(.storageFull) }
        let (head, size) = state.withLock { ($0.head, $0.size) }
        let type = MediaType(head: head)
        return StagedFile(id: id, key: key, size: size, type: type, dimensions: ImageSize(of: type, head: head))
    }

    /// Gives up a file that did not come whole.
    package func discard() async { await writer.discard() }
}
