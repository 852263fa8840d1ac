import Wire

/// What a bench found out, and where.
package struct BenchReport: Hashable, Sendable {
    package struct Fact: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `fanout`
    package var scenario: String
    /// What was asked for.
    package var parameters: [Fact]
    /// The machine and the node.
    package var machine: [Fact]
    package var figures: [Figure]
    /// What the reader should know about the figures.
    package var remarks: [String]

    package init(
        scenario: String, parameters: [Fact], machine: [Fact], figures: [Figure], remarks: [String]
    ) {
        self.scenario = scenario
        self.parameters = parameters
        self.machine = machine
        self.figures = figures
        self.remarks = remarks
    }
}

/// An earlier report, as far as a comparison needs it.
package struct EarlierReport: Hashable, Sendable {
    package enum Failure: Error, Hashable, Sendable {
        case notJSON
        /// Not the document of a bench.
        case notAReport
    }

    /// Bytes of a report's file; a real one has a few thousand.
    package static let bytesMax = 1 << 20

    package let scenario: String
    package let parameters: [BenchReport.Fact]
    package let medians: [String: Int]

    /// Reads the document that `-o json` wrote.
    package init(_ document: [UInt8]) throws(Failure) {
        guard let value = try? JSONReader.parse(document, limits: JSONLimits(bytes: Self.bytesMax)) else {
            throw .notJSON
        }
        guard value["kind"]?.string == "BenchReport", let scenario = value["scenario"]?.string,
            let figures = value["figures"]?.array
        else { throw .notAReport }
        self.scenario = scenario
        parameters = (value["parameters"]?.object?.members ?? []).compactMap { member in
            member.value.string.map { BenchReport.Fact(member.key, $0) }
        }
        var medians: [String: Int] = [:]
        for figure in figures {
            guard let name = figure["figure"]?.string, let median = figure["median"]?.int else { throw .notAReport }
            medians[name] = median
        }
        self.medians = medians
    }

    /// How a figure moved since: in percent of what it was; `nil` when it was not measured, or was zero.
    package func change(of figure: Figure) -> Int? {
        guard let before = medians[figure.name], before > 0 else { return nil }
        return Int(clamping: Int64(((Double(figure.median) - Double(before)) / Double(before) * 100).rounded()))
    }

    /// Whether a figure is worse by more than `tolerancePercent`; where there was none of something bad, whether there
    /// is now.
    package func isWorse(_ figure: Figure, tolerancePercent: Int) -> Bool {
        if figure.better == .lower, medians[figure.name] == 0 { return figure.median > 0 }
        guard let change = change(of: figure) else { return false }
        switch figure.better {
        case .lower: return change > tolerancePercent
        case .higher: return change < -tolerancePercent
        case .neither: return false
        }
    }
}
