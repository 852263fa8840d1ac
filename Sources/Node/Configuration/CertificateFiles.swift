import Glibc
import NIOSSL

/// The certificate and key of both listeners.
struct CertificateFiles: Hashable, Sendable {
    var certificate: String
    var key: String

    /// What changes when a file is written or replaced.
    struct Stamp: Hashable, Sendable {
        var inode: UInt64
        var bytes: Int
        var seconds: Int
        var nanoseconds: Int
    }

    /// How the two files are at the moment; one that is not there is `nil`.
    func stamps() -> [Stamp?] {
        [certificate, key].map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            return Stamp(
                inode: UInt64(status.st_ino), bytes: Int(status.st_size), seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec)
        }
    }

    /// TLS 1.2 and 1.3 for the REST listener.
    func restConfiguration() throws(NodeError) -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(file: key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            // Forward secrecy and authenticated encryption only, as at the gateway.
            configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
            // The context is what finds out that a key does not belong to its certificate.
            _ = try NIOSSLContext(configuration: configuration)
            return configuration
        } catch {
            throw NodeError(
                .configuration, "certificate and key cannot be used: \(error)", place: certificate,
                hint: "both are PEM files, and the key belongs to the first certificate of the chain"
            )
        }
    }
}
