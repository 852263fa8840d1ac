/// One word of the command line, as the kernel delivered it.
///
/// Bytes are kept because `CommandLine.arguments` repairs invalid UTF-8 and so loses what was typed; a path may be
/// any bytes, everything else must be valid text.
package struct Word: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The bytes without the terminating NUL.
    package let bytes: [UInt8]
    /// The word as text; nil when the bytes are not valid UTF-8.
    package let text: String?

    package init(bytes: [UInt8]) {
        self.bytes = bytes
        text = String(validating: bytes, as: UTF8.self)
    }

    package init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
        self.text = String(text)
    }

    package init(stringLiteral value: String) {
        self.init(value)
    }

    /// The text, each invalid sequence replaced by U+FFFD. For showing only.
    package var display: String {
        text ?? String(decoding: bytes, as: UTF8.self)
    }

    /// Offset of the first byte that is not valid UTF-8; nil for valid text.
    package var firstInvalidByte: Int? {
        guard text == nil else { return nil }
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .error: return offset
            case .emptyInput: return nil
            }
        }
    }

    /// What remains after the first `count` bytes.
    func dropping(bytes count: Int) -> Word {
        Word(bytes: Array(bytes.dropFirst(count)))
    }

    /// `-` or anything that does not start with a dash.
    var isOperand: Bool {
        bytes.first != UInt8(ascii: "-") || bytes.count == 1
    }
}

extension Word {
    /// The arguments of this process without the program's name, byte for byte. For `main` to hand to the parser.
    package static var processArguments: [Word] {
        let vector = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
        return vector.dropFirst().compactMap { start in
            guard let start else { return nil }
            var bytes: [UInt8] = []
            var next = start
            while next.pointee != 0 {
                bytes.append(UInt8(bitPattern: next.pointee))
                next += 1
            }
            return Word(bytes: bytes)
        }
    }
}

/// A place on the command line.
package struct Position: Hashable, Sendable {
    /// Index of the word; 0 is the first word after the program's name.
    package var word: Int
    /// Characters of the word before the place.
    package var character: Int
    /// How many characters are meant, at least 1.
    package var length: Int

    package init(word: Int, character: Int = 0, length: Int = 1) {
        self.word = word
        self.character = character
        self.length = max(1, length)
    }
}
