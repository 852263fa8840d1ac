/// What a node that has started tells whoever started it.
package struct NodeAnnouncement: Hashable, Sendable {
    package var name: String
    package var version: String
    package var processID: Int32
    package var services: [String]
    package var dataDirectory: String
    package var adminSocket: String
    /// `http://127.0.0.1:8080`, with the port that was really taken; empty when the node has no REST listener.
    package var restURL: String
    /// `ws://127.0.0.1:8081`; empty when the node has no gateway.
    package var gatewayURL: String
}
