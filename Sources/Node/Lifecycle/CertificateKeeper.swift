import API
import Gateway
import Interface
import Logging
import ServiceLifecycle

/// Looks whether the files of the certificate were replaced, as whatever renews certificates does, and has both edges use the new ones.
///
/// Files that cannot be used, as in the middle of being replaced, change nothing: they are tried again when they have changed again.
struct CertificateKeeper: Service {
    /// How often it looks.
    static let intervalMilliseconds: UInt64 = 2_000

    let files: CertificateFiles
    /// How the files were when the edges loaded them, or before that.
    let loaded: [CertificateFiles.Stamp?]
    /// Has the edges use what is in the files, for connections from then on.
    let reload: @Sendable () throws(NodeError) -> Void
    let time: any TimeSource
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            var seen = loaded
            while (try? await time.sleep(milliseconds: Self.intervalMilliseconds)) != nil {
                let stamps = files.stamps()
                guard stamps != seen else { continue }
                seen = stamps
                do throws(NodeError) {
                    try reload()
                    logger.notice("the certificate was replaced", metadata: ["tls.certificate": "\(files.certificate)"])
                } catch {
                    logger.warning("the certificate stays as it is", metadata: ["error": "\(error.message)"])
                }
            }
        }
    }
}

extension CertificateFiles {
    /// What the REST edge shows.
    func restCertificate() throws(NodeError) -> ServerCertificate {
        let configuration = try restConfiguration()
        do {
            return try ServerCertificate(configuration)
        } catch {
            throw NodeError(.configuration, "TLS cannot be set up: \(error)", place: "tls.certificate")
        }
    }

    /// Keeps both edges at what is in the files.
    func keeper(
        loaded: [Stamp?], _ rest: ServerCertificate?, _ gateway: GatewayServer?, time: any TimeSource, logger: Logger
    ) -> CertificateKeeper {
        CertificateKeeper(
            files: self, loaded: loaded,
            reload: { () throws(NodeError) in
                // What is wrong with them is found out before either edge has changed.
                let configuration = try restConfiguration()
                do {
                    try gateway?.reload(certificatePath: certificate, keyPath: key)
                    try rest?.replace(with: configuration)
                } catch {
                    throw NodeError(.configuration, "TLS cannot be set up: \(error)", place: certificate)
                }
            }, time: time, logger: logger)
    }
}
