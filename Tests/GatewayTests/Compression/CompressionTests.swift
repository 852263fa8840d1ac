import BackendContracts
import Chat
import Testing
import Wire

@testable import Gateway

@Suite("Gateway compression") struct CompressionTests {
    private static let compressions: [TransportCompression] = [.zlib, .zstd]

    @Test(arguments: compressions)
    func aCompressedSessionGetsWhatAnotherGets(_ compression: TransportCompression) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let plain = try await rig.logIn(2)
        let packed = try await rig.logIn(3, compression: compression)
        #expect(packed.login.map { $0["t"]?.string } == plain.login.map { $0["t"]?.string })
        #expect(packed.login.last?["d"]?["channels"] == plain.login.last?["d"]?["channels"])
        for number in 10...30 as ClosedRange<UInt64> {
            let content = String(repeating: "word \(number) ", count: Int(number))
            try await rig.source.publish(number, channel: 200, guild: 100, content: content)
            // Several of them leave together.
            if number.isMultiple(of: 3) { rig.turn() }
        }
        await rig.settle()
        packed.send(#"{"op":1,"d":null}"#)
        plain.send(#"{"op":1,"d":null}"#)
        await rig.settle()
        let expected = plain.payloads()
        #expect(expected.count == 22)
        // Dispatches are numbered the same, because both sessions have had the same ones.
        #expect(packed.payloads() == expected)
    }

    @Test func whatIsSharedIsPackedOnceAndSmaller() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 9)
        let plain = try await rig.logIn(1)
        var sessions: [GatewayClient] = []
        for user in 2...9 as ClosedRange<UInt64> { sessions.append(try await rig.logIn(user, compression: .zlib)) }
        let before = (plain.frameBytes, sessions.map(\.frameBytes))
        let deflations = rig.handler.packer.deflations
        let content = "An ordinary message, as people write them: some words, and then some more of the same words."
        try await rig.source.publish(10, channel: 200, guild: 100, content: content)
        rig.turn()
        #expect(plain.messages() == ["10"])
        for (index, session) in sessions.enumerated() {
            #expect(session.messages() == ["10"])
            #expect(session.frameBytes - before.1[index] < (plain.frameBytes - before.0) * 3 / 4)
        }
        #expect(rig.handler.packer.deflations == deflations + 1)
    }

    @Test(arguments: compressions)
    func resumesOnAConnectionOfAnotherKind(_ compression: TransportCompression) async throws {
        let rig = try await GatewayRig(loops: 2)
        rig.addSmallGuild()
        var client = try await rig.logIn(2)
        for (round, next) in [compression, .none, compression].enumerated() {
            let first = UInt64(10 + 10 * round)
            client.close(4_000)
            await rig.settle()
            for number in first...(first + 3) {
                let content = String(repeating: "x", count: 300)
                try await rig.source.publish(number, channel: 200, guild: 100, content: content)
            }
            await rig.settle()
            // Also by way of the other loop, to which the connection comes first.
            let again = try await rig.connect(loop: round % 2, compression: next)
            #expect(again.payloads().map { $0["op"]?.int } == [10])
            again.continues(client)
            again.resume()
            await rig.settle()
            #expect(again.messages() == (first...(first + 3)).map(String.init))
            try await rig.source.publish(first + 4, channel: 200, guild: 100)
            await rig.settle()
            #expect(again.messages() == ["\(first + 4)"])
            client = again
        }
    }

    @Test func aLargeGuildIsPackedByTheWorkerAndFits() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 240)
        let large = #", "large_threshold":250"#
        let plain = try await rig.logIn(2, extra: large)
        let packed = try await rig.logIn(3, extra: large, compression: .zlib)
        #expect(plain.login.last?["d"]?["members"]?.array?.count == 240)
        #expect(packed.login.last?["d"]?["members"] == plain.login.last?["d"]?["members"])
        #expect(packed.frameBytes * 4 < plain.frameBytes)
        packed.send(#"{"op":8,"d":{"guild_id":"100","query":"","limit":0}}"#)
        await rig.settle()
        #expect(packed.payloads().first?["d"]?["members"]?.array?.count == 240)
        #expect(rig.handler.packer.deflations == 1, "the loop deflates READY alone")
    }

    @Test(arguments: ["zlib", "ZLIB-STREAM", "gzip", ""])
    func whatIsNotKnownIsTextAsEver(_ parameter: String) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.connect(target: "/?v=10&encoding=json&compress=\(parameter)")
        #expect(client.payloads().map { $0["op"]?.int } == [10])
    }

    @Test func compressInIdentifyIsIgnoredBesideIt() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, extra: #", "compress":true"#, compression: .zlib)
        #expect(client.login.map { $0["t"]?.string } == [nil, "READY", "GUILD_CREATE"])
    }

    @Test(arguments: compressions)
    func answersThatAreNoDispatchesArePackedToo(_ compression: TransportCompression) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.connect(compression: compression)
        client.send(#"{"op":1,"d":null}"#)
        client.resume(session: "none", token: "token-2", sequence: 1)
        await rig.settle()
        #expect(client.payloads().map { $0["op"]?.int } == [10, 11, 9])
    }
}

@Suite("Frame packing") struct FramePackingTests {
    /// One connection gets frames of all sizes, deflated and stored, in any order, and reads each as it was.
    @Test(arguments: [TransportCompression.zlib, .zstd])
    func anyFramesMakeOneStream(_ compression: TransportCompression) throws {
        var random = SeededGenerator(seed: 7)
        var packer = FramePacker()
        let decoder = StreamDecoder(compression)
        let hello = PayloadFrame.encode(operation: 10, compression: compression, opensStream: true) { $0.value(30_000) }
        #expect(decoder.decode(payload(hello)).starts(with: #"{"op":10,"d":30000"#.utf8))
        let sizes = [1, 10, 240, 300, 4_000, 60_000, 65_400, 65_536, 131_000, 131_073, 200_000]
        for round in 0..<40 {
            let size = sizes[Int.random(in: 0..<sizes.count, using: &random)]
            let alphabet: ClosedRange<UInt8> = round.isMultiple(of: 2) ? 97...100 : 35...91
            let some = (0..<min(size, 2_000)).map { _ in UInt8.random(in: alphabet, using: &random) }
            let letters = (0..<size / some.count).flatMap { _ in some }
            let frame = DispatchFrame(event: "MESSAGE_CREATE", data: [34] + letters + [34])
            var packed = frame.bytes.withUnsafeBytes {
                packer.packed(UInt32(round), $0, sequenceOffset: frame.sequenceOffset, as: compression)
            }
            let sequence = UInt32.random(in: 1 ... .max, using: &random)
            packed.patch(sequence: sequence)
            var expected = frame
            expected.patch(sequence: sequence)
            #expect(decoder.decode(payload(packed.bytes)) == payload(expected.bytes))
        }
    }

    @Test func whatGainsNothingIsNotDeflated() {
        var packer = FramePacker()
        let short = DispatchFrame(event: "TYPING_START", data: Array(#"{"channel_id":"1"}"#.utf8))
        #expect(packer.pack(short, as: .zlib).bytes.count == short.bytes.count + 15)
        #expect(packer.deflations == 0)
    }

    private func payload(_ frame: [UInt8]) -> [UInt8] {
        let header = frame[1] == 127 ? 10 : frame[1] == 126 ? 4 : 2
        return Array(frame[header...])
    }
}
