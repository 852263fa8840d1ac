package import FoundationEssentials
import Glibc
package import Logging

/// Writes log lines to standard error: for people, or one JSON object a line for machines.
package struct NodeLogHandler: LogHandler {
    package enum Format: Hashable, Sendable {
        case text(isColored: Bool)
        case json
    }

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: Format

    package init(label: String, format: Format, level: Logger.Level) {
        self.label = label
        self.format = format
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let own = event.metadata { merged.merge(own) { _, new in new } }
        if let error = event.error { merged["error"] = "\(error)" }
        let text = line(event.level, event.message.description, merged, at: Date.now)
        // One write a line, so that lines of different threads do not mix (write(2) to a pipe is atomic up to PIPE_BUF).
        var bytes = Array(text.utf8)
        bytes.append(UInt8(ascii: "\n"))
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// The line for an event, without its end. Whatever the message and its data hold, it is one line.
    package func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, at date: Date) -> String {
        let time = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        return switch format {
        case .text(let isColored): text(time, level, message, metadata, isColored: isColored)
        case .json: json(time, level, message, metadata)
        }
    }

    private func text(
        _ time: String, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, isColored: Bool
    ) -> String {
        var line = "\(time) \(paint(level, isColored)) \(Self.visible(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.visible(value.description))"
        }
        return line
    }

    private func paint(_ level: Logger.Level, _ isColored: Bool) -> String {
        let name = level.rawValue
        let padded = name + String(repeating: " ", count: max(0, 8 - name.utf8.count))
        guard isColored else { return padded }
        return switch level {
        case .trace, .debug: "\u{1B}[2m\(padded)\u{1B}[0m"
        case .info, .notice: "\u{1B}[36m\(padded)\u{1B}[0m"
        case .warning: "\u{1B}[33m\(padded)\u{1B}[0m"
        case .error, .critical: "\u{1B}[31m\(padded)\u{1B}[0m"
        }
    }

    private func json(_ time: String, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        var fields: [(String, String)] = [
            ("at", time), ("level", level.rawValue), ("logger", label), ("message", message),
        ]
        fields += metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
        return "{" + fields.map { Self.quoted($0.0) + ":" + Self.quoted($0.1) }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): result += escape(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Text from strangers must not move the cursor or forge lines of its own.
    private static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            return text
        }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                result += escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
