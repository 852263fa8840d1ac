import GRDB
package import Interface

// Images: files without a message.
extension DirectoryAttachmentStore {
    private static let imagesMax = 1_000
    private static let holding =
        "UPDATE file SET channel = ?, message = 0 WHERE key = ? AND message IS NULL AND bytes IS NOT NULL AND NOT is_doomed"
    private static let held = "SELECT channel, key, created_at FROM file WHERE key = ? AND message = 0"
    private static let firstImages =
        "SELECT channel, key, created_at FROM file WHERE message = 0 ORDER BY channel, key LIMIT ?"
    private static let imagesBehind =
        """
        SELECT channel, key, created_at FROM file
        WHERE message = 0 AND (channel, key) > (?, ?) ORDER BY channel, key LIMIT ?
        """

    package func hold(_ key: String, asImageOf holder: UInt64) async throws(BackendError) -> Bool {
        try await database.write("attachments.hold") { database in
            try database.run(Self.holding, [Int64(bitPattern: holder), key])
            return try database.first(Self.held, [key], Self.image)?.holder == holder
        }
    }

    package func release(_ keys: [String]) async throws(BackendError) {
        guard !keys.isEmpty else { return }
        let doomed = try await database.write("attachments.release") { database in
            let images = try keys.filter { try database.first(Self.held, [$0], Self.image) != nil }
            try Self.doom(images, in: database)
            return images
        }
        try await remove(doomed)
    }

    package func image(_ key: String) async throws(BackendError) -> HeldImage? {
        try await database.read("attachments.image") { database in
            try database.first(Self.held, [key], Self.image)
        }
    }

    package func images(after: HeldImage?, limit: Int) async throws(BackendError) -> [HeldImage] {
        let limit = limit.held(in: 1...Self.imagesMax)
        return try await database.read("attachments.images") { database in
            guard let after else { return try database.all(Self.firstImages, [limit], Self.image) }
            return try database.all(
                Self.imagesBehind, [Int64(bitPattern: after.holder), after.key, limit], Self.image)
        }
    }

    private static func image(_ row: Row) -> HeldImage {
        HeldImage(holder: row.unsigned(0), key: row.text(1), createdAt: row.unsigned(2))
    }
}
