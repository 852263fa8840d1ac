import Chat
import Services

/// A hash of what a session is told by its user's own stream alone, which has no positions: two looks with equal digests saw the same.
enum UserDigest {
    /// - Parameter settings: the version of how the user wants to be told of messages.
    /// - Returns: never 0, which stands for what is not known.
    static func of(_ user: User, _ directs: [DirectView], settings: UInt64) -> UInt32 {
        var writer = RecordWriter()
        writer.write(user)
        for view in directs.sorted(by: { $0.channel.id < $1.channel.id }) {
            writer.write(view.channel.id)
            writer.write(view.channel.version)
        }
        writer.write(settings)
        let bytes = writer.bytes
        let hash = bytes.reduce(UInt64(bytes.count)) { FixedHash.mix($0 ^ UInt64($1)) }
        return max(1, UInt32(truncatingIfNeeded: hash))
    }
}
