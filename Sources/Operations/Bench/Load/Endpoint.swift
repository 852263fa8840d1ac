import CEpoll
import Glibc

/// Where a server listens, resolved.
package struct Endpoint: Hashable, Sendable {
    /// `127.0.0.1:8081`, as the Host header wants it.
    package let name: String
    let family: Int32
    /// The socket address as connect(2) takes it.
    let address: [UInt8]

    /// - Parameter url: `http://HOST:PORT` or `ws://HOST:PORT`.
    /// - Throws: ``BenchFailure`` for other schemes and for names that do not resolve.
    package init(url: String) throws(BenchFailure) {
        guard let colon = url.firstRange(of: "://"), ["http", "ws"].contains(url[..<colon.lowerBound]) else {
            throw BenchFailure(
                .impossible, "\(url) is not reached by http or ws: the bench speaks no TLS",
                hint: "run it against a node without certificates")
        }
        let authority = url[colon.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard let last = authority.lastIndex(of: ":") else {
            throw BenchFailure(.impossible, "\(url) names no port")
        }
        let port = authority[authority.index(after: last)...]
        let host = authority[..<last].drop { $0 == "[" }.prefix { $0 != "]" }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(String(host), String(port), &hints, &list) == 0, let first = list else {
            throw BenchFailure(.system, "\(authority) does not resolve")
        }
        defer { freeaddrinfo(first) }
        name = String(authority)
        family = first.pointee.ai_family
        address = Array(UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(first.pointee.ai_addrlen)))
    }

    /// A socket on its way to the server.
    /// - Throws: the number of the system's error.
    func connect(isBlocking: Bool = false) throws(SystemError) -> Int32 {
        var kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        if !isBlocking { kind |= Int32(SOCK_NONBLOCK.rawValue) }
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw SystemError(number: errno) }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let result = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Glibc.connect(descriptor, $0.baseAddress, socklen_t(bytes.count))
            }
        }
        guard result == 0 || errno == EINPROGRESS else {
            let number = errno
            close(descriptor)
            throw SystemError(number: number)
        }
        return descriptor
    }
}

struct SystemError: Error {
    var number: Int32

    var text: String { strerror(number).map { String(cString: $0) } ?? "error \(number)" }
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
