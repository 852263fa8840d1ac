import Wire

/// Packs the dispatches of one loop for its connections with compression: what many get, once.
///
/// What it keeps is bounded in frames and bytes, and forgotten every second: at a limit everything is forgotten (overflow policy
/// `forgetAll`) and packed anew when it is needed again.
struct FramePacker {
    /// Which frame of the loop's log, packed how.
    private struct Key: Hashable {
        var frame: UInt32
        var compression: TransportCompression
    }

    private static let framesMax = 1_024
    private static let bytesMax = 4 * 1_024 * 1_024
    /// Bytes of a frame below which deflating gains nothing worth its time.
    static let deflatedBytesMin = 256
    /// Bytes of a frame above which a loop does not deflate: its other connections would wait for it.
    static let deflatedBytesMax = 64 * 1_024

    private var packed: [Key: DispatchFrame] = [:]
    private var bytes = 0
    /// How many frames it has deflated.
    private(set) var deflations = 0
    /// Made when the first connection needs it.
    private var deflater: Deflater?

    /// A frame of the log, packed.
    ///
    /// - Parameters:
    ///   - number: the frame's number, which stands for its bytes until the next ``forget()``.
    ///   - frame: its bytes, header included.
    mutating func packed(
        _ number: UInt32, _ frame: UnsafeRawBufferPointer, sequenceOffset: Int, as compression: TransportCompression
    ) -> DispatchFrame {
        let key = Key(frame: number, compression: compression)
        if let known = packed[key] { return known }
        let made = pack(frame, sequenceOffset: sequenceOffset, as: compression)
        if packed.count >= Self.framesMax || bytes + made.bytes.count > Self.bytesMax { forget() }
        packed[key] = made
        bytes += made.bytes.count
        return made
    }

    /// A frame for one connection, packed.
    mutating func pack(_ frame: DispatchFrame, as compression: TransportCompression) -> DispatchFrame {
        frame.bytes.withUnsafeBytes { pack($0, sequenceOffset: frame.sequenceOffset, as: compression) }
    }

    mutating func forget() {
        guard !packed.isEmpty else { return }
        packed.removeAll()
        bytes = 0
    }

    private mutating func pack(
        _ frame: UnsafeRawBufferPointer, sequenceOffset: Int, as compression: TransportCompression
    ) -> DispatchFrame {
        let isWorthIt = Self.deflatedBytesMin...Self.deflatedBytesMax ~= frame.count
        if isWorthIt, compression == .zlib, deflater == nil { deflater = Deflater() }
        let deflater = isWorthIt ? deflater : nil
        var hasDeflated = false
        defer { if hasDeflated { deflations += 1 } }
        return DispatchFrame(packing: frame, sequenceOffset: sequenceOffset, as: compression) { bytes, output in
            hasDeflated = deflater?.deflate(bytes, onto: &output) ?? false
            return hasDeflated
        }
    }
}

/// A dispatch for one session, made by a worker; packed by it, too, where that would hold up a loop.
package struct SessionFrame: Sendable {
    /// Bytes of a frame from which a worker deflates it.
    private static let deflatedBytesMin = 8 * 1_024

    let frame: DispatchFrame
    /// For a connection with `zlib`; `nil` where the loop packs it.
    let deflated: DispatchFrame?

    /// - Parameter compression: the session's when it asked for this. It may have another connection when the answer comes.
    init(_ frame: DispatchFrame, for compression: TransportCompression) {
        self.frame = frame
        guard compression == .zlib, frame.bytes.count >= Self.deflatedBytesMin, let deflater = Deflater() else {
            deflated = nil
            return
        }
        deflated = frame.bytes.withUnsafeBytes {
            DispatchFrame(packing: $0, sequenceOffset: frame.sequenceOffset, as: .zlib) {
                deflater.deflate($0, onto: &$1)
            }
        }
    }
}
