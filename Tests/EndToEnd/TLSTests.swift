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
        let (key, certificate) = (scratch.path + "/key.pem", scratch.path + "/certificate.pem")
        let made = try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj", "/CN=localhost", "-keyout", key, "-out", certificate)
        try #require(made.status == 0, "\(made.errors)")
        let node = try await TestNode.start(
            data: scratch.path + "/data",
            environment: ["DISCORDCTL_TLS_CERTIFICATE": certificate, "DISCORDCTL_TLS_KEY": key])
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
}
