import FoundationEssentials
import Glibc
import Operations
import Testing

@testable import discordctl

/// A directory that is removed at the end.
private struct Directory: ~Copyable {
    let path: String

    init() throws {
        path = "/tmp/sock-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path + "/run/discordctl", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: path + "/data/discordctl", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var paths: LocalPaths {
        LocalPaths(environment: ["XDG_RUNTIME_DIR": path + "/run", "XDG_DATA_HOME": path + "/data"])
    }
}

/// A Unix socket, listening or left behind.
private func makeSocket(_ path: String, listens: Bool) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    try #require(result == 0)
    if listens { try #require(listen(descriptor, 4) == 0) }
    return descriptor
}

@Suite("Finding the node")
struct SocketTests {
    @Test func tellsWhatStandsBehindAPath() throws {
        let directory = try Directory()
        let live = try makeSocket(directory.path + "/live", listens: true)
        let dead = try makeSocket(directory.path + "/dead", listens: false)
        defer {
            close(live)
            close(dead)
        }
        #expect(SocketProbe.state(of: directory.path + "/live") == .live)
        #expect(SocketProbe.state(of: directory.path + "/dead") == .abandoned)
        #expect(SocketProbe.state(of: directory.path + "/none") == .absent)
        #expect(SocketProbe.state(of: "/" + String(repeating: "x", count: 107)) == .tooLong)
    }

    @Test func choosesTheOneLiveSocket() throws {
        let directory = try Directory()
        let path = directory.path + "/run/discordctl/local.sock"
        let live = try makeSocket(path, listens: true)
        let dead = try makeSocket(directory.path + "/data/discordctl/admin.sock", listens: false)
        defer {
            close(live)
            close(dead)
        }
        #expect(try SocketChoice.choose(directory.paths, dataDirectory: nil) == path)
    }

    @Test func neverGuessesAmongTwo() throws {
        let directory = try Directory()
        let sockets = [directory.path + "/run/discordctl/local.sock", directory.path + "/data/discordctl/admin.sock"]
        let descriptors = try sockets.map { try makeSocket($0, listens: true) }
        defer { for descriptor in descriptors { close(descriptor) } }
        #expect(throws: SocketChoice.Failure.several(sockets)) {
            try SocketChoice.choose(directory.paths, dataDirectory: nil)
        }
        #expect(
            try SocketChoice.choose(directory.paths, dataDirectory: directory.path + "/data/discordctl") == sockets[1])
    }

    @Test(arguments: [
        "data-dir: {place}", "admin:\n  socket: {place}/admin.sock", "listen: nonsense\ndata-dir: {place}",
    ])
    func theConfigurationFileTellsWhichNodeIsMeant(_ yaml: String) throws {
        let directory = try Directory()
        let place = directory.path + "/elsewhere"
        for path in [place, directory.path + "/config/discordctl"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try Data(yaml.replacing("{place}", with: place).utf8).write(
            to: URL(filePath: directory.path + "/config/discordctl/node.yaml"))
        let sockets = [directory.path + "/run/discordctl/local.sock", place + "/admin.sock"]
        let descriptors = try sockets.map { try makeSocket($0, listens: true) }
        defer { for descriptor in descriptors { close(descriptor) } }
        let paths = LocalPaths(environment: [
            "XDG_RUNTIME_DIR": directory.path + "/run", "XDG_DATA_HOME": directory.path + "/data",
            "XDG_CONFIG_HOME": directory.path + "/config",
        ])
        let configured = NodeSetup.configuredSocket(paths)
        #expect(configured == sockets[1])
        #expect(try SocketChoice.choose(paths, dataDirectory: nil, configured: configured) == sockets[1])
        // Where nobody listens there, others are looked for.
        #expect(try SocketChoice.choose(paths, dataDirectory: nil, configured: place + "/other.sock") == sockets[0])
    }

    @Test func withoutAConfigurationFileNothingIsConfigured() throws {
        let directory = try Directory()
        #expect(NodeSetup.configuredSocket(directory.paths) == nil)
    }

    @Test func saysWhereItLooked() throws {
        let directory = try Directory()
        let dead = try makeSocket(directory.path + "/run/discordctl/local.sock", listens: false)
        defer { close(dead) }
        let looked = [
            directory.path + "/run/discordctl/local.sock: nobody listens any more",
            directory.path + "/data/discordctl/admin.sock: not there",
        ]
        #expect(throws: SocketChoice.Failure.none(looked: looked)) {
            try SocketChoice.choose(directory.paths, dataDirectory: nil)
        }
    }

    @Test func watchesAProcessToItsEnd() throws {
        #expect(ProcessWatch(getpid())?.hasEnded == false)
        #expect(ProcessWatch(Int32.max) == nil)
    }
}
