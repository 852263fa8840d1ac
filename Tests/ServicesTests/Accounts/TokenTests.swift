import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Tokens")
struct TokenTests {
    private static let garbage: [String] = [
        "", ".", "..", "a.b.c", String(repeating: "a", count: 1_000_000), "\u{0}",
        String(repeating: "\u{0}", count: 72),
        String(repeating: ".", count: 72), "Bot x", String(repeating: "ä", count: 36),
        "MTIz.abcdef." + String(repeating: "A", count: 42), "MTIz.abcdef." + String(repeating: "A", count: 43),
        "MTIz.abcdef." + String(repeating: "A", count: 44), "MTIz.abc def." + String(repeating: "A", count: 43),
    ]

    @Test func haveTheShapeThatClientLibrariesParse() async throws {
        let world = try await GuildWorld()
        let user = try await world.user("ada")
        let token = try await world.accounts.issueToken(for: user.id)
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        #expect(parts.count == 3)
        #expect(parts.last?.utf8.count == 43)
        #expect(decode(String(parts[0])) == "\(user.id)")
        #expect(try await world.accounts.issueToken(for: user.id) != token)
    }

    /// Base64 by the book, to check against.
    private func decode(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = text.flatMap { character in
            let value = alphabet.firstIndex(of: character) ?? 0
            return stride(from: 5, through: 0, by: -1).map { UInt8(value >> $0 & 1) }
        }
        let bytes = stride(from: 0, to: bits.count / 8 * 8, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | $1 }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: garbage)
    func garbageIsRefusedAlike(_ token: String) async throws {
        let world = try await GuildWorld()
        #expect(try await refusal { _ = try await world.accounts.authenticate(token) } == .unauthorized)
    }

    @Test func doNotWorkInPartsOrMixed() async throws {
        let world = try await GuildWorld()
        let ada = try await world.accounts.issueToken(for: try await world.user("ada").id)
        let bob = try await world.accounts.issueToken(for: try await world.user("bob").id)
        let (adaParts, bobParts) = (ada.split(separator: "."), bob.split(separator: "."))
        let forged = [
            "\(adaParts[0]).\(bobParts[1]).\(bobParts[2])", String(ada.dropLast()), ada + "A", ada.lowercased(),
            "Bot \(ada)",
        ]
        for token in forged {
            #expect(try await refusal { _ = try await world.accounts.authenticate(token) } == .unauthorized)
        }
        _ = try await world.accounts.authenticate(ada)
    }

    @Test func areLookedUpOnceInAWhile() async throws {
        let world = try await GuildWorld()
        let token = try await world.accounts.issueToken(for: try await world.user("ada").id)
        _ = try await world.accounts.authenticate(token)
        let reads = world.directory.count(of: .token)
        for _ in 0..<10 { _ = try await world.accounts.authenticate(token) }
        #expect(world.directory.count(of: .token) == reads)
        world.time.advance(by: 30_000)
        _ = try await world.accounts.authenticate(token)
        #expect(world.directory.count(of: .token) > reads)
    }

    @Test func endAtOnceEverywhereWhenRevoked() async throws {
        let world = try await GuildWorld()
        let user = try await world.user("ada")
        let tokens = [
            try await world.accounts.issueToken(for: user.id), try await world.accounts.issueToken(for: user.id),
        ]
        let elsewhere = AccountService(
            directory: world.directory, bus: world.bus, secrets: world.keeper, mint: world.mint, time: world.time
        )
        for token in tokens {
            _ = try await world.accounts.authenticate(token)
            _ = try await elsewhere.authenticate(token)
        }
        #expect(try await world.accounts.revokeTokens(of: user.id) == 2)
        for accounts in [world.accounts, elsewhere] {
            for token in tokens {
                #expect(try await refusal { _ = try await accounts.authenticate(token) } == .unauthorized)
            }
        }
        let last = try #require(world.bus.published.last)
        #expect(last.topic == .user(user.id))
        #expect(try UserEvent(encoded: last.payload) == .tokensRevoked(tokens.map { world.keeper.hash(token: $0) }))
        #expect(try await world.accounts.revokeTokens(of: user.id) == 0)
    }

    /// S06: whoever holds the one that had to make room finds it ended as if it had been revoked.
    @Test func endAtOnceEverywhereWhenThereAreTooMany() async throws {
        let world = try await GuildWorld()
        let user = try await world.user("ada")
        let oldest = try await world.accounts.issueToken(for: user.id)
        _ = try await world.accounts.authenticate(oldest)
        for _ in 1..<100 {
            world.time.advance(by: 1)
            _ = try await world.accounts.issueToken(for: user.id)
        }
        _ = try await world.accounts.authenticate(oldest)
        world.time.advance(by: 1)
        let newest = try await world.accounts.issueToken(for: user.id)
        #expect(try await refusal { _ = try await world.accounts.authenticate(oldest) } == .unauthorized)
        _ = try await world.accounts.authenticate(newest)
        let last = try #require(world.bus.published.last)
        #expect(last.topic == .user(user.id))
        #expect(try UserEvent(encoded: last.payload) == .tokensRevoked([world.keeper.hash(token: oldest)]))
    }

    @Test func thatAreLookedUpWhileRevokedAreNotKept() async throws {
        let world = try await GuildWorld()
        let user = try await world.user("ada")
        let token = try await world.accounts.issueToken(for: user.id)
        let accounts = world.accounts
        world.directory.holdNext(.token)
        let early = Task { try await accounts.authenticate(token) }
        await world.directory.waitForHeldRead()
        _ = try await accounts.revokeTokens(of: user.id)
        world.directory.letGo()
        // The first look found it, the second, under the subscription, did not.
        await #expect(throws: ServiceError.self) { try await early.value }
        #expect(try await refusal { _ = try await accounts.authenticate(token) } == .unauthorized)
    }

    @Test func workWhileTheBusIsDownAndAreNotKeptThen() async throws {
        let world = try await GuildWorld()
        let token = try await world.accounts.issueToken(for: try await world.user("ada").id)
        world.bus.setDown(true)
        for _ in 0..<3 { _ = try await world.accounts.authenticate(token) }
        #expect(world.directory.count(of: .token) == 3)
    }

    @Test func areIssuedToUsersOnly() async throws {
        let world = try await GuildWorld()
        #expect(try await refusal { _ = try await world.accounts.issueToken(for: UserID(1)) } == .unknownUser)
        #expect(try await refusal { _ = try await world.accounts.revokeTokens(of: UserID(1)) } == .unknownUser)
    }
}
