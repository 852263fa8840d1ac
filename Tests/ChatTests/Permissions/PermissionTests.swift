import Chat
import Testing

@Suite("Permissions") struct PermissionTests {
    private static let guild = GuildID(100)
    private static let everyone = RoleID(everyoneOf: guild)
    private static let (one, two, admin) = (RoleID(1), RoleID(2), RoleID(3))
    private static let (owner, member) = (UserID(10), UserID(11))

    private static func snapshot(
        _ overwrites: [PermissionOverwrite] = [], everyone base: Permissions = [.viewChannel, .sendMessages]
    ) -> GuildSnapshot {
        GuildSnapshot(
            guild: Guild(id: guild, name: "g", owner: owner), epoch: 1,
            roles: [
                Role(id: everyone, name: "@everyone", permissions: base),
                Role(id: one, name: "one", permissions: .manageMessages),
                Role(id: two, name: "two", permissions: .attachFiles),
                Role(id: admin, name: "admin", permissions: .administrator),
            ],
            channels: [Channel(id: ChannelID(5), kind: .text, guild: guild, name: "c", overwrites: overwrites)],
            memberCount: 2
        )
    }

    private static func overwrite(_ target: PermissionOverwrite.Target, allow: Permissions = [], deny: Permissions = [])
        -> PermissionOverwrite
    {
        PermissionOverwrite(target: target, allow: allow, deny: deny)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var user = PermissionTests.member
        var roles: [RoleID] = []
        var overwrites: [PermissionOverwrite] = []
        var expected: Permissions
    }

    /// Discord's documented algorithm, rule by rule.
    private static let cases: [Case] = [
        Case(testDescription: "everyone's base", expected: [.viewChannel, .sendMessages]),
        Case(
            testDescription: "roles add up", roles: [one, two],
            expected: [.viewChannel, .sendMessages, .manageMessages, .attachFiles]),
        Case(
            testDescription: "unknown roles give nothing", roles: [RoleID(77)], expected: [.viewChannel, .sendMessages]),
        Case(
            testDescription: "the owner has everything, whatever is denied", user: owner,
            overwrites: [overwrite(.member(owner), deny: .all)], expected: .all
        ),
        Case(
            testDescription: "an administrator has everything, whatever is denied", roles: [admin],
            overwrites: [overwrite(.member(member), deny: .all)], expected: .all
        ),
        Case(
            testDescription: "ADMINISTRATOR cannot be had by an overwrite",
            overwrites: [overwrite(.member(member), allow: .administrator)],
            expected: [.viewChannel, .sendMessages, .administrator]
        ),
        Case(
            testDescription: "a role's allow beats everyone's deny", roles: [one],
            overwrites: [overwrite(.role(one), allow: .sendMessages), overwrite(.role(everyone), deny: .sendMessages)],
            expected: [.viewChannel, .sendMessages, .manageMessages]
        ),
        Case(
            testDescription: "among roles any allow beats any deny", roles: [one, two],
            overwrites: [overwrite(.role(one), allow: .sendMessages), overwrite(.role(two), deny: .sendMessages)],
            expected: [.viewChannel, .sendMessages, .manageMessages, .attachFiles]
        ),
        Case(
            testDescription: "the member's own deny beats the roles' allow", roles: [one],
            overwrites: [overwrite(.member(member), deny: .sendMessages), overwrite(.role(one), allow: .sendMessages)],
            expected: [.viewChannel, .manageMessages]
        ),
        Case(
            testDescription: "in one overwrite allow comes after deny",
            overwrites: [overwrite(.member(member), allow: .sendMessages, deny: .sendMessages)],
            expected: [.viewChannel, .sendMessages]
        ),
        Case(
            testDescription: "others' overwrites do not matter",
            overwrites: [overwrite(.role(one), deny: .all), overwrite(.member(UserID(99)), deny: .all)],
            expected: [.viewChannel, .sendMessages]
        ),
        Case(
            testDescription: "without VIEW_CHANNEL nothing is left", roles: [one],
            overwrites: [overwrite(.role(everyone), deny: .viewChannel)], expected: []
        ),
    ]

    @Test(arguments: cases) func followsDiscordsAlgorithm(example: Case) throws {
        let snapshot = Self.snapshot(example.overwrites)
        let channel = try #require(snapshot.channels[ChannelID(5)])
        #expect(snapshot.permissions(of: example.user, roles: example.roles, in: channel) == example.expected)
    }

    @Test func rankIsTheHighestRoleAndTheOwnersIsAboveAll() {
        var snapshot = Self.snapshot()
        snapshot.roles[Self.one]?.position = 4
        snapshot.roles[Self.two]?.position = 9
        #expect(snapshot.rank(of: Self.member, roles: [Self.one, Self.two]) == 9)
        #expect(snapshot.rank(of: Self.member, roles: []) == 0)
        #expect(snapshot.rank(of: Self.owner, roles: []) == .max)
    }

    @Test(arguments: UInt64(0)..<100) func anAudienceClassSeesWhatEachOfItsMembersSees(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func some(_ permissions: Permissions) -> Permissions { Bool.random(using: &generator) ? permissions : [] }
        let roles = (1...5).map { RoleID($0) }
        let users = (1...12).map { UserID($0) }
        let targets =
            roles.map(PermissionOverwrite.Target.role) + users.prefix(4).map(PermissionOverwrite.Target.member)
            + [.role(Self.everyone)]
        let channels = (1...6).map { number in
            Channel(
                id: ChannelID(number), kind: .text, guild: Self.guild, name: "c",
                overwrites: targets.shuffled(using: &generator).prefix(4).map {
                    Self.overwrite($0, allow: some(.viewChannel), deny: some(.viewChannel))
                }
            )
        }
        let snapshot = GuildSnapshot(
            guild: Guild(id: Self.guild, name: "g", owner: UserID(1)), epoch: 1,
            roles: roles.map {
                Role(id: $0, name: "r", permissions: some(.viewChannel).union($0 == RoleID(5) ? .administrator : []))
            }
                + [Role(id: Self.everyone, name: "@everyone", permissions: some(.viewChannel))],
            channels: channels, memberCount: 12
        )
        for user in users {
            let held = roles.filter { _ in UInt8.random(in: 0..<4, using: &generator) == 0 }.shuffled(using: &generator)
            let alone = channels.filter { snapshot.permissions(of: user, roles: held, in: $0).contains(.viewChannel) }
                .map(\.id)
            #expect(snapshot.visibleChannels(to: snapshot.audienceClass(of: user, roles: held)) == alone)
        }
    }
}
