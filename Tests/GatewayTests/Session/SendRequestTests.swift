import BackendContracts
import Chat
import Testing
import Wire

@testable import Gateway

@Suite("Reading SEND_MESSAGE") struct SendRequestTests {
    @Test(arguments: [
        #"{"op":102,"d":{"channel_id":"7","content":"hi"}}"#,
        #" { "op" : 102 , "d" : { "content" : "h\u0069" , "channel_id" : "7" } } "#,
    ])
    func theCommonFormsAreReadWithoutATree(text: String) {
        #expect(
            Self.flat(text)
                == SendRequest(channel: ChannelID(7), content: "hi", nonce: nil, enforcesNonce: false, isTTS: false))
    }

    @Test(arguments: [
        #"{"op":101,"d":{"channel_id":"7","content":"hi"}}"#,
        #"{"op":102,"d":{"channel_id":"7"}}"#,
        #"{"op":102,"d":{"channel_id":"07","content":"hi"}}"#,
        #"{"op":102,"d":{"channel_id":"7","content":"hi","content":"ho"}}"#,
        #"{"op":102,"d":{"channel_id":"7","content":"hi","nonce":1.5}}"#,
        #"{"op":102,"d":{"channel_id":"7","content":"hi","tts":null}}"#,
        #"{"op":102,"d":{"channel_id":"7","content":"hi"},"s":null}"#,
        #"{"op":102,"d":{"channel_id":"7","content":"hi"}}x"#,
        #"{"op":102,"d":{"channel_id":"7","content":"hi"}"#,
        #"{"op":102,"d":{"channel_id":"7","content":"hi",}}"#,
        #"{"op":102,"d":{}}"#,
        "{\"op\":102,\"d\":{\"channel_id\":\"7\",\"content\":\"a\nb\"}}",
    ])
    func anythingElseIsLeftToTheTree(text: String) {
        #expect(Self.flat(text) == nil)
    }

    /// Whatever is read without a tree says what the tree says.
    @Test(arguments: 0..<20)
    func bothWaysOfReadingAgree(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var flatCount = 0
        for _ in 0..<500 {
            let text = Self.payload(&random)
            guard let flat = Self.flat(text) else { continue }
            flatCount += 1
            let value = try JSONReader.parse(Array(text.utf8))
            #expect(value["op"]?.int == 102, "\(text)")
            #expect(try SendRequest(value["d"] ?? .null) == flat, "\(text)")
        }
        #expect(flatCount > 25)
    }

    private static func flat(_ text: String) -> SendRequest? {
        Array(text.utf8).withUnsafeBytes { SendRequest(flat: $0) }
    }

    private static func payload(_ random: inout SeededGenerator) -> String {
        func space() -> String {
            Int.random(in: 0..<8, using: &random) == 0 ? [" ", "\n", "\t "].randomElement(using: &random) ?? "" : ""
        }
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        var members = [
            #""channel_id":"# + space() + pick([#""7""#, #""7""#, #""18446744073709551615""#, "7", #""x""#]),
            #""content":"# + space() + pick([#""hi""#, #""""#, #""ä\n\ud83d\ude00""#, #""hi""#, "5", #""\ud800""#]),
        ]
        if Bool.random(using: &random) {
            members.append(
                #""nonce":"#
                    + pick([#""n1""#, "12", "-3", "99999999999999999999", "null", #""12345678901234567890123456""#]))
        }
        if Bool.random(using: &random) { members.append(#""tts":"# + pick(["true", "false", "null", "1"])) }
        if Bool.random(using: &random) { members.append(#""enforce_nonce":"# + pick(["true", "false"])) }
        if Int.random(in: 0..<6, using: &random) == 0 {
            members.append(pick([#""content":"2""#, #""flags":4"#, #""\u0074ts":true"#]))
        }
        members.shuffle(using: &random)
        let data = "{" + space() + members.joined(separator: space() + "," + space()) + space() + "}"
        let operation = pick(["102", "102", "102", "102", "1", "102.0", #""SEND_MESSAGE""#])
        let ends = pick(["}", "}", "}", "}", "} ", "}}", #","t":null}"#])
        return space() + "{" + space() + #""op":"# + operation + space() + "," + space() + #""d":"# + data + space()
            + ends
    }
}
