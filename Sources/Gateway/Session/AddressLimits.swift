import Interface
import Services
import Wire

/// What an address may do at the gateway before it is known who it is, for all loops together.
final class AddressLimits: Sendable {
    private let handshakes: AddressLimit?
    private let wrongTokens: AddressLimit?

    init(handshakes: RateLimit?, wrongTokens: RateLimit?, _ time: any TimeSource) {
        self.handshakes = handshakes.map { AddressLimit($0, of: .handshake, time: time) }
        self.wrongTokens = wrongTokens.map { AddressLimit($0, of: .wrongToken, time: time) }
    }

    /// Whether it may open one more connection.
    func admits(_ address: @autoclosure () -> ClientAddress?) -> Bool {
        guard handshakes != nil || wrongTokens != nil, let address = address() else { return true }
        return wrongTokens?.wait(of: address) == nil && handshakes?.charge(address) ?? true
    }

    /// It came with a wrong token.
    func noteWrongToken(_ address: @autoclosure () -> ClientAddress?) {
        guard let wrongTokens, let address = address() else { return }
        wrongTokens.note(address)
    }
}

/// Where connections come from. What a trusted proxy says of a client's address is known with the handshake only.
extension SessionHandler {
    func admits(_ address: PeerAddress, on loop: Loop) -> Bool {
        isProxy(address) || surroundings.addresses.admits(ClientAddress(octets: address.octets))
    }

    /// Whether a proxy may hand on one more connection of this address.
    func admits(_ request: HandshakeRequest, from address: PeerAddress) -> Bool {
        guard isProxy(address) else { return true }
        return surroundings.addresses.admits(origin(of: request, from: address))
    }

    func origin(of request: HandshakeRequest, from address: PeerAddress) -> ClientAddress? {
        ClientAddress(octets: settings.proxies.origin(of: address.octets, forwarded: request.forwardedFor))
    }

    func isProxy(_ address: PeerAddress) -> Bool {
        !settings.proxies.isEmpty && settings.proxies.contains(address.octets)
    }

    func noteWrongToken(_ connection: ConnectionID, on loop: Loop) {
        if let address = origins[Int(connection.slot)] { return surroundings.addresses.noteWrongToken(address) }
        guard let address = loop.address(of: connection), !isProxy(address) else { return }
        surroundings.addresses.noteWrongToken(ClientAddress(octets: address.octets))
    }
}
