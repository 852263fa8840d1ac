import Foundation
import Testing

/// TLS of the real binary, as another implementation sees it.
@Suite("A node with TLS")
struct TLSTests {
    /// S20.
    @Test(.timeLimit(.minutes(15)))
    func refusesOldVersionsAndSuitesOnBothEdges() async throws {
        let scratch = try Scratch()
        func openssl(_ arguments: String...) async throws -> Program.Outcome {
            try await Program.run(URL(filePath: "/usr/bin/env"), ["openssl"] + arguments)
        }
        let certificate = try await Certificate.make(in: scratch.path)
        let node = try await TestNode.start(data: scratch.path + "/data", environment: certificate.environment)
        for url in [node.rest, node.gateway] {
            let parts = try #require(URLComponents(string: url))
            #expect(parts.scheme == (url == node.rest ? "https" : "wss"))
            let place = "127.0.0.1:\(parts.port ?? 0)"
            for (version, ciphers, isTaken) in [
                ("-tls1_1", "ALL:@SECLEVEL=0", false), ("-tls1_2", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", false),
                ("-tls1_2", "NULL:@SECLEVEL=0", false), ("-tls1_2", "ECDHE-ECDSA-AES128-GCM-SHA256", true),
                ("-tls1_3", "DEFAULT", true),
            ] {
                let outcome = try await openssl("s_client", "-connect", place, version, "-cipher", ciphers)
                #expect((outcome.status == 0) == isTaken, "\(url) \(version) \(ciphers)")
            }
        }
    }
    /// S20: whoever renews certificates replaces the files, and nobody notices but those who look.
    @Test(.timeLimit(.minutes(15)))
    func showsANewCertificateAndDropsNobody() async throws {
        let scratch = try Scratch()
        let certificate = try await Certificate.make(in: scratch.path)
        let renewed = try await Certificate.make(in: scratch.path, name: "renewed")
        let node = try await TestNode.start(data: scratch.path + "/data", environment: certificate.environment)
        try await Hostile.run(
            "renewal.py", on: node,
            [
                "CERTIFICATE": certificate.path, "KEY": certificate.key, "NEW_CERTIFICATE": renewed.path,
                "NEW_KEY": renewed.key, "TRUSTED": scratch.path + "/trusted.pem",
            ])
        #expect(await node.terminate() == 0)
    }
}
