/// A user as operators name one.
package enum UserReference: Hashable, Sendable {
    case id(UInt64)
    /// Without the `@`, 1 to 64 characters.
    case name(String)
}

/// A channel as operators name one.
package enum ChannelReference: Hashable, Sendable {
    case id(UInt64)
    /// Guild (name or id) and channel name, each 1 to 100 characters.
    case path(guild: String, name: String)
    /// The direct messages with somebody; of whom the command tells elsewhere.
    case direct(UserReference)
}

private enum ReferenceText {
    /// The digits of an id, or of a mention such as `<@id>`; nil when the text is neither.
    static func id(_ text: String, mention sigils: [String]) throws(ValueProblem) -> UInt64? {
        var digits = Substring(text)
        for sigil in sigils where text.hasPrefix("<" + sigil) && text.hasSuffix(">") {
            digits = text.dropFirst(sigil.count + 1).dropLast()
        }
        guard Digits.areAll(digits) else { return nil }
        guard let id: UInt64 = Digits.value(digits) else {
            throw ValueProblem("\(SafeText.quoted(text)) does not fit in 64 bits")
        }
        return id
    }

    /// A snowflake, `@name` or `<@id>`.
    static func user(_ text: String) throws(ValueProblem) -> UserReference {
        if let id = try id(text, mention: ["@", "@!"]) { return .id(id) }
        guard text.hasPrefix("@") else {
            let isPlain = isName(text, charactersMax: 64) && !text.hasPrefix("<")
            throw ValueProblem(
                "\(SafeText.quoted(text)) is not a user", hint: isPlain ? "did you mean '@\(text)'?" : nil)
        }
        guard isName(text.dropFirst(), charactersMax: 64) else {
            throw ValueProblem("\(SafeText.quoted(text)) has no valid name after '@'")
        }
        return .name(String(text.dropFirst()))
    }

    static func print(_ user: UserReference) -> String {
        switch user {
        case .id(let id): String(id)
        case .name(let name): "@" + name
        }
    }

    static func isName(_ text: some StringProtocol, charactersMax: Int) -> Bool {
        !text.isEmpty && text.count <= charactersMax && !text.unicodeScalars.contains { SafeText.isUnsafe($0) }
    }
}

extension ValueType where Value == UInt64 {
    /// A snowflake in decimal, 0 to 2⁶⁴ − 1.
    package static var snowflake: ValueType {
        ValueType(
            .snowflake, placeholder: "ID",
            expectation: "an id such as 80351110224678912 (0 to 18446744073709551615)", example: "80351110224678912",
            read: { (text: String) throws(ValueProblem) -> UInt64 in
                guard let id = try ReferenceText.id(text, mention: []) else {
                    throw ValueProblem("\(SafeText.quoted(text)) is not an id")
                }
                return id
            },
            print: { String($0) }
        )
    }
}

extension ValueType where Value == UserReference {
    /// A snowflake, `@name` or `<@id>`.
    package static var userRef: ValueType {
        ValueType(
            .userReference, placeholder: "USER",
            expectation: "a user: an id, @name (up to 64 characters) or <@id>", example: "@ada",
            read: { (text: String) throws(ValueProblem) -> UserReference in try ReferenceText.user(text) },
            print: { ReferenceText.print($0) }
        )
    }
}

extension ValueType where Value == ChannelReference {
    /// A snowflake, `guild/name` or `<#id>`; `@name` or `<@id>` for direct messages.
    package static var channelRef: ValueType {
        ValueType(
            .channelReference, placeholder: "CHANNEL",
            expectation:
                "a channel: an id, guild/name (up to 100 characters each), <#id>, or @name for direct messages",
            example: "ops/general",
            read: { (text: String) throws(ValueProblem) -> ChannelReference in
                if text.hasPrefix("@") || text.hasPrefix("<@") { return .direct(try ReferenceText.user(text)) }
                if let id = try ReferenceText.id(text, mention: ["#"]) { return .id(id) }
                let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts.allSatisfy({ ReferenceText.isName($0, charactersMax: 100) }) else {
                    throw ValueProblem("\(SafeText.quoted(text)) is not a channel")
                }
                return .path(guild: String(parts[0]), name: String(parts[1]))
            },
            print: { reference in
                switch reference {
                case .id(let id): String(id)
                case .path(let guild, let name): "\(guild)/\(name)"
                case .direct(.id(let id)): "<@\(id)>"
                case .direct(.name(let name)): "@" + name
                }
            }
        )
    }
}
