import Wire

/// The parameters of a header's value (RFC 9110, 5.6.6): `form-data; name="a;b"; filename*=UTF-8''%C3%A9`.
struct HeaderParameters {
    private var values: [String: String] = [:]

    init(_ header: String) {
        var rest = header.unicodeScalars[...]
        rest = rest.drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst()
            let name = String(rest.prefix { $0 != "=" && $0 != ";" }).spaceless.lowercased()
            rest = rest.drop { $0 != "=" && $0 != ";" }
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let value = rest.first == "\"" ? Self.quoted(&rest) : Self.token(&rest)
            // The first one counts, so that two readers of a header that has two see the same.
            if values[name] == nil { values[name] = value }
            rest = rest.drop { $0 != ";" }
        }
    }

    subscript(_ name: String) -> String? { values[name] }

    /// A value in the form of RFC 8187, which tells its character set; `nil` for others than UTF-8.
    func extended(_ name: String) -> String? {
        guard let value = values[name + "*"] else { return nil }
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return FormDecoder.decode(parts[2].utf8, plusIsSpace: false)
    }

    private static func quoted(_ rest: inout String.UnicodeScalarView.SubSequence) -> String {
        rest = rest.dropFirst()
        var value = String.UnicodeScalarView()
        var isEscaped = false
        while let scalar = rest.popFirst() {
            if isEscaped {
                value.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                break
            } else {
                value.append(scalar)
            }
        }
        return String(value)
    }

    private static func token(_ rest: inout String.UnicodeScalarView.SubSequence) -> String {
        let value = rest.prefix { $0 != ";" }
        rest = rest.dropFirst(value.count)
        return String(value).spaceless
    }
}

extension StringProtocol {
    /// Without spaces and tabs at its ends.
    var spaceless: String {
        let front = drop { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        let last = front.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
        return last.map { String(front[...$0]) } ?? ""
    }
}
