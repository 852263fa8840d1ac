internal import Glibc
internal import Synchronization
internal import Wire

/// How a live connection moves from one loop to another of the same process.
extension SocketLoop {
    /// Takes an open connection out of the loop, with everything that belongs to it: descriptor, TLS, what was read but
    /// not handed over, what waits to be written. Here it has ended; `released` follows for its address. May be called
    /// inside `received`: the payload stays valid until that returns. Nil when the connection is not open. Loop's
    /// thread.
    package func detach(_ connection: ConnectionID) -> DetachedSocket? {
        assertOnLoop()
        guard let state = slab.find(connection), state.pointee.phase == .open else { return nil }
        let slot = Int(connection.slot)
        poller.remove(state.pointee.descriptor)
        if reading == slot {
            state.pointee.carry.hold(UnsafeRawBufferPointer(rebasing: readBuffer.bytes(unread.upperBound)[unread]))
        }
        let socket = DetachedSocket(
            DetachedSocket.Contents(
                descriptor: state.pointee.descriptor, tls: state.pointee.tls, decoder: state.pointee.decoder,
                carry: state.pointee.carry, output: takeOutput(slot)),
            address: state.pointee.address)
        state.pointee.descriptor = -1
        state.pointee.tls = nil
        state.pointee.carry = CarryBuffer()
        // The decoder's copy here keeps a fragmented payload alive that `received` may still be reading.
        end(slot)
        return socket
    }

    /// Takes over a connection that another loop gave away. It is open already: neither `admits`, `verdict` nor
    /// `opened` are called, `released` will be, and bytes that it brought along follow as `received`. Nil when the slab
    /// is full, the loop is stopping, or somebody has adopted it before; except for the last its connection is closed
    /// then. Loop's thread.
    @discardableResult
    package func adopt(_ socket: DetachedSocket) -> ConnectionID? {
        assertOnLoop()
        guard let contents = socket.take() else { return nil }
        counts.accepts += 1
        guard !isStopping, let connection = slab.take() else {
            counts.refusals += 1
            contents.release()
            return nil
        }
        let slot = Int(connection.slot)
        let state = slab[slot]
        state.pointee.descriptor = contents.descriptor
        state.pointee.tls = contents.tls
        state.pointee.decoder = contents.decoder
        state.pointee.carry = contents.carry
        state.pointee.address = socket.address
        state.pointee.flags.insert(.charged)
        state.pointee.phase = .open
        if let output = contents.output {
            output.pointee.blockedIndex = blocked.count
            blocked.append(Int32(slot))
            state.pointee.output = output
            state.pointee.flags.insert(.watchesOutput)
            counts.pendingOutputBytes += output.pointee.count
            if output.pointee.count >= configuration.outputBytesMax / 2 {
                state.pointee.flags.insert(.toldHalf)
                notices.append((connection, .mark(.half)))
            }
        }
        guard poller.add(contents.descriptor, connection: connection, output: contents.output != nil) else {
            end(slot)
            return nil
        }
        makeReady(slot)
        return connection
    }
}

/// A connection between two loops. It belongs to whoever adopts it first; if nobody does, it is closed.
package final class DetachedSocket: Sendable {
    /// Owned pointers. `@unchecked Sendable`: reachable through `Mutex` only, and taken out of it once.
    struct Contents: @unchecked Sendable {
        var descriptor: Int32
        var tls: OpaquePointer?
        var decoder: FrameDecoder
        var carry: CarryBuffer
        var output: UnsafeMutablePointer<OutputBuffer>?

        func release() {
            if let tls { TLSChannel.free(tls) }
            var carry = carry
            carry.release()
            if let output {
                output.deinitialize(count: 1)
                output.deallocate()
            }
            Glibc.close(descriptor)
        }
    }

    /// The peer's, for the limits of the loop that adopts.
    package let address: PeerAddress
    private let contents: Mutex<Contents?>

    init(_ contents: Contents, address: PeerAddress) {
        self.contents = Mutex(contents)
        self.address = address
    }

    deinit { take()?.release() }

    func take() -> Contents? {
        contents.withLock { contents in
            defer { contents = nil }
            return contents
        }
    }
}
