import Arguments
import Testing

/// A small generator with a fixed course, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Random lines")
struct FuzzTests {
    /// Pieces that reach deep into the grammar; random bytes alone would stop at the first word.
    private static let pieces: [String] = {
        let tool = Sample.tool
        let options = tool.common + tool.allCommands.flatMap(\.command.options)
        return tool.allCommands.flatMap(\.path)
            + options.flatMap { ["--\($0.name)", "--no-\($0.name)", "--\($0.name)="] }
            + options.compactMap { $0.short.map { "-\($0)" } } + options.compactMap { $0.valueType?.example }
            + [
                "-", "--", "---", "", "=", "--=", "-=", "-o=", "--output=json", "-vvvq", "-ojson", "@", "<@", "<#1>",
                "a/b", "1",
                "-1", "99999999999999999999", "-99999999999999999999", "9223372036854775808w", "1.5", "0x1", "%", "/",
                ":", "[::1]:1",
                "::", "a=b", "a=", ",", "\\,", "today 99:99", "2026-02-30T00:00:00Z", "0000-00-00", "日本", "🧑‍🧑‍🧒",
                "\u{301}",
                "\u{202e}x", "\u{1b}[0m", "http://u:p@h", "://:@", "'", "\"", "$(x)", "9-1", "1-99999", "dlq_1", "op_1",
            ]
    }()

    /// Half of the lines start with something that is understood, so that the rest is reached.
    private static let beginnings: [[Word]] = {
        let commands = Sample.tool.allCommands.map { $0.path.map { Word($0) } }
        let valid = ["dlq list", "node start", "message send ops/general hello", "dlq replay --all", "bench run"].map(
            words)
        return commands + valid + commands.map { _ in [] }
    }()

    private static func word(_ generator: inout SeededGenerator) -> Word {
        let piece = pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        switch Int.random(in: 0..<10, using: &generator) {
        case 0:
            let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                UInt8.random(in: 1...255, using: &generator)
            }
            return Word(bytes: bytes)
        case 1, 2:
            return Word(piece + pieces[Int.random(in: 0..<pieces.count, using: &generator)])
        case 3:
            var bytes = Array(piece.utf8)
            guard !bytes.isEmpty else { return Word(bytes: bytes) }
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 1...255, using: &generator)
            return Word(bytes: bytes)
        default:
            return Word(piece)
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func anyLineHasAnOutcome(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var runs = 0
        for number in 0..<2500 {
            let tail = (0..<Int.random(in: 0...10, using: &generator)).map { _ in Self.word(&generator) }
            let line = (Self.beginnings.randomElement(using: &generator) ?? []) + tail
            let environment =
                number % 7 == 0 ? ["DISCORDCTL_OUTPUT": Self.word(&generator).display, "DISCORDCTL_X": "1"] : [:]
            let result = Sample.parser.parse(line, environment: environment)
            switch result.outcome {
            case .run(let invocation):
                runs += 1
                // The typed keys of whatever was run read without a trap.
                _ = (
                    invocation[Sample.output], invocation[Sample.limit], invocation[Sample.context],
                    invocation[Sample.wait]
                )
                if invocation.path == ["message", "send"] { try #require(!invocation[Sample.text].isEmpty) }
            case .refused(let refusal):
                try #require((1...5).contains(refusal.diagnostics.count))
                try #require(refusal.diagnostics.allSatisfy { ($0.position?.word ?? 0) < line.count })
                // The width changes from line to line, so that every cut is tried.
                let renderer = DiagnosticRenderer(width: 20 + number % 60, asciiOnly: number.isMultiple(of: 2))
                let text = renderer.text(of: refusal, on: result.line)
                try #require(text.contains("error: ") && !text.contains("\u{1b}") && !text.contains("\u{202e}"))
            case .help(let request):
                try #require(Sample.tool.command(at: request.path) != nil)
            case .version:
                break
            }
        }
        #expect(runs > 40)
    }

    @Test(arguments: [UInt64(5), 6])
    func anyTextIsAValueOrAProblem(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789999-+.:/%,=@<>#![]TZdhmsiBKMG_ x\u{301}é٣🧒")
        var accepted = 0
        for _ in 0..<3000 {
            let length = Int.random(in: 0...24, using: &generator)
            let word = Word(
                String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }))
            for type in Self.types where type.accepts(word) { accepted += 1 }
        }
        #expect(accepted > 100)
    }

    private static let types: [AnyValueType] = {
        let tool = Sample.tool
        let declared = tool.common + tool.allCommands.flatMap(\.command.options)
        let types =
            declared.compactMap(\.valueType)
            + [
                Option("a", .idRange, "x").declaration, Option("b", .selector, "x").declaration,
                Option("c", .pace, "x").declaration, Option("d", .channelRef, "x").declaration,
                Option("e", .bytes, "x").declaration, Option("f", .snowflake, "x").declaration,
            ].compactMap(\.valueType)
        // One of each kind is enough.
        return Dictionary(types.map { ($0.expectation, $0) }) { first, _ in first }.values.sorted {
            $0.expectation < $1.expectation
        }
    }()

    @Test(arguments: [UInt64(7), 8])
    func printedValuesReadAsThemselves(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let duration = Duration.nanoseconds(Int64.random(in: 0...3_153_600_000_000_000_000, using: &generator))
            try #require(
                try ValueType<Duration>.duration.value(of: ValueType<Duration>.duration.print(duration)) == duration)
            let size =
                Int64.random(in: 0...(1 << 50), using: &generator)
                & ~((1 << Int64.random(in: 0...40, using: &generator)) - 1)
            try #require(try ValueType<Int64>.bytes.value(of: ValueType<Int64>.bytes.print(size)) == size)
            let percent = Percent(partsPerMillion: Int.random(in: 0...1_000_000, using: &generator))
            try #require(try ValueType<Percent>.percent.value(of: ValueType<Percent>.percent.print(percent)) == percent)
            let instant = InstantExpression.absolute(
                unixMilliseconds: Int64.random(in: 0...253_402_300_799_999, using: &generator))
            try #require(
                try ValueType<InstantExpression>.instant.value(of: ValueType<InstantExpression>.instant.print(instant))
                    == instant)
            let id = UInt64.random(in: 0 ... .max, using: &generator)
            try #require(
                try ValueType<UserReference>.userRef.value(of: ValueType<UserReference>.userRef.print(.id(id)))
                    == .id(id))
            let rate = Rate(
                UInt32.random(in: 1...10_000, using: &generator),
                per: [.second, .minute].randomElement(using: &generator) ?? .second)
            try #require(try ValueType<Rate>.rate.value(of: ValueType<Rate>.rate.print(rate)) == rate)
        }
    }
}
