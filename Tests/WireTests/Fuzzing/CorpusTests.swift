import Foundation
import Testing

/// The inputs that coverage-guided fuzzing found worth keeping (`Tests/Fuzzing/run`), and every one that once broke a promise.
@Suite("Fuzz corpus") struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus")

    @Test(arguments: FuzzTarget.allCases)
    func parsersKeepTheirPromises(target: FuzzTarget) throws {
        let text = try String(contentsOf: Self.folder.appending(path: "\(target.rawValue).txt"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        #expect(lines.count > 10)
        for line in lines {
            let input = try #require(Data(base64Encoded: String(line)))
            let complaint = target.complaint(about: Array(input))
            #expect(complaint == nil, "\(line)")
        }
    }
}
