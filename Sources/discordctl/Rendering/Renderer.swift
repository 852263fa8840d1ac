/// Makes a command's result text. The one place where a format is chosen.
struct Renderer: Sendable {
    static let apiVersion = "discordctl/v1"

    var format: OutputFormat
    var table: TableText.Style
    /// Columns that were asked for, in their order; `nil` for the usual ones.
    var columnNames: [String]?
    var order: SortOrder?

    /// A whole list.
    /// - Parameters:
    ///   - hidden: names of columns that are left out unless asked for.
    ///   - next: where to go on, when the list was cut.
    func list<Item: Resource>(_ items: [Item], hiding hidden: Set<String> = [], next: String?) -> String {
        let items = sorted(items)
        switch format {
        case .table, .wide:
            let columns = columns(of: Item.self, hiding: hidden)
            return TableText(columns: columns, style: table).text(
                items.map { item in columns.map { item.value(of: $0) } })
        case .json, .yaml:
            let document = DocumentValue.map([
                DocumentField("apiVersion", Self.apiVersion), DocumentField("kind", Item.kind + "List"),
                DocumentField("items", .list(items.map(\.document))), DocumentField("next", next),
            ])
            return format == .json ? JSONText.indented(document) + "\n" : YAMLText.document(document)
        case .jsonl, .name: return lines(items)
        }
    }

    /// Items of a list in a format that needs no more than the item itself.
    func lines<Item: Resource>(_ items: [Item]) -> String {
        items.map { item in
            (format == .name ? Self.nameLine(item) : JSONText.line(item.document)) + "\n"
        }.joined()
    }

    /// Whether a list can be written before its end is known.
    var streams: Bool { (format == .jsonl || format == .name) && order == nil }

    /// One thing.
    func single<Item: Resource>(_ item: Item, hiding hidden: Set<String> = []) -> String {
        switch format {
        case .table, .wide, .name: return list([item], hiding: hidden, next: nil)
        case .json: return JSONText.indented(singleDocument(item)) + "\n"
        case .jsonl: return JSONText.line(singleDocument(item)) + "\n"
        case .yaml: return YAMLText.document(singleDocument(item))
        }
    }

    private func singleDocument<Item: Resource>(_ item: Item) -> DocumentValue {
        .map([DocumentField("apiVersion", Self.apiVersion), DocumentField("kind", Item.kind)] + item.fields)
    }

    /// A name is one line, whatever is in it.
    private static func nameLine(_ item: some Resource) -> String {
        SafeLine.text(item.handle)
    }

    func columns<Item: Resource>(of _: Item.Type, hiding hidden: Set<String> = []) -> [ResourceColumn] {
        guard let columnNames else {
            return Item.columns.filter { (format == .wide || !$0.isWide) && !hidden.contains($0.name) }
        }
        return columnNames.compactMap { name in Item.columns.first { $0.name == name } }
    }

    private func sorted<Item: Resource>(_ items: [Item]) -> [Item] {
        guard let order, let column = Item.columns.first(where: { $0.name == order.column }) else { return items }
        let keyed = items.enumerated().map { (number: $0.offset, key: $0.element.value(of: column), item: $0.element) }
        // Equal keys keep their order, in either direction.
        return keyed.sorted { left, right in
            let (first, second) = order.isDescending ? (right, left) : (left, right)
            if first.key.isBefore(second.key) { return true }
            if second.key.isBefore(first.key) { return false }
            return left.number < right.number
        }.map(\.item)
    }
}
