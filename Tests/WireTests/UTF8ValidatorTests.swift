import Testing
import Wire

@Suite struct UTF8ValidatorTests {
    private func isValid(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { UTF8Validator.isValid($0) } }

    @Test func agreesWithTheStandardLibraryOnAllShortSequences() {
        // Every one- and two-byte sequence, and of the longer ones every lead with the edges of every range behind it.
        let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in UInt8.min...UInt8.max {
            compare([first])
            for second in UInt8.min...UInt8.max { compare([first, second]) }
            for second in edges {
                for third in edges where first >= 0xE0 {
                    compare([first, second, third])
                    for fourth in edges where first >= 0xF0 { compare([first, second, third, fourth]) }
                }
            }
        }
    }

    @Test func agreesWithTheStandardLibraryOnRandomText() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<(Fuzz.inputs / 4) {
            let original = bytes(generator.text(generator.below(30)))
            compare(original)
            compare(generator.mutated(original))
        }
    }

    @Test(
        arguments: [
            ("plain", .valid),
            ("", .valid),
        ] as [(String, UTF8Validator.Outcome)])
    func acceptsText(text: String, outcome: UTF8Validator.Outcome) {
        #expect(bytes(text).withUnsafeBytes { UTF8Validator.scan($0) } == outcome)
    }

    @Test(
        arguments: [
            ([0x61, 0xE2, 0x82], .incomplete(offset: 1)),
            ([0xF0], .incomplete(offset: 0)),
            ([0xF0, 0x9F, 0x98], .incomplete(offset: 0)),
            ([0x61, 0x62, 0xED, 0xA0], .invalid(offset: 2)),
            ([0x61, 0x80], .invalid(offset: 1)),
            ([0xE0, 0x80], .invalid(offset: 0)),
            ([0xC2, 0x41], .invalid(offset: 0)),
        ] as [([UInt8], UTF8Validator.Outcome)])
    func tellsIncompleteFromInvalid(text: [UInt8], outcome: UTF8Validator.Outcome) {
        #expect(text.withUnsafeBytes { UTF8Validator.scan($0) } == outcome)
    }

    private func compare(_ text: [UInt8]) {
        let expected = String(validating: text, as: UTF8.self) != nil
        if isValid(text) != expected { Issue.record("\(text): the standard library says \(expected)") }
    }
}
