import Testing

@testable import Chat

@Suite("Building bytes") struct ByteBuilderTests {
    /// Against the plainest way to do the same, from so little room that it grows many times.
    @Test(arguments: 0..<20)
    func piecesStandBehindEachOther(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var builder = ByteBuilder(capacity: 0)
        var expected: [UInt8] = []
        for _ in 0..<500 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                let byte = UInt8.random(in: 0...255, using: &random)
                builder.append(byte)
                expected.append(byte)
            case 1:
                let piece = (0..<Int.random(in: 0..<200, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
                builder.append(piece)
                expected += piece
            case 2:
                builder.append("gr\u{FC}n")
                expected += Array("gr\u{FC}n".utf8)
            case 3:
                builder.append(literal: #""s":"#)
                expected += Array(#""s":"#.utf8)
            case 4:
                let number =
                    UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0..<64, using: &random)
                builder.append(decimal: number)
                expected += Array(String(number).utf8)
            default:
                builder.append(repeating: 0x20, count: 9)
                expected += Array(repeating: 0x20, count: 9)
            }
        }
        #expect(builder.bytes == expected)
        #expect(builder.count == expected.count)
    }

    @Test(arguments: [(UInt64(0), "0"), (9, "9"), (10, "10"), (.max, "18446744073709551615")])
    func numbersAreWrittenInFull(number: UInt64, text: String) {
        var builder = ByteBuilder(capacity: 0)
        builder.append(decimal: number)
        #expect(builder.bytes == Array(text.utf8))
    }

    @Test func numbersOfAWidthHaveZerosInFront() {
        var builder = ByteBuilder(capacity: 0)
        builder.append(decimal: 7, digits: 2)
        builder.append(decimal: 2_026, digits: 4)
        builder.append(decimal: 0, digits: 6)
        #expect(builder.bytes == Array("072026000000".utf8))
    }

    @Test func whatWasBuiltCanBeChangedInPlace() {
        var builder = ByteBuilder(capacity: 4)
        builder.append(literal: "__text")
        let tail = builder.withBytes(from: 1) { bytes in
            bytes[0] = UInt8(ascii: "+")
            return [UInt8](bytes)
        }
        #expect(tail == Array("+text".utf8))
    }
}
