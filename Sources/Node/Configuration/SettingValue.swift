package import Interface

/// The value of a setting, read by its kind.
package enum SettingValue: Hashable, Sendable {
    /// `nil` for none.
    case limit(RateLimit?)
    case text(String)
    case flag(Bool)
    case address(ListenAddress)
    case duration(Duration)
    case integer(Int64)
    case list([String])
}

/// Where to listen: a numeric address and a port; port 0 takes a free one.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080` and `[::1]:8080`; `nil` for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
        } else {
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) else { return nil }
        }
        self.init(host: String(host), port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can connect.
    package var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }
}

extension Setting {
    /// Why a text is not a value of this setting.
    package struct Mismatch: Error, Hashable, Sendable {
        package var message: String
        package var hint: String?
    }

    /// Reads a text as this setting's value.
    package func parse(_ text: String) throws(Mismatch) -> SettingValue {
        switch kind {
        case .text, .path:
            guard !text.isEmpty, !text.utf8.contains(0) else { throw Mismatch(message: "must not be empty") }
            return .text(text)
        case .flag:
            switch text {
            case "true", "yes", "on", "1": return .flag(true)
            case "false", "no", "off", "0": return .flag(false)
            default: throw Mismatch(message: "'\(text)' is neither true nor false")
            }
        case .address:
            guard let address = ListenAddress(text) else {
                throw Mismatch(
                    message: "'\(text)' is not an address",
                    hint: "write a numeric host and a port, such as 127.0.0.1:8080 or [::1]:8080"
                )
            }
            return .address(address)
        case .duration(let range):
            guard let duration = Self.duration(text) else {
                throw Mismatch(
                    message: "'\(text)' is not a duration",
                    hint: "write a number with a unit, such as 30s, 5m, 1h30m or 2d")
            }
            guard range.contains(duration) else {
                throw Mismatch(
                    message: "'\(text)' is out of range", hint: "from \(range.lowerBound) to \(range.upperBound)")
            }
            return .duration(duration)
        case .limit:
            return .limit(try Self.limit(text))
        case .integer(let range):
            guard let number = Int64(text), range.contains(number) else {
                throw Mismatch(
                    message: "'\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            return .integer(number)
        case .choice(let choices):
            guard choices.contains(text) else {
                throw Mismatch(message: "'\(text)' is not known", hint: "one of: \(choices.joined(separator: ", "))")
            }
            return .text(text)
        case .list(let choices):
            let parts = text.split(separator: ",").map { String($0.drop(while: { $0 == " " })) }
            if !choices.isEmpty, let stranger = parts.first(where: { !choices.contains($0) }) {
                throw Mismatch(
                    message: "'\(stranger)' is not known", hint: "any of: \(choices.joined(separator: ", "))")
            }
            return .list(parts)
        case .backend(let schemes):
            guard let colon = text.firstIndex(of: ":"), schemes.contains(String(text[..<colon])) else {
                throw Mismatch(
                    message: "no backend for '\(Self.masked(url: text))'",
                    hint: "this role runs on: \(schemes.map { $0 + ":" }.joined(separator: ", "))"
                )
            }
            return .text(text)
        }
    }

    /// Reads `5/5s`, `50/s`, `10000/10m` and `off`.
    private static func limit(_ text: String) throws(Mismatch) -> RateLimit? {
        guard text != "off" else { return nil }
        let hint = "write a number and a time, such as 5/5s, 10/1m or 50/s, or off"
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), !parts[0].isEmpty else {
            throw Mismatch(message: "'\(text)' is not a limit", hint: hint)
        }
        let time = parts[1].first?.isLetter == true ? "1" + parts[1] : String(parts[1])
        guard let window = duration(time) else {
            throw Mismatch(message: "'\(text)' is not a limit: '\(parts[1])' is not a time", hint: hint)
        }
        guard let count = Int(parts[0]), RateLimit.counts.contains(count) else {
            throw Mismatch(
                message:
                    "'\(text)' is out of range: \(parts[0]) is not from \(RateLimit.counts.lowerBound) to \(RateLimit.counts.upperBound)",
                hint: "off for no limit")
        }
        guard window >= .milliseconds(1), window <= .seconds(86_400) else {
            throw Mismatch(message: "'\(text)' is out of range", hint: "a time from 1ms to 24h")
        }
        return RateLimit(count, perMilliseconds: window.wholeMilliseconds)
    }

    /// Reads `90s`, `1h30m`, `2d`, `250ms`; a bare number has no unit and is refused.
    private static func duration(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total: Int64 = 0
        let units: [(String, Int64)] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let number = Int64(digits), let unit = units.first(where: { $0.0 == letters })?.1 else { return nil }
            let (product, overflowed) = number.multipliedReportingOverflow(by: unit)
            let (sum, overflowedSum) = total.addingReportingOverflow(product)
            guard !overflowed, !overflowedSum else { return nil }
            total = sum
        }
        return .milliseconds(total)
    }

    /// A URL without the password and query it may hold.
    package static func masked(url: String) -> String {
        var text = url
        if let query = text.firstIndex(of: "?") { text = String(text[..<query]) + "?…" }
        guard let slashes = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), at > slashes.upperBound else {
            return text
        }
        return String(text[..<slashes.upperBound]) + "***" + String(text[at...])
    }
}
