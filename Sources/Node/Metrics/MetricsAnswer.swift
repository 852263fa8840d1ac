import HTTPTypes
import Hummingbird
import NIOCore

/// All metrics as an HTTP response in Prometheus' text format.
enum MetricsAnswer {
    static func response(_ registry: PrometheusRegistry) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: registry.exposition()))
        )
    }
}
