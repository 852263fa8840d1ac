import Wire

/// What a parser of strangers' bytes promises, checked on one input. The same checks run over the committed corpus with the tests and under
/// libFuzzer (`Tests/Fuzzing/run`), which finds the inputs.
enum FuzzTarget: String, CaseIterable, Sendable {
    case frames, handshake, target, form, json, payload

    /// What is wrong with what the parser made of the input; `nil` when it kept its promises.
    func complaint(about input: [UInt8]) -> String? {
        switch self {
        case .frames: Self.frames(input)
        case .handshake: Self.handshake(input)
        case .target: Self.target(input)
        case .form: Self.form(input)
        case .json: Self.json(input)
        case .payload: Self.payload(input)
        }
    }

    /// The first byte says where the stream is cut; the events must be those of a second, plain implementation all the same.
    private static func frames(_ input: [UInt8]) -> String? {
        let stream = Array(input.dropFirst())
        let cut = min(Int(input.first ?? 0), stream.count)
        var feed = FrameFeed(messageBytesMax: 200)
        if feed.feed(stream[..<cut]) { feed.feed(stream[cut...]) }
        if feed.stalled { return "no progress" }
        let hasFailed = if case .failure = feed.events.last { true } else { false }
        if !hasFailed, feed.carry.count > feed.decoder.carryBytesMax { return "\(feed.carry.count) bytes are carried" }
        let expected = ReferenceDecoder.events(of: stream, messageBytesMax: 200)
        return feed.events == expected ? nil : "\(feed.events) instead of \(expected)"
    }

    private static func handshake(_ input: [UInt8]) -> String? {
        let whole = input.withUnsafeBytes { HandshakeParser.parse($0) }
        switch whole {
        case .incomplete: return input.count > WireLimits.handshakeBytesMax ? "waits beyond the limit" : nil
        case .refused(let refusal):
            return refusal.response().starts(with: "HTTP/1.1 ".utf8) ? nil : "a refusal that is no answer"
        case .request(let request, let consumed):
            guard consumed <= input.count, input[..<consumed].suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A],
                !input[..<consumed].contains(0), request.path.hasPrefix("/"), !request.host.isEmpty,
                Base64.decode(request.key.utf8)?.count == 16
            else { return "accepted as \(request)" }
            // What comes behind the request is not looked at.
            let alone = input[..<consumed].withUnsafeBytes { HandshakeParser.parse($0) }
            return alone == whole ? nil : "what follows a request changes it"
        }
    }

    private static func target(_ input: [UInt8]) -> String? {
        guard !input.contains(where: { $0 == 0x0D || $0 == 0x0A }) else { return nil }
        let fields =
            " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        return handshake(Array("GET ".utf8) + input + Array(fields.utf8))
    }

    private static func form(_ input: [UInt8]) -> String? {
        let query = FormDecoder.decode(input)
        let segment = FormDecoder.decode(input, plusIsSpace: false)
        if (query == nil) != (segment == nil) { return "a plus decides whether it can be read" }
        guard let segment else { return nil }
        if segment.utf8.count > input.count { return "longer than its spelling" }
        let spelled = segment.utf8.flatMap { byte in
            [UInt8(ascii: "%")] + Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
        }
        return FormDecoder.decode(spelled) == segment ? nil : "does not come back from its spelling"
    }

    private static func json(_ input: [UInt8]) -> String? {
        do throws(JSONError) {
            let value = try JSONReader.parse(input)
            guard String(validating: input, as: UTF8.self) != nil else { return "accepted what is no UTF-8" }
            _ = (value.int, value.uint64, value.double, value.snowflake, value["d"]?["token"]?.string)
            let written = value.serialized()
            let again = try JSONReader.parse(written)
            guard again == value else { return "\(value) comes back as \(again)" }
            return again.serialized() == written ? nil : "is written in two ways"
        } catch {
            return (0...input.count).contains(error.offset) ? nil : "an error at \(error.offset)"
        }
    }

    /// The short way for heartbeats must not be told from the long one.
    private static func payload(_ input: [UInt8]) -> String? {
        func read(_ body: () throws(JSONError) -> GatewayPayload) -> GatewayPayload? {
            do throws(JSONError) { return try body() } catch { return nil }
        }
        let limits = JSONLimits(bytes: WireLimits.messageBytesMax)
        let short = input.withUnsafeBytes { bytes in
            read { () throws(JSONError) in try GatewayPayload.parse(bytes, limits: limits) }
        }
        let long = read { () throws(JSONError) in try GatewayPayload(try JSONReader.parse(input, limits: limits)) }
        return short == long ? nil : "\(String(describing: short)) instead of \(String(describing: long))"
    }
}
