import HTTPTypes
import Testing
import Wire

/// S12: the limit of every text that people write, to the character, whatever a character is made of.
@Suite("REST: limits of fields") struct FieldLimitTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var method = HTTPRequest.Method.post
        var path: String
        /// With `%` where the text stands.
        var body: String
        var most: Int
        /// Where it is complained about.
        var field: String
        /// Where the answer has it, as keys and indices; empty for where it has not.
        var place: [String] = []

        var testDescription: String { "\(method) \(path) \(field)" }
    }

    private static let message = "/channels/{c}/messages"

    private static func embed(_ body: String, _ most: Int, _ field: String) -> Row {
        Row(
            path: message, body: #"{"embeds":[\#(body)]}"#, most: most, field: "embeds.0.\(field)",
            place: ["embeds", "0"] + field.split(separator: ".").map { String($0) })
    }

    private static let rows: [Row] = [
        Row(path: message, body: #"{"content":"%"}"#, most: 2_000, field: "content", place: ["content"]),
        Row(path: message, body: #"{"content":"x","nonce":"%"}"#, most: 25, field: "nonce", place: ["nonce"]),
        embed(#"{"title":"%"}"#, 256, "title"), embed(#"{"description":"%"}"#, 4_096, "description"),
        embed(#"{"title":"x","footer":{"text":"%"}}"#, 2_048, "footer.text"),
        embed(#"{"title":"x","author":{"name":"%"}}"#, 256, "author.name"),
        embed(#"{"fields":[{"name":"%","value":"x"}]}"#, 256, "fields.0.name"),
        embed(#"{"fields":[{"name":"x","value":"%"}]}"#, 1_024, "fields.0.value"),
        Row(path: "/guilds", body: #"{"name":"%"}"#, most: 100, field: "name", place: ["name"]),
        Row(
            method: .patch, path: "/guilds/{g}", body: #"{"description":"%"}"#, most: 300, field: "description",
            place: ["description"]),
        Row(
            path: "/guilds/{g}/channels", body: #"{"name":"%","type":2}"#, most: 100, field: "name", place: ["name"]),
        Row(
            method: .patch, path: "/channels/{c}", body: #"{"topic":"%"}"#, most: 1_024, field: "topic",
            place: ["topic"]),
        Row(path: "/guilds/{g}/roles", body: #"{"name":"%"}"#, most: 100, field: "name", place: ["name"]),
        Row(
            method: .patch, path: "/guilds/{g}/members/{member}", body: #"{"nick":"%"}"#, most: 32, field: "nick",
            place: ["nick"]),
        Row(path: "/channels/{c}/webhooks", body: #"{"name":"%"}"#, most: 80, field: "name", place: ["name"]),
        Row(
            path: "/users/@me/channels", body: #"{"recipients":["{member}","{stranger}"],"name":"%"}"#, most: 100,
            field: "name", place: ["name"]),
    ]

    @Test(arguments: rows)
    func whatFitsIsReadBackAndOneMoreIsNot(_ row: Row) async throws {
        try await World.run { (world) async throws in
            func ask(_ text: String) async throws -> Answer {
                let body = row.body.split(separator: "%", omittingEmptySubsequences: false).joined(separator: text)
                return try await world.call(row.method, row.path, as: world.owner, body)
            }
            // Of one, two and four bytes, and the last ones are two to the eye of one.
            for unit in ["x", "é", "𝄞", "e\u{301}"] {
                let scalars = unit.unicodeScalars.count
                let text =
                    String(repeating: unit, count: row.most / scalars)
                    + String(repeating: "y", count: row.most % scalars)
                let fits = try await ask(text)
                #expect((200..<300).contains(fits.status), "\(unit)")
                let read = row.place.reduce(fits.json as JSONValue?) { value, key in
                    Int(key).flatMap { index in value?.array.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
                        ?? value?[key]
                }
                #expect(read?.string.map { Array($0.utf8) } == Array(text.utf8), "\(unit)")
                let refused = try await ask(text + "z")
                #expect(refused.verdict == "400/50035", "\(unit)")
                #expect(refused.errorPaths == [row.field], "\(unit)")
            }
        }
    }
}
