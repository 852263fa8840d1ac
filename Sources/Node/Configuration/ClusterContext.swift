package import Operations

/// A cluster under the name by which its operator calls it.
package struct ClusterContext: Hashable, Sendable {
    /// The fields of a context in the file. Reading, messages and the manual are made from these.
    package enum Field: String, CaseIterable, Sendable {
        case endpoints, output, protected, prompt
        case clusterID = "cluster-id"

        /// One sentence for the manual.
        package var summary: String {
            switch self {
            case .endpoints:
                "Where the cluster's nodes are reached, as a list: \(AdminEndpoint.expectation). The first that answers is taken."
            case .output: "The format of results where neither the line nor the environment names one."
            case .protected:
                "true guards the cluster: what disrupts it has to be confirmed by name and with a reason, and it is not measured."
            case .prompt: "What 'context prompt' prints instead of the context's name."
            case .clusterID:
                "The cluster's own id. It is written at the first use; from then on a node of another cluster is refused."
            }
        }
    }

    /// See ``isName(_:)``.
    package var name: String
    /// One to ``ContextsFile/endpointsMax``.
    package var endpoints: [AdminEndpoint]
    package var output: String?
    package var isProtected: Bool
    /// 1 to ``promptCharactersMax`` characters, none of them a control.
    package var prompt: String?
    /// 16 hexadecimal digits; `nil` until the context is used.
    package var clusterID: String?

    package static let promptCharactersMax = 64

    package init(
        name: String, endpoints: [AdminEndpoint], output: String? = nil, isProtected: Bool = false,
        prompt: String? = nil,
        clusterID: String? = nil
    ) {
        self.name = name
        self.endpoints = endpoints
        self.output = output
        self.isProtected = isProtected
        self.prompt = prompt
        self.clusterID = clusterID
    }

    /// What a name consists of, for help and messages.
    package static let nameRule = "1 to 63 letters, digits, '.', '_' and '-', the first a letter or a digit"

    /// Whether a text can name a context. Names go into prompts, completions and shell lines, and must be safe in each.
    package static func isName(_ text: String) -> Bool {
        let isWord = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard (1...63).contains(text.utf8.count), let first = text.utf8.first, isWord(first) else { return false }
        return text.utf8.allSatisfy {
            isWord($0) || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0)
        }
    }
}
