package import Chat
import Wire

/// Op 102.
package struct SendRequest: Hashable, Sendable {
    package var channel: ChannelID
    package var content: String
    package var nonce: Nonce?
    package var enforcesNonce: Bool
    package var isTTS: Bool
}

extension SendRequest {
    init(_ data: JSONValue) throws(GatewayClose) {
        channel = try ClientCommand.channel(data)
        guard let content = data["content"]?.string else { throw .undecodable }
        self.content = content
        switch data["nonce"] {
        case nil, .null: nonce = nil
        case .string(let text):
            guard text.unicodeScalars.count <= Limits.nonceCharactersMax else { throw .undecodable }
            nonce = .text(text)
        case .some(let value):
            if let integer = value.int {
                nonce = .integer(Int64(integer))
            } else {
                guard let integer = value.uint64 else { throw .undecodable }
                nonce = .unsigned(integer)
            }
        }
        enforcesNonce = try ClientCommand.flag(data["enforce_nonce"])
        isTTS = try ClientCommand.flag(data["tts"])
    }
}

// The commonest payload after heartbeats.
extension SendRequest {
    /// Reads the whole payload without a tree; `nil` when it has to be read with one, which alone decides what is refused.
    init?(flat bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= WireLimits.messageBytesMax else { return nil }
        var (channel, content): (UInt64?, String?)
        var nonce: Nonce?
        var (enforcesNonce, isTTS): (Bool?, Bool?)
        let isRead = FlatPayload.read(bytes, operation: Int64(ClientOperation.sendMessage.rawValue)) { key, value in
            switch value {
            case .string(let text) where key.elementsEqual("content".utf8) && content == nil:
                content = text
            case .string(let text) where key.elementsEqual("channel_id".utf8) && channel == nil:
                channel = JSONValue.string(text).snowflake
                return channel != nil
            case .string(let text) where key.elementsEqual("nonce".utf8) && nonce == nil:
                nonce = .text(text)
                return text.unicodeScalars.count <= Limits.nonceCharactersMax
            case .integer(let number) where key.elementsEqual("nonce".utf8) && nonce == nil:
                nonce = .integer(number)
            case .bool(let flag) where key.elementsEqual("enforce_nonce".utf8) && enforcesNonce == nil:
                enforcesNonce = flag
            case .bool(let flag) where key.elementsEqual("tts".utf8) && isTTS == nil:
                isTTS = flag
            case .string, .integer, .bool, .null:
                return false
            }
            return true
        }
        guard isRead, let channel, let content else { return nil }
        self.init(
            channel: ChannelID(channel), content: content, nonce: nonce, enforcesNonce: enforcesNonce ?? false,
            isTTS: isTTS ?? false)
    }
}
