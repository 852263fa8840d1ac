/// Text that came from outside, made fit to be shown: it can neither move the cursor nor reverse the line.
package enum SafeText {
    /// Characters of one word that a message repeats; the line below it shows the rest.
    private static let quotedCharactersMax = 64

    /// C0, C1, bidirectional controls, invisible separators and anything else without a glyph.
    package static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
        // The joiner is part of emoji and of several scripts' spelling.
        case .format: scalar.value != 0x200D
        default: false
        }
    }

    /// `'text'` for a message: controls escaped, passwords in URLs masked, cut after 64 characters.
    static func quoted(_ text: String) -> String {
        let head = text.prefix(quotedCharactersMax + 1)
        // Mask before cutting: a password must not be shown because its `@` was cut off.
        let masked = Credentials.masked(head.count > quotedCharactersMax ? String(text.prefix(4096)) : text)
        let cut = masked.count > quotedCharactersMax
        return "'" + escaped(masked.prefix(quotedCharactersMax)) + (cut ? "..." : "") + "'"
    }

    /// The text with every character that has no glyph written as `\u{…}`.
    package static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same with every scalar beyond ASCII escaped.
    static func ascii(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return result
    }
}

/// Passwords inside URLs: `scheme://user:password@host`.
enum Credentials {
    /// Character offsets of the password, if the text holds one.
    static func passwordRange(in text: String) -> Range<Int>? {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return nil }
        let characters = Array(text)
        guard
            let colon = characters.indices.first(where: { characters[$0...].starts(with: "://") })
        else { return nil }
        let start = colon + 3
        let authorityEnd = characters[start...].firstIndex { "/?#".contains($0) } ?? characters.endIndex
        guard
            let at = characters[start..<authorityEnd].lastIndex(of: "@"),
            let separator = characters[start..<at].firstIndex(of: ":"),
            separator + 1 < at
        else { return nil }
        return separator + 1..<at
    }

    static func masked(_ text: String) -> String {
        guard let range = passwordRange(in: text) else { return text }
        return String(text.prefix(range.lowerBound)) + "****" + String(text.dropFirst(range.upperBound))
    }

    /// Whether an option that does not exist was meant to carry a secret: what follows it is not repeated.
    static func suggestsSecret(optionNamed name: String) -> Bool {
        let lowered = name.prefix(64).lowercased()
        return ["token", "password", "passwd", "secret", "apikey", "api-key", "credential"]
            .contains { word in lowered.indices.contains { lowered[$0...].hasPrefix(word) } }
    }
}
