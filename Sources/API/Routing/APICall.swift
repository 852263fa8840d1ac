import Chat
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Services
import Wire

/// One request as a handler sees it: typed ids, a parsed query, a body within limits.
struct APICall: Sendable {
    let request: Request
    let context: APIContext
    let services: APIServices
    let configuration: APIConfiguration
    let query: QueryParameters

    init(_ request: Request, _ context: APIContext, _ services: APIServices, _ configuration: APIConfiguration)
        throws(APIError)
    {
        self.request = request
        self.context = context
        self.services = services
        self.configuration = configuration
        query = try QueryParameters(request.uri.query)
    }

    /// Whose token came with the request.
    var caller: User {
        get throws(APIError) {
            guard let authentication = context.authentication else { throw .unauthorized }
            return authentication.user
        }
    }

    /// From where the request came; `nil` where that limits nobody.
    var address: ClientAddress? { RequestOrigin(configuration).address(of: request, context) }

    /// Why the caller does it, in its own words: the header `X-Audit-Log-Reason`, percent-encoded; `nil` without one.
    /// - Throws: 400 for broken encoding and more than 512 characters.
    var reason: String? {
        get throws(APIError) {
            guard let name = Self.reasonHeader, let encoded = request.headers[name], !encoded.isEmpty else {
                return nil
            }
            guard let text = FormDecoder.decode(encoded.utf8, plusIsSpace: false), !text.utf8.contains(0) else {
                throw FieldError(
                    path: ["X-Audit-Log-Reason"], code: "STRING_TYPE_CONVERT",
                    message: "This has to be percent-encoded text."
                ).asForm
            }
            guard text.unicodeScalars.count <= Limits.auditReasonCharactersMax else {
                throw FieldError(
                    path: ["X-Audit-Log-Reason"], code: "BASE_TYPE_MAX_LENGTH",
                    message: "This may have at most \(Limits.auditReasonCharactersMax) characters."
                ).asForm
            }
            return text
        }
    }

    private static let reasonHeader = HTTPField.Name("X-Audit-Log-Reason")

    // MARK: Path

    /// A segment of the path, percent-decoded.
    func segment(_ name: String) throws(APIError) -> String {
        guard let encoded = context.parameters.get(name),
            let text = FormDecoder.decode(encoded.utf8, plusIsSpace: false)
        else {
            throw .unknownRoute
        }
        return text
    }

    func id<Kind>(_ name: String, _: ID<Kind>.Type) throws(APIError) -> ID<Kind> {
        guard let id = ID<Kind>(decimal: try segment(name)) else { throw .notAnID([name + "_id"]) }
        return id
    }

    var guild: GuildID { get throws(APIError) { try id("guild", GuildID.self) } }
    var channel: ChannelID { get throws(APIError) { try id("channel", ChannelID.self) } }
    var webhook: WebhookID { get throws(APIError) { try id("webhook", WebhookID.self) } }
    var role: RoleID { get throws(APIError) { try id("role", RoleID.self) } }

    /// A user by id, or the caller as `@me`.
    var user: UserID {
        get throws(APIError) {
            if try segment("user") == "@me" { return try caller.id }
            return try id("user", UserID.self)
        }
    }

    /// A message id in either of its spellings.
    var message: MessageID {
        get throws(APIError) {
            guard let id = TimeUUIDSpelling.parseEither(try segment("message")) else { throw .notAnID(["message_id"]) }
            return id
        }
    }

    // MARK: Body

    /// The whole body. Refused before reading when its length is declared and too large, and while reading otherwise.
    func body() async throws -> ByteBuffer {
        try checkEncoding()
        if let declared = request.headers[.contentLength] {
            guard let length = UInt64(declared), length <= UInt64(configuration.bodyBytesMax) else {
                throw APIError.tooLarge
            }
        }
        do {
            return try await request.body.collect(upTo: configuration.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw APIError.tooLarge
        }
    }

    /// Refuses bodies that are compressed: what they become is not bounded by what they are.
    func checkEncoding() throws(APIError) {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw .unsupportedMedia
        }
    }

    /// The body as a JSON object. Whatever type the client declares: libraries name several.
    func form() async throws -> FormReader {
        try FormReader(Self.json(try await body()))
    }

    /// The body as a JSON list of at most so many objects, which share their errors.
    func forms(max: Int) async throws -> (forms: [FormReader], errors: FormErrors) {
        let errors = FormErrors()
        let body = FormField(value: try Self.json(try await body()), path: [], errors: errors)
        return (body.list(max: max)?.compactMap { $0.object() } ?? [], errors)
    }

    /// The body as a JSON object, where it may be missing altogether.
    func optionalForm() async throws -> FormReader {
        let body = try await body()
        return body.readableBytes == 0 ? FormReader(object: JSONObject()) : try FormReader(Self.json(body))
    }

    static func json(_ buffer: ByteBuffer) throws(APIError) -> JSONValue {
        let outcome: Result<JSONValue, JSONError> = buffer.withUnsafeReadableBytes { bytes in
            do throws(JSONError) {
                return .success(try JSONReader.parse(bytes))
            } catch {
                return .failure(error)
            }
        }
        guard case .success(let value) = outcome else { throw .malformedJSON }
        return value
    }
}
