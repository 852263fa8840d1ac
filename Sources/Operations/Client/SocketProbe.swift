import Glibc

/// What stands behind the path of an admin socket, found out by connecting to it.
package enum SocketState: Hashable, Sendable {
    /// A node of this user, or of root, takes connections.
    case live
    case absent
    /// The file is there, but nobody listens: what a killed node leaves behind.
    case abandoned
    /// The file system lets this user not connect.
    case forbidden
    /// Somebody else's process listens; nothing is said to it.
    case foreign(user: UInt32)
    /// Longer than ``SocketProbe/pathBytesMax``.
    case tooLong
}

package enum SocketProbe {
    /// `sun_path` holds 108 bytes with its final zero (unix(7)).
    package static let pathBytesMax = 107

    /// Connects and hangs up again. Never waits: a node too busy to take the connection counts as live.
    package static func state(of path: String) -> SocketState {
        let bytes = Array(path.utf8)
        guard bytes.count <= pathBytesMax else { return .tooLong }
        guard !bytes.contains(0) else { return .absent }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return .forbidden }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            switch errno {
            case EAGAIN: return .live
            case EACCES, EPERM: return .forbidden
            case ECONNREFUSED: return .abandoned
            default: return .absent
            }
        }
        return peerState(of: descriptor)
    }

    /// Whoever may put a file where the socket is expected could listen in: only this user's and root's processes are
    /// spoken to.
    private static func peerState(of descriptor: Int32) -> SocketState {
        // `struct ucred` of unix(7), which glibc declares for GNU sources only: process, user, group.
        var peer: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: peer))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 else { return .forbidden }
        let own = geteuid()
        return own == 0 || peer.user == own || peer.user == 0 ? .live : .foreign(user: peer.user)
    }
}
