/// What became of a command, as `node:{number}` carries it back to the edge that waits.
package struct CommandOutcome: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
        /// Done; the event is what everybody sees. For a repeated nonce it holds the first message.
        case done(ChannelEvent)
        case refused(Refusal)
        /// Done, for an origin that does not want the event.
        case settled
    }

    /// Why the chat service would not do what the edge had let through.
    package enum Refusal: UInt8, Hashable, Sendable {
        /// No such message in the channel, or it is deleted.
        case unknownMessage = 0
        /// Only its author may edit a message.
        case notTheAuthor = 1
        /// Deleting another's message takes MANAGE_MESSAGES.
        case missingPermission = 2
        /// The record itself could not be processed; it was set aside.
        case unprocessable = 3
        /// The edit would have left neither text nor embeds nor files.
        case emptyMessage = 4
        /// What the message would answer is gone.
        case unknownReference = 5
        /// The message has ``Limits/reactionsPerMessageMax`` emojis already.
        case tooManyReactions = 6
        /// The channel has ``Limits/pinsPerChannelMax`` pins already.
        case tooManyPins = 7
        /// The edit would have left more files than a message may have.
        case tooManyFiles = 8
    }

    package var request: UInt64
    package var result: Result

    package init(request: UInt64, result: Result) {
        self.request = request
        self.result = result
    }
}

extension CommandOutcome {
    /// Whose outcome the bytes hold, without reading the outcome itself.
    /// - Parameter bytes: what ``encoded()`` made.
    package static func request(ofEncoded bytes: [UInt8]) throws(RecordError) -> UInt64 {
        var reader = RecordReader(bytes)
        _ = try reader.readByte()
        return try reader.readUInt64()
    }
}

extension CommandOutcome: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        request = try reader.readUInt64()
        switch try reader.readByte() {
        case 0: result = .done(try ChannelEvent(from: &reader))
        case 1:
            guard let refusal = Refusal(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
            result = .refused(refusal)
        case 2: result = .settled
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(request)
        switch result {
        case .done(let event):
            writer.write(UInt8(0))
            writer.write(event)
        case .refused(let refusal):
            writer.write(UInt8(1))
            writer.write(refusal.rawValue)
        case .settled:
            writer.write(UInt8(2))
        }
    }
}
