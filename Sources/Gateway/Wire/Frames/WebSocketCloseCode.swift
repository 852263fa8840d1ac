/// The status code of a close frame (RFC 6455, 7.4, and the IANA registry it founded). 4000 to 4999 are the gateway's own.
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The purpose of the connection is fulfilled.
    package static let normalClosure = Self(rawValue: 1000)
    /// The node stops, or the peer leaves.
    package static let goingAway = Self(rawValue: 1001)
    /// The peer broke the framing rules.
    package static let protocolError = Self(rawValue: 1002)
    /// A kind of data that is not served here.
    package static let unsupportedData = Self(rawValue: 1003)
    /// Text that is not UTF-8.
    package static let invalidPayload = Self(rawValue: 1007)
    /// A rule of this service was broken for which no better code exists.
    package static let policyViolation = Self(rawValue: 1008)
    /// A message longer than the limit.
    package static let messageTooBig = Self(rawValue: 1009)
    /// The server failed in a way it did not foresee.
    package static let internalError = Self(rawValue: 1011)
    /// The node restarts.
    package static let serviceRestart = Self(rawValue: 1012)
    /// The node is overloaded; connect elsewhere or later.
    package static let tryAgainLater = Self(rawValue: 1013)

    /// Whether a peer may put this code into a close frame. Below 1000 nothing is defined, 1004 is reserved, 1005, 1006
    /// and 1015 exist only in APIs, 1016 to 2999 are unassigned, and 5000 upwards is outside every range.
    package var isLegalOnTheWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
