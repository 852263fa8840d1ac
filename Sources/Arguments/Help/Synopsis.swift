/// The usage line of a command.
struct Synopsis {
    private let tool: ToolDeclaration

    init(_ tool: ToolDeclaration) {
        self.tool = tool
    }

    /// `discordctl message send [options] CHANNEL TEXT...`
    func line(for command: CommandDeclaration, at path: [String]) -> String {
        var parts = [tool.line(path)]
        parts += command.options.filter { $0.isRequired && $0.visibility == .shown }.map { option in
            "\(option.spelling) \(option.valueType?.placeholder ?? "")"
        }
        parts.append("[options]")
        if command.needsSubcommand { parts.append("COMMAND") }
        parts += command.operands.map(\.synopsis)
        return parts.joined(separator: " ")
    }
}
