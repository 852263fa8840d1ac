import Chat
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Interface
import NIOCore
import Services
import Wire

/// Avatars and icons, for everybody, under the paths of Discord's image server: client libraries need only its base URL
/// changed. An image is served as it was sent: it is not converted to what the path's ending asks for, and not resized.
enum ImageRoutes {
    /// An image never changes under its hash, but may go.
    private static let caching = "public, max-age=86400"
    private static let endings: Set<Substring> = ["png", "jpg", "jpeg", "gif", "webp"]

    static func add(to routes: RouteTable) {
        routes.addAtRoot("/avatars/{holder}/{image}", .get(serve).limited(by: .file))
        routes.addAtRoot("/icons/{holder}/{image}", .get(serve).limited(by: .file))
        routes.addAtRoot("/channel-icons/{holder}/{image}", .get(serve).limited(by: .file))
    }

    /// `{hash}.{ending}`.
    private static func serve(_ call: APICall) async throws -> Response {
        let parts = try call.segment("image").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, endings.contains(parts[1]), let holder = UInt64(try call.segment("holder")),
            let image = try await call.services.images.image(String(parts[0]), of: holder)
        else { throw APIError.unknownRoute }
        var headers = SafeHeaders.make(image.type)
        headers[.cacheControl] = caching
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: image.bytes)))
    }
}
