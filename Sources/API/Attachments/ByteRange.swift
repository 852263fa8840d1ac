/// The part of a file that a request asks for (RFC 9110, 14.2).
enum ByteRange: Equatable {
    /// All of it: nothing was asked for, or something that is not understood, or several parts.
    case whole
    /// Bytes first…last, within the file.
    case part(ClosedRange<UInt64>)
    /// None of the file's bytes.
    case unsatisfiable

    /// - Parameter size: bytes of the file.
    init(_ header: String?, size: UInt64) {
        self = .whole
        guard let header, header.utf8.count <= 64, header.lowercased().hasPrefix("bytes="), !header.contains(",") else {
            return
        }
        let parts = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        switch (Self.number(parts[0]), Self.number(parts[1])) {
        case (.number(let first), .none):
            self = first < size ? .part(first...size - 1) : .unsatisfiable
        case (.number(let first), .number(let last)) where last >= first:
            self = first < size ? .part(first...min(last, size - 1)) : .unsatisfiable
        case (.none, .number(let count)):
            self = count > 0 && size > 0 ? .part(size - min(count, size)...size - 1) : .unsatisfiable
        default:
            return
        }
    }

    private enum Number { case number(UInt64), none, wrong }

    private static func number(_ text: Substring) -> Number {
        guard !text.isEmpty else { return .none }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(text) else { return .wrong }
        return .number(number)
    }
}
