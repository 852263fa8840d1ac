/// The line as typed, made fit to be shown: quoted again for the shell, without secrets or control characters.
package struct TypedLine: Hashable, Sendable {
    let program: String
    let words: [Word]
    let secrets: [Position]

    /// Characters of one word that are shown.
    private static let wordCharactersMax = 4096

    /// The line in cells, one per typed character, so that a place in a word has a place on the screen.
    struct Cells {
        var texts: [String] = []
        /// For each word, the cells of its characters; empty for an empty word.
        var words: [Range<Int>] = []

        /// The cells of a place on the line; at least one.
        func range(of position: Position) -> Range<Int>? {
            guard words.indices.contains(position.word) else { return nil }
            let word = words[position.word]
            guard !word.isEmpty else { return word.lowerBound..<word.lowerBound + 1 }
            let start = word.lowerBound + min(max(0, position.character), word.count - 1)
            return start..<start + min(max(1, position.length), word.upperBound - start)
        }
    }

    /// - Parameter asciiOnly: everything beyond ASCII is escaped as the shell would read it.
    func cells(asciiOnly: Bool) -> Cells {
        var cells = Cells()
        cells.texts = [program]
        for (index, word) in words.enumerated() {
            cells.texts.append(" ")
            append(word, at: index, to: &cells, asciiOnly: asciiOnly)
        }
        return cells
    }

    private func append(_ word: Word, at index: Int, to cells: inout Cells, asciiOnly: Bool) {
        let text = word.display
        let characters = Array(text.prefix(Self.wordCharactersMax))
        let hidden = hiddenCharacters(of: text, at: index)
        let quoting = Quoting(characters, asciiOnly: asciiOnly)
        if !quoting.opening.isEmpty { cells.texts.append(quoting.opening) }
        let start = cells.texts.count
        for (offset, character) in characters.enumerated() {
            if let range = hidden.first(where: { $0.contains(offset) }) {
                // The mask has one length, whatever the secret's.
                cells.texts.append(offset == range.lowerBound ? "****" : "")
            } else {
                cells.texts.append(quoting.spelled(character))
            }
        }
        cells.words.append(start..<cells.texts.count)
        if !quoting.opening.isEmpty { cells.texts.append("'") }
    }

    private func hiddenCharacters(of text: String, at index: Int) -> [Range<Int>] {
        var hidden = secrets.filter { $0.word == index }.map { $0.character..<$0.character + $0.length }
        if let password = Credentials.passwordRange(in: text) { hidden.append(password) }
        return hidden
    }
}

/// How one word is quoted for the shell.
private struct Quoting {
    private enum Style {
        case bare, single, escaping
    }

    private let style: Style
    private let asciiOnly: Bool

    init(_ characters: [Character], asciiOnly: Bool) {
        self.asciiOnly = asciiOnly
        let needsEscapes = characters.contains { character in
            character.unicodeScalars.contains { SafeText.isUnsafe($0) || (asciiOnly && !$0.isASCII) }
        }
        let isBare =
            !characters.isEmpty
            && characters.allSatisfy { character in
                character.isLetter || character.isNumber || "_@%+=:,./-".contains(character)
            }
        style = needsEscapes ? .escaping : isBare ? .bare : .single
    }

    var opening: String {
        switch style {
        case .bare: ""
        case .single: "'"
        case .escaping: "$'"
        }
    }

    func spelled(_ character: Character) -> String {
        switch style {
        case .bare: return String(character)
        case .single: return character == "'" ? "'\\''" : String(character)
        case .escaping:
            if character == "'" || character == "\\" { return "\\\(character)" }
            return character.unicodeScalars.map(escaped).joined()
        }
    }

    private func escaped(_ scalar: Unicode.Scalar) -> String {
        guard SafeText.isUnsafe(scalar) || (asciiOnly && !scalar.isASCII) else { return String(scalar) }
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            let width = scalar.value < 0x100 ? 2 : scalar.value < 0x10000 ? 4 : 8
            let letter = width == 2 ? "x" : width == 4 ? "u" : "U"
            // `\x` means a byte: only for ASCII. The rest of Latin-1 is spelled with four digits.
            if scalar.value >= 0x80, width == 2 { return "\\u00" + digits }
            return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
        }
    }
}
