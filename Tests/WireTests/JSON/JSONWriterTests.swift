import Testing
import Wire

private func output(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return text(writer.bytes)
}

@Suite struct JSONWriterTests {
    @Test func putsCommasBetweenMembersAndElements() {
        let json = output { json in
            json.object {
                $0.field("a", 1)
                $0.object("empty") { _ in }
                $0.array("list") { list in
                    list.value("x")
                    list.array { _ in }
                    list.object { $0.null("n") }
                    list.raw(bytes("[0]"))
                    list.value(true)
                }
                $0.array("none") { _ in }
                $0.key(dynamic: "q\"")
                $0.value(-2)
            }
        }
        #expect(json == #"{"a":1,"empty":{},"list":["x",[],{"n":null},[0],true],"none":[],"q\"":-2}"#)
    }

    @Test func writesEveryKindOfField() {
        let json = output { json in
            json.object {
                $0.field("s", "x")
                $0.field("i", Int64.min)
                $0.field("u", UInt64.max)
                $0.field("b", false)
                $0.field("d", 0.5)
                $0.field("id", snowflake: 81_384_788_765_712_384)
                $0.field("t", unixMilliseconds: 0)
                $0.field("r", raw: bytes("{}"))
                $0.field("v", JSONValue.array([.null]))
                $0.field("ids", snowflakes: [1, 2])
            }
        }
        let expected =
            #"{"s":"x","i":-9223372036854775808,"u":18446744073709551615,"b":false,"d":0.5,"id":"81384788765712384","#
            + #""t":"1970-01-01T00:00:00.000000+00:00","r":{},"v":[null],"ids":["1","2"]}"#
        #expect(json == expected)
    }

    @Test func writesNullForWhatIsMissing() {
        let json = output { json in
            json.object {
                $0.field("s", nil as String?)
                $0.field("i", nil as Int?)
                $0.field("l", nil as Int64?)
                $0.field("u", nil as UInt64?)
                $0.field("b", nil as Bool?)
                $0.field("d", nil as Double?)
                $0.field("id", snowflake: nil)
                $0.field("t", unixMilliseconds: nil)
            }
        }
        let keys = ["s", "i", "l", "u", "b", "d", "id", "t"]
        #expect(json == "{" + keys.map { "\"\($0)\":null" }.joined(separator: ",") + "}")
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("a\"b\\c/", #"a\"b\\c/"#), ("\u{8}\u{9}\u{A}\u{C}\u{D}", #"\b\t\n\f\r"#),
        ("\u{0}\u{1}\u{1F}\u{7F}", "\\u0000\\u0001\\u001f\u{7F}"), ("ß€😀\u{2028}", "ß€😀\u{2028}"), ("\n", #"\n"#),
    ])
    func escapesOnlyWhatMustBeEscaped(plain: String, escaped: String) {
        #expect(output { $0.value(plain) } == "\"\(escaped)\"")
    }

    @Test(
        arguments: [
            (0, "0.0"), (-1.5, "-1.5"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"), (.infinity, "null"),
            (.nan, "null"),
        ] as [(Double, String)])
    func writesDoublesAsJSONKnowsThem(number: Double, expected: String) {
        #expect(output { $0.value(number) } == expected)
    }

    @Test func readsBackRandomTrees() throws {
        var generator = SeededGenerator(seed: 0x750A)
        for _ in 0..<300 {
            let tree = randomTree(&generator, depth: 0)
            let encoded = tree.serialized()
            #expect(try JSONReader.parse(encoded) == tree)
            #expect(try JSONReader.parse(encoded).serialized() == encoded)
        }
    }

    private func randomTree(_ generator: inout SeededGenerator, depth: Int) -> JSONValue {
        switch generator.below(depth < 4 ? 9 : 7) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(.integer(Int64(bitPattern: generator.next() >> UInt64(generator.below(64)))))
        case 3: return .number(.unsigned(generator.next() | 1 << 63))
        case 4: return .number(.other(Double.random(in: -1e9...1e9, using: &generator).description))
        case 5, 6: return .string(generator.text(generator.below(20)))
        case 7: return .array((0..<generator.below(5)).map { _ in randomTree(&generator, depth: depth + 1) })
        default:
            var object = JSONObject()
            for _ in 0..<generator.below(20) {
                object.set(generator.text(generator.below(4)), randomTree(&generator, depth: depth + 1))
            }
            return .object(object)
        }
    }
}

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000+00:00"),
            (1_420_070_400_000, "2015-01-01T00:00:00.000000+00:00"),
            (1_462_015_105_796, "2016-04-30T11:18:25.796000+00:00"),
            (951_782_399_999, "2000-02-28T23:59:59.999000+00:00"),
            (951_782_400_000, "2000-02-29T00:00:00.000000+00:00"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000000+00:00"),
            (-1, "1969-12-31T23:59:59.999000+00:00"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999000+00:00"),
            (.max, "9999-12-31T23:59:59.999000+00:00"),
            (.min, "0000-01-01T00:00:00.000000+00:00"),
        ] as [(Int64, String)])
    func writesKnownInstants(milliseconds: Int64, expected: String) {
        #expect(Timestamp.text(unixMilliseconds: milliseconds) == expected)
    }

    @Test func countsDaysAsTheCalendarDoes() {
        var milliseconds: Int64 = 1_420_070_400_000
        for year in 2015...2170 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (index, days) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in [1, days] {
                    let instant = milliseconds + Int64(day - 1) * 86_400_000
                    let month = (index < 9 ? "0" : "") + "\(index + 1)"
                    let expected = "\(year)-\(month)-\(day < 10 ? "0" : "")\(day)T00:00:00.000000+00:00"
                    #expect(Timestamp.text(unixMilliseconds: instant) == expected)
                }
                milliseconds += Int64(days) * 86_400_000
            }
        }
    }
}
