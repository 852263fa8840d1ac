/// Splitting of one word into several values; `\,` is a comma that does not split.
enum CommaList {
    struct Part {
        var word: Word
        /// Characters of the whole word before the part.
        var offset: Int
    }

    /// One part at least; an empty one where nothing stands between commas. Bytes that are no text stay together.
    static func split(_ word: Word) -> [Part] {
        guard let text = word.text else { return [Part(word: word, offset: 0)] }
        var parts: [Part] = []
        var current = ""
        var start = 0
        var isEscaped = false
        for (offset, character) in text.enumerated() {
            if isEscaped {
                if character != "," { current.append("\\") }
                current.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                parts.append(Part(word: Word(current), offset: start))
                current = ""
                start = offset + 1
            } else {
                current.append(character)
            }
        }
        if isEscaped { current.append("\\") }
        parts.append(Part(word: Word(current), offset: start))
        return parts
    }
}
