import Chat
import Glibc
import Testing

/// Damaged records are refused or read as something else, and never trap. `DISCORDCTL_FUZZ_INPUTS` sets the number of
/// inputs.
@Suite("Record fuzzing") struct RecordFuzzTests {
    private static let inputs: Int = {
        guard let text = getenv("DISCORDCTL_FUZZ_INPUTS").map({ String(cString: $0) }) else { return 200_000 }
        return Int(text) ?? 200_000
    }()

    @Test(arguments: 0..<4) func mutatedRecordsNeverTrap(part: Int) {
        var generator = SeededGenerator(seed: UInt64(part) + 100)
        let seeds = Samples.all
        var read = 0
        for _ in 0..<(Self.inputs / 4) {
            guard let (seed, decode) = seeds.randomElement(using: &generator) else { return }
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) { Self.mutate(&bytes, using: &generator) }
            if decode(bytes) { read += 1 }
        }
        // Some mutations leave a record that can be read: the decoders are reached to their ends.
        #expect(Self.inputs < 1_000 || read > 0)
    }

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return bytes.append(UInt8.random(in: 0...255, using: &generator)) }
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[index] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
        case 2: bytes.remove(at: index)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
        case 4: bytes.removeSubrange(index...)
        default: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], at: index)
        }
    }
}
