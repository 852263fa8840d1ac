import Testing
import Wire

private func failure(_ text: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONError? {
    do throws(JSONError) {
        _ = try JSONReader.parse(text, limits: limits)
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONReaderTests {
    @Test(arguments: [
        ("null", "null"), (" true ", "true"), ("\t\r\nfalse", "false"), ("0", "0"), ("-0", "0"), ("-12", "-12"),
        ("18446744073709551615", "18446744073709551615"), ("1.50", "1.50"), ("1E+2", "1E+2"), ("-0.0e-0", "-0.0e-0"),
        ("1e999", "1e999"), ("\"\"", "\"\""), (#""\"\\\/\b\f\n\r\t""#, #""\"\\/\b\f\n\r\t""#),
        (#""\u0041\u00df\u20AC\ud83d\uDE00""#, "\"Aß€😀\""), (#""\u0000""#, #""\u0000""#),
        ("\"\u{2028}\"", "\"\u{2028}\""),
        ("[]", "[]"), ("[ 1 , [ ] , { } ]", "[1,[],{}]"), (#"{ "a" : 1 , "b" : [ 2 ] }"#, #"{"a":1,"b":[2]}"#),
        (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#), (#"{"":{"\u0061":null}}"#, #"{"":{"a":null}}"#),
    ])
    func acceptsAndWritesBack(source: String, canonical: String) throws {
        #expect(text(try JSONReader.parse(bytes(source)).serialized()) == canonical)
    }

    @Test(
        arguments: [
            ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("nul", .unexpectedEnd, 3),
            ("nulL", .unexpectedByte, 3),
            ("True", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0), ("'a'", .unexpectedByte, 0),
            ("1 2", .trailingBytes, 2),
            ("{}x", .trailingBytes, 2), ("\u{FEFF}{}", .unexpectedByte, 0), ("\u{0}", .unexpectedByte, 0),
            ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
            ("[1", .unexpectedEnd, 2),
            ("[", .unexpectedEnd, 1), ("[}", .unexpectedByte, 1), ("{", .unexpectedEnd, 1),
            (#"{"a""#, .unexpectedEnd, 4),
            (#"{"a":"#, .unexpectedEnd, 5), (#"{"a":1"#, .unexpectedEnd, 6), (#"{"a":1,}"#, .unexpectedByte, 7),
            (#"{"a" 1}"#, .unexpectedByte, 5), ("{a:1}", .unexpectedByte, 1), ("{1:2}", .unexpectedByte, 1),
            ("[1]// no", .trailingBytes, 3), ("/**/1", .unexpectedByte, 0),
            ("01", .invalidNumber, 0), ("-01", .invalidNumber, 1), ("+1", .unexpectedByte, 0),
            (".5", .unexpectedByte, 0),
            ("1.", .unexpectedEnd, 2), ("1.e5", .invalidNumber, 2), ("-", .unexpectedEnd, 1), ("-a", .invalidNumber, 1),
            ("1e", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3), ("1ex", .invalidNumber, 2),
            ("0x1", .trailingBytes, 1),
            ("1_000", .trailingBytes, 1), ("-Infinity", .invalidNumber, 1),
            ("\"a", .unexpectedEnd, 2), ("\"\\", .unexpectedEnd, 2), ("\"\n\"", .controlCharacter, 1),
            ("\"a\u{1F}\"", .controlCharacter, 2), ("\"\\n\u{0}\"", .controlCharacter, 3),
            (#""\x""#, .invalidEscape, 1),
            (#""\U0041""#, .invalidEscape, 1), (#""a\'""#, .invalidEscape, 2), (#""\u12g4""#, .invalidEscape, 5),
            (#""\u12"#, .unexpectedEnd, 5), (#""\ud800""#, .loneSurrogate, 1), (#""\udc00""#, .loneSurrogate, 1),
            (#""\ud800\n""#, .loneSurrogate, 1), (#""\ud800\u0041""#, .loneSurrogate, 1),
            (#""\ud800\ud800""#, .loneSurrogate, 1),
        ] as [(String, JSONError.Code, Int)])
    func refuses(source: String, code: JSONError.Code, offset: Int) {
        #expect(failure(bytes(source)) == JSONError(code, at: offset), "\(source)")
    }

    @Test(
        arguments: [
            ([0x22, 0xFF, 0x22], 1), ([0x22, 0x61, 0xC0, 0x80, 0x22], 2), ([0x22, 0xE2, 0x82, 0x22], 1),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0x5C, 0x6E, 0xF4, 0x90, 0x80, 0x80, 0x22], 3),
            ([0x22, 0x80, 0x5C, 0x6E, 0x22], 1),
        ] as [([UInt8], Int)])
    func refusesStringsThatAreNotUTF8(source: [UInt8], offset: Int) {
        #expect(failure(source) == JSONError(.invalidUTF8, at: offset))
    }

    // MARK: Limits

    @Test func boundsTheLength() {
        #expect(failure(bytes("[1]"), limits: JSONLimits(bytes: 3)) == nil)
        #expect(failure(bytes("[1] "), limits: JSONLimits(bytes: 3)) == JSONError(.tooLong, at: 3))
    }

    @Test func boundsTheDepth() {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(failure(bytes(deepest)) == nil)
        #expect(failure(bytes("[\(deepest)]")) == JSONError(.tooDeep, at: 64))
        let objects = String(repeating: #"{"a":"#, count: 65)
        #expect(failure(bytes(objects)) == JSONError(.tooDeep, at: 64 * 5))
        #expect(failure(bytes("[]"), limits: JSONLimits(depth: 0)) == JSONError(.tooDeep, at: 0))
    }

    @Test func survivesBottomlessNestingWhateverTheLimitSays() {
        let endless = [UInt8](repeating: UInt8(ascii: "["), count: 500_000)
        #expect(failure(endless)?.code == .tooDeep)
        #expect(failure(endless, limits: JSONLimits(depth: .max)) == JSONError(.tooDeep, at: 512))
    }

    @Test func boundsTheKeysOfAnObject() throws {
        let most = (0..<1_000).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        let value = try JSONReader.parse(bytes("{\(most)}"))
        #expect(value["k999"]?.int == 999)
        #expect(failure(bytes(#"{\#(most),"x":1}"#))?.code == .tooManyKeys)
        #expect(failure(bytes(#"{"a":1,"a":2,"a":3}"#), limits: JSONLimits(keysPerObject: 2))?.code == .tooManyKeys)
    }

    @Test func boundsTheNumberOfValues() {
        #expect(failure(bytes("[1,2]"), limits: JSONLimits(nodes: 3)) == nil)
        #expect(failure(bytes("[1,[]]"), limits: JSONLimits(nodes: 2)) == JSONError(.tooManyNodes, at: 3))
    }

    @Test(arguments: [3, 16, 17, 40])
    func keepsOrderAndTheLastValueOfARepeatedKey(count: Int) throws {
        let members = (0..<count).map { #""k\#($0)":\#($0)"# }
        let source = "{" + (members + [#""k1":"again""#, #""k0":"last""#]).joined(separator: ",") + "}"
        let object = try #require(try JSONReader.parse(bytes(source)).object)
        #expect(object.members.map(\.key) == (0..<count).map { "k\($0)" })
        #expect(object["k1"]?.string == "again")
        #expect(object["k0"]?.string == "last")
        #expect(object["k\(count - 1)"]?.int == count - 1)
        #expect(object["absent"] == nil)
    }
}

@Suite struct JSONValueTests {
    private func value(_ source: String) throws -> JSONValue { try JSONReader.parse(bytes(source)) }

    @Test(
        arguments: [
            ("0", 0, 0), ("-0", 0, 0), ("-1", -1, nil), ("9223372036854775807", .max, 9_223_372_036_854_775_807),
            ("-9223372036854775808", .min, nil), ("9223372036854775808", nil, 9_223_372_036_854_775_808),
            ("-9223372036854775809", nil, nil), ("18446744073709551615", nil, .max), ("18446744073709551616", nil, nil),
            ("1.5", nil, nil), ("1.0", nil, nil), ("1e2", nil, nil), ("1e999", nil, nil), ("-1e999", nil, nil),
            ("100000000000000000000000000000000000000000", nil, nil), (#""1""#, nil, nil), ("true", nil, nil),
            ("null", nil, nil),
        ] as [(String, Int?, UInt64?)])
    func convertsIntegersExactlyOrNotAtAll(source: String, int: Int?, uint64: UInt64?) throws {
        #expect(try value(source).int == int)
        #expect(try value(source).uint64 == uint64)
    }

    @Test(
        arguments: [
            ("1", 1), ("1.5", 1.5), ("-2.5e-1", -0.25), ("18446744073709551616", 18_446_744_073_709_551_616),
            ("18446744073709551615", 18_446_744_073_709_551_616), ("1e999", nil), ("1e-999", 0), (#""1""#, nil),
        ] as [(String, Double?)])
    func convertsToTheNearestDouble(source: String, double: Double?) throws {
        #expect(try value(source).double == double)
    }

    @Test(
        arguments: [
            (#""81384788765712384""#, 81_384_788_765_712_384), ("81384788765712384", 81_384_788_765_712_384), ("0", 0),
            (#""0""#, 0), (#""18446744073709551615""#, .max), ("18446744073709551615", .max),
            (#""18446744073709551616""#, nil),
            (#""""#, nil), (#""01""#, nil), (#""+1""#, nil), (#""-1""#, nil), (#"" 1""#, nil), (#""1 ""#, nil),
            (#""0x1""#, nil),
            (#""١""#, nil), ("-1", nil), ("1.0", nil), ("null", nil), ("[1]", nil),
            (#""99999999999999999999999999""#, nil),
        ] as [(String, UInt64?)])
    func readsIdsFromStringsAndIntegers(source: String, id: UInt64?) throws {
        #expect(try value(source).snowflake == id)
    }

    @Test func answersNilForOtherKinds() throws {
        let object = try value(#"{"s":"x","n":7,"b":false,"z":null,"a":[1]}"#)
        #expect(object["s"]?.string == "x")
        #expect(object["n"]?.int(in: 0...7) == 7)
        #expect(object["n"]?.int(in: 0...6) == nil)
        #expect(object["b"]?.bool == false)
        #expect(object["z"]?.isNull == true)
        #expect(object["a"]?.array == [.number(.integer(1))])
        #expect(object["s"]?.isNull == false)
        #expect(object["s"]?.int == nil)
        #expect(object["s"]?.bool == nil)
        #expect(object["n"]?.string == nil)
        #expect(object["z"]?.array == nil)
        #expect(object["a"]?.object == nil)
        #expect(object["a"]?["s"] == nil)
        #expect(object["absent"] == nil)
    }
}
