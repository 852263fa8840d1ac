import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Speaks to a node's REST edge as a client library does.
struct RESTClient: Sendable {
    struct Answer: Sendable {
        var status: UInt
        var body: JSON
        var text: String
    }

    let base: String
    var token: String?
    /// How long one request may take.
    var timeoutSeconds: Int64 = 30

    init(_ base: String, token: String? = nil) {
        self.base = base
        self.token = token
    }

    func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: base + "/api/v10" + path)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: token) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body.text))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(timeoutSeconds))
        let buffer = try await response.body.collect(upTo: 16 << 20)
        let text = String(buffer: buffer)
        return Answer(status: response.status.code, body: JSON(text: text), text: text)
    }
}

/// A JSON document, loosely: what is not there is null.
struct JSON: @unchecked Sendable {
    // Foundation's tree of immutable NSNull, NSNumber, NSString, arrays and dictionaries is never changed after parsing.
    private let value: Any

    init(_ value: Any) { self.value = value }

    init(text: String) {
        value = (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) ?? NSNull()
    }

    var text: String {
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
        else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }

    subscript(_ key: String) -> JSON { JSON((value as? [String: Any])?[key] ?? NSNull()) }
    subscript(_ index: Int) -> JSON { list.indices.contains(index) ? list[index] : JSON(NSNull()) }

    var list: [JSON] { (value as? [Any] ?? []).map { JSON($0) } }
    var string: String? { value as? String }
    var int: Int? { value as? Int }
    var number: Double? { value as? Double }
    var bool: Bool? { value as? Bool }
    var isNull: Bool { value is NSNull }
}
