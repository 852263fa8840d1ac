import Arguments
import Operations

/// A command that does something: what it is called and takes, which common options it can honour, and what it does.
protocol Verb: Sendable {
    static var declaration: CommandDeclaration { get }
    static var abilities: Abilities { get }
    /// - Returns: ``ExitCode/done``, or a status that the result itself calls for.
    /// - Throws: ``UsageProblem``, ``CommandFailure``, `AdminClientError`, ``SinkFailure``.
    static func run(_ context: CommandContext) async throws -> ExitCode
}

/// What a command is given: its checked arguments and its surroundings.
struct CommandContext: Sendable {
    var invocation: Invocation
    var console: Console
    var environment: [String: String]
    /// The line, for messages about it and for starting the program once more.
    var words: [Word]
    /// Which node a command is about that talks to one.
    var selection = NodeSelection(.search(dataDirectory: nil))

    subscript<Value>(_ option: Option<Value>) -> Value { invocation[option] }
    subscript<Value>(_ operand: Operand<Value>) -> Value { invocation[operand] }

    var paths: LocalPaths { LocalPaths(environment: environment) }

    /// The renderer that the output options ask for.
    /// - Throws: ``UsageProblem`` when table options are given for a format that is no table.
    func renderer() throws(UsageProblem) -> Renderer {
        let format = self[CommonOptions.output]
        let isTable = format == .table || format == .wide
        if !isTable, invocation.source(of: CommonOptions.columns) == .commandLine {
            throw UsageProblem(
                CommonOptions.columns, "'--columns' shapes tables, and the output is \(format.rawValue)", in: words)
        }
        if !isTable, invocation.source(of: CommonOptions.headers) == .commandLine {
            throw UsageProblem(
                CommonOptions.headers, "'--headers' shapes tables, and the output is \(format.rawValue)", in: words)
        }
        let columns = self[CommonOptions.columns]
        return Renderer(
            format: format,
            table: TableText.Style(
                showsHeaders: self[CommonOptions.headers],
                width: console.facts.outputIsTerminal && format == .table ? console.facts.width : nil,
                isColored: console.colorsOutput
            ),
            columnNames: columns.isEmpty ? nil : columns, order: self[CommonOptions.sortBy]
        )
    }
}
