import Chat
import Testing

@Suite("Search text") struct SearchTextTests {
    private static func terms(_ text: String) -> [String] {
        SearchText(text).terms.map { $0.text + ($0.isPrefix ? "*" : "") }
    }

    @Test(arguments: [
        ("quick fox", ["quick", "fox*"]), ("quick fox ", ["quick", "fox"]),
        ("\"quick fox\" dog", ["quick fox", "dog*"]),
        ("ab", ["ab"]), ("open \"quote here", ["open", "quote here"]), ("a\u{0}b\nc", ["a", "b", "c"]),
        ("--- !!!", []), ("", []), ("C++", ["C++"]), ("日本語", ["日本語*"]), ("x OR NEAR(y)", ["x", "OR", "NEAR(y)"]),
        ("\"\" \"  \"", []), ("don't", ["don't*"]),
    ])
    func isSplitIntoTerms(_ text: String, _ expected: [String]) {
        #expect(Self.terms(text) == expected)
    }

    @Test func isBounded() {
        let text = SearchText(String(repeating: "word ", count: 500))
        #expect(text.terms.count == SearchText.termsMax)
    }
}
