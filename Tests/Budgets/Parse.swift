import CCallgrind
import Gateway
import Glibc
import Wire

/// What a client's frame costs until it is a command: the frame's decoder, the JSON reader, the command's checks.
enum Parse {
    private static let rounds = 100
    private static let content = String(repeating: "budget ", count: 36)
    private static let payloads = [
        #"{"op":1,"d":251}"#,
        #"{"op":100,"d":{"channel_id":"1234567890123456789"}}"#,
        #"{"op":102,"d":{"channel_id":"1234567890123456789","content":"\#(content)","nonce":"bench-0000000001"}}"#,
    ]

    static func run() throws -> Int {
        var bytes: [UInt8] = []
        for _ in 0..<rounds {
            for payload in payloads { bytes += ClientFrames.text(payload) }
        }
        var decoder = FrameDecoder()
        var commands = 0
        try bytes.withUnsafeMutableBytes { buffer in
            var offset = 0
            callgrind_start()
            defer { callgrind_stop() }
            while case .message(_, let payload) = decoder.next(in: buffer, from: &offset) {
                _ = try ClientCommand.parse(payload, hasSession: true)
                commands += 1
            }
        }
        guard commands == rounds * payloads.count else { throw Failure("only \(commands) frames were commands") }
        return commands
    }
}

/// A scenario that did not do what it is to measure.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

enum ClientFrames {
    /// A whole masked text frame of at most 65,535 bytes.
    static func text(_ payload: String) -> [UInt8] {
        let bytes = Array(payload.utf8)
        let key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        var frame: [UInt8] = [0x81]
        if bytes.count < 126 {
            frame.append(0x80 | UInt8(bytes.count))
        } else {
            frame += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        }
        return frame + key + bytes.enumerated().map { $1 ^ key[$0 & 3] }
    }
}
