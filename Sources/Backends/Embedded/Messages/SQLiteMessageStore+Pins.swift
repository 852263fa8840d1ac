package import Chat
import GRDB
package import Interface

// Pins: a row for each pinned message, and for each channel the version of the last change.

extension SQLiteMessageStore {
    private static let pinsReadMax = 100

    package func pins(of channel: ChannelID) async throws(BackendError) -> ChannelPins {
        let path = database.path
        return try await database.read("messages.pins") { database in
            let board = try database.first(
                "SELECT version, last_pin_at FROM pin_board WHERE channel = ?", [channel.column]
            ) { (version: $0.unsigned(0), lastPinAt: ($0[1] as Int64?).map(UInt64.init(clamping:))) }
            guard let board else { return ChannelPins() }
            let messages = try database.all(
                """
                SELECT \(Self.columns) FROM pin JOIN message
                ON message.channel = pin.channel AND message.id = pin.message
                WHERE pin.channel = ? ORDER BY pin.pinned_at DESC, pin.message DESC LIMIT ?
                """,
                [channel.column, Self.pinsReadMax]
            ) { try Self.message($0, in: channel, path: path) }
            return ChannelPins(version: board.version, lastPinAt: board.lastPinAt, messages: messages)
        }
    }

    /// Notes what a batch changes of pins, in the order in which it happened; what is older than the last change of the
    /// channel's pins was noted before.
    static func notePins(_ writes: [MessageWrite], in database: Database) throws {
        let changes = writes.filter(\.changesPins).map(\.message).sorted { $0.version < $1.version }
        for message in changes {
            let pinnedAt = message.deletedAt == nil ? message.pinnedAt.map(Int64.init(clamping:)) : nil
            let (channel, id) = (message.channel.column, message.id.column)
            try database.run(
                """
                INSERT INTO pin_board (channel, version, last_pin_at) VALUES (?, ?, ?)
                ON CONFLICT (channel) DO UPDATE
                SET version = excluded.version, last_pin_at = coalesce(excluded.last_pin_at, last_pin_at)
                WHERE excluded.version > pin_board.version
                """,
                [channel, Int64(bitPattern: message.version), pinnedAt]
            )
            guard database.changesCount > 0 else { continue }
            if let pinnedAt {
                try database.run(
                    """
                    INSERT INTO pin (channel, message, pinned_at) VALUES (?, ?, ?)
                    ON CONFLICT (channel, message) DO UPDATE SET pinned_at = excluded.pinned_at
                    """,
                    [channel, id, pinnedAt]
                )
            } else {
                try database.run("DELETE FROM pin WHERE channel = ? AND message = ?", [channel, id])
            }
        }
    }
}
