import Glibc
import Wire

/// A channel full of messages, read page by page: the newest, one after the other backwards, at random places, and at
/// random moments two years back where it reaches so far.
package struct HistoryBench: Sendable {
    package var messages: Int
    package var contentBytes: Int
    package var pageMessages: Int
    /// REST requests under way at once while the channel is filled.
    package var connections: Int
    /// Files that the kernel is told to forget before each stretch of reading.
    package var coldFiles: [String] = []

    package init(messages: Int, contentBytes: Int, pageMessages: Int, connections: Int) {
        self.messages = messages
        self.contentBytes = contentBytes
        self.pageMessages = pageMessages
        self.connections = connections
    }

    /// Fills the channel through REST and reads from it.
    package func run(_ ground: BenchGround, _ settings: BenchSettings) throws(BenchFailure) -> [Figure] {
        guard !ground.channels.isEmpty else { throw BenchFailure(.impossible, "there is no channel to fill") }
        let filled = try fill(ground, settings)
        var table = FigureTable()
        table.add("filled", "1/s", better: .higher, filled)
        return table.figures + (try read(ground, settings))
    }

    /// Reads from the channel as it is.
    package func read(_ ground: BenchGround, _ settings: BenchSettings) throws(BenchFailure) -> [Figure] {
        guard let channel = ground.channels.first, let token = ground.tokens.first else {
            throw BenchFailure(.impossible, "there is no channel to read")
        }
        var table = FigureTable()
        let reader = PageReader(RESTConnection(ground.rest, token: token), channel: channel, limit: pageMessages)
        let newest = try reader.edge("limit=1")
        let oldest = try reader.edge("limit=1&after=0")
        for run in 1...settings.runs {
            for (name, choice) in Self.choices(oldest: oldest, newest: max(oldest, newest)) {
                let label = "run \(run) of \(settings.runs): \(name)"
                for file in coldFiles { try Self.forget(file) }
                _ = try reader.read(choice, for: settings.warmUp) { settings.progress(label) }
                let pages = try reader.read(choice, for: settings.duration) { settings.progress(label) }
                table.add(latency: name, pages)
            }
        }
        return table.figures
    }

    private static func choices(oldest: UInt64, newest: UInt64) -> [(String, PageChoice)] {
        var choices: [(String, PageChoice)] = [
            ("latest", .latest), ("before", .before), ("jump", .jump(oldest...newest, .around)),
        ]
        // Any moment of the thirty days that end two years before the newest message, as far as there are messages.
        let end = newest.saturatingDifference(days(730))
        let start = max(oldest, newest.saturatingDifference(days(760)))
        if start < end {
            choices.append(("two-years-around", .jump(start...end, .around)))
            choices.append(("two-years-before", .jump(start...end, .before)))
        }
        return choices
    }

    /// How far apart ids are that were minted so many days apart: ids count milliseconds above their 22 low bits.
    private static func days(_ count: UInt64) -> UInt64 { (count &* 86_400_000) << 22 }

    /// Takes a file's pages out of the kernel's cache, as far as they are on the disk (posix_fadvise(2)).
    private static func forget(_ path: String) throws(BenchFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchFailure(.system, "\(path): \(SystemError(number: errno).text)") }
        defer { close(descriptor) }
        _ = fsync(descriptor)
        let result = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        guard result == 0 else { throw BenchFailure(.system, "\(path): \(SystemError(number: result).text)") }
    }

    /// Sends through REST as fast as the node takes it.
    /// - Returns: messages a second.
    private func fill(_ ground: BenchGround, _ settings: BenchSettings) throws(BenchFailure) -> Double {
        let script = LoadScript(
            gateway: ground.gateway, rest: ground.rest, way: .rest, channels: [ground.channels[0]],
            tokens: ground.tokens, contentBytes: contentBytes)
        let engine = try LoadEngine(script, connectionsMax: DescriptorLimit.raise())
        let posters = (0..<connections).map { _ in
            Opening(role: .poster, purpose: .bare, room: 0, identity: 0)
        }
        try engine.open(posters, progress: settings.progress)
        engine.isMeasuring = true
        let start = monotonicNow()
        var lastGain = start
        var gained: UInt64 = 0
        let wanted = UInt64(messages)
        while engine.tally.answered < wanted {
            let underWay = UInt64(connections - engine.idlePosters.count)
            var left = wanted.saturatingDifference(engine.tally.answered &+ underWay)
            while left > 0, engine.publish(0, intended: monotonicNow()) { left -= 1 }
            try engine.turn(20)
            settings.progress("\(engine.tally.answered) of \(messages) messages are stored")
            if engine.tally.answered > gained {
                gained = engine.tally.answered
                lastGain = monotonicNow()
            }
            guard engine.tally.lostConnections == 0, monotonicNow() &- lastGain < 30_000_000_000 else {
                throw BenchFailure(
                    .server, "the node stopped taking messages after \(engine.tally.answered): \(engine.tally.refusals)"
                )
            }
        }
        let seconds = Double(monotonicNow() &- start) / 1e9
        try engine.closeAll()
        return Double(wanted) / max(seconds, 1e-9)
    }
}

/// Which page is read next.
enum PageChoice: Sendable {
    case latest
    /// The one before the last one read; from the newest again at the end.
    case before
    /// At a random id.
    case jump(ClosedRange<UInt64>, Way)

    enum Way: String, Sendable {
        case around, before
    }
}

/// Reads pages of one channel and takes the time.
final class PageReader {
    private let connection: RESTConnection
    private let path: String
    private let limit: Int
    private var cursor: UInt64?

    init(_ connection: RESTConnection, channel: UInt64, limit: Int) {
        self.connection = connection
        self.limit = limit
        path = "/api/v10/channels/\(channel)/messages?"
    }

    /// The id of the one message of a page.
    func edge(_ query: String) throws(BenchFailure) -> UInt64 {
        guard let id = try ids(query).first else { throw BenchFailure(.server, "the channel is empty") }
        return id
    }

    func read(
        _ choice: PageChoice, for time: Duration, progress: () -> Void
    ) throws(BenchFailure) -> LogHistogram {
        var histogram = LogHistogram()
        let end = monotonicNow() &+ time.nanoseconds
        while monotonicNow() < end {
            guard !BenchInterrupt.isRequested else { throw BenchFailure(.interrupted, "interrupted") }
            let target = target(choice)
            let query = query(choice, target)
            let start = monotonicNow()
            let answer = try connection.perform("GET", path + query)
            histogram.record(monotonicNow() &- start)
            guard answer.status == 200 else { throw BenchFailure(.server, "a page was answered with \(answer.status)") }
            if case .before = choice { cursor = Self.ids(answer.body).last }
            if case .jump(_, let way) = choice { try check(Self.ids(answer.body), way, target) }
            progress()
        }
        return histogram
    }

    private func target(_ choice: PageChoice) -> UInt64 {
        guard case .jump(let range, _) = choice else { return 0 }
        return UInt64.random(in: range)
    }

    private func query(_ choice: PageChoice, _ target: UInt64) -> String {
        switch choice {
        case .latest: "limit=\(limit)"
        case .before: cursor.map { "limit=\(limit)&before=\($0)" } ?? "limit=\(limit)"
        case .jump(_, let way): "limit=\(limit)&\(way.rawValue)=\(target)"
        }
    }

    /// A page that is not the one asked for would be read fast for nothing.
    private func check(_ ids: [UInt64], _ way: PageChoice.Way, _ target: UInt64) throws(BenchFailure) {
        let isRight =
            switch (way, ids.first, ids.last) {
            case (.around, let newest?, let oldest?): oldest <= target && (newest >= target || limit < 3)
            case (.before, let newest?, _): newest < target
            default: way == .before
            }
        guard isRight else {
            throw BenchFailure(.server, "the page \(way.rawValue) \(target) holds \(ids.count) other messages")
        }
    }

    private func ids(_ query: String) throws(BenchFailure) -> [UInt64] {
        let answer = try connection.perform("GET", path + query)
        guard answer.status == 200 else { throw BenchFailure(.server, "a page was answered with \(answer.status)") }
        return Self.ids(answer.body)
    }

    private static func ids(_ body: [UInt8]) -> [UInt64] {
        ((try? JSONReader.parse(body))?.array ?? []).compactMap { $0["id"]?.snowflake }
    }
}
