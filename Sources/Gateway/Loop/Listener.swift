internal import CEpoll
internal import Glibc

/// A listening socket, and a descriptor kept in reserve: when there are no more, giving that one up lets the loop take
/// a waiting connection and close it, so that its client learns at once instead of hanging in the kernel's queue.
struct Listener: ~Copyable {
    let descriptor: Int32
    /// What the kernel bound.
    let port: UInt16
    private var spare: Int32

    /// Connections that the kernel completes ahead of `accept`. The kernel lowers it to `net.core.somaxconn`.
    private static let backlog: Int32 = 4096

    /// Finds out whether a port is free. Loops share theirs (SO_REUSEPORT), and the kernel would let another node of the same user share it as
    /// well, and give that one half of the connections.
    static func checkIsFree(host: String, port: UInt16) throws(LoopError) {
        let target = "\(host):\(port)"
        guard let address = SocketAddress(host: host, port: port) else {
            throw LoopError(code: .badAddress, operation: "listen", target: host)
        }
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { throw LoopError(code: .system, operation: "socket", target: target, number: errno) }
        defer { Glibc.close(descriptor) }
        // Without SO_REUSEPORT on this socket the bind fails if any other is bound there; connections that linger do not count.
        _ = setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        guard address.withSockaddr({ bind(descriptor, $0, $1) }) == 0 else {
            throw LoopError(code: .system, operation: "bind", target: target, number: errno)
        }
    }

    /// `host` is a numeric address. The socket is non-blocking and shares its port with other loops.
    init(host: String, port: UInt16) throws(LoopError) {
        guard var address = SocketAddress(host: host, port: port) else {
            throw LoopError(code: .badAddress, operation: "listen", target: host)
        }
        let target = "\(host):\(port)"
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        if descriptor < 0 { throw LoopError(code: .system, operation: "socket", target: target, number: errno) }
        if let failed = Listener.prepare(descriptor, &address) {
            let number = errno
            // deinit does not run when init throws first.
            Glibc.close(descriptor)
            throw LoopError(code: .system, operation: failed, target: target, number: number)
        }
        self.descriptor = descriptor
        self.port = address.port
        spare = Listener.openSpare()
    }

    deinit {
        Glibc.close(descriptor)
        if spare >= 0 { Glibc.close(spare) }
    }

    /// Binds and listens; `address` becomes the one that was bound. Returns the call that failed.
    private static func prepare(_ descriptor: Int32, _ address: inout SocketAddress) -> String? {
        for option in [SO_REUSEADDR, SO_REUSEPORT] where !setOption(descriptor, SOL_SOCKET, option, 1) {
            return "setsockopt"
        }
        // `::` is to serve IPv4 too, whatever the system's default says; `PeerAddress` knows the mapped form.
        if address.family == AF_INET6 { _ = setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        if address.withSockaddr({ bind(descriptor, $0, $1) }) != 0 { return "bind" }
        if Glibc.listen(descriptor, backlog) != 0 { return "listen" }
        if address.fill({ getsockname(descriptor, $0, $1) }) != 0 { return "getsockname" }
        return nil
    }

    static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int) -> Bool {
        var value = Int32(clamping: value)
        return setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    /// Takes one waiting connection, non-blocking.
    static let accept: @Sendable (_ listener: Int32) -> AcceptOutcome = { listener in
        var address = SocketAddress()
        let type = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = address.fill { accept4(listener, $0, $1, type) }
        if descriptor >= 0 { return .accepted(descriptor: descriptor, address: address.peer) }
        switch errno {
        case EAGAIN:
            return .nobody
        case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
            ENETUNREACH,
            EPERM:
            // accept(2): an error of the waiting connection is reported here and concerns only that one.
            return .aborted
        default:
            return .exhausted
        }
    }

    /// Gives up the reserve for one connection, which is closed. False when nobody was waiting or it did not help.
    mutating func turnOneAway(_ accept: (Int32) -> AcceptOutcome) -> Bool {
        if spare >= 0 { Glibc.close(spare) }
        defer { spare = Listener.openSpare() }
        guard case .accepted(let taken, _) = accept(descriptor) else { return false }
        Glibc.close(taken)
        return true
    }

    private static func openSpare() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
