import BackendContracts
import Chat
import Testing
import Wire

@testable import Gateway

/// Where a session's events begin and end, while messages flow: a thousand subscriptions each in one of many interleavings (cases R10 and R11).
@Suite("Subscribing while messages flow") struct BoundaryTests {
    /// One room that is written to between any two steps of the gateway, and one client that listens to it.
    private final class Stream {
        let rig: GatewayRig
        var generator: SeededGenerator
        /// Of the last message that was published.
        private(set) var published: UInt64 = 1_000
        /// What was published when the client was told that it is subscribed.
        private(set) var beginning: UInt64?
        private(set) var told: [UInt64] = []

        init(seed: UInt64) async throws {
            rig = try await GatewayRig()
            rig.addSmallGuild()
            generator = SeededGenerator(seed: seed)
        }

        func publish() async throws {
            published += 1
            try await rig.source.publish(published, channel: 200, guild: 100)
        }

        /// A few steps of whatever could happen next, and what the client reads after each.
        func flow(to client: GatewayClient, beginningWith event: String) async throws {
            for _ in 0..<8 {
                switch UInt8.random(in: 0..<4, using: &generator) {
                case 0, 1: try await publish()
                case 2: rig.turn()
                default: await rig.workOnce()
                }
                read(client, event)
            }
            await rig.settle()
            read(client, event)
            try await publish()
            await rig.settle()
            read(client, event)
        }

        private func read(_ client: GatewayClient, _ event: String) {
            for payload in client.payloads() {
                switch payload["t"]?.string {
                case event: beginning = published
                case "MESSAGE_CREATE": told.append(payload["d"]?["id"]?.snowflake ?? 0)
                default: break
                }
            }
        }

        /// All there was since the beginning, each once and in order; what came before it is in the history that the client fetches then.
        func check() {
            let first = told.first ?? 0
            #expect(beginning.map { first <= $0 + 1 } == true, "\(beginning ?? 0): \(told)")
            #expect(told == Array(first...max(first, published)))
            beginning = nil
            told = []
        }
    }

    private static let rounds = 250

    @Test(arguments: 0..<4 as Range<UInt64>)
    func aChannelSubscribedToHasNoGapAndNoDuplicate(seed: UInt64) async throws {
        let stream = try await Stream(seed: seed)
        let client = try await stream.rig.logIn(2, extra: #","lazy":true"#)
        for _ in 0..<Self.rounds {
            // Two frames in two seconds: within what a client may send.
            stream.rig.clock.advance(by: 2_000)
            client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
            try await stream.flow(to: client, beginningWith: "CHANNEL_SUBSCRIBED")
            stream.check()
            client.send(#"{"op":101,"d":{"channel_id":"200"}}"#)
            await stream.rig.settle()
            #expect(client.events() == ["CHANNEL_UNSUBSCRIBED"])
        }
    }

    @Test(arguments: 4..<8 as Range<UInt64>)
    func aGuildLoggedInToHasNoGapAndNoDuplicate(seed: UInt64) async throws {
        let stream = try await Stream(seed: seed)
        for _ in 0..<Self.rounds {
            let client = try await stream.rig.connect()
            client.send(#"{"op":2,"d":{"token":"token-2","intents":513,"properties":{}}}"#)
            try await stream.flow(to: client, beginningWith: "GUILD_CREATE")
            stream.check()
            client.close(4_000)
            await stream.rig.settle()
            // Longer than a session waits to be resumed.
            await stream.rig.pass(milliseconds: 181_000)
        }
        await stream.rig.pass(milliseconds: 1_000)
        #expect(stream.rig.handler.sessions.count == 0)
    }

    /// What was accepted after the right was gone is told to nobody as long as it is gone, whatever the gateway heard of first and whoever
    /// comes back meanwhile.
    @Test(arguments: 0..<40 as Range<UInt64>, [false, true])
    func nothingIsToldOfTheTimeWithoutTheRight(seed: UInt64, isLazy: Bool) async throws {
        let stream = try await Stream(seed: seed)
        let rig = stream.rig
        var client = try await rig.logIn(2, extra: isLazy ? #","lazy":true"# : "")
        if isLazy { client.send(#"{"op":100,"d":{"channel_id":"200"}}"#) }
        await rig.settle()
        _ = client.payloads()
        var isVisible = true
        var allowed: Set<String> = []
        // What was said since the right was gone.
        var forbidden: Set<String> = []
        var certain: Set<String> = []
        var told: [String] = []
        for _ in 0..<60 {
            switch UInt8.random(in: 0..<8, using: &stream.generator) {
            case 0:
                isVisible.toggle()
                allowed.formUnion(forbidden)
                forbidden = []
                let isShown = isVisible
                try await rig.source.change(100) { if isShown { $0.show(200) } else { $0.hide(200) } }
            case 1:
                await rig.settle()
                if isLazy, isVisible {
                    client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
                    await rig.settle()
                }
                told += client.messages()
                try await stream.publish()
                if isVisible {
                    allowed.insert(String(stream.published))
                    certain.insert(String(stream.published))
                } else {
                    forbidden.insert(String(stream.published))
                }
                await rig.settle()
            case 2: rig.turn()
            case 3:
                client.close(4_000)
                await rig.settle()
                told += client.messages()
                let again = try await rig.connect()
                _ = again.payloads()
                again.continues(client)
                again.resume()
                await rig.settle()
                client = again
            default:
                try await stream.publish()
                if isVisible {
                    allowed.insert(String(stream.published))
                } else {
                    forbidden.insert(String(stream.published))
                }
            }
            told += client.messages()
            #expect(forbidden.isDisjoint(with: told))
            // As many frames as a client may send, and no silence that would end the connection.
            rig.clock.advance(by: 500)
        }
        await rig.settle()
        told += client.messages()
        #expect(Set(told).isSubset(of: allowed))
        #expect(Set(told).isSuperset(of: certain))
        #expect(told == told.sorted() && Set(told).count == told.count)
    }
}
