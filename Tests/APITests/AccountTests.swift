import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: accounts") struct AccountTests {
    @Test func registersAndLogsInByNameAndAddress() async throws {
        try await World.run { (world) async throws in
            let registered = try await world.call(
                .post, "/auth/register", as: nil,
                #"{"username":"Nelly","email":"N@example.org","password":"correct horse"}"#
            )
            #expect(registered.status == 201)
            let id = try #require(registered.json["user_id"]?.string)
            for login in ["nelly", "NELLY", "n@example.org"] {
                let answer = try await world.call(
                    .post, "/auth/login", as: nil, #"{"login":"\#(login)","password":"correct horse"}"#
                )
                #expect(answer.status == 200)
                #expect(answer.json["user_id"]?.string == id)
                let token = try #require(answer.json["token"]?.string)
                let me = try await world.call(.get, "/users/@me", headers: [.authorization: token])
                #expect(me.json["id"]?.string == id)
                #expect(me.json["email"]?.string == "n@example.org")
            }
        }
    }

    @Test(arguments: [
        #"{"login":"nobody","password":"correct horse"}"#, #"{"login":"owner","password":"wrong"}"#,
        #"{"login":"","password":""}"#,
    ])
    func refusesWrongCredentialsWithoutSayingWhich(_ body: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, "/auth/login", as: nil, body)
            #expect(answer.verdict == "401/0")
            #expect(answer.json["message"]?.string == "401: Unauthorized")
        }
    }

    @Test(arguments: [
        ("{}", ["username", "email", "password"]),
        (#"{"username":1,"email":[],"password":null}"#, ["username", "email", "password"]),
        (#"{"username":"x","email":"no","password":"short"}"#, ["username", "email", "password"]),
        (#"{"username":"owner","email":"a@b.org","password":"correct horse"}"#, ["username"]),
        (#"{"username":"a\u0000b","email":"a@b.org","password":"correct horse"}"#, ["username"]),
    ])
    func namesEveryWrongFieldOfARegistration(_ body: String, _ fields: [String]) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, "/auth/register", as: nil, body)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == Set(fields))
        }
    }

    @Test(arguments: ["Bot %", "Bearer %", "%", "bot %"])
    func takesATokenInEverySpelling(_ spelling: String) async throws {
        try await World.run { (world) async throws in
            let header = spelling.split(separator: "%", omittingEmptySubsequences: false).joined(
                separator: world.owner.token)
            let answer = try await world.call(.get, "/users/@me", headers: [.authorization: header])
            #expect(answer.status == 200)
            #expect(answer.json["username"]?.string == "owner")
        }
    }

    @Test(arguments: [
        "", "Bot", "Bot x.y.z", "Basic abc", "Bot a b", String(repeating: "x", count: 4_000),
        "Bot eyJhbGciOiJub25lIn0.e30.",
    ])
    func refusesWhatIsNoToken(_ header: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.get, "/users/@me", headers: [.authorization: header])
            #expect(answer.verdict == "401/0")
        }
    }

    /// S08: all alike, however near they come.
    @Test func refusesWhatIsNotQuiteAToken() async throws {
        try await World.run { (world) async throws in
            let token = world.owner.token
            let parts = token.split(separator: ".")
            let theirs = world.member.token.split(separator: ".")
            let swapped = String(token.map { $0.isUppercase ? Character($0.lowercased()) : Character($0.uppercased()) })
            let near = [
                String(token.dropLast()), token + "A", swapped, "\(theirs[0]).\(parts[1]).\(parts[2])",
                "\(parts[0]).\(theirs[1]).\(theirs[2])", "\(parts[0]).\(parts[1])", token + ".x", "=" + token,
            ]
            for text in near {
                let answer = try await world.call(.get, "/users/@me", headers: [.authorization: "Bot \(text)"])
                #expect(answer.verdict == "401/0", "\(text)")
                #expect(answer.json["message"]?.string == "401: Unauthorized")
            }
            // In an address, where logs would have it, a token means nothing.
            #expect(try await world.call(.get, "/users/@me?token=\(token)&authorization=\(token)").verdict == "401/0")
        }
    }

    @Test func refusesRevokedTokens() async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(.get, "/users/@me", as: world.member).status == 200)
            _ = try await world.services.accounts.revokeTokens(of: world.member.id)
            #expect(try await world.call(.get, "/users/@me", as: world.member).verdict == "401/0")
        }
    }

    /// S06.
    @Test func loggingOutEndsTheTokenItComesWith() async throws {
        try await World.run { (world) async throws in
            let other = try await world.services.accounts.issueToken(for: world.member.id)
            #expect(try await world.call(.post, "/auth/logout", as: world.member).status == 204)
            #expect(try await world.call(.get, "/users/@me", as: world.member).verdict == "401/0")
            #expect(try await world.call(.get, "/users/@me", headers: [.authorization: other]).status == 200)
        }
    }

    /// S06.
    @Test func aNewPasswordEndsEveryToken() async throws {
        try await World.run { (world) async throws in
            let registered = try await world.call(
                .post, "/auth/register", as: nil,
                #"{"username":"nelly","email":"n@example.org","password":"correct horse"}"#)
            let user = try await world.services.accounts.find("nelly")
            let person = Person(user: user, token: try #require(registered.json["token"]?.string))
            for (body, field) in [
                (#"{"new_password":"battery staple"}"#, "password"), (#"{"password":"correct horse"}"#, "password"),
                (#"{"password":"wrong","new_password":"battery staple"}"#, "password"),
                (#"{"password":"","new_password":"battery staple"}"#, "password"),
                (#"{"password":"correct horse","new_password":"short"}"#, "new_password"),
            ] {
                let refused = try await world.call(.patch, "/users/@me", as: person, body)
                #expect(refused.verdict == "400/50035")
                #expect(refused.errorPaths == [field])
            }
            let changed = try await world.call(
                .patch, "/users/@me", as: person, #"{"password":"correct horse","new_password":"battery staple"}"#)
            let token = try #require(changed.json["token"]?.string)
            #expect(try await world.call(.get, "/users/@me", as: person).verdict == "401/0")
            #expect(try await world.call(.get, "/users/@me", headers: [.authorization: token]).status == 200)
            for (password, status) in [("correct horse", 401), ("battery staple", 200)] {
                let answer = try await world.call(
                    .post, "/auth/login", as: nil, #"{"login":"nelly","password":"\#(password)"}"#)
                #expect(answer.status == status)
            }
            // Who has no password cannot have known it.
            let bot = try await world.call(
                .patch, "/users/@me", as: world.member, #"{"password":"x","new_password":"battery staple"}"#)
            #expect(bot.errorPaths == ["password"])
        }
    }

    @Test func renamesOnlyToFreeNames() async throws {
        try await World.run { (world) async throws in
            let renamed = try await world.call(.patch, "/users/@me", as: world.member, #"{"username":"newname"}"#)
            #expect(renamed.json["username"]?.string == "newname")
            let taken = try await world.call(.patch, "/users/@me", as: world.member, #"{"username":"owner"}"#)
            #expect(taken.verdict == "400/50035")
            #expect(taken.errorPaths == ["username"])
            #expect(
                try await world.call(.get, "/users/{member}", as: world.owner).json["username"]?.string == "newname")
        }
    }

    @Test func tellsABotWhatItIs() async throws {
        try await World.run { (world) async throws in
            let bot = try await world.services.accounts.create(
                username: "robo", isBot: true, owner: world.owner.id, password: nil)
            let token = try await world.services.accounts.issueToken(for: bot.id)
            for path in ["/oauth2/applications/@me", "/applications/@me"] {
                let answer = try await world.call(.get, path, headers: [.authorization: "Bot \(token)"])
                #expect(answer.json["id"]?.string == bot.id.description)
                #expect(answer.json["owner"]?["id"]?.string == world.owner.id.description)
            }
        }
    }
}
