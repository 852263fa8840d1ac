import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

/// Every route, asked by everybody: what is in ``RouteMatrix`` and nothing else comes of it.
@Suite("REST: authorization") struct AuthorizationTests {
    /// A route without a row is one that nobody thought about.
    @Test func everyRouteHasItsRow() async throws {
        try await World.run { (world) async throws in
            let served = APIServer.routes(world.services, World.configuration)
                .map { "\($0.method.rawValue) \($0.path)" }
            #expect(served.sorted() == RouteMatrix.rows.map(\.route).sorted())
            let open = APIServer.routes(world.services, World.configuration).filter(\.isOpen).count
            #expect(open == RouteMatrix.rows.count { $0.anonymous != "401/0" })
        }
    }

    @Test(arguments: RouteMatrix.rows)
    func answersByWhoAsks(_ row: RouteRow) async throws {
        try await World.run { (world) async throws in
            let scene = try await Scene(world, row.needs)
            #expect(try await scene.ask(row, nil).verdict == row.anonymous, "anonymous")
            for (person, expected) in [(scene.outcast, row.banned), (world.stranger, row.stranger)] {
                let answer = try await scene.ask(row, person)
                #expect(answer.verdict == expected, "\(person.user.username)")
                // What is hidden answers like what never was.
                if expected.hasPrefix("404/"), let unknown = try await scene.askElsewhere(row, person) {
                    #expect(answer.json == unknown.json, "\(person.user.username)")
                }
            }
            #expect(try await scene.ask(row, scene.pawn).verdict == row.without, "without")
            #expect(try await scene.ask(row, scene.judge).verdict == row.with, "with")
        }
    }

    @Test(arguments: RouteMatrix.rows)
    func answersTheOwner(_ row: RouteRow) async throws {
        try await World.run { (world) async throws in
            let scene = try await Scene(world, row.needs)
            #expect(try await scene.ask(row, world.owner).verdict == row.owner)
        }
    }

    /// A guild with something to do everything to, and people of every kind.
    struct Scene {
        let world: World
        let judge: Person
        let pawn: Person
        let outcast: Person
        private var names: [String: String] = [:]

        init(_ world: World, _ needs: Permissions) async throws {
            self.world = world
            let (guilds, guild, owner) = (world.services.guilds, world.guild.guild.id, world.owner.id)
            func member(_ name: String) async throws -> Person {
                let person = try await World.person(name, world.services)
                _ = try await guilds.addMember(person.id, to: guild)
                return person
            }
            judge = try await member("judge")
            pawn = try await member("pawn")
            outcast = try await member("outcast")
            let target = world.member
            let low = try await guilds.createRole(in: guild, RoleUpdate(position: 1), by: owner)
            let high = try await guilds.createRole(
                in: guild, RoleUpdate(permissions: needs, position: 5), by: owner)
            _ = try await guilds.updateMember(judge.id, of: guild, MemberUpdate(roles: [high.id]), by: owner)
            let invite = try await guilds.createInvite(world.general, InviteOptions(), by: owner)
            let group = try await world.call(
                .post, "/users/@me/channels", as: world.owner,
                #"{"recipients":["\#(judge.id)","\#(pawn.id)","{stranger}"]}"#)
            _ = try await world.call(
                .delete, "/channels/\(group.json["id"]?.string ?? "")/recipients/{stranger}", as: world.owner)
            let rook = try await member("rook")
            _ = try await world.call(
                .put, "/channels/\(group.json["id"]?.string ?? "")/recipients/\(rook.id)", as: world.owner)
            let hook = try await world.services.webhooks.create(in: world.general, name: "Herald", by: owner)
            let sent = try await world.send("one", as: target)
            let other = try await world.send("two", as: target)
            try await guilds.ban(outcast.id, from: guild, by: owner)
            let everyone = Permissions.everyoneDefault.subtracting(needs)
            _ = try await guilds.updateRole(
                RoleID(everyoneOf: guild), in: guild, RoleUpdate(permissions: everyone), by: owner)
            names = [
                "{target}": target.id.description, "{role}": low.id.description, "{m}": sent, "{m2}": other,
                "{invite}": invite.code, "{outcast}": outcast.id.description, "{rook}": rook.id.description,
                "{group}": group.json["id"]?.string ?? "none", "{strangerToken}": world.stranger.token,
                "{hook}": hook.webhook.id.description, "{hookToken}": hook.token,
            ]
        }

        private func filled(_ template: String) -> String {
            names.reduce(template) { text, name in
                text.split(separator: name.key, omittingEmptySubsequences: false).joined(separator: name.value)
            }
        }

        /// - Parameter body: instead of the row's own.
        func ask(_ row: RouteRow, _ person: Person?, body: String? = nil) async throws -> Answer {
            if row.isAtRoot { return try await world.raw(row.method, world.filled(filled(row.path)), as: person) }
            return try await world.call(row.method, filled(row.path), as: person, (body ?? row.body).map { filled($0) })
        }

        /// The same of a guild or channel that never was; `nil` where there is none in the path.
        func askElsewhere(_ row: RouteRow, _ person: Person) async throws -> Answer? {
            var path = row.path
            for name in ["{g}", "{c}", "{group}"] {
                path = path.split(separator: name, omittingEmptySubsequences: false).joined(separator: "99")
            }
            guard path != row.path else { return nil }
            return try await world.call(row.method, filled(path), as: person, row.body.map { filled($0) })
        }
    }
}
