import Interface

/// How much work a hash costs (RFC 7914, 2): memory is 128 · r · 2^ln bytes.
package struct ScryptParameters: Hashable, Sendable {
    /// Base-2 logarithm of the number of blocks, 1 to 20.
    package var logN: Int
    /// Block size, 1 to 32.
    package var r: Int
    /// Parallelism, 1 to 16.
    package var p: Int

    /// OWASP's choice for scrypt: 128 MiB a hash.
    package static let current = ScryptParameters(logN: 17, r: 8, p: 1)

    package init(logN: Int, r: Int, p: Int) {
        self.logN = logN
        self.r = r
        self.p = p
    }

    /// Memory of one hash in bytes, and OpenSSL's own need beside it (EVP_PBE_scrypt adds 32·r·4 and p·128·r).
    var memoryBytesMax: UInt64 { UInt64(128 * r) << UInt64(logN) + (16 << 20) }

    /// Whether a hash from the database may ask for this much: at most 1 GiB of memory and 16 times the current work.
    var isAcceptable: Bool {
        (1...20).contains(logN) && (1...32).contains(r) && (1...16).contains(p) && r << logN <= 8 << 20
            && (r * p) << logN <= 16 << 20
    }
}

/// A hash in the PHC string format: `$scrypt$ln=17,r=8,p=1$salt$hash`, both in base64 without padding.
package struct ScryptHash: Hashable, Sendable {
    package var parameters: ScryptParameters
    package var salt: [UInt8]
    package var key: [UInt8]

    private static let textBytesMax = 512
    private static let saltBytes = 8...64
    private static let keyBytes = 16...64

    package init(parameters: ScryptParameters, salt: [UInt8], key: [UInt8]) {
        self.parameters = parameters
        self.salt = salt
        self.key = key
    }

    /// Reads what ``description`` writes; `nil` for anything else and for parameters beyond what is acceptable.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.textBytesMax else { return nil }
        let fields = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1].elementsEqual("scrypt".utf8),
            let parameters = Self.parameters(fields[2]), let salt = Base64.decode(fields[3]),
            let key = Base64.decode(fields[4]), Self.saltBytes.contains(salt.count), Self.keyBytes.contains(key.count)
        else { return nil }
        self.init(parameters: parameters, salt: salt, key: key)
    }

    private static func parameters(_ text: Substring.UTF8View) -> ScryptParameters? {
        let parts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count == 3, let logN = number(parts[0], "ln="), let r = number(parts[1], "r="),
            let p = number(parts[2], "p=")
        else { return nil }
        let parameters = ScryptParameters(logN: logN, r: r, p: p)
        return parameters.isAcceptable ? parameters : nil
    }

    /// One to three digits behind a name.
    private static func number(_ text: Substring.UTF8View, _ name: String) -> Int? {
        guard text.starts(with: name.utf8) else { return nil }
        let digits = text.dropFirst(name.utf8.count)
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}

extension ScryptHash: CustomStringConvertible {
    package var description: String {
        let work = "ln=\(parameters.logN),r=\(parameters.r),p=\(parameters.p)"
        return "$scrypt$\(work)$\(Base64.encode(salt))$\(Base64.encode(key))"
    }
}

/// Base64 (RFC 4648, 4) without padding, as PHC strings have it.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 63)])
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for other characters, impossible lengths and bits left over that are not zero: each value has one spelling.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
            buffer &= (1 << bits) - 1
        }
        return buffer == 0 ? bytes : nil
    }
}
