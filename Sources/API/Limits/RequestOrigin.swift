import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Services

/// Tells from where a request came: the socket knows, and proxies that are trusted know better.
struct RequestOrigin: Sendable {
    private let proxies: TrustedProxies
    private let exemptsLoopback: Bool
    private static let forwardedFor = HTTPField.Name("X-Forwarded-For")

    init(_ configuration: APIConfiguration) {
        proxies = configuration.proxies
        exemptsLoopback = configuration.exemptsLoopback
    }

    /// What the request is counted under; `nil` where that limits nobody.
    func address(of request: Request, _ context: APIContext) -> ClientAddress? {
        guard let peer = Self.octets(of: context.remoteAddress) else { return nil }
        let origin = proxies.contains(peer) ? proxies.origin(of: peer, forwarded: Self.forwarded(request)) : peer
        return ClientAddress(octets: origin, exemptsLoopback: exemptsLoopback)
    }

    /// What a connection is counted under; `nil` where that limits nobody, and for proxies, behind whom there may be many.
    func address(ofConnectionFrom peer: SocketAddress?) -> ClientAddress? {
        guard let peer = Self.octets(of: peer), !proxies.contains(peer) else { return nil }
        return ClientAddress(octets: peer, exemptsLoopback: exemptsLoopback)
    }

    private static func forwarded(_ request: Request) -> [String] {
        guard let name = forwardedFor else { return [] }
        return request.headers[values: name].flatMap { value in
            value.split(separator: ",").map { String($0.filter { $0 != " " && $0 != "\t" }) }
        }
    }

    private static func octets(of address: SocketAddress?) -> [UInt8]? {
        let octets: Range<Int>
        // Where a socket's address has them (ip(7), ipv6(7)).
        switch address {
        case .v4: octets = 4..<8
        case .v6: octets = 8..<24
        case .unixDomainSocket, nil: return nil
        }
        let bytes = address?.withSockAddr { Array(UnsafeRawBufferPointer(start: $0, count: $1)) } ?? []
        return bytes.count >= octets.upperBound ? Array(bytes[octets]) : nil
    }
}
