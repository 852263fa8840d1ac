import FoundationEssentials

/// How the admin API and its log write documents: with their keys in order, so that equal ones are equal byte for byte.
enum AdminJSON {
    static func data(_ document: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }

    /// The same as a line of its own.
    static func line(_ document: some Encodable) throws -> String {
        String(decoding: try data(document), as: UTF8.self) + "\n"
    }
}
