import FoundationEssentials

/// What lets a webhook be used: 408 random bits as base64url. Client libraries take only tokens of at least 60 characters
/// for a webhook's.
enum WebhookToken {
    /// Bytes of randomness in a token; a multiple of three, so that base64 needs no padding.
    static let secretBytes = 51
    private static let characters = 68

    static func make(secret: [UInt8]) -> String {
        let text = Data(secret).base64EncodedString()
        return String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// Whether a text could be a token at all: refuses a megabyte of garbage before it is hashed.
    static func isWellFormed(_ text: String) -> Bool {
        text.utf8.count == characters && text.utf8.allSatisfy { $0.isWordCharacter || $0 == UInt8(ascii: "-") }
    }
}
