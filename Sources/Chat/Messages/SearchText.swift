/// What somebody looks for in what was said: words and phrases, all of which have to be there. It is text and no
/// language: whatever would be an operator somewhere is a word here, or punctuation, which separates words.
package struct SearchText: Hashable, Sendable {
    /// Words that stand next to each other.
    package struct Term: Hashable, Sendable {
        /// As it was typed, without control characters; holds at least one letter or digit.
        package var text: String
        /// Whether the last word may go on where the text ends.
        package var isPrefix: Bool

        package init(_ text: String, isPrefix: Bool = false) {
            self.text = text
            self.isPrefix = isPrefix
        }
    }

    /// Terms beyond this many say nothing more: the first ones count.
    package static let termsMax = 32
    /// The last word is taken for a beginning only when it is this long: shorter ones begin too many words.
    package static let prefixScalarsMin = 3

    package let terms: [Term]

    /// Words are split at white space; what stands in double quotes is one phrase.
    package init(_ text: String) {
        var terms: [Term] = []
        var current = String.UnicodeScalarView()
        var isQuoted = false
        func finish(isOpen: Bool) {
            defer { current = String.UnicodeScalarView() }
            guard terms.count < Self.termsMax, let last = current.last,
                current.contains(where: Self.isWordScalar)
            else { return }
            let isPrefix =
                isOpen && !isQuoted && current.count >= Self.prefixScalarsMin && Self.isWordScalar(last)
            terms.append(Term(String(current), isPrefix: isPrefix))
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"":
                finish(isOpen: false)
                isQuoted.toggle()
            case _ where scalar.properties.generalCategory == .control:
                if isQuoted { current.append(" ") } else { finish(isOpen: false) }
            case _ where scalar.properties.isWhitespace && !isQuoted:
                finish(isOpen: false)
            default:
                current.append(scalar)
            }
        }
        finish(isOpen: true)
        self.terms = terms
    }

    package var isEmpty: Bool { terms.isEmpty }

    /// Letters, digits and what private agreement makes of the private ranges: what words are made of.
    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .privateUse:
            true
        default: false
        }
    }
}
