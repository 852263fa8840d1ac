/// A line as a shell holds it, up to the cursor, split into words. Substitutions are left as they stand.
package struct ShellLine: Hashable, Sendable {
    /// The words before the one at the cursor, the program among them.
    package private(set) var words: [String] = []
    /// The word at the cursor, without its quotes; empty behind a blank.
    package private(set) var current = ""

    package init(_ text: String) {
        var quote: Character?
        var isEscaped = false
        var isInWord = false
        for character in text {
            if isEscaped {
                current.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                isInWord = true
            } else if let open = quote {
                if character == open { quote = nil } else { current.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                isInWord = true
            } else if character == " " || character == "\t" || character == "\n" {
                if isInWord { words.append(current) }
                current = ""
                isInWord = false
            } else if "|&;".contains(character) {
                // What stands before belongs to another command.
                words = []
                current = ""
                isInWord = false
            } else {
                current.append(character)
                isInWord = true
            }
        }
    }
}
