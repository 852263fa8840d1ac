import Foundation
import Logging
import Node
import Testing

@Suite("The node's log")
struct LoggingTests {
    private static let date = Date(timeIntervalSince1970: 1_700_000_000.25)
    private static let hostile = "a\nb\r\u{1B}[31m\"\\\u{0}\u{9B}é"

    private func line(_ format: NodeLogHandler.Format, _ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        NodeLogHandler(label: "test", format: format, level: .info).line(.notice, message, metadata, at: Self.date)
    }

    @Test func writesForPeople() {
        #expect(
            line(.text(isColored: false), "started", ["node.name": "a", "b": "c"])
                == "2023-11-14T22:13:20.250Z notice   started b=c node.name=a"
        )
        #expect(line(.text(isColored: true), "started").contains("\u{1B}[36mnotice"))
    }

    @Test func writesOneJSONObjectForMachines() throws {
        let text = line(.json, Self.hostile, ["user.name": "\(Self.hostile)"])
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
        #expect(object["message"] == Self.hostile)
        #expect(object["user.name"] == Self.hostile)
        #expect(object["level"] == "notice" && object["logger"] == "test" && object["at"] == "2023-11-14T22:13:20.250Z")
    }

    @Test(arguments: [NodeLogHandler.Format.json, .text(isColored: false)])
    func neitherForgesLinesNorMovesTheCursor(_ format: NodeLogHandler.Format) {
        let text = line(format, Self.hostile, ["k": "\(Self.hostile)"])
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
    }
}
