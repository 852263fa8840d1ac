import Testing
import Wire

private func payload(_ source: String) throws(JSONError) -> GatewayPayload {
    let source = bytes(source)
    let outcome: Result<GatewayPayload, JSONError> = source.withUnsafeBytes { buffer in
        do throws(JSONError) {
            return .success(try GatewayPayload.parse(buffer))
        } catch {
            return .failure(error)
        }
    }
    return try outcome.get()
}

@Suite struct GatewayPayloadTests {
    @Test(
        arguments: [
            (#"{"op":1,"d":251}"#, .number(251)), (#"{"op":1,"d":null}"#, nil),
            (#" { "d" : 251 , "op" : 1 } "#, .number(251)),
            (#"{"op":1,"d":0}"#, .number(0)), (#"{"op":1}"#, nil),
            (#"{"op":1,"d":251,"s":null,"t":null}"#, .number(251)),
            (#"{"op":1,"d":9223372036854775807}"#, .number(.max)),
        ] as [(String, Beat?)])
    func readsHeartbeats(source: String, beat: Beat?) throws {
        let payload = try payload(source)
        #expect(payload.operation == .number(1))
        #expect(payload.data.int == beat?.sequence)
        #expect(payload.data.isNull == (beat == nil))
        #expect(payload.sequence == nil)
        #expect(payload.event == nil)
    }

    @Test func readsNamesSequencesAndData() throws {
        let payload = try payload(#"{"t":"X","s":5,"op":"SEND_MESSAGE","d":{"content":"hi"},"extra":[1]}"#)
        #expect(payload.operation == .name("SEND_MESSAGE"))
        #expect(payload.sequence == 5)
        #expect(payload.event == "X")
        #expect(payload.data["content"]?.string == "hi")
    }

    @Test(arguments: [
        "[]", "1", "{}", #"{"d":1}"#, #"{"op":null}"#, #"{"op":1.5}"#, #"{"op":1e999}"#, #"{"op":9223372036854775808}"#,
        #"{"op":[1]}"#, #"{"op":true}"#, #"{"op":1,"s":-1}"#, #"{"op":1,"s":"1"}"#, #"{"op":1,"t":5}"#,
    ])
    func refusesJSONThatIsNoPayload(source: String) {
        #expect(throws: JSONError(.notAPayload, at: 0)) { try payload(source) }
    }

    @Test(arguments: [
        #"{"op":01,"d":1}"#, #"{"op":1,"d":01}"#, #"{"op":1,"d":251"#, #"{"op":1,"d":251,}"#, #"{"op":1,"d":nul}"#,
        #"{"op":1,"d":251}}"#, #"{"op":+1,"d":1}"#, #"{"op":1 "d":1}"#, #"{"op":1,"d":}"#, "",
    ])
    func refusesBrokenHeartbeats(source: String) {
        #expect(throws: JSONError.self) { try payload(source) }
    }

    @Test func boundsTheLength() {
        let padded = #"{"op":1,"d":251}"# + String(repeating: " ", count: WireLimits.messageBytesMax)
        #expect(throws: JSONError(.tooLong, at: WireLimits.messageBytesMax)) { try payload(padded) }
    }

    @Test func takesTheShortWayOnlyWhereBothWaysAgree() {
        var generator = SeededGenerator(seed: 0xBEA7)
        let seeds = [#"{"op":1,"d":251}"#, #"{"op":1,"d":null}"#, #"{ "d" : 7 , "op" : 1 }"#, #"{"op":10,"d":0}"#].map(
            bytes)
        for _ in 0..<Fuzz.inputs {
            let source = generator.mutated(seeds[generator.below(seeds.count)])
            let short = try? source.withUnsafeBytes { try GatewayPayload.parse($0) }
            let long = try? GatewayPayload(try JSONReader.parse(source))
            if short != long {
                Issue.record("\(text(source)): \(String(describing: short)), \(String(describing: long))")
            }
        }
    }

    struct Beat: Sendable {
        var sequence: Int
        static func number(_ sequence: Int) -> Beat { Beat(sequence: sequence) }
    }
}
