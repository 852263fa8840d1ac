/// SHA-256 (FIPS 180-4, 6.2) and the code made of it (RFC 2104), for the signatures in addresses of files: this module
/// links no library, and what is hashed is short.
package enum SHA256 {
    private static let blockBytes = 64

    /// The 32 bytes of the message's hash.
    package static func digest(_ message: [UInt8]) -> [UInt8] {
        var padded = message
        padded.append(0x80)
        while padded.count % blockBytes != 56 { padded.append(0) }
        let bitCount = UInt64(message.count) &* 8
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: bitCount >> shift))
        }
        var state: [UInt32] = [
            0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
        ]
        for start in stride(from: 0, to: padded.count, by: blockBytes) {
            compress(padded[start..<(start + blockBytes)], into: &state)
        }
        return state.flatMap { word in
            [UInt8(word >> 24), UInt8(word >> 16 & 0xFF), UInt8(word >> 8 & 0xFF), UInt8(word & 0xFF)]
        }
    }

    /// HMAC-SHA-256: 32 bytes that only who has the key can make.
    package static func code(over message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > blockBytes ? digest(key) : key
        block += Array(repeating: 0, count: blockBytes - block.count)
        let inner = digest(block.map { $0 ^ 0x36 } + message)
        return digest(block.map { $0 ^ 0x5C } + inner)
    }

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var schedule: [UInt32] = []
        schedule.reserveCapacity(64)
        for start in stride(from: block.startIndex, to: block.endIndex, by: 4) {
            schedule.append(block[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) })
        }
        for round in 16..<64 {
            let (early, late) = (schedule[round - 15], schedule[round - 2])
            let first = rotate(early, by: 7) ^ rotate(early, by: 18) ^ early >> 3
            let second = rotate(late, by: 17) ^ rotate(late, by: 19) ^ late >> 10
            schedule.append(schedule[round - 16] &+ first &+ schedule[round - 7] &+ second)
        }
        var words = state
        for round in 0..<64 {
            let (a, e) = (words[0], words[4])
            let choice = e & words[5] ^ ~e & words[6]
            let majority = a & words[1] ^ a & words[2] ^ words[1] & words[2]
            let mixedE = rotate(e, by: 6) ^ rotate(e, by: 11) ^ rotate(e, by: 25)
            let mixedA = rotate(a, by: 2) ^ rotate(a, by: 13) ^ rotate(a, by: 22)
            let next = words[7] &+ mixedE &+ choice &+ constants[round] &+ schedule[round]
            words = [next &+ mixedA &+ majority, a, words[1], words[2], words[3] &+ next, e, words[5], words[6]]
        }
        for index in 0..<8 { state[index] &+= words[index] }
    }

    private static func rotate(_ word: UInt32, by bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
