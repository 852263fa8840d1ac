import Bench
import Testing
import Wire

@Suite("The client's side of the protocol")
struct ProtocolTests {
    // MARK: Frames

    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
    func cutsFramesOfEveryLength(length: Int) {
        let payload = [UInt8](repeating: 0x61, count: length)
        let bytes = FrameEncoder.frame(.text, payload: payload) + FrameEncoder.frame(.text, payload: [0x62])
        bytes.withUnsafeBytes { buffer in
            guard case .frame(let opcode, let place) = ServerFrames.next(in: buffer, from: 0) else {
                Issue.record("no frame")
                return
            }
            #expect(opcode == 1)
            #expect(place.count == length)
            #expect(place.upperBound + 3 == bytes.count)
            #expect(
                ServerFrames.next(in: buffer, from: place.upperBound)
                    == .frame(opcode: 1, payload: bytes.count - 1..<bytes.count))
        }
    }

    @Test func waitsAtEverySplitPoint() {
        let bytes = FrameEncoder.frame(.text, payload: [UInt8](repeating: 0x61, count: 300))
        for length in 0..<bytes.count {
            #expect(bytes[..<length].withUnsafeBytes { ServerFrames.next(in: $0, from: 0) } == .incomplete)
        }
    }

    @Test(
        arguments: [
            [0x81, 0x80, 0, 0, 0, 0], [0x01, 0x00], [0x80, 0x00], [0xC1, 0x00],
            [0x81, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]])
    func refusesFramesThatNoServerOfOursSends(bytes: [UInt8]) {
        #expect(bytes.withUnsafeBytes { ServerFrames.next(in: $0, from: 0) } == .invalid)
    }

    // MARK: Payloads

    @Test(arguments: [
        (#"{"op":10,"d":{"heartbeat_interval":30000},"s":null,"t":null}"#, ServerPayload.hello),
        (#"{"op":9,"d":false,"s":null,"t":null}"#, .invalidSession),
        (#"{"op":7,"d":null,"s":null,"t":null}"#, .reconnect),
        (#"{"op":0,"t":"READY","s":         1,"d":{}}"#, .ready),
        (#"{"t":"READY","s":1,"op":0,"d":{}}"#, .ready),
        (#"{"s":1,"op":10,"d":{}}"#, .hello),
        (#"{"op":0,"t":"CHANNEL_SUBSCRIBED","s":         2,"d":{}}"#, .subscribed),
        (#"{"op":0,"t":"RESUMED","s":         2,"d":{}}"#, .resumed),
        (#"{"op":0,"t":"COMMAND_ERROR","s":         2,"d":{}}"#, .commandError),
        (#"{"op":0,"t":"GUILD_CREATE","s":         2,"d":{}}"#, .other),
        (#"{"op":11,"d":null,"s":null,"t":null}"#, .other),
        ("", .other), ("not json", .other), (#"{"op":0,"t":"READ"#, .other),
    ])
    func tellsPayloadsApart(text: String, kind: ServerPayload) {
        #expect(Array(text.utf8).withUnsafeBytes { ServerPayload.of($0) } == kind)
    }

    @Test(arguments: [
        (#"{"op":0,"t":"READY","s":         1,"d":{}}"#, 1 as UInt32?),
        (#"{"op":0,"t":"X","s":4294967295,"d":{}}"#, .max),
        (#"{"op":11,"d":null,"s":null,"t":null}"#, nil), ("", nil),
    ])
    func readsADispatchsNumber(text: String, number: UInt32?) {
        #expect(Array(text.utf8).withUnsafeBytes { ResumeTicket.sequence(of: $0) } == number)
    }

    @Test func agreesWithTheNodesOwnEncoder() {
        var frame = DispatchFrame(event: "READY") { writer in writer.object { _ in } }
        frame.patch(sequence: 77)
        frame.bytes.withUnsafeBytes { buffer in
            guard case .frame(_, let place) = ServerFrames.next(in: buffer, from: 0) else {
                Issue.record("no frame")
                return
            }
            let payload = UnsafeRawBufferPointer(rebasing: buffer[place])
            #expect(ServerPayload.of(payload) == .ready)
            #expect(ResumeTicket.sequence(of: payload) == 77)
        }
    }

    // MARK: Login

    @Test func aSubscriberIsLiveOnceSubscribed() {
        var login = ClientLogin(.subscriber)
        #expect(login.take(.upgraded(status: 101)) == .nothing)
        #expect(login.take(.payload(.hello)) == .identify)
        #expect(login.take(.payload(.other)) == .nothing)
        #expect(login.take(.payload(.ready)) == .subscribe)
        #expect(login.take(.payload(.other)) == .nothing)
        #expect(login.take(.payload(.subscribed)) == .live)
        #expect(login.phase == .live)
        #expect(login.take(.closed) == .nothing)
    }

    @Test func aPublisherIsLiveWhenReady() {
        var login = ClientLogin(.publisher)
        #expect(login.take(.upgraded(status: 101)) == .nothing)
        #expect(login.take(.payload(.hello)) == .identify)
        #expect(login.take(.payload(.ready)) == .live)
    }

    @Test func aServerWithoutSessionsIsLiveAtOnce() {
        var login = ClientLogin(.bare)
        #expect(login.take(.upgraded(status: 101)) == .live)
    }

    @Test func aReturningSessionIsLiveAfterTheReplay() {
        var login = ClientLogin(.returning)
        #expect(login.take(.upgraded(status: 101)) == .nothing)
        #expect(login.take(.payload(.hello)) == .resume)
        #expect(login.take(.payload(.other)) == .nothing)
        #expect(login.take(.payload(.resumed)) == .live)
    }

    @Test func aSessionThatTheServerForgotIsLost() {
        var login = ClientLogin(.returning)
        _ = login.take(.upgraded(status: 101))
        _ = login.take(.payload(.hello))
        #expect(login.take(.payload(.invalidSession)) == .lost)
        #expect(login.take(.payload(.resumed)) == .nothing)
    }

    @Test(
        arguments: [
            [.upgraded(status: 400)], [.payload(.hello)], [.closed],
            [.upgraded(status: 101), .payload(.invalidSession)], [.upgraded(status: 101), .upgraded(status: 101)],
            [.upgraded(status: 101), .payload(.hello), .payload(.ready), .payload(.commandError)],
            [.upgraded(status: 101), .payload(.hello), .closed],
        ] as [[ClientLogin.Event]])
    func failsOnWhatHasNoPlaceInALogin(events: [ClientLogin.Event]) {
        var login = ClientLogin(.subscriber)
        let actions = events.map { login.take($0) }
        #expect(actions.last == .fail)
        #expect(login.phase == .failed)
        #expect(login.take(.payload(.ready)) == .nothing)
    }

    // MARK: Messages

    private static func filled(_ template: MessageTemplate, _ stamp: Stamp, nonce: UInt32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: template.count)
        bytes.withUnsafeMutableBytes { template.fill(stamp, nonce: nonce, key: 0xA1B2_C3D4, into: $0) }
        return bytes
    }

    @Test(arguments: [Stamp.bytes, 100, 256, 2_000])
    func aGatewayMessageIsAMaskedFrameOfTheNodesProtocol(contentBytes: Int) throws {
        let template = MessageTemplate.gateway(channel: 81_384_788_765_712_384, contentBytes: contentBytes)
        let stamp = Stamp(nanoseconds: 123, sequence: 9)
        var bytes = Self.filled(template, stamp, nonce: 77)
        #expect(bytes[0] == 0x81)
        #expect(bytes[1] & 0x80 != 0)
        let header = bytes[1] & 0x7F == 126 ? 8 : 6
        let key = bytes[header - 4..<header].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        bytes.removeFirst(header)
        bytes.withUnsafeMutableBytes { FrameMask.apply(key, to: $0) }
        let json = try JSONReader.parse(bytes)
        #expect(json["op"]?.int == 102)
        #expect(json["d"]?["channel_id"]?.string == "81384788765712384")
        #expect(json["d"]?["nonce"]?.string == "bench-0000000077")
        #expect(json["d"]?["content"]?.string?.utf8.count == contentBytes)
        #expect(bytes.withUnsafeBytes { Stamp.first(in: $0) } == stamp)
    }

    @Test func aRESTMessageIsAWholeRequest() throws {
        let template = MessageTemplate.rest(channel: 5, host: "localhost:1", token: "t", contentBytes: 64)
        let text = String(decoding: Self.filled(template, Stamp(nanoseconds: 1, sequence: 2), nonce: 3), as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        try #require(parts.count == 2)
        #expect(parts[0].hasPrefix("POST /api/v10/channels/5/messages HTTP/1.1\r\n"))
        #expect(parts[0].contains("\r\nAuthorization: t\r\n"))
        #expect(parts[0].contains("\r\nContent-Length: \(parts[1].utf8.count)"))
        #expect(try JSONReader.parse(Array(parts[1].utf8))["nonce"]?.string == "bench-0000000003")
    }

    // MARK: HTTP

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 429 Too Many Requests\r\ncontent-length:0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n",
    ])
    func takesAnAnswerAtItsEndAndNotBefore(text: String) {
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            #expect(bytes[..<length].withUnsafeBytes { HTTPAnswer.first(in: $0) } == .incomplete)
        }
        guard case .answer(let answer) = (bytes + [0x58]).withUnsafeBytes({ HTTPAnswer.first(in: $0) }) else {
            Issue.record("no answer")
            return
        }
        #expect(answer.end == bytes.count)
        #expect(answer.status == Int(text.dropFirst(9).prefix(3)))
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 xyz\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n",
    ])
    func refusesAnswersItCannotMeasure(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { HTTPAnswer.first(in: $0) } == .invalid)
    }

    @Test func doesNotWaitForeverForAHeadsEnd() {
        let bytes = [UInt8](repeating: 0x41, count: HTTPAnswer.headBytesMax + 1)
        #expect(bytes.withUnsafeBytes { HTTPAnswer.first(in: $0) } == .invalid)
    }
}
