import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// What a node does when the disk under it is full, or fails (cases D05 and D06): nothing is said to be done that is not.
@Suite("A node on a bad disk")
struct DiskTests {
    /// One who writes and takes note of what came of it.
    private final class Writer {
        let channel: String
        var client: RESTClient
        /// Contents, and the ids under which they were acknowledged.
        private(set) var acknowledged: [String: String] = [:]
        /// Contents that were refused: nobody may ever read them.
        private(set) var refused: Set<String> = []
        /// Contents that were accepted, but whose outcome was not known in time.
        private(set) var queued: Set<String> = []
        private var number = 0

        init(_ channel: String, _ client: RESTClient) {
            self.channel = channel
            self.client = client
        }

        /// Sends the next message and returns the answer's status.
        @discardableResult
        func send() async throws -> UInt {
            number += 1
            let content = "\(number) " + String(repeating: "x", count: 1_800)
            let form = JSON(["content": content, "nonce": "\(number)", "enforce_nonce": true] as [String: Any])
            let answer = try await client.call("POST", "/channels/\(channel)/messages", form)
            switch answer.status {
            case 200: acknowledged[content] = answer.body["id"].string
            case 504: queued.insert(content)
            default:
                refused.insert(content)
                #expect(answer.status == 502, "\(answer.text)")
                #expect(answer.body["retry_after"].number ?? 0 > 0, "\(answer.text)")
                #expect(answer.body["message"].string?.isEmpty == false)
            }
            return answer.status
        }

        /// Takes back that what was refused so far may not be there.
        func doubtAll() { refused = [] }

        /// Everything acknowledged is in history once under its id, nothing refused is.
        func check() async throws {
            var found: [String: [String]] = [:]
            for message in try await Community.history(channel, client) {
                found[message["content"].string ?? "", default: []].append(message["id"].string ?? "")
            }
            for (content, id) in acknowledged { #expect(found[content] == [id], "\(content.prefix(4))") }
            for content in refused { #expect(found[content] == nil, "\(content.prefix(4)) was refused") }
            for (content, ids) in found { #expect(ids.count == 1, "\(content.prefix(4)) is there once") }
        }
    }

    /// A file system of 32 MiB in memory under a node's data, gone again afterwards.
    private static func withSmallDisk(at path: String, _ body: () async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let mounted = try await run("mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "discordctl-test", path)
        guard mounted.status == 0 else { throw Expired(what: "a file system: \(mounted.errors)") }
        do {
            try await body()
        } catch {
            _ = try await run("umount", "-l", path)
            throw error
        }
        #expect(try await run("umount", "-l", path).status == 0)
    }

    private static func run(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.run(URL(filePath: "/usr/bin/env"), arguments)
    }

    private static func canMount() async throws -> Bool {
        let scratch = try Scratch()
        do {
            try await withSmallDisk(at: scratch.path + "/disk") {}
            return true
        } catch {
            return false
        }
    }

    @Test(.timeLimit(.minutes(15)), .enabled("mounting is permitted") { try await DiskTests.canMount() })
    func fullRefusesReadsOnAndGoesOnByItself() async throws {
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        try await Self.withSmallDisk(at: data) {
            var node = try await TestNode.start(data: data)
            let (token, channels) = try await Community.make(data, members: 1, channels: 1)
            let writer = Writer(channels[0], RESTClient(node.rest, token: token))
            let listener = try await GatewayClient.connect(node.gateway)
            _ = try await listener.identify(token: token.replacingOccurrences(of: "Bot ", with: ""))
            for _ in 0..<5 { #expect(try await writer.send() == 200) }

            #expect(try await Self.run("dd", "if=/dev/zero", "of=\(data)/filler", "bs=4k").status != 0)
            // What a write-ahead log has room for already is taken on still.
            var sends = 0
            while try await writer.send() == 200 {
                sends += 1
                guard sends < 10_000 else { throw Expired(what: "a refusal") }
            }
            for _ in 0..<5 { #expect(try await writer.send() != 200) }
            try await writer.check()
            #expect(node.logText.contains("the disk is full"), "\(node.logText)")
            #expect(!node.logText.contains("the disk has room again"))
            let session = RESTClient(node.rest, token: token)
            #expect(try await session.call("GET", "/users/@me").status == 200)

            try FileManager.default.removeItem(atPath: data + "/filler")
            _ = try await eventually("the node to go on", seconds: 30) {
                try await writer.send() == 200 ? () : nil
            }
            #expect(node.logText.contains("the disk has room again"), "\(node.logText)")
            for _ in 0..<5 { #expect(try await writer.send() == 200) }
            let last = try #require(writer.acknowledged.values.compactMap { UInt64($0) }.max())
            _ = try await listener.next("the last message") { frame in
                guard case .payload(let json) = frame else { return false }
                return json["d"]["id"].string == String(last)
            }
            try await writer.check()
            await node.kill()
            node = try await TestNode.start(data: data)
            writer.client = RESTClient(node.rest, token: token)
            try await writer.check()
            #expect(try await writer.send() == 200)
            #expect(await node.terminate() == 0)
        }
    }

    /// Once in its life, when a file is there that says so, a sync of a database fails as on a disk that has lost what it was given.
    private static let shim = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        static int fails(int descriptor) {
            const char *trigger = getenv("FAILING_SYNC_TRIGGER"), *name = getenv("FAILING_SYNC_FILE");
            char link[64], path[4096];
            if (!trigger || !name) return 0;
            snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            return strstr(path, name) && unlink(trigger) == 0;
        }
        static int call(const char *name, int descriptor) {
            if (fails(descriptor)) { errno = EIO; return -1; }
            return ((int (*)(int))dlsym(RTLD_NEXT, name))(descriptor);
        }
        int fsync(int descriptor) { return call("fsync", descriptor); }
        int fdatasync(int descriptor) { return call("fdatasync", descriptor); }
        """

    private static func canCompile() async throws -> Bool { try await run("cc", "--version").status == 0 }

    /// A failing log takes nothing on any more. Behind a failing store what was taken on waits, and is there after the restart.
    @Test(
        .timeLimit(.minutes(15)), .enabled("a C compiler is there") { try await DiskTests.canCompile() },
        arguments: ["log.db", "messages.db"])
    func failingIsNotTriedAgain(file: String) async throws {
        let scratch = try Scratch()
        let (data, library, trigger) = (scratch.path + "/data", scratch.path + "/shim.so", scratch.path + "/trigger")
        try Self.shim.write(toFile: scratch.path + "/shim.c", atomically: false, encoding: .utf8)
        let compiled = try await Self.run("cc", "-shared", "-fPIC", "-o", library, scratch.path + "/shim.c", "-ldl")
        #expect(compiled.status == 0, "\(compiled.errors)")
        var node = try await TestNode.start(
            data: data,
            environment: ["LD_PRELOAD": library, "FAILING_SYNC_TRIGGER": trigger, "FAILING_SYNC_FILE": "/\(file)"])
        let (token, channels) = try await Community.make(data, members: 1, channels: 1)
        let writer = Writer(channels[0], RESTClient(node.rest, token: token))
        for _ in 0..<5 { #expect(try await writer.send() == 200) }

        #expect(FileManager.default.createFile(atPath: trigger, contents: nil))
        #expect(try await writer.send() != 200)
        #expect(!FileManager.default.fileExists(atPath: trigger), "a sync failed")
        // What the disk has of it nobody knows; it was not said to be there.
        writer.doubtAll()
        #expect(try await writer.send() != 200)
        try await writer.check()
        #expect(node.logText.contains("the disk failed"), "\(node.logText)")
        let health = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: node.rest + "/health"), timeout: .seconds(30))
        #expect(health.status == .serviceUnavailable)

        await node.kill()
        node = try await TestNode.start(data: data)
        writer.client = RESTClient(node.rest, token: token)
        let queued = writer.queued
        #expect(queued.isEmpty == (file == "log.db"))
        _ = try await eventually("what was queued to be in history", seconds: 30) {
            let contents = try await Community.history(channels[0], writer.client).compactMap { $0["content"].string }
            return queued.isSubset(of: contents) ? () : nil
        }
        try await writer.check()
        #expect(try await writer.send() == 200)
        #expect(await node.terminate() == 0)
    }
}
