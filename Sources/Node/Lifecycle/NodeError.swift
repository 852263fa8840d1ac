import Gateway
import Glibc
package import Interface

/// Why a node does not start, or had to stop.
package struct NodeError: Error, Hashable, Sendable {
    /// What kind of failure it is; the command line has an exit code for each.
    package enum Kind: Hashable, Sendable, CaseIterable {
        case configuration
        /// An address or a socket cannot be listened on.
        case bind
        /// The data directory is locked, full, read-only or damaged.
        case dataDirectory
        /// The data was written by a newer version.
        case newerVersion
        /// A backend cannot be reached.
        case backend
        /// Starting would be unsafe; nothing was changed.
        case refused
        case internalFailure
    }

    package var kind: Kind
    package var message: String
    /// A path, an address, a setting.
    package var place: String?
    package var hint: String?

    package init(_ kind: Kind, _ message: String, place: String? = nil, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.place = place
        self.hint = hint
    }

    package init(_ error: BackendError) {
        let kind: Kind =
            switch error.code {
            case .newerVersion: .newerVersion
            case .full, .locked, .readOnly, .corrupt: .dataDirectory
            case .unavailable, .timedOut: .backend
            case .fenced, .conflict: .refused
            case .rejected: .internalFailure
            }
        self.init(kind, "\(error.operation): \(error.detail)", place: error.target, hint: error.hint)
    }

    /// A gateway that cannot listen, or cannot use its certificate.
    init(_ error: LoopError, listen: ListenAddress) {
        switch error.code {
        case .badCertificate:
            self.init(
                .configuration, "certificate and key cannot be used: \(error.detail)", place: error.target,
                hint:
                    "both are PEM files, the key is not encrypted, and it belongs to the first certificate of the chain"
            )
        case .badAddress:
            self.init(.configuration, "not an address to listen on", place: listen.description, hint: nil)
        case .system:
            let isTaken = error.number == EADDRINUSE
            self.init(
                .bind,
                isTaken ? "the port is taken" : "\(error.operation) failed with error \(error.number) \(error.detail)",
                place: listen.description,
                hint: isTaken ? "another program has it; name a free one with --gateway-listen" : nil
            )
        }
    }

    package init(_ problems: ConfigurationProblems) {
        let first = problems.all.first
        let count = problems.all.count
        self.init(
            .configuration,
            (first.map { "\($0.key): \($0.message)" } ?? "invalid") + (count > 1 ? " (and \(count - 1) more)" : ""),
            place: first?.place.description, hint: first?.hint ?? "see: discordctl config check"
        )
    }
}
