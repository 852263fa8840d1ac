import BackendContracts
import Foundation
import Glibc
import Testing

/// Web Push against a push service that decrypts and verifies with a library of its own.
@Suite("Push notifications")
struct PushTests {
    /// A virtual environment with the `cryptography` package from PyPI, made once and kept beside the build.
    private static let environment = Task { () async throws -> URL in
        let home = Program.discordctl.deletingLastPathComponent().appending(path: "cryptography")
        let python = home.appending(path: "bin/python")
        if FileManager.default.fileExists(atPath: home.appending(path: "ready").path) { return python }
        let made = try await Program.run(
            URL(filePath: "/usr/bin/env"), ["python3", "-m", "venv", "--clear", home.path])
        guard made.status == 0 else { throw Expired(what: "a virtual environment: \(made.errors)") }
        let installed = try await Program.run(
            python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "cryptography"])
        guard installed.status == 0 else { throw Expired(what: "cryptography: \(installed.errors)") }
        _ = FileManager.default.createFile(atPath: home.appending(path: "ready").path, contents: nil)
        return python
    }

    @Test(.timeLimit(.minutes(15)))
    func reachWhoWasAwaySealedAndSigned() async throws {
        let python = try await Self.environment.value
        let scratch = try Scratch()
        let port = try Self.freePort()
        let node = try await TestNode.start(
            data: scratch.path + "/data",
            environment: [
                "DISCORDCTL_PUSH_DELAY": "1s", "DISCORDCTL_PUSH_TRUSTED_ENDPOINTS": "127.0.0.1:\(port)",
                "DISCORDCTL_PUSH_CONTACT": "mailto:ops@example.org",
            ])
        let ada = try #require(try await Community.command(node.data, "user", "create", "ada")["id"].string)
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@robot")
        let adasToken = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        let list = try await Community.command(node.data, "channel", "list", "Lab")
        let channel = try #require(list["items"].list.first { $0["type"].string == "text" }?["id"].string)
        let outcome = try await Program.run(
            python, [Program.root.appending(path: "Tests/EndToEnd/Bots/push.py").path],
            environment: [
                "REST": node.rest + "/api/v10", "PORT": String(port), "ADA": adasToken, "ROBOT": token,
                "CHANNEL": channel, "PERSON": ada,
            ]
        )
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)\n\(node.logText)")
        #expect(outcome.output.contains("all steps passed"))
        var status = stat()
        #expect(stat(node.data + "/push.key", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(await node.terminate() == 0)
    }

    /// A port that nobody listens on now.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Expired(what: "a free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}
