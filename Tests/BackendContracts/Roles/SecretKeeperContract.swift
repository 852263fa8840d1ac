import Chat
package import Interface

/// The promises of ``Interface/SecretKeeper``, one case each.
package enum SecretKeeperContract: String, CaseIterable, Sendable {
    case aHashIsAPHCString, theRightPasswordIsRight, theWrongPasswordIsWrong, everyHashHasItsOwnSalt
    case noHashIsNeverRight, nonsenseIsCorrupt, extravagantHashesAreRefused
    case tokensHashToSHA256, randomBytesDiffer, randomBytesComeInTheCountAsked

    /// - Parameter make: a keeper; its parameters may be cheap.
    package func check(_ make: () async throws -> any SecretKeeper) async throws {
        let keeper = try await make()
        switch self {
        case .aHashIsAPHCString:
            let hash = try await keeper.hash(password: "correct horse")
            let fields = hash.split(separator: "$", omittingEmptySubsequences: false)
            try demand(fields.count, is: 5, "a hash has an identifier, parameters, a salt and a key")
            try demand(hash.hasPrefix("$scrypt$ln="), "it is scrypt's")
            try demand(!fields[3].contains("=") && !fields[4].contains("="), "base64 comes without padding")
        case .theRightPasswordIsRight:
            for password in ["correct horse", "pässwörd 🐈", "with \0 inside", ""] {
                let hash = try await keeper.hash(password: password)
                try demand(try await keeper.verify(password: password, against: hash), is: .right, "right is right")
            }
        case .theWrongPasswordIsWrong:
            let hash = try await keeper.hash(password: "with \0 inside")
            for password in ["with \0 outside", "with ", "", "With \0 inside"] {
                try demand(try await keeper.verify(password: password, against: hash), is: .wrong, "wrong is wrong")
            }
        case .everyHashHasItsOwnSalt:
            let hashes = [try await keeper.hash(password: "same"), try await keeper.hash(password: "same")]
            try demand(hashes[0] != hashes[1], "equal passwords have different hashes")
        case .noHashIsNeverRight:
            try demand(try await keeper.verify(password: "", against: nil), is: .wrong, "no account, no login")
        case .nonsenseIsCorrupt:
            for hash in [
                "", "$", "$$$$", "plain", "$scrypt$ln=4,r=8,p=1$c2FsdA$!!!!", "$argon2id$v=19$m=1,t=1,p=1$AA$AA",
            ] {
                try await demandRefusal(.corrupt, "what is no hash is corrupt") {
                    _ = try await keeper.verify(password: "x", against: hash)
                }
            }
        case .extravagantHashesAreRefused:
            let (salt, key) = (String(repeating: "A", count: 22), String(repeating: "A", count: 43))
            for work in ["ln=21,r=8,p=1", "ln=17,r=999,p=1", "ln=17,r=8,p=999", "ln=0,r=8,p=1", "ln=20,r=32,p=16"] {
                try await demandRefusal(.corrupt, "a hash that asks for too much work is refused") {
                    _ = try await keeper.verify(password: "x", against: "$scrypt$\(work)$\(salt)$\(key)")
                }
            }
        case .tokensHashToSHA256:
            // FIPS 180-2, appendix B.1.
            let expected: [UInt8] = [
                0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23,
                0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD,
            ]
            try demand(keeper.hash(token: "abc").bytes, is: expected, "a token's hash is its SHA-256")
        case .randomBytesDiffer:
            try demand(Set((0..<50).map { _ in keeper.randomBytes(16) }).count, is: 50, "random bytes do not repeat")
        case .randomBytesComeInTheCountAsked:
            for count in [1, 2, 33, 1_024] {
                try demand(keeper.randomBytes(count).count, is: count, "as many bytes as were asked for")
            }
        }
    }
}
