import HTTPTypes
import Hummingbird
package import HummingbirdCore
import NIOCore
import Services
import Wire

extension APIError {
    /// The answer: `{"message", "code", "errors"?, "retry_after"?, "global"?}`.
    package func response() -> Response {
        var headers = HTTPFields()
        if let milliseconds = retryAfterMilliseconds {
            headers[.retryAfter] = String(max(1, milliseconds.addingReportingOverflow(999).partialValue / 1_000))
        }
        if status == .tooManyRequests {
            // discord.py takes a 429 without this header for a ban and raises.
            headers[.via] = "1.1 discordctl"
            headers[.rateLimitScope] = scope.rawValue
            if scope == .global { headers[.rateLimitGlobal] = "true" }
        }
        if status == .contentTooLarge {
            // The rest of the body is not worth reading.
            headers[.connection] = "close"
        }
        return .json(body(), status: status, headers: headers)
    }

    /// The answer's JSON.
    package func body() -> [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.field("message", message)
            $0.field("code", code)
            if let milliseconds = retryAfterMilliseconds { $0.field("retry_after", Double(milliseconds) / 1_000) }
            if status == .tooManyRequests { $0.field("global", scope == .global) }
            if !fields.isEmpty {
                $0.key("errors")
                $0.errorTree(ErrorTree(fields))
            }
        }
        return json.bytes
    }
}

/// Discord's shape of form errors: nested by field name (list indices as keys), with `_errors` at the leaves.
struct ErrorTree {
    private var leaves: [FieldError] = []
    /// In the order in which the fields first came up.
    private var children: [(key: String, tree: ErrorTree)] = []

    init(_ errors: [FieldError]) {
        for error in errors { insert(error, at: error.path[...]) }
    }

    private mutating func insert(_ error: FieldError, at path: ArraySlice<String>) {
        guard let key = path.first else {
            leaves.append(error)
            return
        }
        if let index = children.firstIndex(where: { $0.key == key }) {
            children[index].tree.insert(error, at: path.dropFirst())
        } else {
            var tree = ErrorTree([])
            tree.insert(error, at: path.dropFirst())
            children.append((key, tree))
        }
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            if !leaves.isEmpty {
                json.array("_errors") { array in
                    for leaf in leaves {
                        array.object {
                            $0.field("code", leaf.code)
                            $0.field("message", leaf.message)
                        }
                    }
                }
            }
            for child in children {
                json.key(dynamic: child.key)
                child.tree.write(to: &json)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func errorTree(_ tree: ErrorTree) {
        tree.write(to: &self)
    }
}
