import Chat
import GRDB
package import Interface

extension SQLiteDirectory {
    private static let avatars = [
        "SELECT avatar FROM webhook WHERE id = ?", "SELECT avatar FROM user WHERE id = ?",
    ]

    package func images(of holders: [UInt64]) async throws(BackendError) -> [UInt64: String] {
        try checkCount(holders.count, "directory.images")
        return try await database.read("directory.images") { database in
            var images: [UInt64: String] = [:]
            for holder in holders {
                let column = Int64(bitPattern: holder)
                for query in Self.avatars {
                    if let hash = try database.first(query, [column], { $0.optionalText(0) }) ?? nil {
                        images[holder] = hash
                    }
                }
                let guild = try database.first("SELECT body FROM guild WHERE id = ?", [column]) {
                    try Guild(encoded: try $0.blob(0))
                }
                let group = try database.first("SELECT body FROM direct WHERE id = ?", [column]) {
                    try DirectChannel(encoded: try $0.blob(0))
                }
                if let icon = guild?.icon ?? group?.icon { images[holder] = icon }
            }
            return images
        }
    }
}
