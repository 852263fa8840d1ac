/// One setting of a node: the single place that says what it is called in the file, in the environment and on the command line, what it may hold, and
/// what it does. Parsing, `config check`, `config show`, the options of `node start` and the manual are made from these.
package struct Setting: Sendable {
    /// What a setting may hold.
    package enum Kind: Hashable, Sendable {
        case text
        case flag
        /// `host:port`, the host a numeric address.
        case address
        case path
        case duration(ClosedRange<Duration>)
        case integer(ClosedRange<Int64>)
        /// So many in so much time, `5/5s`, or `off`.
        case limit
        case choice([String])
        /// Several of these, or of anything when empty.
        case list([String])
        /// A URL whose scheme is one of these.
        case backend([String])
    }

    /// Its name in the configuration file, as a dotted path: `gateway.listen`.
    package var key: String
    /// Its option of `node start`, without dashes; `nil` where only file and environment set it.
    package var flag: String?
    package var kind: Kind
    /// What holds when nobody says anything, in the spelling of the file; empty for "decided at start".
    package var standard: String
    /// One sentence for help, manual and errors.
    package var summary: String
    /// What the value is called in help: `ADDR`, `DIR`.
    package var placeholder: String

    package init(
        _ key: String, flag: String? = nil, _ kind: Kind, standard: String = "", placeholder: String = "VALUE",
        summary: String
    ) {
        self.key = key
        self.flag = flag
        self.kind = kind
        self.standard = standard
        self.placeholder = placeholder
        self.summary = summary
    }

    /// Its environment variable: `DISCORDCTL_GATEWAY_LISTEN` for `gateway.listen`.
    package var variable: String {
        "DISCORDCTL_" + key.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }
}

extension Setting {
    /// Every setting of a node, in the order in which they are shown.
    package static let all: [Setting] = [
        Setting(
            "node.name", flag: "name", .text, standard: "local", placeholder: "NAME",
            summary: "The node's name: 1 to 63 characters of a-z, 0-9 and '-'."
        ),
        Setting("node.zone", flag: "zone", .text, placeholder: "ZONE", summary: "The failure zone the node stands in."),
        Setting(
            "node.services", flag: "services", .list(["gateway", "api", "chat", "search", "push"]),
            standard: "gateway,api,chat,search,push",
            placeholder: "LIST",
            summary: "What the node runs."
        ),
        Setting(
            "data-dir", flag: "data-dir", .path, placeholder: "DIR",
            summary: "Where the embedded backends keep their data; $XDG_DATA_HOME/discordctl unless set."
        ),
        Setting(
            "listen", flag: "listen", .address, standard: "127.0.0.1:8080", placeholder: "ADDR",
            summary: "Address of the REST listener."
        ),
        Setting(
            "gateway.listen", flag: "gateway-listen", .address, standard: "127.0.0.1:8081", placeholder: "ADDR",
            summary: "Address of the gateway's WebSocket listener."
        ),
        Setting(
            "gateway.url", .text, placeholder: "URL",
            summary: "The gateway's URL as clients reach it; made from gateway.listen unless set."
        ),
        Setting(
            "gateway.loops", .integer(0...256), standard: "0", placeholder: "COUNT",
            summary: "Event loops of the gateway; 0 for one a core."
        ),
        Setting(
            "gateway.identify-rate", .integer(0...1_000_000), standard: "1000", placeholder: "COUNT",
            summary: "New sessions that begin in a second, the others wait or come back; 0 for no limit."
        ),
        Setting(
            "gateway.resume-rate", .integer(0...1_000_000), standard: "5000", placeholder: "COUNT",
            summary: "Sessions that are resumed in a second, the others wait or come back; 0 for no limit."
        ),
        Setting(
            "gateway.allowed-origins", .list([]), placeholder: "LIST",
            summary:
                "Origins whose pages may open the gateway with a browser, any unless set, and use REST, none unless set; what sends no Origin always may."
        ),
        Setting(
            "admin.socket", flag: "admin-socket", .path, placeholder: "PATH",
            summary:
                "The admin API's Unix socket; admin.sock in a data directory that was set, else $XDG_RUNTIME_DIR/discordctl/NAME.sock."
        ),
        Setting(
            "tls.certificate", .path, placeholder: "FILE",
            summary:
                "PEM file with the certificate chain of both listeners; a new one is used when the file is replaced."
        ),
        Setting("tls.key", .path, placeholder: "FILE", summary: "PEM file with the certificate's private key."),
        Setting(
            "proxies.trusted", .list([]), placeholder: "LIST",
            summary:
                "Addresses and networks of proxies in front, as 10.0.0.0/8: what they write into X-Forwarded-For is believed."
        ),
        Setting(
            "insecure-listen", flag: "insecure-listen", .flag, standard: "false",
            summary: "Allows listening beyond loopback without TLS."
        ),
        Setting(
            "backends.directory", .backend(["sqlite"]), standard: "sqlite:", placeholder: "URL",
            summary: "Users, guilds, channels, roles, members and tokens."
        ),
        Setting(
            "backends.log", .backend(["sqlite"]), standard: "sqlite:", placeholder: "URL", summary: "The event log."),
        Setting(
            "backends.store", .backend(["sqlite"]), standard: "sqlite:", placeholder: "URL",
            summary: "Messages and their history."
        ),
        Setting(
            "backends.search", .backend(["sqlite"]), standard: "sqlite:", placeholder: "URL",
            summary: "The index of what was said."
        ),
        Setting(
            "backends.attachments", .backend(["file"]), standard: "file:", placeholder: "URL",
            summary: "The files of messages."
        ),
        Setting(
            "backends.bus", .backend(["memory"]), standard: "memory:", placeholder: "URL",
            summary: "The fan-out bus with its replay windows."
        ),
        Setting(
            "backends.coordinator", .backend(["sqlite"]), standard: "sqlite:", placeholder: "URL",
            summary: "The registry of nodes and partitions."
        ),
        Setting(
            "log.retention", .duration(.seconds(60)...(.seconds(86_400 * 365))), standard: "24h",
            placeholder: "DURATION",
            summary: "How long the event log keeps what every consumer has processed."
        ),
        Setting(
            "log.idle-retention", .duration(.seconds(60)...(.seconds(86_400 * 365))), standard: "7d",
            placeholder: "DURATION",
            summary: "How long it keeps what a service that is switched off has not processed; then that starts over."
        ),
        Setting(
            "send.deadline", .duration(.milliseconds(100)...(.seconds(30))), standard: "5s", placeholder: "DURATION",
            summary: "How long a send waits to be stored before it is answered as queued."
        ),
        Setting(
            "send.outstanding-max", .integer(1...20_000), standard: "2048", placeholder: "COUNT",
            summary: "Accepted commands that may wait to be stored at once; beyond it sends are refused for a while."
        ),
        Setting(
            "send.delay-target", .duration(.milliseconds(1)...(.seconds(10))), standard: "65ms",
            placeholder: "DURATION",
            summary: "How long a send should take to be stored; a node that stays behind it refuses what is too much."
        ),
        Setting(
            "attachments.url", .text, placeholder: "URL",
            summary: "The URL below which clients fetch files; that of the REST listener unless set."
        ),
        Setting(
            "attachments.link-lifetime", .duration(.seconds(60)...(.seconds(86_400 * 30))), standard: "24h",
            placeholder: "DURATION",
            summary: "How long a file's address works at least; who may read the message gets a new one with it."
        ),
        Setting(
            "attachments.request-mib", .integer(1...1_024), standard: "25", placeholder: "MIB",
            summary: "Mebibytes of all files of one message together."
        ),
        Setting(
            "attachments.files-max", .integer(1...10), standard: "10", placeholder: "COUNT",
            summary: "Files of one message."
        ),
        Setting(
            "attachments.user-mib", .integer(0...1_073_741_824), standard: "1024", placeholder: "MIB",
            summary: "Mebibytes of all files of one user; 0 for no bound."
        ),
        Setting(
            "attachments.guild-mib", .integer(0...1_073_741_824), standard: "5120", placeholder: "MIB",
            summary: "Mebibytes of all files in the channels of one guild; 0 for no bound."
        ),
        Setting(
            "attachments.total-mib", .integer(0...1_073_741_824), standard: "10240", placeholder: "MIB",
            summary: "Mebibytes of all files; 0 for no bound."
        ),
        Setting(
            "limits.enabled", flag: "limits", .flag, standard: "true",
            summary: "Keeps the rate limits, limits.*; without them a node can be measured."
        ),
        Setting(
            "limits.message", .limit, standard: "5/5s", placeholder: "LIMIT",
            summary: "Messages that a user may send, over REST and gateway together."
        ),
        Setting(
            "limits.reaction", .limit, standard: "10/1s", placeholder: "LIMIT",
            summary: "Reactions that a user may add and remove."
        ),
        Setting(
            "limits.channel-create", .limit, standard: "10/1m", placeholder: "LIMIT",
            summary: "Channels that a user may make."
        ),
        Setting(
            "limits.dm-create", .limit, standard: "10/1m", placeholder: "LIMIT",
            summary: "Direct channels that a user may open, groups included."
        ),
        Setting(
            "limits.typing", .limit, standard: "5/5s", placeholder: "LIMIT",
            summary: "Times that a user may be shown to be typing."
        ),
        Setting(
            "limits.global", .limit, standard: "50/1s", placeholder: "LIMIT",
            summary: "REST requests of a user, whatever they are."
        ),
        Setting(
            "limits.route", .limit, standard: "10/1s", placeholder: "LIMIT",
            summary: "REST requests of a user over one route for one channel or guild, where no limit above is theirs."
        ),
        Setting(
            "limits.identify", .limit, standard: "1000/24h", placeholder: "LIMIT",
            summary: "New sessions that a user may begin; resuming one does not count."
        ),
        Setting(
            "limits.address", .limit, standard: "50/1s", placeholder: "LIMIT",
            summary: "REST requests without an account that an address other than this machine's may send."
        ),
        Setting(
            "limits.file", .limit, standard: "250/1s", placeholder: "LIMIT",
            summary: "Files of messages that an address other than this machine's may fetch."
        ),
        Setting(
            "limits.webhook", .limit, standard: "5/2s", placeholder: "LIMIT",
            summary: "REST requests with the token of one webhook."
        ),
        Setting(
            "limits.register", .limit, standard: "10/1h", placeholder: "LIMIT",
            summary: "Accounts that an address other than this machine's may try to register."
        ),
        Setting(
            "limits.login", .limit, standard: "20/1m", placeholder: "LIMIT",
            summary: "Passwords that an address other than this machine's may try."
        ),
        Setting(
            "limits.login-account", .limit, standard: "30/10m", placeholder: "LIMIT",
            summary:
                "Passwords that may be tried for one account; beyond it an address that has not tried lately still may, once."
        ),
        Setting(
            "limits.handshake", .limit, standard: "600/1m", placeholder: "LIMIT",
            summary: "Connections to the gateway that an address other than this machine's may open."
        ),
        Setting(
            "limits.wrong-token", .limit, standard: "60/10m", placeholder: "LIMIT",
            summary: "Wrong tokens with which such an address may identify before it may open no more connections."
        ),
        Setting(
            "limits.connections", .integer(0...1_000_000), standard: "1024", placeholder: "COUNT",
            summary:
                "Connections to REST that an address other than this machine's may have open at once; 0 for no limit."
        ),
        Setting(
            "limits.invalid", .limit, standard: "10000/10m", placeholder: "LIMIT",
            summary: "Answers with 401, 403 and 429 that an address other than this machine's may get."
        ),
        Setting(
            "push.delay", .duration(.seconds(0)...(.seconds(3_600))), standard: "35s", placeholder: "DURATION",
            summary:
                "How long a message may be unacknowledged before its user is told; clients acknowledge every 30 s."
        ),
        Setting(
            "push.lifetime", .duration(.seconds(60)...(.seconds(86_400 * 28))), standard: "4h", placeholder: "DURATION",
            summary: "How long a notification is tried, and kept by the push service."
        ),
        Setting(
            "push.contact", .text, standard: "mailto:postmaster@localhost", placeholder: "URL",
            summary: "Whom push services may write to: a mailto or https URL."
        ),
        Setting(
            "push.trusted-endpoints", .list([]), placeholder: "LIST",
            summary: "Push services (host:port) that may be on this machine or network, or without TLS."
        ),
        Setting(
            "drain.deadline", flag: "drain-deadline", .duration(.seconds(0)...(.seconds(3_600))), standard: "30s",
            placeholder: "DURATION",
            summary: "How long clients get to leave when the node stops."
        ),
        Setting(
            "logging.format", flag: "log-format", .choice(["auto", "text", "json"]), standard: "auto",
            placeholder: "FORMAT",
            summary: "Log lines for people or for machines; auto is text on a terminal."
        ),
        Setting(
            "logging.level", flag: "log-level", .choice(["trace", "debug", "info", "notice", "warning", "error"]),
            standard: "info",
            placeholder: "LEVEL", summary: "The least severe log lines that are written."
        ),
        Setting(
            "pid-file", flag: "pid-file", .path, placeholder: "PATH",
            summary: "Where the process id is written while the node runs."
        ),
    ]

    private static let byKey = Dictionary(all.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })

    /// The setting of this name.
    package static func named(_ key: String) -> Setting? { byKey[key] }
}
