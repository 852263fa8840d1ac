import Interface

/// Codes of invites: ten letters or digits, about 60 bits, so that nobody finds one by trying.
enum InviteCode {
    static let characters = 10
    /// What a code that came from outside may be long at most.
    private static let charactersMax = 32
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// A new code. Bytes at or above the greatest multiple of 62 are thrown away: taken modulo 62 they would favour the
    /// first letters.
    static func draw(from secrets: any SecretKeeper) -> String {
        let fair = UInt8.max / UInt8(alphabet.count) * UInt8(alphabet.count)
        var code: [UInt8] = []
        while code.count < characters {
            for byte in secrets.randomBytes(2 * characters) where byte < fair && code.count < characters {
                code.append(alphabet[Int(byte) % alphabet.count])
            }
        }
        return String(decoding: code, as: UTF8.self)
    }

    static func isWellFormed(_ code: String) -> Bool {
        (1...charactersMax).contains(code.utf8.count) && code.utf8.allSatisfy(\.isASCIILetterOrDigit)
    }
}
