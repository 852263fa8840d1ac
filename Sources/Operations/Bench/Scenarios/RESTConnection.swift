import CEpoll
import Glibc

/// A kept connection for one request after the other, each waited for.
final class RESTConnection {
    private static let secondsMax = 30

    private let endpoint: Endpoint
    private let token: String
    private var descriptor: Int32 = -1

    init(_ endpoint: Endpoint, token: String) {
        self.endpoint = endpoint
        self.token = token
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// - Throws: ``BenchFailure`` when no answer comes.
    func perform(
        _ method: String, _ path: String, body: [UInt8]? = nil
    ) throws(BenchFailure) -> (status: Int, body: [UInt8]) {
        if descriptor < 0 { descriptor = try open() }
        let head = HTTPText.head(method, path, host: endpoint.name, token: token, bodyBytes: body?.count)
        let request = Array(head.utf8) + (body ?? [])
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw hangUp("took no request")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw hangUp("gave no answer") }
            bytes += chunk[..<count]
            switch bytes.withUnsafeBytes({ HTTPAnswer.first(in: $0) }) {
            case .incomplete: continue
            case .invalid: throw hangUp("answered with something that is not HTTP")
            case .answer(let answer): return (answer.status, Array(bytes[answer.body]))
            }
        }
    }

    private func open() throws(BenchFailure) -> Int32 {
        let descriptor: Int32
        do throws(SystemError) {
            descriptor = try endpoint.connect(isBlocking: true)
        } catch {
            throw BenchFailure(.server, "\(endpoint.name): \(error.text)")
        }
        var limit = timeval(tv_sec: Self.secondsMax, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    private func hangUp(_ what: String) -> BenchFailure {
        close(descriptor)
        descriptor = -1
        return BenchFailure(.server, "\(endpoint.name) \(what)")
    }
}
