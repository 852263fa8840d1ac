import Interface
import Operations
import Yams

/// The clusters that an operator knows, and which of them is meant when none is named.
///
///     current-context: lab
///     contexts:
///       lab:
///         endpoints:
///           - unix:///run/discordctl/local.sock
///         protected: true
package struct ContextsFile: Hashable, Sendable {
    /// Contexts take some hundred bytes each.
    package static let bytesMax = 256 << 10
    package static let contextsMax = 200
    package static let endpointsMax = 16

    package static let currentKey = "current-context"
    package static let contextsKey = "contexts"

    package var current: String?
    /// In the order of the file, their names all different.
    package var contexts: [ClusterContext]

    package init(current: String? = nil, contexts: [ClusterContext] = []) {
        self.current = current
        self.contexts = contexts
    }

    /// The context of this name.
    package subscript(name name: String) -> ClusterContext? { contexts.first { $0.name == name } }

    /// Reads the text of the file.
    /// - Parameters:
    ///   - path: for messages only.
    ///   - formats: what `output` may name.
    /// - Throws: every problem at once, each with its line.
    package init(text: String, path: String, formats: [String]) throws(ConfigurationProblems) {
        var reading = ContextsReading(path: path, formats: formats)
        reading.read(text)
        guard reading.problems.isEmpty else { throw ConfigurationProblems(reading.problems) }
        self = reading.result
    }
}

/// Takes the file apart. Its shape is fixed, so nothing is followed deeper than the shape goes, aliases neither.
private struct ContextsReading {
    /// Problems told of one file; whoever mended these gets to see the rest.
    private static let problemsMax = 20

    let path: String
    let formats: [String]
    private(set) var result = ContextsFile()
    private(set) var problems: [ConfigurationProblem] = []

    init(path: String, formats: [String]) {
        self.path = path
        self.formats = formats
    }

    mutating func read(_ text: String) {
        guard text.utf8.count <= ContextsFile.bytesMax else {
            return note(
                path, nil, "the file is larger than \(ContextsFile.bytesMax >> 10) KiB", "is it the right file?")
        }
        do {
            guard let root = try Yams.compose(yaml: text), root.null == nil else { return }
            guard case .mapping(let mapping) = root else {
                return note(path, root.mark, "expected the keys 'current-context' and 'contexts'")
            }
            var currentMark: Mark?
            for (key, value) in mapping {
                switch key.string {
                case ContextsFile.currentKey:
                    currentMark = value.mark
                    result.current = plainText(of: value, ContextsFile.currentKey)
                case ContextsFile.contextsKey: readContexts(value)
                default: unknown(key, in: "", among: [ContextsFile.currentKey, ContextsFile.contextsKey])
                }
            }
            check(currentMark)
        } catch let error as YamlError {
            problems.append(ConfigurationFile.translate(error, path: path))
        } catch {
            note(path, nil, "the file is not YAML")
        }
    }

    /// A name that leads nowhere is told when nothing else is wrong: the context itself may be what is misspelt.
    private mutating func check(_ mark: Mark?) {
        guard problems.isEmpty, let current = result.current, result[name: current] == nil else { return }
        note(
            ContextsFile.currentKey, mark, "there is no context '\(current.prefix(63))'",
            result.contexts.isEmpty
                ? "add it with: discordctl context add" : "choose one with: discordctl context use NAME")
    }

    private mutating func readContexts(_ node: Yams.Node) {
        guard node.null == nil else { return }
        guard case .mapping(let mapping) = node else {
            return note(ContextsFile.contextsKey, node.mark, "expected the names of contexts as keys")
        }
        guard mapping.count <= ContextsFile.contextsMax else {
            return note(ContextsFile.contextsKey, node.mark, "more than \(ContextsFile.contextsMax) contexts")
        }
        for (key, value) in mapping {
            guard let name = key.string, ClusterContext.isName(name) else {
                let shown = key.string.map { "'\($0.prefix(63))' is" } ?? "this is"
                note(ContextsFile.contextsKey, key.mark, "\(shown) no name of a context", ClusterContext.nameRule)
                continue
            }
            readContext(name, value, at: key.mark)
        }
    }

    private mutating func readContext(_ name: String, _ node: Yams.Node, at mark: Mark?) {
        let place = ContextsFile.contextsKey + "." + name
        guard case .mapping(let mapping) = node else {
            return note(place, node.mark ?? mark, "expected keys such as 'endpoints'")
        }
        var context = ClusterContext(name: name, endpoints: [])
        let before = problems.count
        for (key, value) in mapping {
            guard let field = key.string.flatMap(ClusterContext.Field.init(rawValue:)) else {
                unknown(key, in: place + ".", among: ClusterContext.Field.allCases.map(\.rawValue))
                continue
            }
            read(field, value, into: &context, place + "." + field.rawValue)
        }
        if context.endpoints.isEmpty, problems.count == before {
            note(place, mark, "it has no endpoints", "such as endpoints: [unix:///run/discordctl/local.sock]")
        }
        result.contexts.append(context)
    }

    private mutating func read(
        _ field: ClusterContext.Field, _ node: Yams.Node, into context: inout ClusterContext, _ place: String
    ) {
        // `key:` with nothing behind it says nothing.
        guard node.null == nil else { return }
        switch field {
        case .endpoints: context.endpoints = endpoints(node, place)
        case .output:
            guard let text = plainText(of: node, place) else { return }
            guard formats.contains(text) else {
                return note(
                    place, node.mark, "'\(text.prefix(63))' is no format", "one of: \(formats.joined(separator: ", "))")
            }
            context.output = text
        case .protected:
            guard let flag = node.bool else {
                return note(place, node.mark, "expected true or false")
            }
            context.isProtected = flag
        case .prompt:
            guard let text = plainText(of: node, place) else { return }
            let isSafe = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            guard (1...ClusterContext.promptCharactersMax).contains(text.count), isSafe else {
                return note(
                    place, node.mark,
                    "expected 1 to \(ClusterContext.promptCharactersMax) characters without controls")
            }
            context.prompt = text
        case .clusterID:
            guard let text = plainText(of: node, place) else { return }
            guard ClusterID(text) != nil else {
                return note(
                    place, node.mark, "expected 16 hexadecimal digits",
                    "leave it out: it is written when the context is used")
            }
            context.clusterID = text
        }
    }

    /// A list, or one alone.
    private mutating func endpoints(_ node: Yams.Node, _ place: String) -> [AdminEndpoint] {
        var items = [node]
        if case .sequence(let sequence) = node {
            guard sequence.count <= ContextsFile.endpointsMax else {
                note(place, node.mark, "more than \(ContextsFile.endpointsMax) endpoints")
                return []
            }
            items = Array(sequence)
        }
        return items.compactMap { item in
            guard let text = plainText(of: item, place) else { return nil }
            do throws(AdminEndpoint.Mismatch) {
                return try AdminEndpoint(text)
            } catch {
                note(place, item.mark, "'\(text.prefix(200))': \(error.message)", error.hint)
                return nil
            }
        }
    }

    /// A plain value.
    private mutating func plainText(of node: Yams.Node, _ place: String) -> String? {
        guard case .scalar(let scalar) = node else {
            note(place, node.mark, "expected one plain value")
            return nil
        }
        return node.null == nil ? scalar.string : nil
    }

    private mutating func unknown(_ key: Yams.Node, in place: String, among names: [String]) {
        let shown = key.string.map { String($0.prefix(63)) } ?? "key"
        note(place + shown, key.mark, "no such key", "known are: \(names.joined(separator: ", "))")
    }

    private mutating func note(_ key: String, _ mark: Mark?, _ message: String, _ hint: String? = nil) {
        guard problems.count < Self.problemsMax else { return }
        problems.append(
            ConfigurationProblem(
                key: key, place: .file(path: path, line: mark?.line ?? 1, column: mark?.column ?? 1), message: message,
                hint: hint))
    }
}
