import Chat

/// Messages that nobody sent, spread evenly over a stretch of time: the same each time for the same values.
///
/// Law: ids rise strictly, as the log would have minted them for records that came at those times.
struct SyntheticHistory: Sendable {
    /// Begins every content, so that whoever comes upon one knows what it is.
    static let contentPrefix = "bench-"

    private let channel: ChannelID
    private let guild: GuildID
    private let author: UserID
    private let count: Int
    private let start: UInt64
    private let span: UInt64
    private let filler: String
    private var fold: MessageIDFold
    private var made = 0

    /// - Parameters:
    ///   - count: messages, at least one.
    ///   - start: Unix milliseconds of the first message; `span` milliseconds later would be the one after the last.
    ///   - contentBytes: bytes of each content, at least 32.
    init(
        channel: ChannelID, guild: GuildID, author: UserID, count: Int, start: UInt64, span: UInt64, contentBytes: Int
    ) {
        precondition(count > 0 && contentBytes >= 32)
        self.channel = channel
        self.guild = guild
        self.author = author
        self.count = count
        self.start = start
        self.span = span
        let letters = Array("abcdefghijklmnopqrstuvwxyz".utf8)
        filler = String(decoding: (0..<contentBytes).map { letters[$0 % letters.count] }, as: UTF8.self)
        let partition = FixedHash.partition(of: channel.rawValue, count: Self.partitions)
        fold = MessageIDFold(partition: UInt16(truncatingIfNeeded: partition))
    }

    /// The embedded log's default; it shows in nothing but the low bits of ids.
    private static let partitions = 16

    /// The next message; `nil` after the last one.
    mutating func next() -> Message? {
        guard made < count else { return nil }
        // The product of two 64-bit numbers: ten million messages over years pass 2^63.
        let offset = UInt64(count).dividingFullWidth(UInt64(made).multipliedFullWidth(by: span)).quotient
        let id = fold.next(timestamp: start + offset)
        var content = Self.contentPrefix + String(made) + " "
        content += filler.dropFirst(content.utf8.count)
        made += 1
        return Message(id: MessageID(id), channel: channel, guild: guild, author: author, content: content, version: id)
    }
}
