import FoundationEssentials
import Glibc
import Operations

/// Directories, sockets and pid files of a node on this machine.
enum LocalFiles {
    /// Makes a directory with its parents, for its owner only.
    static func makeDirectory(_ path: String) throws(NodeError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw NodeError(
                .dataDirectory, "cannot make the directory", place: path,
                hint: "does its parent exist, and may this user write there?"
            )
        }
    }

    /// Makes room for a Unix socket: checks its path's length and removes a socket that nobody listens on any more.
    static func prepareSocket(_ path: String) throws(NodeError) {
        guard path.utf8.count <= SocketProbe.pathBytesMax else {
            throw NodeError(
                .bind,
                "the path of the admin socket is \(path.utf8.count) bytes long, and \(SocketProbe.pathBytesMax) is the most",
                place: path,
                hint: "name a shorter one with --admin-socket"
            )
        }
        if let parent = path.lastIndex(of: "/"), parent != path.startIndex {
            try makeDirectory(String(path[..<parent]))
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw NodeError(
                .bind, "the admin socket's place is taken by something that is no socket", place: path,
                hint: "move it away, or name another path with --admin-socket"
            )
        }
        guard SocketProbe.state(of: path) == .abandoned else {
            throw NodeError(
                .bind, "another node listens on the admin socket", place: path,
                hint: "stop it with: discordctl node stop --socket \(path); or give this node another --name"
            )
        }
        unlink(path)
    }

    static func writeProcessID(to path: String) throws(NodeError) {
        do {
            try Data("\(getpid())\n".utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw NodeError(.bind, "cannot write the pid file", place: path, hint: "may this user write there?")
        }
    }

    /// Bytes of memory this process holds (proc(5): the second number of statm counts pages).
    static func residentBytes() -> UInt64 {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
        let fields = String(decoding: data, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }
}
