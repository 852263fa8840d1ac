/// What may stand where the cursor is.
package struct Completion: Hashable, Sendable {
    package struct Candidate: Hashable, Sendable {
        /// The whole word.
        package var word: String
        /// A few words, for shells that show them; empty for none.
        package var summary: String

        package init(_ word: String, _ summary: String = "") {
            self.word = word
            self.summary = summary
        }
    }

    package enum Paths: Hashable, Sendable {
        case files, directories
    }

    /// In the order in which they are shown, ``Completer/candidatesMax`` at most.
    package var candidates: [Candidate] = []
    /// Paths may stand here; the shell knows them best.
    package var paths: Paths?
    /// What stands in the word before the value that is completed: `--file=`.
    package var prefix = ""
    /// More may follow in the same word, as behind a comma: the shell leaves out the blank.
    package var isOpen = false
}
