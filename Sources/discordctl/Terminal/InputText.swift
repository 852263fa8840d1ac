import Arguments
import Glibc

/// Text from a file or from standard input, up to a limit.
enum InputText {
    static func read(_ path: Path, bytesMax: Int) throws(CommandFailure) -> String {
        let name = path.display
        let descriptor = path.bytes.map { CChar(bitPattern: $0) }.withTerminator { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            let number = errno
            throw CommandFailure(
                number == ENOENT ? .notFound : .inputOutput,
                code: number == ENOENT ? "no_such_file" : "unreadable_file",
                "cannot open the file: \(systemMessage(number))", place: name
            )
        }
        defer { close(descriptor) }
        return try text(of: descriptor, name: name, bytesMax: bytesMax)
    }

    static func readStandardInput(bytesMax: Int) throws(CommandFailure) -> String {
        try text(of: STDIN_FILENO, name: "standard input", bytesMax: bytesMax)
    }

    /// Text of an open file.
    static func text(of descriptor: Int32, name: String, bytesMax: Int) throws(CommandFailure) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw CommandFailure(
                    .inputOutput, code: "unreadable_file", "reading failed: \(systemMessage(errno))", place: name
                )
            }
            bytes += buffer.prefix(count)
            guard bytes.count <= bytesMax else {
                throw CommandFailure(.badData, code: "too_long", "more than \(bytesMax) bytes", place: name)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.badData, code: "not_text", "not valid UTF-8", place: name)
        }
        return text
    }

    /// What the system calls an error number.
    static func systemMessage(_ number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}

extension [CChar] {
    /// The bytes as C wants a string.
    fileprivate func withTerminator<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (self + [0]).withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("an array with a terminator is not empty") }
            return body(start)
        }
    }
}
