import Foundation
import Gateway
import Testing

/// Every operation of the gateway, sent by everybody, over a node's real sockets.
@Suite("A node that asks who sends")
struct OperationTests {
    /// What comes back: the name of a dispatch, `code` and a number for COMMAND_ERROR, `op` and a number for other
    /// payloads, `closed` and a number.
    private struct Row {
        /// `{g}`, `{c}`, `{hidden}` and `{voice}` stand for the guild and channels of it.
        var data: String
        var owner: String
        /// A member who may speak, write and see the hidden channel.
        var with: String
        /// A member who may not.
        var without: String
        /// Somebody with an account, and somebody who was banned.
        var outside: String
        /// Before IDENTIFY.
        var anonymous: String

        /// For those who identified it is the same whoever they are.
        static func all(_ data: String, _ outcome: String, anonymous: String = "closed 4003") -> Row {
            Row(
                data: data, owner: outcome, with: outcome, without: outcome, outside: outcome, anonymous: anonymous)
        }
    }

    private static func row(_ operation: ClientOperation) -> Row {
        switch operation {
        case .heartbeat: .all("null", "op 11", anonymous: "op 11")
        case .identify: .all(#"{"token":"x.y","intents":1}"#, "closed 4005", anonymous: "closed 4004")
        case .resume: .all(#"{"token":"x.y","session_id":"z","seq":1}"#, "closed 4005", anonymous: "op 9")
        // Nothing comes back but the answer to the heartbeat behind it.
        case .updatePresence: .all(#"{"status":"idle","since":null,"afk":false,"activities":[]}"#, "op 11")
        case .requestSoundboard: .all(#"{"guild_ids":["{g}"]}"#, "op 11")
        case .requestChannelInfo: .all(#"{"guild_id":"{g}","fields":[]}"#, "op 11")
        case .updateVoiceState:
            Row(
                data: #"{"guild_id":"{g}","channel_id":"{voice}","self_mute":false,"self_deaf":false}"#,
                owner: "VOICE_STATE_UPDATE", with: "VOICE_STATE_UPDATE", without: "code 50013", outside: "code 10003",
                anonymous: "closed 4003")
        case .requestMembers:
            Row(
                data: #"{"guild_id":"{g}","query":"","limit":0}"#, owner: "GUILD_MEMBERS_CHUNK",
                with: "GUILD_MEMBERS_CHUNK", without: "GUILD_MEMBERS_CHUNK", outside: "code 10004",
                anonymous: "closed 4003")
        case .subscribeChannel:
            Row(
                data: #"{"channel_id":"{hidden}"}"#, owner: "CHANNEL_SUBSCRIBED", with: "CHANNEL_SUBSCRIBED",
                without: "code 10003", outside: "code 10003", anonymous: "closed 4003")
        case .unsubscribeChannel: .all(#"{"channel_id":"{hidden}"}"#, "CHANNEL_UNSUBSCRIBED")
        case .sendMessage:
            Row(
                data: #"{"channel_id":"{c}","content":"x"}"#, owner: "MESSAGE_CREATE", with: "MESSAGE_CREATE",
                without: "code 50013", outside: "code 10003", anonymous: "closed 4003")
        }
    }

    private static let answers: Set<String> = [
        "VOICE_STATE_UPDATE", "GUILD_MEMBERS_CHUNK", "CHANNEL_SUBSCRIBED", "CHANNEL_UNSUBSCRIBED", "MESSAGE_CREATE",
    ]

    @Test(.timeLimit(.minutes(15)))
    func everyOperationIsAnsweredByWhoSendsIt() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        var tokens: [String: String] = [:]
        for name in ["owner", "with", "without", "stranger", "banned"] {
            _ = try await Community.command(node.data, "user", "create", name)
            tokens[name] = try await Community.command(node.data, "user", "token", "@\(name)")["token"].string
        }
        _ = try await Community.command(
            node.data, "guild", "create", "Lab", "--owner", "@owner", "--member", "@with", "--member", "@without",
            "--member", "@banned")
        let names = try await Self.prepare(RESTClient(node.rest, token: tokens["owner"]))

        for operation in ClientOperation.allCases {
            let row = Self.row(operation)
            let payload =
                #"{"op":\#(operation.rawValue),"d":\#(names.reduce(row.data) { $0.replacing($1.key, with: $1.value) })}"#
            let columns = [
                ("owner", row.owner), ("with", row.with), ("without", row.without), ("stranger", row.outside),
                ("banned", row.outside), (nil, row.anonymous),
            ]
            for (name, expected) in columns {
                let client = try await GatewayClient.connect(node.gateway)
                if let name {
                    _ = try await client.identify(token: try #require(tokens[name]), intents: 1 | 2 | 1 << 7 | 1 << 9)
                    if !["stranger", "banned"].contains(name) {
                        _ = try await client.dispatch("GUILD_CREATE")
                    }
                } else {
                    _ = try await client.operation(10)
                }
                try await client.send(text: payload)
                if expected == "op 11", operation != .heartbeat { try await client.send(text: #"{"op":1,"d":null}"#) }
                let outcome = try await Self.outcome(client)
                #expect(outcome == expected, "\(operation.name) of \(name ?? "nobody")")
                await client.close()
            }
        }
        #expect(await node.terminate() == 0)
    }

    /// Makes a channel that only some may see, takes rights away, and bans.
    private static func prepare(_ owner: RESTClient) async throws -> [String: String] {
        let guild = try #require(try await owner.call("GET", "/users/@me/guilds").body[0]["id"].string)
        let members = try await owner.call("GET", "/guilds/\(guild)/members?limit=10").body.list
        func user(_ name: String) -> String {
            members.first { $0["user"]["username"].string == name }?["user"]["id"].string ?? ""
        }
        let channels = try await owner.call("GET", "/guilds/\(guild)/channels").body.list
        func channel(_ kind: Int) -> String { channels.first { $0["type"].int == kind }?["id"].string ?? "" }
        let hidden = try await owner.call(
            "POST", "/guilds/\(guild)/channels",
            JSON([
                "name": "hidden",
                "permission_overwrites": [
                    ["id": guild, "type": 0, "allow": "0", "deny": "1024"],
                    ["id": user("with"), "type": 1, "allow": "1024", "deny": "0"],
                ],
            ]))
        // SEND_MESSAGES and CONNECT.
        for (place, bit) in [(channel(0), "2048"), (channel(2), "1048576")] {
            let denied = try await owner.call(
                "PUT", "/channels/\(place)/permissions/\(user("without"))",
                JSON(["type": 1, "allow": "0", "deny": bit]))
            #expect(denied.status == 204)
        }
        #expect(try await owner.call("PUT", "/guilds/\(guild)/bans/\(user("banned"))").status == 204)
        return [
            "{g}": guild, "{c}": channel(0), "{voice}": channel(2),
            "{hidden}": try #require(hidden.body["id"].string),
        ]
    }

    private static func outcome(_ client: GatewayClient) async throws -> String {
        let frame = try await client.next("an answer") { frame in
            switch frame {
            case .closed: true
            case .payload(let json):
                [9, 11].contains(json["op"].int ?? 0) || json["t"].string == "COMMAND_ERROR"
                    || answers.contains(json["t"].string ?? "")
            }
        }
        switch frame {
        case .closed(let code): return "closed \(code ?? 0)"
        case .payload(let json):
            if json["t"].string == "COMMAND_ERROR" { return "code \(json["d"]["code"].int ?? -1)" }
            return json["t"].string ?? "op \(json["op"].int ?? -1)"
        }
    }
}
