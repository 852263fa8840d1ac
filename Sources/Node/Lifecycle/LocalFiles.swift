import FoundationEssentials
import Glibc

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
                .dataDirectory, "cannot make the directory", place: path, hint: "does its parent exist, and may this user write there?"
            )
        }
    }

    /// Makes room for a Unix socket: checks its path's length and removes a socket that nobody listens on any more.
    static func prepareSocket(_ path: String) throws(NodeError) {
        // sun_path holds 108 bytes with its final zero (unix(7)).
        guard path.utf8.count <= 107 else {
            throw NodeError(
                .bind, "the path of the admin socket is \(path.utf8.count) bytes long, and 107 is the most", place: path,
                hint: "name a shorter one with --admin-socket"
            )
        }
        if let parent = path.lastIndex(of: "/"), parent != path.startIndex { try makeDirectory(String(path[..<parent])) }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw NodeError(
                .bind, "the admin socket's place is taken by something that is no socket", place: path,
                hint: "move it away, or name another path with --admin-socket"
            )
        }
        guard !isListening(path) else {
            throw NodeError(
                .bind, "another node listens on the admin socket", place: path,
                hint: "stop it with: discordctl node stop --socket \(path); or give this node another --name"
            )
        }
        unlink(path)
    }

    /// Whether somebody accepts connections on a Unix socket.
    static func isListening(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
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
