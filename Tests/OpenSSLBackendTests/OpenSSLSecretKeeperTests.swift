import BackendContracts
import Chat
import Interface
import Testing

@testable import OpenSSLBackend

@Suite("OpenSSL secret keeper") struct OpenSSLSecretKeeperTests {
    private static let cheap = ScryptParameters(logN: 4, r: 8, p: 1)

    @Test(arguments: SecretKeeperContract.allCases)
    func honoursContract(_ clause: SecretKeeperContract) async throws {
        try await clause.check { OpenSSLSecretKeeper(parameters: Self.cheap) }
    }

    /// RFC 7914, section 12: `scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1, 64)` and its smaller neighbour.
    @Test(arguments: [
        (
            "password", "NaCl", ScryptParameters(logN: 10, r: 8, p: 16),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", ScryptParameters(logN: 14, r: 8, p: 1),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ])
    func computesThePublishedVectors(_ password: String, _ salt: String, _ work: ScryptParameters, _ expected: String)
        throws
    {
        let key = try OpenSSL.scrypt(password, salt: Array(salt.utf8), work, keyBytes: 64).get()
        #expect(key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
    }

    @Test func hashesAtFullStrengthByDefault() async throws {
        let keeper = OpenSSLSecretKeeper()
        let hash = try await keeper.hash(password: "correct horse")
        #expect(hash.hasPrefix("$scrypt$ln=17,r=8,p=1$"))
        #expect(try await keeper.verify(password: "correct horse", against: hash) == .right)
    }

    @Test func tellsOutdatedHashes() async throws {
        let old = try await OpenSSLSecretKeeper(parameters: Self.cheap).hash(password: "p")
        let keeper = OpenSSLSecretKeeper(parameters: ScryptParameters(logN: 5, r: 8, p: 1))
        #expect(try await keeper.verify(password: "p", against: old) == .rightButOutdated)
        #expect(try await keeper.verify(password: "q", against: old) == .wrong)
    }

    @Test func phcStringsHaveOneSpelling() throws {
        let hash = ScryptHash(
            parameters: ScryptParameters(logN: 17, r: 8, p: 1), salt: Array(0..<16),
            key: Array(repeating: 255, count: 32))
        let text = "$scrypt$ln=17,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$//////////////////////////////////////////8"
        #expect(hash.description == text)
        #expect(ScryptHash(text) == hash)
        let others = [
            text + "=", text + "$", "x" + text, String(text.dropLast()) + "9", text.uppercased(),
            text.replacing("r=8,p=1", with: "p=1,r=8"), text.replacing("ln=17", with: "ln=+17"),
            text.replacing(",p=1", with: ""), text.replacing("AAEC", with: "A EC"), String(repeating: "$", count: 600),
        ]
        for other in others { #expect(ScryptHash(other) == nil, "\(other)") }
    }

    @Test func refusesWhenTooManyWait() async throws {
        let keeper = OpenSSLSecretKeeper(parameters: ScryptParameters(logN: 14, r: 8, p: 1))
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<120 {
                group.addTask {
                    do {
                        _ = try await keeper.hash(password: "p")
                        return true
                    } catch {
                        #expect((error as? BackendError)?.code == .full)
                        return false
                    }
                }
            }
            return await group.reduce(into: [Bool: Int]()) { $0[$1, default: 0] += 1 }
        }
        // Two run and 32 wait; whoever comes while they do is refused.
        #expect((outcomes[true] ?? 0) >= OpenSSLSecretKeeper.waitingMax)
        #expect((outcomes[false] ?? 0) > 0)
        #expect(try await keeper.hash(password: "p").isEmpty == false)
    }
}
