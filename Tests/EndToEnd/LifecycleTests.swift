import Foundation
import Testing

/// Starting, stopping, and everything that can be wrong with the place a node is started in.
@Suite("A node's life")
struct LifecycleTests {
    @Test(.timeLimit(.minutes(15)))
    func stopsThroughItsAdminSocketAndLeavesNothingBehind() async throws {
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        let node = try await TestNode.start(data: data, options: ["--pid-file", scratch.path + "/pid"])
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/pid"))
        let stop = try await Program.discordctl("node", "stop", "--yes", "--data-dir", data)
        #expect(stop.status == 0, "\(stop.errors)")
        #expect(await node.terminate() == 0)
        #expect(!FileManager.default.fileExists(atPath: data + "/admin.sock"))
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/pid"))
        let again = try await Program.discordctl("node", "stop", "--yes", "--data-dir", data)
        #expect(again.status == 78 || again.status == 69)
    }

    @Test(.timeLimit(.minutes(15)))
    func keepsSocketAndDataFromOthers() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        for (name, mode) in [("", 0o700), ("/admin.sock", 0o600), ("/directory.db", 0o600), ("/audit.jsonl", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: node.data + name)
            #expect((attributes[.posixPermissions] as? Int) == mode, "mode of data\(name)")
        }
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func refusesADirectoryThatAnotherNodeHolds() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let second = try await start(scratch.path + "/data")
        #expect(second.status == 74)
        #expect(second.errors.contains("another node holds"))
        #expect(second.errors.contains("hint:"))
        // The first one does not notice.
        #expect(try await node.status().state == "active")
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func takesOverTheSocketOfANodeThatWasKilled() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        await node.kill()
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/data/admin.sock"))
        let next = try await TestNode.start(data: scratch.path + "/data")
        #expect(await next.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func refusesDataFromANewerVersionAndTouchesNothing() async throws {
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        let node = try await TestNode.start(data: data)
        #expect(await node.terminate() == 0)
        let file = URL(filePath: data + "/directory.db")
        // SQLite's user version: bytes 60 to 63 of the file, big-endian (SQLite's file format, section 1.3).
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(60..<64, with: [0, 1, 0, 0])
        try bytes.write(to: file)
        let outcome = try await start(data)
        #expect(outcome.status == 76, "\(outcome.errors)")
        #expect(outcome.errors.contains("newer"))
        #expect(try Data(contentsOf: file) == bytes)
    }

    @Test(.timeLimit(.minutes(15)), arguments: ["directory.db", "log.db", "messages.db", "coordinator.db"])
    func refusesADatabaseThatIsNone(_ name: String) async throws {
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let garbage = Data(repeating: 0x5A, count: 8_192)
        try garbage.write(to: URL(filePath: data + "/" + name))
        let outcome = try await start(data)
        #expect(outcome.status == 74, "\(outcome.errors)")
        #expect(outcome.errors.contains(name))
        #expect(outcome.errors.contains("hint:"))
        #expect(try Data(contentsOf: URL(filePath: data + "/" + name)) == garbage)
    }

    @Test(.timeLimit(.minutes(15)))
    func explainsEveryProblemOfAConfigurationWithItsPlace() async throws {
        let scratch = try Scratch()
        let file = scratch.path + "/node.yaml"
        try """
        listen: 127.0.0.1
        gateway:
          listen: 127.0.0.1:8081
          lops: 4
        logging:
          level: loud
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let check = try await Program.discordctl("config", "check", file)
        #expect(check.status == 78)
        for part in ["node.yaml:1:", "listen", "node.yaml:4:", "gateway.loops", "node.yaml:6:", "logging.level"] {
            #expect(
                check.errors.contains(part) || check.output.contains(part), "\(part) in: \(check.errors)\(check.output)"
            )
        }
        let started = try await start(scratch.path + "/data", ["--config", file])
        #expect(started.status == 78)
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/data"))
        try "listen: [".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try await Program.discordctl("config", "check", file).status == 78)
    }

    @Test(.timeLimit(.minutes(15)))
    func saysWhichPortIsTaken() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let port = try #require(URLComponents(string: node.rest)?.port)
        let rest = try await start(scratch.path + "/other", ["--listen", "127.0.0.1:\(port)"])
        #expect(rest.status == 71, "\(rest.errors)")
        #expect(rest.errors.contains("\(port)"))
        let gatewayPort = try #require(URLComponents(string: node.gateway)?.port)
        let gateway = try await start(scratch.path + "/other", ["--gateway-listen", "127.0.0.1:\(gatewayPort)"])
        #expect(gateway.status == 71, "\(gateway.errors)")
        #expect(gateway.errors.contains("\(gatewayPort)"))
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func refusesToListenForStrangersWithoutTLS() async throws {
        let scratch = try Scratch()
        let outcome = try await start(scratch.path + "/data", ["--listen", "0.0.0.0:0"])
        #expect(outcome.status == 78 || outcome.status == 2)
        #expect(outcome.errors.contains("--insecure-listen"))
    }

    /// A file system of one MiB that fills up: needs root, and is reported as skipped without it.
    @Test(.enabled("needs root, to mount a small file system") { geteuid() == 0 }, .timeLimit(.minutes(15)))
    func refusesSendsOnAFullDiskAndRecoversWithoutARestart() async throws {
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let mount = try await Program.run(
            URL(filePath: "/bin/mount"), ["-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", data]
        )
        guard mount.status == 0 else {
            try Test.cancel("this machine does not let root mount a tmpfs: \(mount.errors)")
        }
        do {
            let node = try await TestNode.start(data: data)
            let (token, channels) = try await Community.make(data, members: 0, channels: 1)
            let client = RESTClient(node.rest, token: token)
            let path = "/channels/\(channels[0])/messages"
            #expect(try await client.call("POST", path, JSON(["content": "before"])).status == 200)
            let filler = data + "/filler"
            _ = try await Program.run(URL(filePath: "/bin/dd"), ["if=/dev/zero", "of=\(filler)", "bs=4096"])
            var acknowledged = ["before"]
            var refused = 0
            for number in 0..<200 where refused == 0 {
                let content = String(repeating: "x", count: 1_900) + String(number)
                let answer = try await client.call("POST", path, JSON(["content": content]))
                if answer.status == 200 { acknowledged.append(content) } else { refused += 1 }
            }
            #expect(refused > 0, "a full disk refuses")
            #expect(try await client.call("GET", path).status == 200, "reading goes on")
            try FileManager.default.removeItem(atPath: filler)
            _ = try await eventually("sends to work again") {
                let answer = try? await client.call("POST", path, JSON(["content": "after"]))
                return answer?.status == 200 ? true : nil
            }
            let history = try await Community.history(channels[0], client).compactMap { $0["content"].string }
            for content in acknowledged { #expect(history.filter { $0 == content }.count == 1) }
            #expect(await node.terminate() == 0)
        } catch {
            _ = try await Program.run(URL(filePath: "/bin/umount"), ["-l", data])
            throw error
        }
        _ = try await Program.run(URL(filePath: "/bin/umount"), ["-l", data])
    }

    /// A file system that is mounted read-only: needs root, whom file modes do not stop.
    @Test(.enabled("needs root, to mount a read-only file system") { geteuid() == 0 }, .timeLimit(.minutes(15)))
    func refusesADirectoryItCannotWriteTo() async throws {
        let scratch = try Scratch()
        let mountPoint = scratch.path + "/mount"
        try FileManager.default.createDirectory(atPath: mountPoint, withIntermediateDirectories: true)
        let mount = URL(filePath: "/bin/mount")
        let mounted = try await Program.run(mount, ["-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", mountPoint])
        guard mounted.status == 0 else {
            try Test.cancel("this machine does not let root mount a tmpfs: \(mounted.errors)")
        }
        do {
            let node = try await TestNode.start(data: mountPoint + "/data")
            #expect(await node.terminate() == 0)
            #expect(try await Program.run(mount, ["-o", "remount,ro", mountPoint]).status == 0)
            let outcome = try await start(mountPoint + "/data")
            #expect(outcome.status == 74, "\(outcome.errors)")
            #expect(outcome.errors.contains("read-only"))
            #expect(outcome.errors.contains("hint:"))
        } catch {
            _ = try await Program.run(URL(filePath: "/bin/umount"), ["-l", mountPoint])
            throw error
        }
        _ = try await Program.run(URL(filePath: "/bin/umount"), ["-l", mountPoint])
    }

    private func start(_ data: String, _ options: [String] = []) async throws -> Program.Outcome {
        var arguments = ["node", "start", "--data-dir", data]
        if !options.contains("--listen") { arguments += ["--listen", "127.0.0.1:0"] }
        if !options.contains("--gateway-listen") { arguments += ["--gateway-listen", "127.0.0.1:0"] }
        return try await Program.run(Program.discordctl, arguments + options, seconds: 90)
    }
}
