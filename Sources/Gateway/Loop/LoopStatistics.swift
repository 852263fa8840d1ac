/// What a loop has done since it was made; all are counts that only grow, but `connections` and `pendingOutputBytes`.
package struct LoopStatistics: Hashable, Sendable {
    /// Sockets accepted or adopted, before any handshake.
    package var accepts = 0
    /// Sockets held now, in whatever phase.
    package var connections = 0
    /// Connections whose WebSocket handshake was completed.
    package var opens = 0
    /// Connections turned away: by the handler's `admits`, for a full slab, or for want of descriptors.
    package var refusals = 0
    /// Handshakes that failed or took too long.
    package var handshakeFailures = 0
    /// TLS handshakes that were completed.
    package var tlsHandshakes = 0
    /// Those after which the kernel makes the records; the others' are made by libssl.
    package var kernelTLSHandshakes = 0
    /// Bytes read from sockets, of TLS the plain text.
    package var bytesIn = 0
    /// Bytes the kernel took, of TLS the plain text.
    package var bytesOut = 0
    /// Data messages handed to the handler.
    package var messagesIn = 0
    /// Calls of `send` for a live connection.
    package var sends = 0
    /// Calls of `send` of which the kernel did not take all.
    package var blockedSends = 0
    /// Bytes copied and waiting now.
    package var pendingOutputBytes = 0
    /// Connections closed because too many bytes waited.
    package var overflowCloses = 0
    /// Connections closed because a byte waited too long.
    package var stallCloses = 0
    /// Connections closed because the loop's budget ran out.
    package var budgetCloses = 0
    /// Accepts that failed for want of descriptors or kernel memory.
    package var acceptExhaustions = 0
    /// Mails refused because the mailbox was full.
    package var mailsRefused = 0
    /// Turns made.
    package var turns = 0

    package init() {}
}
