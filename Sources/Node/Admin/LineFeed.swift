import HTTPTypes
import Hummingbird
import HummingbirdCore
import Interface
import NIOCore
import ServiceLifecycle
import Services

/// What is published on streams of the bus, told to one reader as JSON documents, one a line, until the reader or the node goes away. A reader
/// who is 1,000 items behind is cut off rather than shown a gap.
final class LineFeed<Item: Sendable>: FanoutReceiver {
    enum Event: Sendable {
        case published(Item)
        /// Every two seconds. A line is written even when nothing happens: by that a reader who went away is noticed.
        case tick
    }

    private let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let decode: @Sendable (FanoutEvent) -> Item?

    /// - Parameter decode: what an event is about; `nil` leaves it out.
    init(decode: @escaping @Sendable (FanoutEvent) -> Item?) {
        (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(1_000))
        self.decode = decode
    }

    func receive(_ event: FanoutEvent) {
        guard let item = decode(event) else { return }
        if case .dropped = continuation.yield(.published(item)) { continuation.finish() }
    }

    /// - Parameter tell: writes what comes before the first event and then what comes of each; the answer ends when it returns.
    func response(
        on topics: [FanoutTopic], of bus: any FanoutBus, time: any TimeSource,
        tell: @escaping @concurrent @Sendable (inout any ResponseBodyWriter, AsyncStream<Event>) async throws -> Void
    ) async throws -> Response {
        let subscription = try await bus.attach(self)
        for topic in topics { try await subscription.subscribe(topic) }
        let body = ResponseBody { [self] writer in
            let ticker = Task {
                while !Task.isCancelled {
                    try await time.sleep(milliseconds: 2_000)
                    continuation.yield(.tick)
                }
            }
            defer { ticker.cancel() }
            let outcome: Result<Void, any Error>
            do {
                // A node that stops does not wait for those who only watch.
                try await withGracefulShutdownHandler {
                    try await tell(&writer, events)
                } onGracefulShutdown: { [continuation] in
                    continuation.finish()
                }
                try await writer.finish(nil)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await subscription.cancel()
            try outcome.get()
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }
}
