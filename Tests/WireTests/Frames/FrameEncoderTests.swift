import Testing
import Wire

@Suite struct FrameEncoderTests {
    @Test func writesTheExampleOfTheRFC() {
        #expect(FrameEncoder.frame(.text, payload: bytes("Hello")) == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
    }

    @Test(
        arguments: [
            (0, [0x82, 0x00]),
            (125, [0x82, 0x7D]),
            (126, [0x82, 0x7E, 0x00, 0x7E]),
            (256, [0x82, 0x7E, 0x01, 0x00]),
            (65_535, [0x82, 0x7E, 0xFF, 0xFF]),
            (65_536, [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]),
            (5_000_000_000, [0x82, 0x7F, 0, 0, 0, 1, 0x2A, 0x05, 0xF2, 0x00]),
        ] as [(Int, [UInt8])])
    func writesTheShortestHeader(count: Int, header: [UInt8]) {
        var buffer = [UInt8](repeating: 0xEE, count: 12)
        let written = buffer.withUnsafeMutableBytes { FrameEncoder.writeHeader(.binary, payloadBytes: count, into: $0) }
        #expect(written == header.count)
        #expect(FrameEncoder.headerBytes(payloadBytes: count) == header.count)
        #expect(Array(buffer[..<written]) == header)
        #expect(buffer[written...].allSatisfy { $0 == 0xEE })
    }

    @Test func appendsFramesOneAfterAnother() {
        var output = bytes("x")
        bytes("p").withUnsafeBytes { FrameEncoder.append(.pong, payload: $0, to: &output) }
        bytes("").withUnsafeBytes { FrameEncoder.append(.ping, payload: $0, to: &output) }
        #expect(output == [0x78, 0x8A, 0x01, 0x70, 0x89, 0x00])
    }

    @Test func writesCloseWithCodeAndReason() {
        #expect(FrameEncoder.close(.normalClosure) == [0x88, 0x02, 0x03, 0xE8])
        let close = FrameEncoder.close(WebSocketCloseCode(rawValue: 4004), reason: "no")
        #expect(close == [0x88, 0x04, 0x0F, 0xA4, 0x6E, 0x6F])
    }

    @Test func cutsALongReasonBetweenCharacters() {
        let fits = String(repeating: "a", count: 123)
        #expect(FrameEncoder.close(.goingAway, reason: fits + "b").dropFirst(4).elementsEqual(fits.utf8))
        let cut = FrameEncoder.close(.goingAway, reason: String(repeating: "€", count: 60))
        #expect(cut.dropFirst(4).elementsEqual(String(repeating: "€", count: 41).utf8))
        let mixed = FrameEncoder.close(.goingAway, reason: String(repeating: "a", count: 122) + "😀b")
        #expect(mixed.dropFirst(4).elementsEqual(String(repeating: "a", count: 122).utf8))
    }
}

@Suite struct DispatchFrameTests {
    @Test(arguments: [0, 1, 9, 10, 123, 4_294_967_295] as [UInt32])
    func patchesTheSequenceRightAligned(sequence: UInt32) throws {
        var frame = DispatchFrame(event: "MESSAGE_CREATE", data: bytes(#"{"id":"1"}"#))
        frame.patch(sequence: .max)
        frame.patch(sequence: sequence)
        let digits = String(sequence)
        let padded = String(repeating: " ", count: 10 - digits.count) + digits
        let payload = #"{"op":0,"t":"MESSAGE_CREATE","s":\#(padded),"d":{"id":"1"}}"#
        #expect(frame.bytes == FrameEncoder.frame(.text, payload: bytes(payload)))

        let value = try JSONReader.parse(bytes(payload))
        #expect(value["s"]?.int == Int(sequence))
        #expect(value.object?.members.map(\.key) == ["op", "t", "s", "d"])
    }

    @Test(arguments: [0, 60, 100, 200, 65_400, 65_536])
    func findsTheFieldBehindEveryHeader(dataBytes: Int) {
        let data = bytes("\"" + String(repeating: "x", count: dataBytes) + "\"")
        var frame = DispatchFrame(event: "E", data: data)
        frame.patch(sequence: 77)
        let field = frame.bytes[frame.sequenceOffset..<(frame.sequenceOffset + DispatchFrame.sequenceFieldBytes)]
        #expect(text(Array(field)) == "        77")
        let payload = #"{"op":0,"t":"E","s":        77,"d":"# + text(data) + "}"
        #expect(frame.bytes == FrameEncoder.frame(.text, payload: bytes(payload)))
    }

    @Test func patchesACopyInRawMemory() {
        let frame = DispatchFrame(event: "TYPING_START") { json in json.object { $0.field("n", 1) } }
        var copy = [0xEE] + frame.bytes + [0xEE]
        copy.withUnsafeMutableBytes { DispatchFrame.patch(sequence: 42, in: $0, at: 1 + frame.sequenceOffset) }
        var patched = frame
        patched.patch(sequence: 42)
        #expect(copy == [0xEE] + patched.bytes + [0xEE])
    }

    @Test func writesAllFourKeysOfOtherPayloads() {
        let hello = PayloadFrame.encode(operation: 10) { json in json.object { $0.field("heartbeat_interval", 30_000) }
        }
        let payload = #"{"op":10,"d":{"heartbeat_interval":30000},"s":null,"t":null}"#
        #expect(hello == FrameEncoder.frame(.text, payload: bytes(payload)))
        let acknowledgement = PayloadFrame.encode(operation: 11) { $0.null() }
        #expect(text(Array(acknowledgement.dropFirst(2))) == #"{"op":11,"d":null,"s":null,"t":null}"#)
    }
}

@Suite struct PackedFrameTests {
    @Test func storesInBlocksThatAnyInflaterReads() {
        let acknowledgement = PayloadFrame.encode(operation: 11, compression: .zlib) { $0.null() }
        let text = bytes(#"{"op":11,"d":null,"s":null,"t":null}"#)
        #expect(
            acknowledgement == FrameEncoder.frame(.binary, payload: [0, 36, 0, 219, 255] + text + [0, 0, 0, 255, 255]))
        let first = PayloadFrame.encode(operation: 11, compression: .zlib, opensStream: true) { $0.null() }
        #expect(first.dropFirst(2).starts(with: [0x78, 0x9C, 0, 36, 0]))
    }

    @Test func storesInRawBlocks() {
        let acknowledgement = PayloadFrame.encode(operation: 11, compression: .zstd) { $0.null() }
        let text = bytes(#"{"op":11,"d":null,"s":null,"t":null}"#)
        #expect(acknowledgement == FrameEncoder.frame(.binary, payload: [32, 1, 0] + text))
        let first = PayloadFrame.encode(operation: 11, compression: .zstd, opensStream: true) { $0.null() }
        #expect(first.dropFirst(2).starts(with: [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38, 32, 1, 0]))
    }

    @Test(arguments: [0, 60, 100, 200, 65_400, 65_536, 300_000], [TransportCompression.zlib, .zstd])
    func findsTheFieldInThePackedFrame(dataBytes: Int, compression: TransportCompression) {
        let frame = DispatchFrame(event: "E", data: bytes("\"" + String(repeating: "x", count: dataBytes) + "\""))
        var packed = frame.bytes.withUnsafeBytes {
            DispatchFrame(packing: $0, sequenceOffset: frame.sequenceOffset, as: compression) { _, _ in false }
        }
        packed.patch(sequence: 77)
        let end = packed.sequenceOffset + DispatchFrame.sequenceFieldBytes
        #expect(text(Array(packed.bytes[(packed.sequenceOffset - 4)..<end])) == #""s":        77"#)
    }

    @Test func knowsWhatClientsAskFor() {
        #expect(TransportCompression(parameter: "zlib-stream") == .zlib)
        #expect(TransportCompression(parameter: "zstd-stream") == .zstd)
        for other in [nil, "", "zlib", "gzip", "zlib-stream "] {
            #expect(TransportCompression(parameter: other) == .none)
        }
    }
}
