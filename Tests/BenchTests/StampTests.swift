import Bench
import Testing

@Suite("Stamp in a message's content")
struct StampTests {
    private static func written(_ stamp: Stamp, before: String = "", after: String = "") -> [UInt8] {
        var mark = [UInt8](repeating: 0, count: Stamp.bytes)
        mark.withUnsafeMutableBytes { stamp.write(into: $0, at: 0) }
        return Array(before.utf8) + mark + Array(after.utf8)
    }

    @Test(arguments: [
        Stamp(nanoseconds: 0, sequence: 0), Stamp(nanoseconds: 1, sequence: 1),
        Stamp(nanoseconds: 9_999_999_999_999_999_999, sequence: .max),
    ])
    func readsWhatItWrote(stamp: Stamp) {
        let bytes = Self.written(stamp, before: #"{"op":0,"d":{"content":""#, after: #"abc"}}"#)
        #expect(bytes.withUnsafeBytes { Stamp.first(in: $0) } == stamp)
    }

    @Test func looksBehindATildeThatBeginsNoStamp() {
        let stamp = Stamp(nanoseconds: 42, sequence: 7)
        let bytes = Self.written(stamp, before: "a ~ b ~0000000000000000000.")
        #expect(bytes.withUnsafeBytes { Stamp.first(in: $0) } == stamp)
    }

    @Test func findsNoneInAnyPartOfAStamp() {
        let bytes = Self.written(Stamp(nanoseconds: 123_456_789, sequence: 99))
        for length in 0..<bytes.count {
            #expect(bytes[..<length].withUnsafeBytes { Stamp.first(in: $0) } == nil)
        }
    }

    @Test func refusesASequenceThatIsTooLarge() {
        let bytes = Array("~0000000000000000001.9999999999~".utf8)
        #expect(bytes.count == Stamp.bytes)
        #expect(bytes.withUnsafeBytes { Stamp.first(in: $0) } == nil)
    }
}
