import BackendContracts
import FoundationEssentials
import Logging
import Synchronization
import Testing

@testable import Node

/// When a replaced certificate is used.
@Suite("A certificate that is replaced") struct CertificateKeeperTests {
    @Test func isLoadedOnceForEachChangeAndTriedAgainAfterAFailure() async throws {
        let directory = try TemporaryDirectory()
        let files = CertificateFiles(certificate: directory.path + "/c.pem", key: directory.path + "/k.pem")
        func write(_ text: String, _ path: String) throws {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        try write("first", files.certificate)
        try write("first", files.key)
        let tries = Mutex(0)
        let time = ManualTime()
        let keeper = CertificateKeeper(
            files: files, loaded: files.stamps(),
            reload: { () throws(NodeError) in
                tries.withLock { $0 += 1 }
                let texts = [files.certificate, files.key].map { try? String(contentsOfFile: $0, encoding: .utf8) }
                guard texts[0] == texts[1] else { throw NodeError(.configuration, "these do not belong together") }
            }, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await keeper.run() }
        func look() async {
            await time.whenSleeping(1)
            time.advance(by: CertificateKeeper.intervalMilliseconds)
            await time.whenSleeping(1)
        }
        await look()
        #expect(tries.withLock { $0 } == 0)
        try write("second", files.key)
        await look()
        #expect(tries.withLock { $0 } == 1)
        // What could not be used is not tried again as it is.
        await look()
        #expect(tries.withLock { $0 } == 1)
        try write("second", files.certificate)
        await look()
        #expect(tries.withLock { $0 } == 2)
        await look()
        #expect(tries.withLock { $0 } == 2)
        running.cancel()
        await running.value
    }
}
