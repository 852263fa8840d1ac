import Chat

// What names, addresses and passwords may look like.

extension FormCheck {
    /// Names that stand for somebody else in a message.
    private static let reservedUsernames: Set<String> = ["everyone", "here", "discord"]

    /// A username as it will be kept: a–z, 0–9, `.` and `_`, no two periods in a row (Discord's rules for unique
    /// names).
    mutating func username(_ text: String) -> String {
        let name = text.lowercased()
        length(name, "username", scalars: Limits.usernameCharacters)
        let isAllowed = name.utf8.allSatisfy { $0.isWordCharacter || $0 == UInt8(ascii: ".") }
        if !isAllowed || name.utf8.hasTwoPeriodsInARow {
            refuseCharacters("username")
        } else if Self.reservedUsernames.contains(name) {
            refuse(["username"], "USERNAME_INVALID_CONTAINS", "This name is reserved.")
        }
        return name
    }

    /// An address as it will be kept. Whether it exists only a letter could tell, so no more than its shape is checked.
    mutating func email(_ text: String) -> String {
        let email = text.lowercased()
        let parts = email.utf8.split(separator: UInt8(ascii: "@"), maxSplits: 2, omittingEmptySubsequences: false)
        let isPlain = email.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
        }
        guard
            email.utf8.count <= Limits.emailBytesMax, isPlain, parts.count == 2, let local = parts.first,
            let domain = parts.last,
            !local.isEmpty, !domain.isEmpty, domain.first != UInt8(ascii: "."), domain.last != UInt8(ascii: "."),
            !domain.hasTwoPeriodsInARow
        else {
            refuse(["email"], "EMAIL_TYPE_INVALID_EMAIL", "Not a well formed email address.")
            return email
        }
        return email
    }

    /// A password is kept to its last bit as it was typed (ASVS 6.2.8); only its length is checked.
    mutating func password(_ text: String, _ field: String = "password") {
        length(text, field, scalars: Limits.passwordScalars)
    }
}

extension Collection where Element == UInt8 {
    fileprivate var hasTwoPeriodsInARow: Bool {
        zip(self, dropFirst()).contains { $0 == UInt8(ascii: ".") && $1 == UInt8(ascii: ".") }
    }
}
