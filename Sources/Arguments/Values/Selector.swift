/// Conditions on labels, all of which must hold: `zone=a,role!=worker`.
package struct Selector: Hashable, Sendable {
    package struct Term: Hashable, Sendable {
        package var key: String
        /// False for `!=`.
        package var isEqual: Bool
        package var value: String

        package init(key: String, isEqual: Bool, value: String) {
            self.key = key
            self.isEqual = isEqual
            self.value = value
        }
    }

    /// 1 to 32 terms.
    package let terms: [Term]

    package init(_ terms: [Term]) {
        self.terms = terms
    }

    /// Whether labels satisfy every term; a label that is missing is unequal to everything.
    package func matches(_ labels: [String: String]) -> Bool {
        terms.allSatisfy { (labels[$0.key] == $0.value) == $0.isEqual }
    }

    var text: String {
        terms.map { "\($0.key)\($0.isEqual ? "=" : "!=")\($0.value)" }.joined(separator: ",")
    }

    static func read(_ text: String) throws(ValueProblem) -> Selector {
        let parts = text.split(separator: ",", maxSplits: 32, omittingEmptySubsequences: false)
        guard parts.count <= 32 else { throw ValueProblem("the value has more than 32 conditions") }
        var terms: [Term] = []
        for part in parts {
            let start = text.distance(from: text.startIndex, to: part.startIndex)
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let isEqual = sides.first?.last != "!"
            let key = sides.first.map { isEqual ? $0 : $0.dropLast() } ?? ""
            guard sides.count == 2, isLabel(key), isLabel(sides[1]) else {
                throw ValueProblem(
                    "\(SafeText.quoted(String(part))) is not a condition", at: start..<start + max(1, part.count))
            }
            terms.append(Term(key: String(key), isEqual: isEqual, value: String(sides[1])))
        }
        return Selector(terms)
    }

    private static func isLabel(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
    }
}

/// Nodes, by one's name (or id, or the beginning of an id) or by their labels.
package enum NodeReference: Hashable, Sendable {
    case name(String)
    case selector(Selector)
}

extension ValueType where Value == Selector {
    package static var selector: ValueType {
        ValueType(
            .selector, placeholder: "SELECTOR",
            expectation: "conditions such as zone=a,role!=worker (1 to 32)", example: "zone=a,role!=worker",
            read: Selector.read,
            print: { $0.text }
        )
    }
}

extension ValueType where Value == NodeReference {
    /// A node's name (letters, digits, `-`, `_`, `.`; up to 128), or a selector.
    package static var nodeRef: ValueType {
        ValueType(
            .nodeReference, placeholder: "NODE",
            expectation: "a node's name (up to 128 characters) or conditions such as zone=a,role=gateway",
            example: "gw-3",
            read: { (text: String) throws(ValueProblem) -> NodeReference in
                if text.contains("=") { return .selector(try Selector.read(text)) }
                let isName = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
                guard isName, text.utf8.count <= 128, !text.hasPrefix("-") else {
                    throw ValueProblem("\(SafeText.quoted(text)) is not a node")
                }
                return .name(text)
            },
            print: { reference in
                switch reference {
                case .name(let name): name
                case .selector(let selector): selector.text
                }
            }
        )
    }
}
