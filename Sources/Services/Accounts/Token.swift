import Chat
import FoundationEssentials

/// The three-part shape of a token that client libraries expect: base64 of the decimal user id, the time of issue, 256
/// random bits.
///
/// Only the last part is secret. The whole text is hashed and looked up, so that no part can be exchanged for another.
enum Token {
    /// Bytes of randomness in a token.
    static let secretBytes = 32
    /// Characters of base64url that ``secretBytes`` make.
    private static let secretCharacters = 43
    /// From an id of one digit to one of twenty; 6 characters of time; two periods.
    private static let characters = (2 + 6 + secretCharacters + 2)...(27 + 6 + secretCharacters + 2)

    /// - Parameter now: Unix milliseconds.
    static func make(for user: UserID, now: UInt64, secret: [UInt8]) -> String {
        let seconds = UInt32(truncatingIfNeeded: now / 1_000)
        let time = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: seconds >> UInt32($0)) }
        return [base64(Array(user.description.utf8)), base64(time), base64(secret)].joined(separator: ".")
    }

    /// Whether a text could be a token at all: refuses a megabyte of garbage before it is hashed.
    static func isWellFormed(_ text: String) -> Bool {
        guard characters.contains(text.utf8.count) else { return false }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count == 3 && parts.last?.count == secretCharacters
            && parts.allSatisfy { part in part.allSatisfy { $0.isWordCharacter || $0 == UInt8(ascii: "-") } }
    }

    /// Base64url without padding. (Of the bytes of a decimal number it is base64, too: none of them yields the two
    /// letters that differ.)
    private static func base64(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString()
        return String(
            text.unicodeScalars.compactMap { scalar -> Character? in
                switch scalar {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: Character(scalar)
                }
            }
        )
    }
}
