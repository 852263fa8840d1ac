import Glibc

/// Where text goes.
protocol TextSink: Sendable {
    func write(_ text: String) throws(SinkFailure)
}

/// Text could not be written.
struct SinkFailure: Error, Hashable, Sendable {
    /// The reader is gone: not an error, but the end of the work.
    var isReaderGone: Bool
    var number: Int32
}

/// An open file, written without a buffer in between, so that every line is out before the next thing happens.
struct DescriptorSink: TextSink {
    let descriptor: Int32

    func write(_ text: String) throws(SinkFailure) {
        var text = text
        let number: Int32 = text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    continue
                }
                switch errno {
                case EINTR: continue
                case EAGAIN:
                    // Someone made the terminal non-blocking; wait as a blocking write would.
                    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    Glibc.poll(&poll, 1, -1)
                default: return errno
                }
            }
            return 0
        }
        guard number != 0 else { return }
        throw SinkFailure(isReaderGone: number == EPIPE, number: number)
    }
}
