import Arguments
import Chat
import Node
import Operations

extension ValueType where Value == String {
    /// A path that must be text, because sockets and settings name it as such.
    static var pathText: ValueType {
        ValueType(
            .file, placeholder: "PATH", expectation: "a path such as ./name (1 to 4095 bytes)", example: "./name",
            read: { (text: String) throws(ValueProblem) -> String in
                guard text.utf8.count <= 4_095 else { throw ValueProblem("the path is longer than 4095 bytes") }
                guard !text.utf8.contains(0) else { throw ValueProblem("the path contains a NUL byte") }
                return text
            },
            print: { $0 }
        )
    }

    /// The name of a context.
    static var contextName: ValueType {
        ValueType(
            .contextReference, placeholder: "NAME", expectation: "a name (\(ClusterContext.nameRule))", example: "lab",
            read: { (text: String) throws(ValueProblem) -> String in
                guard ClusterContext.isName(text) else {
                    throw ValueProblem("'\(SafeText.escaped(text.prefix(63)))' is no name of a context")
                }
                return text
            },
            print: { $0 }
        )
    }

    /// A column's name, in either case.
    static var columnName: ValueType {
        ValueType(
            .text, placeholder: "A,B", expectation: "names of columns", example: "ID",
            read: { (text: String) throws(ValueProblem) -> String in text.uppercased() }, print: { $0 }
        )
    }
}

extension ValueType where Value == AdminEndpoint {
    /// Where a node's admin API is reached.
    static var endpoint: ValueType {
        ValueType(
            .url, placeholder: "URL", expectation: AdminEndpoint.expectation,
            example: "unix:///run/discordctl/local.sock",
            read: { (text: String) throws(ValueProblem) -> AdminEndpoint in
                do throws(AdminEndpoint.Mismatch) {
                    return try AdminEndpoint(text)
                } catch {
                    throw ValueProblem("'\(SafeText.escaped(text.prefix(200)))': \(error.message)", hint: error.hint)
                }
            },
            print: { $0.description }
        )
    }
}

extension ValueType where Value == SortOrder {
    /// `COLUMN` or `COLUMN:desc`. Printed without the direction, so that the accepted spellings are the columns.
    static var sortOrder: ValueType {
        ValueType(
            .text, placeholder: "COL[:desc]", expectation: "a column, perhaps with :desc", example: "ID:desc",
            read: { (text: String) throws(ValueProblem) -> SortOrder in
                let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let direction = parts.count == 2 ? parts[1].lowercased() : "asc"
                guard let column = parts.first, !column.isEmpty, ["asc", "desc"].contains(direction) else {
                    throw ValueProblem(
                        "'\(SafeText.escaped(text))' is not a column and a direction", hint: "write COLUMN:desc")
                }
                return SortOrder(column: column.uppercased(), isDescending: direction == "desc")
            },
            print: { $0.column }
        )
    }
}

extension ValueType where Value == RowLimit {
    static var rowLimit: ValueType {
        ValueType(
            .count, placeholder: "N|all", expectation: "a number of rows (1 to 1000000), or all", example: "50",
            read: { (text: String) throws(ValueProblem) -> RowLimit in
                if text == "all" { return .all }
                return .rows(try ValueType<Int>.count(1...1_000_000).value(of: text))
            },
            print: { $0.count.map { String($0) } ?? "all" }
        )
    }
}

extension ValueType where Value == MessageID {
    /// Either spelling of a message's id.
    static var messageID: ValueType {
        ValueType(
            .snowflake, placeholder: "ID",
            expectation:
                "a message id such as 1100222333444555666, or its spelling with a dash (12 and 16 hexadecimal digits)",
            example: "1100222333444555666",
            read: { (text: String) throws(ValueProblem) -> MessageID in
                guard let id = TimeUUIDSpelling.parseEither(text) else {
                    throw ValueProblem("'\(SafeText.escaped(text.prefix(64)))' is not a message id")
                }
                return id
            },
            print: { $0.description }
        )
    }
}

/// References as the admin API spells them.
extension UserReference {
    var path: String {
        switch self {
        case .id(let id): String(id)
        case .name(let name): "@" + name
        }
    }
}

extension ChannelReference {
    var path: String {
        switch self {
        case .id(let id): String(id)
        case .path(let guild, let name): guild + "/" + name
        case .direct(.id(let id)): "<@\(id)>"
        case .direct(.name(let name)): "@" + name
        }
    }
}
