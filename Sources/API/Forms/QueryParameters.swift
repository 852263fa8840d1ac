import Chat
import Services
import Wire

/// A form-encoded query: `+` is a space, and a repeated key makes a list.
struct QueryParameters: Sendable {
    /// Above what the lists of a search hold.
    private static let countMax = 1_024

    private var pairs: [(name: String, value: String)] = []

    /// - Throws: 400 for broken percent-encoding, bytes that are not UTF-8, and more than 1,024 pairs.
    init(_ query: String?) throws(APIError) {
        guard let query else { return }
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pairs.count < Self.countMax, let name = halves.first, let name = FormDecoder.decode(name),
                let value = halves.count == 2 ? FormDecoder.decode(halves[1]) : ""
            else { throw .malformedBody }
            pairs.append((name, value))
        }
    }

    /// The first value of a name.
    func string(_ name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// All values of a name, in their order.
    func strings(_ name: String) -> [String] {
        pairs.filter { $0.name == name }.map(\.value)
    }

    /// A whole number within a range.
    func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(APIError) -> Int {
        guard let text = string(name) else { return fallback }
        guard let number = Int(text) else {
            throw FieldError(path: [name], code: "NUMBER_TYPE_COERCE", message: "This has to be a whole number.").asForm
        }
        guard number >= range.lowerBound else {
            throw FieldError(
                path: [name], code: "NUMBER_TYPE_MIN", message: "This has to be at least \(range.lowerBound)."
            ).asForm
        }
        guard number <= range.upperBound else {
            throw FieldError(path: [name], code: "NUMBER_TYPE_MAX", message: "This may be at most \(range.upperBound).")
                .asForm
        }
        return number
    }

    func id<Kind>(_ name: String, _: ID<Kind>.Type) throws(APIError) -> ID<Kind>? {
        guard let text = string(name) else { return nil }
        guard let id = ID<Kind>(decimal: text) else { throw .notAnID([name]) }
        return id
    }

    /// A message id in either spelling.
    func messageID(_ name: String) throws(APIError) -> MessageID? {
        guard let text = string(name) else { return nil }
        guard let id = TimeUUIDSpelling.parseEither(text) else { throw .notAnID([name]) }
        return id
    }

    /// `true` or `1` (hikari writes the one, discord.py the other), `false` or `0`; absent is false.
    func flag(_ name: String) throws(APIError) -> Bool {
        switch string(name)?.lowercased() {
        case "true", "1": true
        case "false", "0", nil: false
        default:
            throw FieldError(path: [name], code: "BOOLEAN_TYPE_CONVERT", message: "This has to be true or false.")
                .asForm
        }
    }
}

extension APIError {
    static func notAnID(_ path: [String]) -> APIError {
        FieldError(path: path, code: "NUMBER_TYPE_COERCE", message: "This has to be an id.").asForm
    }
}
