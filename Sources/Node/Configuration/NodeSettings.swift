import Interface
import Logging
import Operations
import Services

/// A node's configuration as it will be used: defaults that depend on the machine are decided, and what a node cannot do without is there.
struct NodeSettings: Sendable {
    var name: String
    var services: Set<String>
    var dataDirectory: String
    var adminSocket: String
    var listen: ListenAddress
    var gatewayListen: ListenAddress
    var gatewayURL: String?
    var gatewayLoops: Int
    var identifiesPerSecond: Int
    var resumesPerSecond: Int
    var allowedOrigins: [String]
    var tls: CertificateFiles?
    var logRetention: Duration
    var idleRetention: Duration
    var sendDeadline: Duration
    var admission: AdmissionLimits
    var attachments: AttachmentLimits
    var attachmentsURL: String?
    var linkLifetime: Duration
    var rates: RateLimitTable
    var connectionsPerAddress: Int?
    var invalidRequests: RateLimit?
    var handshakes: RateLimit?
    var wrongTokens: RateLimit?
    var proxies: TrustedProxies
    var push: PushSettings
    var trustedEndpoints: [String]
    var drainDeadline: Duration
    var processIDFile: String?
    var logLevel: Logger.Level
    private var logFormatName: String

    init(_ configuration: NodeConfiguration, environment: [String: String]) throws(NodeError) {
        let paths = LocalPaths(environment: environment)
        let explicitDirectory = configuration.text("data-dir")
        guard let directory = explicitDirectory ?? paths.dataDirectory else {
            throw NodeError(
                .configuration, "no data directory: neither XDG_DATA_HOME nor HOME is set", place: "data-dir",
                hint: "name one with --data-dir"
            )
        }
        let name = configuration.text("node.name") ?? "local"
        let socket =
            configuration.text("admin.socket")
            ?? paths.adminSocket(node: name, explicitDataDirectory: explicitDirectory)
        guard let listen = configuration.address("listen"), let gatewayListen = configuration.address("gateway.listen"),
            let retention = configuration.duration("log.retention"),
            let idleRetention = configuration.duration("log.idle-retention"),
            let sendDeadline = configuration.duration("send.deadline"),
            let outstandingMax = configuration.integer("send.outstanding-max"),
            let delayTarget = configuration.duration("send.delay-target"),
            let drainDeadline = configuration.duration("drain.deadline"),
            let linkLifetime = configuration.duration("attachments.link-lifetime"),
            let attachments = Self.attachments(configuration), let pushDelay = configuration.duration("push.delay"),
            let pushLifetime = configuration.duration("push.lifetime"), let contact = configuration.text("push.contact")
        else {
            // Every one of them has a default, so only a declaration without one leads here.
            throw NodeError(.internalFailure, "a setting without a default was left out")
        }
        self.name = name
        services = Set(configuration.list("node.services"))
        dataDirectory = directory
        adminSocket = socket ?? directory + "/admin.sock"
        self.listen = listen
        self.gatewayListen = gatewayListen
        gatewayURL = configuration.text("gateway.url")
        gatewayLoops = Int(configuration.integer("gateway.loops") ?? 0)
        identifiesPerSecond = Int(configuration.integer("gateway.identify-rate") ?? 0)
        resumesPerSecond = Int(configuration.integer("gateway.resume-rate") ?? 0)
        allowedOrigins = configuration.list("gateway.allowed-origins")
        if let certificate = configuration.text("tls.certificate"), let key = configuration.text("tls.key") {
            tls = CertificateFiles(certificate: certificate, key: key)
        }
        logRetention = retention
        self.idleRetention = idleRetention
        self.sendDeadline = sendDeadline
        admission = AdmissionLimits()
        admission.outstandingMax = Int(outstandingMax)
        admission.targetMilliseconds = delayTarget.wholeMilliseconds
        self.attachments = attachments
        attachmentsURL = configuration.text("attachments.url").map { url in
            String(url.reversed().drop { $0 == "/" }.reversed())
        }
        self.linkLifetime = linkLifetime
        rates = Self.rates(configuration)
        if configuration.flag("limits.enabled") {
            connectionsPerAddress = configuration.integer("limits.connections").flatMap { $0 > 0 ? Int($0) : nil }
            invalidRequests = configuration.limit("limits.invalid")
            handshakes = configuration.limit("limits.handshake")
            wrongTokens = configuration.limit("limits.wrong-token")
        }
        proxies = TrustedProxies(configuration.list("proxies.trusted"))
        push = PushSettings(
            delayMilliseconds: pushDelay.wholeMilliseconds, lifeSeconds: pushLifetime.wholeMilliseconds / 1_000,
            contact: contact)
        trustedEndpoints = configuration.list("push.trusted-endpoints")
        self.drainDeadline = drainDeadline
        processIDFile = configuration.text("pid-file")
        logLevel = configuration.text("logging.level").flatMap(Logger.Level.init(rawValue:)) ?? .info
        logFormatName = configuration.text("logging.format") ?? "auto"
    }

    private static func attachments(_ configuration: NodeConfiguration) -> AttachmentLimits? {
        func bytes(_ key: String) -> UInt64? { configuration.integer(key).map { UInt64(clamping: $0) << 20 } }
        guard let request = bytes("attachments.request-mib"),
            let files = configuration.integer("attachments.files-max"),
            let owner = bytes("attachments.user-mib"), let guild = bytes("attachments.guild-mib"),
            let total = bytes("attachments.total-mib")
        else { return nil }
        func bound(_ bytes: UInt64) -> UInt64? { bytes == 0 ? nil : bytes }
        return AttachmentLimits(
            requestBytesMax: request, filesMax: Int(files),
            quota: FileQuota(owner: bound(owner), guild: bound(guild), total: bound(total)))
    }

    private static func rates(_ configuration: NodeConfiguration) -> RateLimitTable {
        guard configuration.flag("limits.enabled") else { return .off }
        var table = RateLimitTable.off
        for action in LimitedAction.allCases { table[action] = configuration.limit(key(of: action)) }
        return table
    }

    /// The setting of an action's limit: `limits.channel-create`.
    static func key(of action: LimitedAction) -> String {
        "limits." + action.name.map { $0 == "_" ? "-" : String($0) }.joined()
    }

    /// Text for people on a terminal, JSON for machines elsewhere, unless one was asked for.
    func logFormat(isTerminal: Bool) -> NodeLogHandler.Format {
        switch logFormatName {
        case "text": .text(isColored: isTerminal)
        case "json": .json
        default: isTerminal ? .text(isColored: true) : .json
        }
    }
}

extension Duration {
    /// Whole milliseconds; what lies beyond 64 bits is clamped.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000).partialValue
            &+ UInt64(clamping: attoseconds / 1_000_000_000_000_000)
    }
}
