/// Every bound on what a peer may send or make this module hold. Lengths are bytes unless the name says otherwise.
package enum WireLimits {
    /// Longest WebSocket message, over all its fragments. This service's own choice: Discord allows 4,096 bytes a
    /// payload, which the session enforces with its own close code; this is what the socket layer tolerates.
    package static let messageBytesMax = 16_384

    /// Most frames one message may be cut into. `reliability-and-security`: floods of tiny fragments.
    package static let fragmentsPerMessageMax = 1_024

    /// Longest control frame payload (RFC 6455, 5.5).
    package static let controlPayloadBytesMax = 125

    /// Longest reason of a close frame: a control payload less the two bytes of the code (RFC 6455, 5.5.1).
    package static let closeReasonBytesMax = 123

    /// Longest header of a client frame: two bytes, a 64-bit length, a masking key (RFC 6455, 5.2).
    package static let clientFrameHeaderBytesMax = 14

    /// Longest header of a server frame: two bytes and a 64-bit length (RFC 6455, 5.2).
    package static let serverFrameHeaderBytesMax = 10

    /// Longest request line and header fields together, with the empty line that ends them. Answered with 431.
    package static let handshakeBytesMax = 16_384

    /// Most header fields of a handshake. Answered with 431.
    package static let handshakeFieldsMax = 100

    /// Longest request target. Answered with 414.
    package static let handshakeTargetBytesMax = 8_192

    /// Most `name=value` pairs in the query of a handshake. Answered with 400.
    package static let handshakeParametersMax = 64

    /// Longest JSON text from an untrusted peer.
    package static let jsonBytesMax = 1_048_576

    /// Deepest nesting of JSON arrays and objects. The reader recurses once a level.
    package static let jsonDepthMax = 64

    /// Most members of one JSON object, repeated keys counted each time.
    package static let jsonKeysPerObjectMax = 1_000

    /// Most JSON values in one text, containers included. A value costs about 32 bytes where its text costs two.
    package static let jsonNodesMax = 100_000
}
