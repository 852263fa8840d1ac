import BackendContracts
import Chat
import GRDB
import Interface
import Testing

@testable import EmbeddedBackend

@Suite("Deleted messages in SQLite") struct DeletedMessageTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func deleted(_ id: MessageID) -> Message {
        var message = Samples.message(id, version: id.rawValue + 1)
        message.deletedAt = Samples.startUnixMilliseconds
        return message
    }

    private func count(_ table: String) throws -> Int? {
        let queue = try DatabaseQueue(path: directory.file("messages.db"))
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }

    @Test func pagesReadNoRowThatTheyDoNotServe() async throws {
        let backends = try Opened(in: directory).backends
        let ids = (0..<1_000).map { Samples.messageID(UInt64($0)) }
        try await backends.store.apply(ids.map { MessageWrite(message: Samples.message($0)) })
        try await backends.store.apply(ids.dropFirst().map { MessageWrite(message: deleted($0)) })
        // One that was never seen alive, and one that comes again.
        let unseen = Samples.messageID(5_000)
        try await backends.store.apply([MessageWrite(message: deleted(unseen)), MessageWrite(message: deleted(ids[5]))])
        let page = try await backends.store.page(of: ChannelID(10), .latest, limit: 100)
        #expect(page.map(\.id) == [ids[0]])
        try backends.close()
        #expect(try count("message") == 1)
        #expect(try count("deleted_message") == 1_000)
    }

    @Test func anOlderDatabaseIsSortedOnceItIsOpened() async throws {
        let first = try Opened(in: directory).backends
        let (alive, gone) = (Samples.messageID(1), Samples.messageID(2))
        try await first.store.apply([alive, gone].map { MessageWrite(message: Samples.message($0)) })
        try await first.store.apply([MessageWrite(message: deleted(gone))])
        try first.close()
        // Back to the first schema, in which both lay in one table.
        let queue = try DatabaseQueue(path: directory.file("messages.db"))
        try await queue.write { database in
            try database.execute(
                sql: """
                    ALTER TABLE message RENAME TO arrived;
                    CREATE TABLE message (
                        channel INTEGER NOT NULL, id INTEGER NOT NULL, version INTEGER NOT NULL,
                        is_deleted INTEGER NOT NULL, bucket INTEGER NOT NULL, seal INTEGER NOT NULL,
                        body BLOB NOT NULL, PRIMARY KEY (channel, id)
                    ) WITHOUT ROWID;
                    INSERT INTO message (channel, id, version, is_deleted, bucket, seal, body)
                    SELECT channel, id, version, 0, bucket, seal, body FROM arrived UNION ALL
                    SELECT channel, id, version, 1, bucket, seal, body FROM deleted_message;
                    DROP TABLE arrived;
                    DROP TABLE deleted_message;
                    DROP TABLE pin_board;
                    DROP TABLE pin;
                    DROP TABLE reaction_sheet;
                    DROP TABLE reaction_tally;
                    DROP TABLE reaction;
                    DROP TABLE fate;
                    PRAGMA user_version = 1;
                    """)
        }
        try queue.close()

        let second = try Opened(in: directory).backends
        let store = second.store
        #expect(try await store.page(of: ChannelID(10), .latest, limit: 9).map(\.id) == [alive])
        #expect(try await store.message(gone, in: ChannelID(10), includingDeleted: true) == deleted(gone))
        #expect(try await store.message(gone, in: ChannelID(10), includingDeleted: false) == nil)
        // What was deleted stays so when the log brings its beginning again.
        try await store.apply([MessageWrite(message: Samples.message(gone))])
        #expect(try await store.page(of: ChannelID(10), .latest, limit: 9).map(\.id) == [alive])
        try second.close()
        #expect(try count("deleted_message") == 1)
    }
}
