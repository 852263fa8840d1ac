internal import CEpoll
internal import Glibc

/// A `sockaddr` of either family.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    init() {}

    /// Nil unless `host` is a numeric address.
    init?(host: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
        } else if inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        } else {
            return nil
        }
    }

    var family: Int32 { Int32(storage.ss_family) }

    var port: UInt16 {
        withUnsafeBytes(of: storage) { bytes in
            // Both families have it at the same place: right behind the family.
            family == AF_INET || family == AF_INET6
                ? UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)) : 0
        }
    }

    var peer: PeerAddress {
        withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET:
                let address = UInt32(bigEndian: bytes.load(fromByteOffset: 4, as: UInt32.self))
                return PeerAddress(high: 0, low: 0xffff_0000_0000 | UInt64(address))
            case AF_INET6:
                return PeerAddress(
                    high: UInt64(bigEndian: bytes.load(fromByteOffset: 8, as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.load(fromByteOffset: 16, as: UInt64.self)))
            default:
                return .unknown
            }
        }
    }

    func withSockaddr<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// For calls that write an address and its length.
    mutating func fill<T>(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> T) -> T {
        var written = socklen_t(MemoryLayout<sockaddr_storage>.size)
        defer { length = written }
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &written) }
        }
    }
}
