import NIOCore
import NIOPosix

/// Sends text over a connection of its own and returns everything that comes back until the server closes it.
func rawExchange(port: Int, _ text: String) async throws -> String {
    let group = MultiThreadedEventLoopGroup.singleton
    let closed = group.next().makePromise(of: String.self)
    let channel = try await ClientBootstrap(group: group)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(closed))
            }
        }
        .connect(host: "localhost", port: port).get()
    // The server may close before it has read everything: what counts is what it said.
    channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    return try await closed.futureResult.get()
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let closed: EventLoopPromise<String>
    private var received = ByteBuffer()

    init(_ closed: EventLoopPromise<String>) {
        self.closed = closed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed.succeed(String(buffer: received))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
