import Chat
import Testing

@Suite("Reaction emojis") struct ReactionEmojiTests {
    @Test(arguments: ["👍", "❤", "❤️", "👩‍👩‍👧", "🇩🇪", "1️⃣", "#️⃣", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "©"])
    func emojisOfUnicodeAreTakenByteForByte(text: String) {
        let emoji = ReactionEmoji(path: text)
        #expect(emoji?.id == nil)
        #expect(emoji.map { Array($0.name.utf8) } == Array(text.utf8))
    }

    @Test(arguments: [
        "", "a", "1", "#", "👍👍", "👍 ", "abc", "é", "\u{200D}", "\u{FE0F}", "ok:", ":1", "ok:x", "o:1", "o k:1", "ok:-1",
        String(repeating: "👍", count: 17),
    ])
    func whatIsNoEmojiIsRefused(text: String) {
        #expect(ReactionEmoji(path: text) == nil)
    }

    @Test func aCustomEmojiIsItsIDWhateverItsName() throws {
        let one = try #require(ReactionEmoji(path: "party_1:175928847299117063"))
        let other = try #require(ReactionEmoji(path: "renamed:175928847299117063"))
        #expect(one.name == "party_1")
        #expect(one.id == EmojiID(175_928_847_299_117_063))
        #expect(one.key == other.key)
        #expect(one.key != ReactionEmoji(path: "👍")?.key)
    }

    @Test func variationsOfAnEmojiAreDifferentOnes() {
        #expect(ReactionEmoji(path: "❤")?.key != ReactionEmoji(path: "❤️")?.key)
    }
}
