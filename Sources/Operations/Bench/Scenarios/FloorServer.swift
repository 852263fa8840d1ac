import CEpoll
import Glibc

/// Another server to measure against: a program that takes a port, and relays the text frames of `/pub/N` to `/sub/N`.
final class FloorServer {
    let process: Int32
    let endpoint: Endpoint

    /// - Throws: ``BenchFailure`` when it does not start or does not listen within five seconds.
    init(path: String, joinsWrites: Bool) throws(BenchFailure) {
        let port = try Self.freePort()
        let words = [path, String(port)] + (joinsWrites ? ["coalesce"] : [])
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        let endpoint = try Endpoint(url: "ws://127.0.0.1:\(port)")
        var process: pid_t = 0
        let result = posix_spawn(&process, path, nil, nil, arguments, environ)
        guard result == 0 else {
            throw BenchFailure(.impossible, "\(path) cannot be started: \(SystemError(number: result).text)")
        }
        self.process = process
        self.endpoint = endpoint
        for _ in 0..<100 {
            if let descriptor = try? endpoint.connect(isBlocking: true) {
                close(descriptor)
                return
            }
            usleep(50_000)
        }
        stop()
        throw BenchFailure(.server, "\(path) does not listen on the port it was given")
    }

    /// Ends the program. To be called exactly once.
    func stop() {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// A port that was free a moment ago.
    private static func freePort() throws(BenchFailure) -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchFailure(.system, SystemError(number: errno).text) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, length) == 0 ? getsockname(descriptor, name, &length) : -1
            }
        }
        guard result == 0 else { throw BenchFailure(.system, SystemError(number: errno).text) }
        return UInt16(bigEndian: address.sin_port)
    }
}
