import HTTPTypes
import HummingbirdTesting
import NIOCore
import Wire

/// What came back, with the body parsed.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    /// Null for an empty body, and one that is no JSON.
    let json: JSONValue
    let isEmpty: Bool
    let bytes: [UInt8]

    init(_ response: TestResponse) throws {
        status = response.status.code
        headers = response.headers
        isEmpty = response.body.readableBytes == 0
        bytes = Array(response.body.readableBytesView)
        let isJSON = headers[.contentType] == "application/json"
        json = isEmpty || !isJSON ? .null : try JSONReader.parse(bytes)
    }

    /// Discord's error code.
    var code: Int? { json["code"]?.int }

    /// `status/code`, or the status alone of a success.
    var verdict: String {
        guard status >= 400 else { return String(status) }
        return "\(status)/\(code.map(String.init) ?? "none")"
    }

    /// The dotted paths that the tree of errors names.
    var errorPaths: Set<String> {
        guard let tree = json["errors"] else { return [] }
        return Self.paths(in: tree, at: [])
    }

    /// The ids of a list.
    var ids: [String] { json.array?.compactMap { $0["id"]?.string } ?? [] }

    private static func paths(in tree: JSONValue, at path: [String]) -> Set<String> {
        guard let object = tree.object else { return [] }
        return object.members.reduce(into: []) { found, member in
            if member.key == "_errors" {
                found.insert(path.joined(separator: "."))
            } else {
                found.formUnion(paths(in: member.value, at: path + [member.key]))
            }
        }
    }
}
