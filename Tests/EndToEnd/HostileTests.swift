import Foundation
import Testing

/// Clients that mean harm, in Python with nothing but its standard library: neither their bytes nor their reading of the answers is ours.
@Suite("A hostile client")
struct HostileTests {
    /// S10.
    @Test(.timeLimit(.minutes(15)))
    func getsRefusalsFromRESTAndHoldsUpNobody() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        try await Hostile.run("hostile_http.py", on: node)
        #expect(await node.terminate() == 0)
    }

    /// S09.
    @Test(.timeLimit(.minutes(15)), arguments: [false, true])
    func getsCloseCodesFromTheGatewayAndHoldsUpNobody(withTLS: Bool) async throws {
        let scratch = try Scratch()
        let certificate = withTLS ? try await Certificate.make(in: scratch.path) : nil
        let node = try await TestNode.start(data: scratch.path + "/data", environment: certificate?.environment ?? [:])
        try await Hostile.run(
            "hostile_websocket.py", on: node, certificate.map { ["CERTIFICATE": $0.path] } ?? [:])
        #expect(await node.terminate() == 0)
    }

    /// S01 and S07.
    @Test(.timeLimit(.minutes(15)))
    func learnsNothingFromTheClock() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        func command(_ arguments: String...) async throws -> JSON {
            let outcome = try await Program.run(
                Program.discordctl, arguments + ["--data-dir", node.data, "-o", "json"], input: "the right one\n")
            return outcome.status == 0 ? JSON(text: outcome.output) : JSON(NSNull())
        }
        _ = try await command("user", "create", "ada", "--password-file", "-")
        _ = try await command("user", "create", "stranger", "--bot")
        let guild = try #require(try await command("guild", "create", "Den", "--owner", "@ada")["id"].string)
        let channel = try #require(try await command("channel", "create", guild, "secret")["id"].string)
        let token = try #require(try await command("user", "token", "@stranger")["token"].string)
        try await Hostile.run(
            "hostile_clock.py", on: node,
            ["STRANGER": "Bot " + token, "HIDDEN_GUILD": guild, "HIDDEN_CHANNEL": channel])
        #expect(await node.terminate() == 0)
    }
}

/// Scripts of `Tests/EndToEnd/Hostile`, which need no more than Python itself.
enum Hostile {
    /// Runs a script against a node, and expects all its cases to pass and the node to be the one it was.
    static func run(
        _ script: String, on node: TestNode, _ variables: [String: String] = [:]
    ) async throws {
        let (token, channels) = try await Community.make(node.data, members: 1, channels: 1)
        let process = try await node.status().processID
        var environment = [
            "REST": node.rest, "GATEWAY": node.gateway, "TOKEN": token, "CHANNEL": try #require(channels.first),
            "PROCESS": String(process), "PYTHONDONTWRITEBYTECODE": "1",
        ]
        environment.merge(variables) { _, new in new }
        let path = Program.root.appending(path: "Tests/EndToEnd/Hostile").appending(path: script).path
        let outcome = try await Program.run(
            URL(filePath: "/usr/bin/env"), ["python3", path], environment: environment)
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)\n\(node.logText.suffix(4_000))")
        #expect(outcome.output.contains("all steps passed"))
        #expect(try await node.status().processID == process)
        print("\(script): \(outcome.output)")
    }
}

/// A certificate for this machine that nobody but the test trusts.
struct Certificate: Sendable {
    let path: String
    let key: String

    /// What makes a node use it.
    var environment: [String: String] { ["DISCORDCTL_TLS_CERTIFICATE": path, "DISCORDCTL_TLS_KEY": key] }

    /// - Parameter name: the common name, by which one is told from another.
    static func make(in directory: String, name: String = "localhost") async throws -> Certificate {
        let certificate = Certificate(path: directory + "/\(name).pem", key: directory + "/\(name).key")
        let made = try await Program.run(
            URL(filePath: "/usr/bin/env"),
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "1", "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                certificate.key, "-out", certificate.path,
            ])
        guard made.status == 0 else { throw Expired(what: "a certificate: \(made.errors)") }
        return certificate
    }
}
