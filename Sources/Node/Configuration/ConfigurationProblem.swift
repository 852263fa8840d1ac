/// Something wrong with a node's configuration: which setting, where it was said, what is wrong and what to do.
package struct ConfigurationProblem: Error, Hashable, Sendable {
    /// Where a value came from.
    package enum Place: Hashable, Sendable {
        case flag(String)
        case variable(String)
        /// Line and column count from 1.
        case file(path: String, line: Int, column: Int)
        case standard
    }

    /// The setting's key, or the file's path when the file as a whole is at fault.
    package var key: String
    package var place: Place
    package var message: String
    package var hint: String?

    package init(key: String, place: Place, message: String, hint: String? = nil) {
        self.key = key
        self.place = place
        self.message = message
        self.hint = hint
    }
}

extension ConfigurationProblem.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .flag(let name): "option --\(name)"
        case .variable(let name): "environment \(name)"
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .standard: "default"
        }
    }

    /// The layer's name in `config show`.
    package var layer: String {
        switch self {
        case .flag: "flag"
        case .variable: "environment"
        case .file: "file"
        case .standard: "default"
        }
    }
}

/// Every problem of a configuration at once.
package struct ConfigurationProblems: Error, Hashable, Sendable {
    package var all: [ConfigurationProblem]

    package init(_ all: [ConfigurationProblem]) {
        self.all = all
    }
}
