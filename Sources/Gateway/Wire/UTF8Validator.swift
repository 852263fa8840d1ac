/// UTF-8 as Unicode defines it (table 3-7, RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
package enum UTF8Validator {
    /// What ``scan(_:)`` found.
    package enum Outcome: Hashable, Sendable {
        case valid
        /// The bytes from `offset` (at most three) are the beginning of a sequence that the text ends inside.
        case incomplete(offset: Int)
        /// The sequence at `offset` can't be completed by whatever follows.
        case invalid(offset: Int)
    }

    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        scan(bytes) == .valid
    }

    /// Checks `bytes` from their start, which must be a boundary between sequences.
    package static func scan(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        let count = bytes.count
        var index = 0
        while index < count {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                // Most traffic is ASCII: eight bytes a step while no high bit is set.
                while count - index >= 8,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                continue
            }
            guard let sequence = Sequence(lead: lead) else { return .invalid(offset: index) }
            let available = min(sequence.length, count - index)
            var step = 1
            while step < available {
                let allowed = step == 1 ? sequence.second : 0x80...0xBF
                guard allowed.contains(bytes[index + step]) else { return .invalid(offset: index) }
                step += 1
            }
            guard available == sequence.length else { return .incomplete(offset: index) }
            index += sequence.length
        }
        return .valid
    }

    /// What a lead byte promises: the length of its sequence and the range its second byte must lie in.
    private struct Sequence {
        var length: Int
        var second: ClosedRange<UInt8>

        init?(lead: UInt8) {
            switch lead {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return nil
            }
        }
    }
}
