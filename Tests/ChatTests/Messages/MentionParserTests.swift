import Chat
import Testing

@Suite("Mentions") struct MentionParserTests {
    @Test(arguments: [
        ("", Mentions()), ("hello @nobody <1> <@> <@x> <@&> <@1", Mentions()),
        ("<@5> and <@!3> and <@5>", Mentions(users: [UserID(3), UserID(5)])),
        ("<@&9><@&7>", Mentions(roles: [RoleID(7), RoleID(9)])),
        ("hey @everyone", Mentions(everyone: true)), ("@here!", Mentions(everyone: true)),
        ("a@hereb", Mentions(everyone: true)),
        ("<<@5>", Mentions(users: [UserID(5)])), ("<@<@5>>", Mentions(users: [UserID(5)])),
        ("<@18446744073709551616> <@18446744073709551615>", Mentions(users: [UserID(.max)])),
        ("<@!&5> <@&!5> <@ 5> <@5 >", Mentions()), ("é👩‍👩‍👧<@5>é", Mentions(users: [UserID(5)])),
    ])
    func finds(text: String, expected: Mentions) {
        #expect(MentionParser.mentions(in: text) == expected)
    }

    @Test(arguments: [
        ("`<@5>`", false), ("```\n@everyone <@5>\n```", false), ("`` ` <@5> ``", false), ("`<@5>", true),
        ("``<@5>`", true),
        ("`a` <@5> `b`", true), ("`a`<@5>`", true),
    ])
    func codeMentionsNobody(text: String, isMention: Bool) {
        #expect(MentionParser.mentions(in: text).isEmpty == !isMention)
    }

    @Test func theFirstHundredCount() {
        let text = (1...200).reversed().map { "<@\($0)>" }.joined()
        let mentions = MentionParser.mentions(in: text)
        #expect(mentions.users == (101...200).map { UserID(UInt64($0)) })
    }

    @Test func awkwardTextTakesLinearTime() {
        // Runs of backticks of rising length that nothing closes, and openers without end: quadratic work would take
        // minutes.
        let backticks = (1...400).map { String(repeating: "`", count: $0) }.joined(separator: "@")
        #expect(MentionParser.mentions(in: backticks + String(repeating: "<@", count: 40_000)).isEmpty)
    }

    @Test func randomTextNeverTraps() {
        var generator = SeededGenerator(seed: 6)
        let pieces = [
            "<", "@", "&", "!", ">", "`", "``", "1", "99999999999999999999", "@everyone", "@her", "e", "é", "\u{0}",
        ]
        for _ in 0..<20_000 {
            let text = (0..<12).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let mentions = MentionParser.mentions(in: text)
            #expect(mentions.users == mentions.users.sorted())
        }
    }

    @Test func allowedMentionsOnlyTakeAway() {
        let found = Mentions(users: [UserID(1), UserID(2)], roles: [RoleID(3), RoleID(4)], everyone: true)
        #expect(AllowedMentions().filter(found).isEmpty)
        #expect(AllowedMentions(parse: [.users, .roles, .everyone]).filter(found) == found)
        let some = AllowedMentions(users: [UserID(2), UserID(9)], roles: [RoleID(3)])
        #expect(some.filter(found) == Mentions(users: [UserID(2)], roles: [RoleID(3)]))
    }
}
