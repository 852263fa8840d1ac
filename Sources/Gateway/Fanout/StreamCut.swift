import Chat
import Services
import Synchronization

/// How far the sessions of a gateway had been told of the streams of channels, at one moment.
///
/// Nearly everywhere that is as far as the events had been published; the channels are named in which it was not, or which were ahead of
/// what the publisher had committed.
struct StreamCut: Hashable, Sendable {
    var mark: StoredStreams.Mark
    /// The position up to which a channel's events had been posted to the loops.
    var exceptions: [ChannelID: UInt64] = [:]
    /// Channels of which some loop had not got everything, with the guild of those that have one.
    var incomplete: [ChannelID: GuildID?] = [:]

    /// Whether the sessions had been told of an event, those of them that were to be.
    func covers(_ event: StoredEvent) -> Bool {
        if let position = exceptions[event.event.channel] { return event.position <= position }
        guard mark.published.indices.contains(event.partition) else { return false }
        return event.position <= mark.published[event.partition]
    }
}

extension StreamCut: RecordCodable {
    init(from reader: inout RecordReader) throws(RecordError) {
        mark = try StoredStreams.Mark(from: &reader)
        let exceptions = try reader.readList { (reader) throws(RecordError) -> (ChannelID, UInt64) in
            (try reader.readID(), try reader.readUInt64())
        }
        self.exceptions = Dictionary(exceptions) { $1 }
        let incomplete = try reader.readList { (reader) throws(RecordError) -> (ChannelID, GuildID?) in
            let channel: ChannelID = try reader.readID()
            let guild: GuildID? = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
            return (channel, guild)
        }
        self.incomplete = Dictionary(incomplete) { $1 }
    }

    func encode(to writer: inout RecordWriter) {
        writer.write(mark)
        writer.write(list: Array(exceptions)) {
            $0.write($1.key)
            $0.write($1.value)
        }
        writer.write(list: Array(incomplete)) {
            $0.write($1.key)
            $0.write(optional: $1.value) { $0.write($1) }
        }
    }
}

/// What of a stream has been posted to the loops.
struct PostedPart: Hashable, Sendable {
    /// `nil` as long as nothing has arrived since the stream was taken up.
    private(set) var position: UInt64?
    /// The partition of `messages` from which the stream comes, once an event has told.
    private(set) var partition: UInt16?

    /// Nothing but what comes behind a position is wanted.
    init(upTo position: UInt64? = nil) {
        self.position = position
    }

    /// An event has arrived; with the first it is plain what came before.
    mutating func arrived(_ position: UInt64) {
        guard self.position == nil else { return }
        self.position = position > 0 ? position - 1 : 0
    }

    mutating func posted(_ position: UInt64, partition: Int?) {
        self.position = position
        self.partition = partition.flatMap { UInt16(exactly: $0) }
    }

    /// Where the stream has to be named, its position.
    /// - Parameters:
    ///   - last: the last position that was taken from the stream.
    ///   - isHeld: whether something of it may be put aside.
    func exception(to mark: StoredStreams.Mark, last: UInt64?, isHeld: Bool) -> UInt64? {
        // Nothing has arrived: everything that was published came before the stream was taken up, and concerns nobody here.
        guard let position else { return nil }
        guard !isHeld, last == position, let partition, mark.published.indices.contains(Int(partition)) else {
            return position
        }
        return position > mark.published[Int(partition)] ? position : nil
    }
}

extension GatewayHub {
    /// Posts something to every loop together with the cut at which it does: of every event each loop has got either before it, and then
    /// the cut covers it, or behind it. False when some loop does not take it.
    /// - Parameter mark: read before this was called.
    func post(at mark: StoredStreams.Mark, to loops: Range<Int>, _ mail: (StreamCut) -> SessionMail) -> Bool {
        state.withLock { state in
            var cut = StreamCut(mark: mark)
            for (channel, entry) in state.channels {
                cut.exceptions[channel] = entry.posted.exception(
                    to: mark, last: entry.stream.last, isHeld: entry.stream.isHeld)
                if entry.missed != 0 { cut.incomplete[channel] = .some(entry.guild) }
            }
            for (channel, entry) in state.directs {
                cut.exceptions[channel] = entry.posted.exception(
                    to: mark, last: entry.stream.last, isHeld: entry.stream.isHeld || entry.channel == nil)
                if entry.missed != 0 { cut.incomplete[channel] = .some(nil) }
            }
            let mail = mail(cut)
            return loops.allSatisfy { ports.post(mail, to: $0) }
        }
    }
}
