import Arguments
import Bench

/// A figure as a line of the table, beside what it was earlier.
struct FigureRow: Resource {
    static let kind = "BenchFigure"
    static let comparisonColumns: Set<String> = ["BEFORE", "CHANGE"]
    static let columns = [
        ResourceColumn("FIGURE", key: "figure", .text, "what was measured"),
        ResourceColumn("MEDIAN", key: "median", .count, "the middle of all runs"),
        ResourceColumn("MIN", key: "minimum", .count, "the lowest of all runs"),
        ResourceColumn("MAX", key: "maximum", .count, "the highest of all runs"),
        ResourceColumn("UNIT", key: "unit", .text, "ns, us, bytes, 1/s, % or ppm; nothing for counts"),
        ResourceColumn("BEFORE", key: "before", .count, "the median in --compare"),
        ResourceColumn("CHANGE", key: "changePercent", .count, "percent by which the median moved since"),
        ResourceColumn(
            "BETTER", key: "better", .choice(["lower", "higher", "neither"]), wide: true, "which way is up"),
        ResourceColumn("RUNS", key: "runs", .text, wide: true, "the value of each run"),
    ]

    var figure: Figure
    var earlier: EarlierReport?

    var handle: String { figure.name }
    var fields: [DocumentField] {
        [
            DocumentField("figure", figure.name), DocumentField("unit", figure.unit),
            DocumentField("better", figure.better.rawValue), DocumentField("median", .number(figure.median)),
            DocumentField("minimum", .number(figure.minimum)), DocumentField("maximum", .number(figure.maximum)),
            DocumentField("runs", .list(figure.runs.map { .number($0) })),
            DocumentField("before", earlier?.medians[figure.name].map { .number($0) } ?? .null),
            DocumentField("changePercent", earlier?.change(of: figure).map { .number($0) } ?? .null),
        ]
    }
}

/// The whole result as one document.
struct BenchDocument: Resource {
    static let kind = "BenchReport"
    static let columns: [ResourceColumn] = []

    var report: BenchReport
    var earlier: EarlierReport?

    var rows: [FigureRow] { report.figures.map { FigureRow(figure: $0, earlier: earlier) } }

    var handle: String { report.scenario }
    var fields: [DocumentField] {
        [
            DocumentField("scenario", report.scenario), DocumentField("parameters", Self.map(report.parameters)),
            DocumentField("machine", Self.map(report.machine)), DocumentField("figures", .list(rows.map(\.document))),
            DocumentField("remarks", .list(report.remarks.map { .text($0) })),
        ]
    }

    private static func map(_ facts: [BenchReport.Fact]) -> DocumentValue {
        .map(facts.map { DocumentField($0.name, $0.value) })
    }

    /// In a table the figures, elsewhere everything.
    func text(_ renderer: Renderer) -> String {
        switch renderer.format {
        case .table, .wide, .name:
            renderer.list(rows, hiding: earlier == nil ? FigureRow.comparisonColumns : [], next: nil)
        case .json, .jsonl, .yaml: renderer.single(self)
        }
    }
}
