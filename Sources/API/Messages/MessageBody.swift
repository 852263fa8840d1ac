import HTTPTypes
import HummingbirdCore
import NIOCore
import Services

/// The body of a message: JSON, or a multipart form with the JSON in `payload_json`. hikari sends every message as the
/// latter, chunked.
enum MessageBody {
    static func read(_ call: APICall) async throws -> FormReader {
        let buffer = try await call.body()
        guard let type = call.request.headers[.contentType], MultipartForm.isMultipart(type) else {
            return try FormReader(APICall.json(buffer))
        }
        guard let boundary = MultipartForm.boundary(in: type) else { throw APIError.malformedBody }
        let parts = try MultipartForm.parts(of: buffer, boundary: boundary)
        // Whatever their declared type: libraries send it as text or as bytes.
        guard let payload = parts.first(where: { $0.name == "payload_json" }) else {
            throw FieldError.required(["payload_json"]).asForm
        }
        let form = try FormReader(APICall.json(payload.content))
        for part in parts where part.name != "payload_json" { form.errors.add(.notSupported([part.name])) }
        try form.check()
        return form
    }
}
