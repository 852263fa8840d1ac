import Foundation
import Testing

/// The other library for Discord in Python: stricter about what it gets, and with habits of its own on the wire.
@Suite("A hikari bot")
struct HikariTests {
    /// Once as it comes, with the node's usual limits, which it obeys by what the headers say; once with zstandard, which it then insists on.
    @Test(.timeLimit(.minutes(15)), arguments: [false, true])
    func doesWhatBotsDo(withZstandard: Bool) async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data", limits: !withZstandard)
        let ada = try #require(try await Community.command(node.data, "user", "create", "ada")["id"].string)
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        // The bot owns the guild, so that it may do everything in it.
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@robot", "--member", "@ada")
        let adasToken = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        try await Bots.run(
            "hikari_bot.py", on: node,
            ["TOKEN": token, "GUILD": "Lab", "PERSON": ada, "PERSON_TOKEN": adasToken], withZstandard: withZstandard)
        #expect(await node.terminate() == 0)
    }
}

/// What libraries in other languages do on the wire, without any of them.
@Suite("A client without a library")
struct PlainClientTests {
    @Test(.timeLimit(.minutes(15)))
    func doesWhatLibrariesDo() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data", limits: true)
        let ada = try #require(try await Community.command(node.data, "user", "create", "ada")["id"].string)
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@robot")
        try await Bots.run("plain.py", on: node, ["TOKEN": token, "GUILD": "Lab", "PERSON": ada])
        #expect(await node.terminate() == 0)
    }
}
