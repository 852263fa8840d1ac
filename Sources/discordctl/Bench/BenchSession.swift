import Arguments
import Bench
import Operations
import Synchronization

/// The way that all benches go: find the node, make the ground, measure, clear away, show.
struct BenchSession: Sendable {
    typealias Fact = BenchReport.Fact

    /// A generator with less to spare than this is what a rate measures.
    private static let idlePercentMin = 5

    var scenario: String
    var size: BenchGround.Size
    var parameters: [Fact]
    var remarks: [String] = []
    var spins = false
    var measure: @Sendable (BenchGround, BenchSettings) throws(BenchFailure) -> [Figure]

    /// Measures the node that the command finds.
    func run(_ context: CommandContext) async throws -> ExitCode {
        // Known before anything is connected to, where the context itself is what was named.
        try Protection.refuseLoad(context.selection.protection)
        return try await run(context) { settings in
            try await NodeConnection.open(context) { connection in
                try Protection.refuseLoad(connection.protection)
                BenchInterrupt.install()
                return try await perform(connection.client, settings, context)
            }
        }
    }

    /// Measures in a way of the caller's own, and shows the result as all benches do.
    func run(
        _ context: CommandContext, _ obtain: (BenchSettings) async throws -> BenchReport
    ) async throws -> ExitCode {
        let renderer = try context.renderer()
        let earlier = try earlier(context)
        let notes = ProgressNotes(console: context.console)
        let settings = BenchSettings(
            runs: context[BenchOptions.runs], warmUp: context[BenchOptions.warmUp],
            duration: context[BenchOptions.duration], spins: spins, progress: { notes.say($0) })
        let report: BenchReport
        do {
            report = try await obtain(settings)
        } catch let error as BenchFailure {
            throw CommandFailure(error)
        }
        let machine = report.machine.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        context.console.note("measured on: \(machine)")
        for remark in report.remarks { context.console.note(remark) }
        let document = BenchDocument(report: report, earlier: earlier)
        try context.console.result(document.text(renderer))
        return verdict(report, earlier, context)
    }

    private func perform(_ client: AdminClient, _ settings: BenchSettings, _ context: CommandContext) async throws
        -> BenchReport
    {
        var ground = try await BenchGround(client)
        let figures: [Figure]
        do {
            try await ground.build(size, with: client, progress: settings.progress)
            let (ready, measure) = (ground, measure)
            figures = try await BenchThread.run { () throws(BenchFailure) in try measure(ready, settings) }
        } catch {
            await clear(ground, context)
            throw error
        }
        await clear(ground, context)
        return report(figures, of: ground, settings)
    }

    /// The figures with all that a reader has to know about them.
    func report(_ figures: [Figure], of ground: BenchGround, _ settings: BenchSettings) -> BenchReport {
        let common = [
            Fact("runs", String(settings.runs)), Fact("warm-up", "\(settings.warmUp)"),
            Fact("duration", "\(settings.duration)"), Fact("users", String(size.users)),
        ]
        let busy = figures.filter { $0.name.hasSuffix("generator-idle") && $0.median < Self.idlePercentMin }
        let warnings = busy.map { "\($0.name) is \($0.median) %: the rates are the generator's, not the server's" }
        return BenchReport(
            scenario: scenario, parameters: parameters + common, machine: Machine.facts + ground.node, figures: figures,
            remarks: remarks + warnings)
    }

    private func clear(_ ground: BenchGround, _ context: CommandContext) async {
        let left = try? await BenchThread.run { () throws(BenchFailure) in ground.clear() }
        if left != 0 {
            context.console.note(
                "\(left ?? ground.guilds.count) guilds '\(BenchGround.prefix)…' could not be deleted"
            )
        }
        guard !ground.tokens.isEmpty else { return }
        context.console.note(
            "\(ground.tokens.count) users '\(BenchGround.userPrefix)N' stay on the node, for the next bench")
    }

    // MARK: Comparison

    private func earlier(_ context: CommandContext) throws -> EarlierReport? {
        guard let path = context[BenchOptions.compare] else { return nil }
        let text = try InputText.read(path, bytesMax: EarlierReport.bytesMax)
        let earlier: EarlierReport
        do {
            earlier = try EarlierReport(Array(text.utf8))
        } catch {
            throw CommandFailure(
                .badData, code: "no_report", "the file is not the result of a bench", place: path.display,
                hint: "make one with: discordctl bench \(scenario) -o json")
        }
        guard earlier.scenario == scenario else {
            throw CommandFailure(
                .badData, code: "other_bench", "the earlier result is of 'bench \(earlier.scenario)'",
                place: path.display)
        }
        return earlier
    }

    private func verdict(_ report: BenchReport, _ earlier: EarlierReport?, _ context: CommandContext) -> ExitCode {
        guard let earlier else { return .done }
        if earlier.parameters != report.parameters {
            context.console.note("the earlier result was measured with other parameters")
        }
        let worse = report.figures.filter { earlier.isWorse($0, tolerancePercent: context[BenchOptions.tolerance]) }
        guard !worse.isEmpty else { return .done }
        let names = worse.map { "\($0.name) (\(earlier.change(of: $0) ?? 0) %)" }.joined(separator: ", ")
        context.console.note("worse than before: \(names)")
        return .failed
    }
}

/// Says how far a bench is: not at all in the first two seconds, then every two seconds.
final class ProgressNotes: Sendable {
    private static let interval = Duration.seconds(2)

    private let console: Console
    private let next = Mutex(ContinuousClock.now + interval)

    init(console: Console) {
        self.console = console
    }

    func say(_ text: String) {
        let now = ContinuousClock.now
        let isTime = next.withLock { next in
            guard now >= next else { return false }
            next = now + Self.interval
            return true
        }
        if isTime { console.note(text) }
    }
}

extension CommandFailure {
    init(_ failure: BenchFailure) {
        let exit: ExitCode =
            switch failure.code {
            case .interrupted: BenchInterrupt.signalNumber == 15 ? .terminated : .interrupted
            case .impossible: .refused
            case .server: .failed
            case .system: .system
            }
        self.init(exit, code: failure.code.rawValue, failure.message, hint: failure.hint)
    }
}
