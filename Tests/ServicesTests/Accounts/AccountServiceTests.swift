import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Accounts")
struct AccountServiceTests {
    private func register(_ name: String, in world: GuildWorld) async throws -> (token: String, user: User) {
        try await world.accounts.register(username: name, email: "\(name)@example.org", password: "correct horse")
    }

    @Test func whoRegistersIsLoggedInAndCanLogInAgain() async throws {
        let world = try await GuildWorld()
        let made = try await world.accounts.register(
            username: "Ada.L", email: "Ada@Example.org", password: "correct horse"
        )
        #expect(made.user.username == "ada.l")
        #expect(try await world.accounts.authenticate(made.token).user == made.user)
        for login in ["ada.l", "ADA.L", "ada@example.org", "Ada@EXAMPLE.org"] {
            #expect(try await world.accounts.logIn(login: login, password: "correct horse").user == made.user)
        }
    }

    @Test(arguments: [
        "a", "with space", "two..periods", "ünïcode", "everyone", "Here", "discord", "nul\u{0}", "dash-ed",
        String(repeating: "a", count: 33),
    ])
    func refusesUsernames(_ name: String) async throws {
        let world = try await GuildWorld()
        let errors = try await fieldErrors {
            _ = try await world.accounts.register(username: name, email: "a@example.org", password: "correct horse")
        }
        #expect(Set(errors.keys) == ["username"])
    }

    @Test(arguments: [
        "", "no-at", "@example.org", "a@", "a@b@c", "a b@example.org", "a@.org", "a@example..org", "a@example.org\u{0}",
        String(repeating: "a", count: 250) + "@example.org",
    ])
    func refusesEmails(_ email: String) async throws {
        let world = try await GuildWorld()
        let errors = try await fieldErrors {
            _ = try await world.accounts.register(username: "ada", email: email, password: "correct horse")
        }
        #expect(errors == ["email": "EMAIL_TYPE_INVALID_EMAIL"])
    }

    @Test(arguments: [7: false, 8: true, 128: true, 129: false] as [Int: Bool])
    func countsScalarsOfPasswords(count: Int, isAllowed: Bool) async throws {
        let world = try await GuildWorld()
        let password = String(repeating: "\u{1F511}", count: count)
        let code = try await refusal {
            _ = try await world.accounts.register(username: "ada", email: "a@example.org", password: password)
        }
        #expect((code == nil) == isAllowed)
        guard isAllowed else { return }
        _ = try await world.accounts.logIn(login: "ada", password: password)
    }

    @Test func keepsPasswordsAsTheyWereTyped() async throws {
        let world = try await GuildWorld()
        _ = try await world.accounts.register(username: "ada", email: "a@example.org", password: "  Spaces kept ")
        let code = try await refusal { _ = try await world.accounts.logIn(login: "ada", password: "Spaces kept") }
        #expect(code == .unauthorized)
        _ = try await world.accounts.logIn(login: "ada", password: "  Spaces kept ")
    }

    @Test func namesTheFieldThatIsTaken() async throws {
        let world = try await GuildWorld()
        _ = try await register("ada", in: world)
        let name = try await fieldErrors {
            _ = try await world.accounts.register(username: "ADA", email: "b@example.org", password: "correct horse")
        }
        #expect(name == ["username": "USERNAME_ALREADY_TAKEN"])
        let email = try await fieldErrors {
            _ = try await world.accounts.register(username: "bob", email: "ADA@example.org", password: "correct horse")
        }
        #expect(email == ["email": "EMAIL_ALREADY_REGISTERED"])
    }

    @Test func verifiesForUnknownUsersToo() async throws {
        let world = try await GuildWorld()
        _ = try await register("ada", in: world)
        _ = try await world.accounts.create(username: "robot", isBot: true, owner: nil, password: nil)
        for login in ["nobody", "robot", "ada"] {
            let code = try await refusal {
                _ = try await world.accounts.logIn(login: login, password: "wrong password")
            }
            #expect(code == .unauthorized)
        }
        #expect(world.keeper.verified == [nil, nil, "1$correct horse"])
    }

    @Test func refusesWhatCannotBeACredentialWithoutHashingIt() async throws {
        let world = try await GuildWorld()
        let huge = String(repeating: "x", count: 1_000_000)
        for (login, password) in [("", "p"), (huge, "p"), ("ada", ""), ("ada", huge)] {
            let code = try await refusal { _ = try await world.accounts.logIn(login: login, password: password) }
            #expect(code == .unauthorized)
        }
        #expect(world.keeper.verified.isEmpty)
    }

    @Test func hashesAnewWhenTheCostHasRisen() async throws {
        let world = try await GuildWorld()
        let user = try await register("ada", in: world).user
        world.keeper.raiseCost()
        _ = try await world.accounts.logIn(login: "ada", password: "correct horse")
        #expect(try await world.accounts.account(user.id).passwordHash == "2$correct horse")
        _ = try await world.accounts.logIn(login: "ada", password: "correct horse")
    }

    @Test func saysWhenTooManyHash() async throws {
        let world = try await GuildWorld()
        _ = try await register("ada", in: world)
        world.keeper.setFull(true)
        let logIn = try await refusal { _ = try await world.accounts.logIn(login: "ada", password: "correct horse") }
        let register = try await refusal { _ = try await self.register("bob", in: world) }
        #expect(logIn == .busy(retryAfterMilliseconds: 1_000))
        #expect(register == .busy(retryAfterMilliseconds: 1_000))
    }

    @Test func botsHaveOwnersWhoArePersons() async throws {
        let world = try await GuildWorld()
        let ada = try await world.user("ada")
        let bot = try await world.accounts.create(username: "robot", isBot: true, owner: ada.id, password: nil)
        #expect(try await world.accounts.account(bot.id).owner == ada.id)
        for owner in [bot.id, UserID(1)] {
            let code = try await refusal {
                _ = try await world.accounts.create(username: "robot2", isBot: true, owner: owner, password: nil)
            }
            #expect(code == .unknownUser)
        }
        let errors = try await fieldErrors {
            _ = try await world.accounts.create(username: "bob", isBot: false, owner: ada.id, password: "short")
        }
        #expect(Set(errors.keys) == ["owner_id", "password"])
    }

    @Test func findsUsersByEverySpelling() async throws {
        let world = try await GuildWorld()
        let ada = try await register("ada", in: world).user
        let digits = try await world.user("12345")
        for spelling in ["ada", "@ada", "ADA", "\(ada.id)", "<@\(ada.id)>", "<@!\(ada.id)>"] {
            #expect(try await world.accounts.find(spelling) == ada)
        }
        #expect(try await world.accounts.find("12345") == digits)
        for spelling in ["", "@", "<@>", "<@ada>", "nobody", "ada@example.org", String(repeating: "9", count: 1_000)] {
            #expect(try await refusal { _ = try await world.accounts.find(spelling) } == .unknownUser)
        }
    }

    @Test func refusesToMintWhenTheClockWentFarBack() throws {
        let time = ManualTime()
        let mint = IDMint(nodeNumber: 5, time: time)
        let first = try mint.next(GuildID.self)
        let second = try mint.next(GuildID.self)
        #expect(first < second)
        time.jump(toUnixMilliseconds: time.unixMilliseconds - 60_000)
        #expect(throws: ServiceError.self) { try mint.next(GuildID.self) }
    }
}
