import Yams

/// A configuration file taken apart: dotted keys, each with its text and its place.
package struct ConfigurationFile: Sendable {
    /// A file of settings is a page or two; whatever is larger is not one.
    package static let bytesMax = 1 << 20

    package struct Entry: Hashable, Sendable {
        /// A scalar as it was written, or the elements of a list joined with commas.
        package var text: String
        package var place: ConfigurationProblem.Place
    }

    package private(set) var entries: [String: Entry] = [:]
    /// What was wrong with the file's shape; what could be read stands in ``entries`` all the same.
    package private(set) var problems: [ConfigurationProblem] = []

    private let path: String

    /// Takes the text of a YAML file apart.
    /// - Parameter path: for messages only.
    package init(text: String, path: String) {
        self.path = path
        guard text.utf8.count <= Self.bytesMax else {
            problems.append(problem(path, nil, "the file is larger than 1 MiB", hint: "is this the right file?"))
            return
        }
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            read(root, key: [], depth: 0)
        } catch let error as YamlError {
            problems.append(Self.translate(error, path: path))
        } catch {
            problems.append(problem(path, nil, "the file is not YAML"))
        }
    }

    private mutating func read(_ node: Yams.Node, key: [String], depth: Int) {
        let name = key.joined(separator: ".")
        guard depth <= 8 else {
            problems.append(problem(name, node.mark, "nested too deeply"))
            return
        }
        switch node {
        case .mapping(let mapping):
            if Setting.named(name) != nil {
                problems.append(problem(name, node.mark, "expected a value but found keys below it"))
                return
            }
            for (keyNode, value) in mapping {
                guard let part = keyNode.string else {
                    problems.append(problem(name, keyNode.mark, "keys are plain words"))
                    continue
                }
                read(value, key: key + [part], depth: depth + 1)
            }
        case .scalar(let scalar):
            guard !key.isEmpty else {
                problems.append(problem(path, node.mark, "expected settings such as 'listen: 127.0.0.1:8080'"))
                return
            }
            // `key:` with nothing behind it leaves the setting as it was.
            guard node.null == nil else { return }
            note(scalar.string, name, node.mark)
        case .sequence(let sequence):
            let texts = sequence.map(\.string)
            guard !key.isEmpty, !texts.contains(nil) else {
                problems.append(problem(name.isEmpty ? path : name, node.mark, "a list may hold plain values only"))
                return
            }
            note(texts.compactMap(\.self).joined(separator: ","), name, node.mark)
        case .alias:
            problems.append(problem(name, node.mark, "aliases are not supported here"))
        }
    }

    private mutating func note(_ text: String, _ name: String, _ mark: Mark?) {
        entries[name] = Entry(text: text, place: place(mark))
    }

    private func place(_ mark: Mark?) -> ConfigurationProblem.Place {
        .file(path: path, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private func problem(_ key: String, _ mark: Mark?, _ message: String, hint: String? = nil) -> ConfigurationProblem {
        ConfigurationProblem(key: key, place: place(mark), message: message, hint: hint)
    }

    /// What the parser says of a file that is no YAML.
    static func translate(_ error: YamlError, path: String) -> ConfigurationProblem {
        let (detail, mark): (String, Mark?) =
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                (problem, mark)
            case .duplicatedKeysInMapping(let duplicates, let context):
                (
                    "a key stands twice: \(duplicates.map { String(describing: $0) }.joined(separator: ", "))",
                    context.mark
                )
            default: ("not readable as YAML", nil)
            }
        return ConfigurationProblem(
            key: path, place: .file(path: path, line: mark?.line ?? 1, column: mark?.column ?? 1),
            message: "the file is not valid YAML: \(detail)",
            hint: "indent with spaces, and put a space behind each colon"
        )
    }
}
