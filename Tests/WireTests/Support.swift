import Chat
import Glibc
import Wire

/// SplitMix64: a small generator whose every run with the same seed is the same run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int {
        Int.random(in: 0..<bound, using: &self)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// Some text with sequences of every length.
    mutating func text(_ count: Int) -> String {
        let alphabet: [Character] = [
            "a", "Z", "7", " ", "\"", "\\", "\n", "\u{1}", "ß", "я", "€", "한", "😀", "🏳", "\u{10FFFF}",
        ]
        return String((0..<count).map { _ in alphabet[below(alphabet.count)] })
    }

    /// One to four small changes: bytes flipped, replaced, removed, doubled, or the end cut off.
    mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(4) where !bytes.isEmpty {
            let index = below(bytes.count)
            switch below(6) {
            case 0: bytes[index] ^= 1 << UInt8(below(8))
            case 1: bytes[index] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(bytes[index], at: index)
            case 4: bytes.removeLast(bytes.count - index)
            default:
                let end = min(bytes.count, index + 1 + below(8))
                bytes.insert(contentsOf: bytes[index..<end], at: below(bytes.count))
            }
        }
        return bytes
    }
}

enum Fuzz {
    /// Inputs a fuzz test tries; the environment asks for the long form.
    static let inputs: Int = {
        guard let text = getenv("DISCORDCTL_FUZZ_INPUTS"), let count = Int(String(cString: text)) else { return 20_000 }
        return max(1, count)
    }()
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

extension JSONWriter {
    /// A message whose files are nowhere.
    mutating func message(_ hydrated: HydratedMessage, _ form: MessageForm) {
        message(hydrated, form, files: AttachmentLinks())
    }
}
