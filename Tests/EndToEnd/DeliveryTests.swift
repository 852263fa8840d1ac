import Foundation
import Testing

/// Who hears what, while everything goes on at once (case R11), with the real program.
@Suite("Delivery under load")
struct DeliveryTests {
    /// One who writes without a pause, and takes note of what was said in which stretch of time.
    private actor Writer {
        private let channel: String
        private let client: RESTClient
        private var number = 0
        private(set) var stretch = ""
        /// Ids by the stretch in which they were both sent and acknowledged.
        private(set) var said: [String: [String]] = [:]

        init(_ channel: String, _ client: RESTClient) {
            self.channel = channel
            self.client = client
        }

        func begin(_ stretch: String) { self.stretch = stretch }

        func count(in stretch: String) -> Int { said[stretch]?.count ?? 0 }

        func run() async throws {
            while !Task.isCancelled {
                let before = stretch
                number += 1
                let answer = try await client.call(
                    "POST", "/channels/\(channel)/messages", JSON(["content": "\(number)"]))
                guard answer.status == 200, let id = answer.body["id"].string else { continue }
                if stretch == before { said[before, default: []].append(id) }
            }
        }
    }

    /// The messages a client was told of, up to some payload.
    private func heard(_ client: GatewayClient, until isLast: (JSON) -> Bool) async throws -> [String] {
        var ids: [String] = []
        while true {
            let frame = try await client.next("a payload", seconds: 30) { _ in true }
            guard case .payload(let json) = frame else { throw Expired(what: "a payload of a connection that ended") }
            #expect(json["op"].int != 9)
            if json["t"].string == "MESSAGE_CREATE" { ids.append(json["d"]["id"].string ?? "") }
            if isLast(json) { return ids }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aChannelIsSilentFromTheMomentItIsOutOfSight() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        for name in ["ada", "grace"] { _ = try await Community.command(node.data, "user", "create", name) }
        let tokens = try await [
            Community.command(node.data, "user", "token", "@ada")["token"].string ?? "",
            Community.command(node.data, "user", "token", "@grace")["token"].string ?? "",
        ]
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@grace")
        let room = try #require(
            try await Community.command(node.data, "channel", "create", "Lab", "room")["id"].string)
        let open = try #require(
            try await Community.command(node.data, "channel", "create", "Lab", "open")["id"].string)
        let ada = RESTClient(node.rest, token: tokens[0])
        var grace = try await GatewayClient.connect(node.gateway)
        let graceID = try #require(try await grace.identify(token: tokens[1])["user"]["id"].string)
        _ = try await grace.dispatch("GUILD_CREATE")
        let session = try #require(await grace.sessionID)
        let right = "/channels/\(room)/permissions/\(graceID)"
        let writer = Writer(room, ada)
        let writing = Task { try await writer.run() }
        func write(_ stretch: String) async throws {
            await writer.begin(stretch)
            _ = try await eventually("some to be said (\(stretch))", seconds: 30) {
                await writer.count(in: stretch) >= 20 ? () : nil
            }
            await writer.begin("a change")
        }

        var heard: [String] = []
        for round in 0..<3 {
            try await write("seen \(round)")
            let last = try #require(await writer.said["seen \(round)"]?.last)
            heard += try await self.heard(grace) { $0["d"]["id"].string == last }
            #expect(try await ada.call("PUT", right, JSON(["type": 1, "deny": "1024"])).status == 204)
            try await write("hidden \(round)")
            let marker = try #require(
                try await ada.call("POST", "/channels/\(open)/messages", JSON(["content": "x"])).body["id"].string)
            heard += try await self.heard(grace) { $0["d"]["id"].string == marker }
            // While she is away more is said, some of it in sight.
            let sequence = try #require(await grace.sequence)
            await grace.close()
            #expect(try await ada.call("DELETE", right).status == 204)
            try await write("away \(round)")
            #expect(try await ada.call("PUT", right, JSON(["type": 1, "deny": "1024"])).status == 204)
            try await write("hidden again \(round)")
            grace = try await GatewayClient.connect(node.gateway)
            _ = try await grace.operation(10)
            try await grace.send(
                JSON(["op": 6, "d": ["token": tokens[1], "session_id": session, "seq": sequence] as [String: Any]]))
            heard += try await self.heard(grace) { $0["t"].string == "RESUMED" }
            #expect(try await ada.call("DELETE", right).status == 204)
        }
        try await write("seen at last")
        writing.cancel()
        let last = try #require(await writer.said["seen at last"]?.last)
        heard += try await self.heard(grace) { $0["d"]["id"].string == last }

        #expect(Set(heard).count == heard.count, "nothing twice")
        for (stretch, ids) in await writer.said {
            let told = Set(heard).intersection(ids)
            switch stretch.prefix(4) {
            case "seen": #expect(told.count == ids.count, "\(stretch): \(told.count) of \(ids.count)")
            case "hidd", "away": #expect(told.isEmpty, "\(stretch): \(told.count) of \(ids.count)")
            default: break
            }
        }
        #expect(await node.terminate() == 0)
    }
}
