import Arguments
import Testing

@Suite("Words")
struct WordTests {
    @Test(arguments: [
        ([UInt8](), nil), ([0x61, 0xff], 1), ([0xc3], 0), ([0xc3, 0xa9, 0x80], 2), ([0xed, 0xa0, 0x80], 0),
        ([0x61, 0xf0, 0x9f, 0x98], 1), ([0xf0, 0x9f, 0x98, 0x80], nil), ([0xc0, 0x80], 0),
    ])
    func firstInvalidByteIsFound(bytes: [UInt8], offset: Int?) {
        let word = Word(bytes: bytes)
        #expect(word.firstInvalidByte == offset)
        #expect((word.text == nil) == (offset != nil))
    }

    @Test func processArgumentsAreAllThere() {
        #expect(Word.processArguments.map(\.display) == Array(CommandLine.arguments.dropFirst()))
    }

    @Test func positionsHaveALength() {
        #expect(Position(word: 0, length: 0).length == 1)
    }

    @Test func manyUnknownOptionsAreCheapToRefuse() {
        let line = [Word](repeating: "--no-such-option-at-all", count: 5_000)
        guard case .refused(let refusal) = Sample.parser.parse(line).outcome else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.diagnostics.count == 5)
        #expect(refusal.omittedCount == 4_995)
    }

    @Test func longWordsAreNotCompared() {
        let result = Sample.parser.parse(["dlq", "list", Word("--" + String(repeating: "x", count: 1_000_000))])
        #expect(result.codes == [.unknownOption])
        guard case .refused(let refusal) = result.outcome else { return }
        let text = DiagnosticRenderer().text(of: refusal, on: result.line)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }
}
