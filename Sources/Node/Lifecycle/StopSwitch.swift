import Operations
import ServiceLifecycle
import UnixSignals

/// Everything that can stop a node, in one stream: signals and the admin API.
struct StopSwitch: Sendable {
    enum Command: Sendable {
        /// Drain, then stop. A deadline of `nil` is the node's own.
        case drain(deadline: Duration?)
        /// Stop now.
        case now
    }

    let commands: AsyncStream<Command>
    private let continuation: AsyncStream<Command>.Continuation

    init() {
        // Two commands are all there is to say: drain, and then not even that.
        (commands, continuation) = AsyncStream.makeStream(of: Command.self, bufferingPolicy: .bufferingNewest(2))
    }

    func press(_ command: Command) { continuation.yield(command) }

    /// Turns signals into commands until it is cancelled: the first SIGTERM or SIGINT drains, the second stops.
    func watchSignals() async {
        var isFirst = true
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            press(isFirst ? .drain(deadline: nil) : .now)
            isFirst = false
        }
    }
}
