import Arguments

/// Something that a command shows: as a row, as a document, or as the one word that a script needs.
protocol Resource: Sendable {
    /// `Guild`: the document's kind; a list of them is a `GuildList`.
    static var kind: String { get }
    static var columns: [ResourceColumn] { get }
    /// What `-o name` prints.
    var handle: String { get }
    /// The document's keys, those of the admin API, in the order in which they are shown.
    var fields: [DocumentField] { get }
}

extension Resource {
    func value(of column: ResourceColumn) -> DocumentValue {
        fields.first { $0.key == column.key }?.value ?? .null
    }

    var document: DocumentValue { .map(fields) }
}

/// A column of a command's table and where its values come from.
struct ResourceColumn: Hashable, Sendable {
    let name: String
    let key: String
    let kind: ValueKind
    let summary: String
    /// Shown by `-o wide` and when asked for.
    let isWide: Bool
    /// The usual width, for tables whose rows come one by one.
    let widthMin: Int

    init(
        _ name: String, key: String, _ kind: ValueKind, wide isWide: Bool = false, widthMin: Int = 0, _ summary: String
    ) {
        self.name = name
        self.key = key
        self.kind = kind
        self.isWide = isWide
        self.widthMin = widthMin
        self.summary = summary
    }

    var declaration: Column { Column(name, kind, summary, wide: isWide) }

    /// Numbers that are compared stand to the right; ids are names.
    var isNumber: Bool { kind == .count || kind == .bytes }

    /// The width in a table whose rows come one by one.
    var streamWidth: Int { max(widthMin, DisplayWidth.of(name), kind == .snowflake ? 19 : 0) }
}

extension [ResourceColumn] {
    /// For a command's declaration: the columns for help, and the names that `--columns` and `--sort-by` take.
    func declared(isSortable: Bool = true) -> [CommandBuilder.Part] {
        let names = map(\.name)
        let columns = map { CommandBuilder.Part.column($0.declaration) }
        let chosen = CommandBuilder.Part.adjustment(Adjustment(CommonOptions.columns, accepts: names))
        let sorted = CommandBuilder.Part.adjustment(Adjustment(CommonOptions.sortBy, accepts: names))
        return columns + [chosen] + (isSortable ? [sorted] : [])
    }
}
