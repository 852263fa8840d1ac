import BackendContracts
import Chat
import Foundation
import Glibc
import Interface
import Testing

@testable import EmbeddedBackend

@Suite("Files of the embedded attachment store") struct AttachmentFilesTests {
    private static let key = "0123456789abcdef0123456789abcdef"
    private static let file = NewFile(key: key, owner: UserID(7), createdAt: 5)

    private static func put(_ text: String, into store: any AttachmentStore) async throws {
        let writer = try await store.begin(file)
        try await writer.write(Array(text.utf8))
        #expect(try await writer.finish(within: FileQuota()))
    }

    private static func paths(below directory: TemporaryDirectory) -> [String] {
        let root = directory.path + "/attachments"
        return (FileManager.default.subpaths(atPath: root) ?? []).sorted()
    }

    @Test func lieUnderTheirKeysAndOutliveTheNode() async throws {
        let opened = try Opened()
        try await Self.put("hello", into: opened.backends.attachments)
        #expect(Self.paths(below: opened.directory) == ["01", "01/" + Self.key])
        try opened.backends.close()

        let again = try Opened(in: opened.directory)
        #expect(try await again.backends.attachments.read(Self.key, from: 0, count: 10) == Array("hello".utf8))
        try again.backends.close()
    }

    /// Whatever a crash leaves has a row, so that the sweep finds it.
    @Test func whatACrashLeavesIsSwept() async throws {
        let opened = try Opened()
        let store = opened.backends.attachments
        let writer = try await store.begin(Self.file)
        try await writer.write([1, 2, 3])
        #expect(Self.paths(below: opened.directory) == ["01", "01/\(Self.key).part"])
        #expect(try await store.sweep(before: 6) == 1)
        #expect(Self.paths(below: opened.directory) == ["01"])
        // Its writer, should it live after all, has nothing to finish.
        #expect((try? await writer.finish(within: FileQuota())) != true)
        #expect(try await store.usage(of: .all) == 0)
        try opened.backends.close()
    }

    @Test func aRemovedMessageLeavesNoBytes() async throws {
        let opened = try Opened()
        let store = opened.backends.attachments
        try await Self.put("secret", into: store)
        let message = MessageLocation(channel: ChannelID(1), id: MessageID(2))
        try await store.settle([FileClaim(message: message, keys: [Self.key])])
        try await store.settle([FileClaim(message: message, keys: [])])
        #expect(Self.paths(below: opened.directory) == ["01"])
        try opened.backends.close()
    }

    @Test func linksAreNotFollowed() async throws {
        let opened = try Opened()
        let store = opened.backends.attachments
        let folder = opened.directory.path + "/attachments/01"
        #expect(mkdir(folder, 0o700) == 0)
        #expect(symlink("/etc/passwd", folder + "/" + Self.key) == 0)
        #expect(try await store.read(Self.key, from: 0, count: 10) == nil)
        let target = opened.directory.path + "/victim"
        #expect(FileManager.default.createFile(atPath: target, contents: Data("keep".utf8)))
        #expect(symlink(target, folder + "/\(Self.key).part") == 0)
        await #expect(throws: BackendError.self) { _ = try await store.begin(Self.file) }
        #expect(FileManager.default.contents(atPath: target) == Data("keep".utf8))
        try opened.backends.close()
    }
}
