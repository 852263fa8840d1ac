import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Wire

extension Response {
    /// A JSON answer. The type is exactly `application/json`: with a charset behind it discord.py would not parse the
    /// body.
    static func json(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields()
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A JSON answer, written in place.
    static func json(
        status: HTTPResponse.Status = .ok, reservingBytes: Int = 512, _ write: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter(reservingBytes: reservingBytes)
        write(&writer)
        return .json(writer.bytes, status: status)
    }

    /// 204. hikari takes an empty 200 for an error.
    static var noContent: Response { Response(status: .noContent) }
}
