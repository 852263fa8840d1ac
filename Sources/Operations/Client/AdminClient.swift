import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Speaks to one node through its admin socket.
package struct AdminClient: Sendable {
    /// An answer that a list command may produce; far above a page of 1,000 resources.
    private static let answerBytesMax = 16 << 20

    private let socket: String
    private let requestTimeout: Duration
    private let http: HTTPClient

    /// - Parameters:
    ///   - socket: path of the node's admin socket.
    ///   - requestTimeout: how long one request may take; a stream may last longer.
    package init(socket: String, requestTimeout: Duration = .seconds(10)) {
        self.socket = socket
        self.requestTimeout = requestTimeout
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(2)
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections; the client is of no use afterwards.
    package func shutdown() async {
        // A connection that cannot be closed in good order is closed by the end of the process.
        try? await http.shutdown()
    }

    /// Asks without a body.
    package func get<Answer: Decodable>(
        _ path: [String], query: [(String, String)] = [], as _: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await decode(perform(request(.GET, path, query)))
    }

    /// Asks for text, such as metrics.
    package func text(_ path: [String]) async throws -> String {
        let response = try await perform(request(.GET, path, []))
        return String(buffer: try await collect(response))
    }

    /// Changes something. The request id makes a repetition of the same call harmless.
    package func post<Answer: Decodable>(
        _ path: [String], _ body: some Encodable, requestID: String = AdminClient.makeRequestID(),
        as _: Answer.Type = Answer.self
    ) async throws -> Answer {
        var request = request(.POST, path, [])
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "X-Request-Id", value: requestID)
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        return try await decode(perform(request))
    }

    /// Streams documents, one a line, until the node closes the stream or the task is cancelled.
    package func lines<Line: Decodable>(
        _ path: [String], query: [(String, String)], as _: Line.Type = Line.self, _ body: (Line) async throws -> Void
    ) async throws {
        let response = try await perform(request(.GET, path, query), timeout: nil)
        do {
            try await deliver(response.body, to: body)
        } catch let failure as ConsumerFailure {
            throw failure.error
        } catch {
            throw Self.translated(error)
        }
    }

    /// What the consumer of a stream threw, to be told apart from what the stream threw.
    private struct ConsumerFailure: Error {
        var error: any Error
    }

    private func deliver<Line: Decodable>(_ chunks: HTTPClientResponse.Body, to body: (Line) async throws -> Void)
        async throws
    {
        var rest = ByteBuffer()
        for try await chunk in chunks {
            rest.writeImmutableBuffer(chunk)
            while let newline = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let length = newline - rest.readerIndex
                let line = Data(rest.readBytes(length: length) ?? [])
                rest.moveReaderIndex(forwardBy: 1)
                guard !line.isEmpty else { continue }
                guard let value = try? JSONDecoder().decode(Line.self, from: line) else {
                    throw AdminClientError.notUnderstood(detail: "a line of the stream is not a \(Line.self)")
                }
                do {
                    try await body(value)
                } catch {
                    throw ConsumerFailure(error: error)
                }
            }
            rest.discardReadBytes()
            guard rest.readableBytes <= Self.answerBytesMax else {
                throw AdminClientError.notUnderstood(detail: "a line of the stream is too long")
            }
        }
    }

    /// 128 random bits in hexadecimal.
    package static func makeRequestID() -> String {
        let halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        return halves.map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }.joined()
    }

    private func request(_ method: HTTPMethod, _ path: [String], _ query: [(String, String)]) -> HTTPClientRequest {
        var url = "http+unix://" + Self.escape(socket) + "/" + path.map(Self.escape).joined(separator: "/")
        if !query.isEmpty {
            url += "?" + query.map { Self.escape($0.0) + "=" + Self.escape($0.1) }.joined(separator: "&")
        }
        var request = HTTPClientRequest(url: url)
        request.method = method
        return request
    }

    private func perform(_ request: HTTPClientRequest, timeout: Duration?) async throws -> HTTPClientResponse {
        let response: HTTPClientResponse
        do {
            if let timeout {
                response = try await http.execute(request, timeout: TimeAmount(timeout))
            } else {
                response = try await http.execute(request, deadline: .distantFuture)
            }
        } catch let error as IOError {
            throw AdminClientError.unreachable(socket: socket, detail: error.description)
        } catch let error as HTTPClientError where error == .connectTimeout {
            throw AdminClientError.unreachable(socket: socket, detail: "the node does not take connections")
        } catch {
            throw Self.translated(error)
        }
        guard response.status.code >= 400 else { return response }
        let body = try await collect(response)
        guard let error = try? JSONDecoder().decode(AdminError.self, from: Data(body.readableBytesView)) else {
            throw AdminClientError.notUnderstood(detail: "status \(response.status.code)")
        }
        throw AdminClientError.refused(error)
    }

    private func perform(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try await perform(request, timeout: requestTimeout)
    }

    private func decode<Answer: Decodable>(_ response: HTTPClientResponse) async throws -> Answer {
        let body = try await collect(response)
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
        } catch {
            throw AdminClientError.notUnderstood(detail: "the answer is not a \(Answer.self)")
        }
    }

    /// The body, which may break off or be too long.
    private func collect(_ response: HTTPClientResponse) async throws -> ByteBuffer {
        do {
            return try await response.body.collect(upTo: Self.answerBytesMax)
        } catch {
            throw Self.translated(error)
        }
    }

    /// What a failure after the request left means.
    private static func translated(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError, is AdminClientError: error
        case let error as HTTPClientError where error == .cancelled: CancellationError()
        case let error as HTTPClientError where error == .deadlineExceeded:
            AdminClientError.outcomeUnknown(detail: "no answer came in time")
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            AdminClientError.outcomeUnknown(detail: "the node closed the connection")
        case is NIOTooManyBytesError: AdminClientError.notUnderstood(detail: "the answer is too long")
        default: AdminClientError.outcomeUnknown(detail: String(describing: error))
        }
    }

    /// Percent-encodes everything but letters, digits and `-._~`.
    private static func escape(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.append(Character(Unicode.Scalar(byte)))
            default:
                let hexadecimal = String(byte, radix: 16, uppercase: true)
                result += "%" + (byte < 16 ? "0" : "") + hexadecimal
            }
        }
        return result
    }
}
