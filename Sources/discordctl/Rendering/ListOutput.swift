/// Writes a list that arrives page by page: at once where the format allows it, otherwise when all is there.
struct ListOutput<Item: Resource> {
    private let console: Console
    private let renderer: Renderer
    private let hidden: Set<String>
    private var items: [Item] = []
    private var count = 0

    /// - Parameter hidden: names of columns that are left out unless asked for.
    /// - Throws: ``UsageProblem``.
    init(_ context: CommandContext, hiding hidden: Set<String> = []) throws(UsageProblem) {
        console = context.console
        renderer = try context.renderer()
        self.hidden = hidden
    }

    /// - Parameter first: puts the page before what came earlier; such a list is written at its end.
    mutating func add(_ page: [Item], first: Bool = false) throws(SinkFailure) {
        count += page.count
        guard !renderer.streams || first else { return try console.result(renderer.lines(page)) }
        items = first ? page + items : items + page
    }

    /// - Parameter next: where the list goes on, when it was cut.
    mutating func finish(next: String?) throws(SinkFailure) {
        if !renderer.streams || !items.isEmpty { try console.result(renderer.list(items, hiding: hidden, next: next)) }
        guard next != nil else { return }
        console.note("\(count) shown, and there are more; -L N shows more of them, -L all shows all")
    }
}
