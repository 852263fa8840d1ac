import Arguments
import Testing

/// Reads a text and prints it again; the problem's message when it is none.
private func reprint<Value>(_ type: ValueType<Value>, _ text: String) -> String {
    do throws(ValueProblem) {
        let printed = type.print(try type.value(of: text))
        // What was printed must read and print as itself.
        let again = type.print(try type.value(of: printed))
        return printed == again ? printed : "unstable: \(printed) then \(again)"
    } catch {
        return "error: " + error.message
    }
}

@Suite("Values")
struct ValueTests {
    private static let huge = String(repeating: "9", count: 400)

    @Test(arguments: [
        ("90s", "1m30s"), ("1h30m", "1h30m"), ("2d", "2d"), ("1w", "7d"), ("250ms", "250ms"), ("1us1ns", "1us1ns"),
        ("0s", "0s"), ("36500d", "36500d"), ("36501d", "error: '36501d' is above the greatest value, 36500d"),
        ("90", "error: '90' has no unit"), ("", "error: the value is empty"), ("s", "error: 's' is not a duration"),
        ("1.5s", "error: '1.5s' has a fraction; write it in a smaller unit, as 1500ms"),
        ("30m1h", "error: '30m1h' does not go from the largest unit to the smallest"),
        ("1m1m", "error: '1m1m' does not go from the largest unit to the smallest"),
        ("5y", "error: '5y' has an unknown unit 'y'"), ("-5s", "error: '-5s' is below the least value, 0s"),
        ("--5s", "error: '--5s' is not a duration"), ("5s ", "error: '5s ' is not a duration"),
        ("9223372036854775807w", "error: '9223372036854775807w' is too long"), ("٣s", "error: '٣s' is not a duration"),
        ("106751d23h47m16s854ms775us808ns", "error: '106751d23h47m16s854ms775us808ns' is too long"),
    ])
    func durations(text: String, expected: String) {
        #expect(reprint(.duration, text) == expected)
    }

    @Test func durationsAreExact() throws {
        #expect(try ValueType<Duration>.duration.value(of: "1h30m") == .seconds(5400))
        #expect(try ValueType<Duration>.duration(.seconds(-60) ... .zero).value(of: "-5s") == .seconds(-5))
        #expect(reprint(.duration, Self.huge + "s").hasPrefix("error: "))
    }

    @Test(
        arguments: [
            ("500/s", "500/s"), ("30/min", "30/min"), ("10000/s", "10000/s"), ("60/h", "60/h"),
            ("500", "error: '500' has no unit"), ("10001/s", "error: '10001/s' is above the greatest value, 10000/s"),
            ("0/s", "error: '0/s' is below the least value, 1/min"), ("5/day", "error: '5/day' has an unknown unit"),
            ("/s", "error: '/s' is not a rate"), ("-5/s", "error: '-5/s' is not a rate"),
            ("auto", "error: 'auto' is not a rate"), ("5/", "error: '5/' has an unknown unit"),
        ])
    func rates(text: String, expected: String) {
        #expect(reprint(.rate, text) == expected)
    }

    @Test func rateThatFitsNoIntegerIsTooFast() {
        #expect(reprint(.rate, Self.huge + "/s").hasSuffix("is above the greatest value, 10000/s"))
        #expect(reprint(.pace, "auto") == "auto")
        #expect(reprint(.pace, "5/s") == "5/s")
        #expect(Rate(60, per: .minute) == Rate(1, per: .second))
        #expect(Rate(90, per: .minute).perSecond == 1.5)
    }

    @Test(arguments: [
        ("64MiB", "64MiB"), ("10MB", "10MB"), ("1024B", "1KiB"), ("1KB", "1kB"), ("0B", "0B"), ("1PiB", "1PiB"),
        ("64", "error: '64' has no unit"), ("64mib", "error: '64mib' has an unknown unit"),
        ("2PiB", "error: '2PiB' is above the greatest value, 1PiB"), ("MB", "error: 'MB' is not a size"),
        ("-1B", "error: '-1B' is below the least value, 0B"),
        ("9223372036854775807KiB", "error: '9223372036854775807KiB' is too large"),
    ])
    func sizes(text: String, expected: String) {
        #expect(reprint(.bytes, text) == expected)
    }

    @Test func sizeOffersTheRightUnit() throws {
        let problem = #expect(throws: ValueProblem.self) { try ValueType<Int64>.bytes.value(of: "64mib") }
        #expect(problem?.hint == "did you mean '64MiB'?")
        #expect(problem?.place == 2..<5)
    }

    @Test(arguments: [
        ("5%", "5%"), ("0.5%", "0.5%"), ("100%", "100%"), ("0.0001%", "0.0001%"), ("0%", "0%"),
        ("5", "error: '5' has no '%'"), ("x%", "error: 'x%' is not a percentage"),
        ("%", "error: '%' is not a percentage"),
        ("101%", "error: '101%' is above the greatest value, 100%"), ("-1%", "error: '-1%' is not a percentage"),
        ("0.00001%", "error: '0.00001%' has more than four decimals"), ("1.%", "error: '1.%' is not a percentage"),
        ("99999999999999999999%", "error: '99999999999999999999%' is above the greatest value, 100%"),
    ])
    func percentages(text: String, expected: String) {
        #expect(reprint(.percent, text) == expected)
    }

    @Test(arguments: [
        ("0", "0"), ("007", "7"), ("1000000000", "1000000000"),
        ("1000000001", "error: '1000000001' is above the greatest value, 1000000000"),
        ("-1", "error: '-1' is below the least value, 0"), ("+1", "error: '+1' is not a whole number"),
        ("1.0", "error: '1.0' is not a whole number"), ("1_000", "error: '1_000' is not a whole number"),
        ("0x10", "error: '0x10' is not a whole number"), ("-", "error: '-' is not a whole number"),
        ("99999999999999999999", "error: '99999999999999999999' is above the greatest value, 1000000000"),
        ("-99999999999999999999", "error: '-99999999999999999999' is below the least value, 0"),
    ])
    func counts(text: String, expected: String) {
        #expect(reprint(.count, text) == expected)
    }

    @Test func countOverTheWholeRangeNeverTraps() {
        #expect(reprint(.count(.min ... .max), Self.huge).hasSuffix("is too large"))
        #expect(reprint(.count(.min ... .max), "-9223372036854775808") == "-9223372036854775808")
    }

    @Test(arguments: [
        ("1.1", "1.1"), ("2", "2"), ("0.00001", "0.000010000"), ("1e5", "error: '1e5' is not a number"),
        ("nan", "error: 'nan' is not a number"), ("inf", "error: 'inf' is not a number"),
        ("1.", "error: '1.' is not a number"), ("-1", "error: '-1' is below the least value, 0"),
        ("1000001", "error: '1000001' is above the greatest value, 1000000"),
    ])
    func decimals(text: String, expected: String) {
        #expect(reprint(.decimal, text) == expected)
        #expect(reprint(.decimal, Self.huge).hasPrefix("error: "))
    }

    @Test(arguments: [
        ("2h", "2h"), ("-15m", "15m"), ("now", "0s"), ("today", "today 00:00"), ("today 14:00", "today 14:00"),
        ("yesterday 9:30", "yesterday 09:30"), ("2026-02-28", "2026-02-28"),
        ("2026-03-01T14:00:00Z", "2026-03-01T14:00:00Z"), ("2026-03-01T14:00:00+02:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01 14:00:00.25z", "2026-03-01T14:00:00.250Z"), ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"), ("2024-02-29", "2024-02-29"),
        ("2026-02-29", "error: '2026-02-29' is not a time of RFC 3339"),
        ("2026-13-01", "error: '2026-13-01' is not a time of RFC 3339"),
        ("1969-12-31T00:00:00Z", "error: '1969-12-31T00:00:00Z' is not a time of RFC 3339"),
        ("2026-03-01T25:00:00Z", "error: '2026-03-01T25:00:00Z' is not a time of RFC 3339"),
        ("2026-03-01T14:00:00.", "error: '2026-03-01T14:00:00.' is not a time of RFC 3339"),
        ("2026-03-01T14:00:00+2", "error: '2026-03-01T14:00:00+2' is not a time of RFC 3339"),
        ("today 24:00", "error: 'today 24:00' has no time of day such as 14:00"),
        ("soon", "error: 'soon' is not a time"), ("90", "error: '90' has no unit"),
    ])
    func instants(text: String, expected: String) {
        #expect(reprint(.instant, text) == expected)
    }

    @Test func instantsBecomeAbsolute() throws {
        // 2026-03-01T22:30:00Z; two hours east it is already the next day, half past midnight.
        let now: Int64 = 1_772_404_200_000
        let at = { (text: String) in
            try ValueType<InstantExpression>.instant.value(of: text).unixMilliseconds(now: now, zoneOffset: 7200)
        }
        #expect(try at("2026-03-01T22:30:00Z") == now)
        #expect(try at("2h") == now - 7_200_000)
        #expect(try at("today") == now - 1_800_000)
        #expect(try at("today 00:30") == now)
        #expect(try at("yesterday 00:30") == now - 86_400_000)
        #expect(try at("2026-03-02") == now - 1_800_000)
        #expect(InstantExpression.ago(.seconds(1)).unixMilliseconds(now: .min, zoneOffset: 0) == .min)
    }

    @Test(arguments: [
        ("80351110224678912", "80351110224678912"), ("0", "0"), ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "error: '18446744073709551616' does not fit in 64 bits"),
        ("-1", "error: '-1' is not an id"), ("1x", "error: '1x' is not an id"),
    ])
    func snowflakes(text: String, expected: String) {
        #expect(reprint(.snowflake, text) == expected)
    }

    @Test(arguments: [
        ("@ada", "@ada"), ("1", "1"), ("<@1>", "1"), ("<@!1>", "1"), ("ada", "error: 'ada' is not a user"),
        ("@", "error: '@' has no valid name after '@'"), ("<@x>", "error: '<@x>' is not a user"),
        ("<@99999999999999999999>", "error: '<@99999999999999999999>' does not fit in 64 bits"),
        ("<@", "error: '<@' is not a user"), ("<@>", "error: '<@>' is not a user"),
    ])
    func users(text: String, expected: String) {
        #expect(reprint(.userRef, text) == expected)
    }

    @Test(arguments: [
        ("ops/general", "ops/general"), ("<#5>", "5"), ("5", "5"), ("ops/été/x", "ops/été/x"),
        ("@ada", "@ada"), ("<@5>", "<@5>"), ("<@!5>", "<@5>"), ("@", "error: '@' has no valid name after '@'"),
        ("general", "error: 'general' is not a channel"), ("/x", "error: '/x' is not a channel"),
        ("ops/", "error: 'ops/' is not a channel"), ("a/\u{1b}[31m", "error: 'a/\\u{1b}[31m' is not a channel"),
    ])
    func channels(text: String, expected: String) {
        #expect(reprint(.channelRef, text) == expected)
    }

    @Test(arguments: [
        ("0-31,40", "0-31,40"), ("5", "5"), ("3,1,2", "1-3"), ("1-4,2-3", "1-4"), ("65535", "65535"),
        ("5-3", "error: '5-3' runs backwards"), ("65536", "error: '65536' is above the greatest value, 65535"),
        ("1,,2", "error: '' is not a number or a range"), ("1-2-3", "error: '1-2-3' is not a number or a range"),
        ("-1", "error: '-1' is not a number or a range"),
    ])
    func idRanges(text: String, expected: String) {
        #expect(reprint(.idRange, text) == expected)
        #expect(reprint(.idRange, String(repeating: "1,", count: 5000)) == "error: the value has more than 1024 parts")
    }

    @Test(arguments: [
        ("zone=a,role!=worker", "zone=a,role!=worker"), ("zone", "error: 'zone' is not a condition"),
        ("=a", "error: '=a' is not a condition"), ("a=", "error: 'a=' is not a condition"),
        ("a=b,", "error: '' is not a condition"), ("!=b", "error: '!=b' is not a condition"),
    ])
    func selectors(text: String, expected: String) {
        #expect(reprint(.selector, text) == expected)
    }

    @Test func selectorsMatchLabels() throws {
        let selector = try ValueType<Selector>.selector.value(of: "zone=a,role!=worker")
        #expect(selector.matches(["zone": "a"]))
        #expect(!selector.matches(["zone": "a", "role": "worker"]))
        #expect(reprint(.nodeRef, "gw-3") == "gw-3")
        #expect(reprint(.nodeRef, "zone=a") == "zone=a")
        #expect(reprint(.nodeRef, "gw 3") == "error: 'gw 3' is not a node")
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080"), ("[::1]:0", "[::1]:0"), ("db-2.example:5432", "db-2.example:5432"),
        ("localhost", "error: 'localhost' has no port"), ("[::1]", "error: '[::1]' has no port"),
        (":8080", "error: ':8080' has no host"), ("::1:80", "error: '::1:80' has an IPv6 address without brackets"),
        ("h:65536", "error: 'h:65536' has no port from 0 to 65535"), ("h:", "error: 'h:' has no port from 0 to 65535"),
        ("h:-1", "error: 'h:-1' has no port from 0 to 65535"), ("a b:1", "error: 'a b:1' has no valid host"),
        ("[x]:1", "error: '[x]:1' has no valid host"),
    ])
    func addresses(text: String, expected: String) {
        #expect(reprint(.address, text) == expected)
    }

    @Test(arguments: [
        ("https://admin.example:7443", "https://admin.example:7443"), ("memory:", "memory:"),
        ("sqlite:/x", "sqlite:/x"),
        ("admin.example", "error: 'admin.example' has no scheme"), ("://x", "error: '://x' has no scheme"),
        ("http://a b", "error: 'http://a b' contains a blank or a control character"),
    ])
    func urls(text: String, expected: String) {
        #expect(reprint(.url, text) == expected)
        #expect(
            reprint(.url(schemes: ["https"]), "http://x") == "error: 'http://x' has a scheme that is not accepted here")
    }

    @Test(arguments: [
        (">=3", ">=3"), ("<3", "<3"), ("!=0", "!=0"), ("3", "=3"), (">", "error: '>' is not a comparison"),
        ("=>3", "error: '=>3' is not a comparison"), (">=-3", "error: '>=-3' is not a comparison"),
        (">=99999999999999999999", "error: '99999999999999999999' is above the greatest value, 1000000000"),
    ])
    func comparisons(text: String, expected: String) {
        #expect(reprint(.comparison, text) == expected)
    }

    @Test func comparisonsHold() throws {
        #expect(Comparison(.atLeast, 3).holds(for: 3))
        #expect(!Comparison(.less, 3).holds(for: 3))
    }

    @Test(arguments: [
        ("store.*", "store.timeout", true), ("store.*", "schema.x", false), ("*", "", true), ("?", "", false),
        ("a*b*c", "aXbXbYc", true), ("a*b*c", "aXbXbY", false), ("**a", "bca", true), ("é?", "éx", true),
    ])
    func globsMatch(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try ValueType<Glob>.glob.value(of: pattern).matches(text) == isMatch)
    }

    @Test func keysHaveValues() {
        let type = ValueType<KeyValue<Double>>.keyValue(.decimal, key: "NODE")
        #expect(reprint(type, "gw-3=2") == "gw-3=2")
        #expect(reprint(type, "gw-3") == "error: 'gw-3' has no '='")
        #expect(reprint(type, "=2") == "error: '=2' has no valid key before '='")
        #expect(reprint(type, "a=x") == "error: 'x' is not a number")
        let problem = #expect(throws: ValueProblem.self) { try type.value(of: "a=x") }
        #expect(problem?.place == 2..<3)
    }

    @Test func textHasBounds() {
        #expect(reprint(.string(charactersMax: 3), "été") == "été")
        #expect(reprint(.string(charactersMax: 3), "étés") == "error: the value has more than 3 characters")
        #expect(reprint(.identifier(prefix: "dlq_"), "dlq_9f2c") == "dlq_9f2c")
        #expect(reprint(.identifier(prefix: "dlq_"), "dlq_") == "error: 'dlq_' is not an id that starts with 'dlq_'")
        #expect(reprint(.choice(["a", "b"]), "c") == "error: 'c' is not a known value")
        #expect(reprint(.file, String(repeating: "x", count: 4096)) == "error: the path is longer than 4095 bytes")
        #expect(reprint(.orDash(.file), "-") == "-")
    }

    @Test func everyDeclaredExampleParses() {
        let tool = Sample.tool
        for option in tool.common + tool.allCommands.flatMap(\.command.options) {
            guard let type = option.valueType else { continue }
            #expect(type.accepts(Word(type.example)), "\(option.name): \(type.example)")
        }
    }
}
