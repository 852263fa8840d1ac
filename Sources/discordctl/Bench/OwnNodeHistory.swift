import Bench
import Node

/// `bench history --own-node`: makes a directory, lets a node make a channel in it, fills that channel while no node
/// runs, and reads from it through a node again.
struct OwnNodeHistory: Sendable {
    var bench: HistoryBench
    var path: String
    var days: Int
    var keeps: Bool
    /// Tells the kernel to forget the messages before each measurement.
    var isCold: Bool

    func measure(_ session: BenchSession, _ settings: BenchSettings, _ console: Console) async throws -> BenchReport {
        BenchInterrupt.install()
        let wanted = BenchDirectory.Mark(messages: bench.messages, payload: bench.contentBytes, days: days)
        var directory = try BenchDirectory(path, for: wanted)
        console.note("target: a node of the bench's own, in \(directory.path)")
        let report: BenchReport
        do {
            var figures: [Figure] = []
            if directory.mark.channel == nil {
                figures = try await fill(&directory, session.size, settings, console)
            } else {
                console.note("the directory is full already")
            }
            report = try await read(directory, figures, session, settings, console)
        } catch {
            // One that was there before may be in use by another bench: that it failed here is no reason to take it away.
            if directory.isNew { leave(directory, console) }
            throw error
        }
        leave(directory, console)
        return report
    }

    /// What is not full would be of no use to the next bench.
    private func leave(_ directory: BenchDirectory, _ console: Console) {
        if keeps, directory.mark.channel != nil {
            console.note("\(directory.path) stays, for the next bench with \(directory.mark.options)")
        } else if !directory.remove() {
            console.note("\(directory.path) could not be removed")
        }
    }

    private func fill(
        _ directory: inout BenchDirectory, _ size: BenchGround.Size, _ settings: BenchSettings, _ console: Console
    ) async throws -> [Figure] {
        let channel = try await BenchNode(directory: directory, console: console).run { client in
            var ground = try await BenchGround(client)
            try await ground.build(size, with: client, progress: settings.progress)
            return ground.channels.first
        }
        guard let channel else { throw BenchFailure(.impossible, "there is no channel to fill") }
        let filling = HistoryFill(
            directory: directory.path, channel: channel, messages: bench.messages, days: days,
            contentBytes: bench.contentBytes)
        let start = ContinuousClock.now
        do throws(NodeError) {
            try await filling.run { progress in
                settings.progress(Self.note(progress, after: ContinuousClock.now - start))
                return !BenchInterrupt.isRequested
            }
        } catch {
            throw CommandFailure(error)
        }
        try BenchNode.checkInterrupt()
        let rate = Self.rate(bench.messages, in: ContinuousClock.now - start)
        try directory.complete(channel)
        return [
            Figure("filled", "1/s", better: .higher, runs: [rate]),
            Figure(
                "bytes-per-message", "bytes", better: .lower, runs: [directory.messagesBytes / max(1, bench.messages)]),
        ]
    }

    private func read(
        _ directory: BenchDirectory, _ figures: [Figure], _ session: BenchSession, _ settings: BenchSettings,
        _ console: Console
    ) async throws -> BenchReport {
        guard let channel = directory.mark.channel else {
            throw BenchFailure(.impossible, "there is no channel to read")
        }
        var bench = bench
        if isCold { bench.coldFiles = [directory.messagesFile] }
        let reading = bench
        return try await BenchNode(directory: directory, console: console).run { client in
            var ground = try await BenchGround(client)
            try await ground.adopt(channel, with: client)
            let ready = ground
            let pages = try await BenchThread.run { () throws(BenchFailure) in try reading.read(ready, settings) }
            return session.report(figures + pages, of: ground, settings)
        }
    }

    private static func rate(_ messages: Int, in time: Duration) -> Int {
        Int(Double(messages) * 1e9 / Double(max(1, time.nanoseconds)))
    }

    private static func note(_ progress: HistoryFill.Progress, after time: Duration) -> String {
        let rate = max(1, rate(progress.stored, in: time))
        let left = (progress.total - progress.stored) / rate
        return "\(progress.stored) of \(progress.total) messages are stored, \(rate)/s, about \(left) s left"
    }
}
