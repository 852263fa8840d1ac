import Arguments
import FoundationEssentials
import Node
import Operations

/// What a person reads when a node has started: what runs, where, and what to try next.
struct StartReport {
    var name: String
    var version: String
    var processID: Int32
    var services: [String]
    var restURL: String
    var gatewayURL: String
    var dataDirectory: String
    var adminSocket: String

    init(_ announcement: NodeAnnouncement) {
        name = announcement.name
        version = announcement.version
        processID = announcement.processID
        services = announcement.services
        restURL = announcement.restURL
        gatewayURL = announcement.gatewayURL
        dataDirectory = announcement.dataDirectory
        adminSocket = announcement.adminSocket
    }

    init(_ status: NodeStatus) {
        name = status.name
        version = status.version
        processID = status.processID
        services = status.services
        restURL = status.restURL
        gatewayURL = status.gatewayURL
        dataDirectory = status.dataDirectory
        adminSocket = status.adminSocket
    }

    func text(_ context: CommandContext) -> String {
        let facts = [
            ("services", services.joined(separator: ", ")), ("rest", restURL), ("gateway", gatewayURL),
            ("data", dataDirectory),
            ("admin", adminSocket),
        ].filter { !$0.1.isEmpty }
        let target = isFoundWithoutHelp(context) ? "" : " --socket " + SafeLine.shellWord(absoluteSocket)
        let lines =
            ["node '\(name)' runs (discordctl \(version), process \(processID))"]
            + facts.map { "  " + $0.0 + String(repeating: " ", count: max(1, 10 - $0.0.count)) + SafeLine.text($0.1) }
            + [
                "try next, in another terminal:",
                "  discordctl user create ada" + target,
                "  discordctl guild create home --owner @ada" + target,
                "  discordctl message send home/general 'hello' --as @ada" + target,
            ]
        return lines.map { $0 + "\n" }.joined()
    }

    /// What is pasted into another terminal must not depend on the directory.
    private var absoluteSocket: String {
        adminSocket.hasPrefix("/") ? adminSocket : FileManager.default.currentDirectoryPath + "/" + adminSocket
    }

    /// Whether a command finds this node without being told its socket.
    private func isFoundWithoutHelp(_ context: CommandContext) -> Bool {
        let explicit = context.invocation.source(of: CommonOptions.dataDirectory) == .commandLine
        guard !explicit else { return false }
        guard let selection = try? NodeSelection(context.invocation, ContextStore(context.paths)) else { return false }
        switch selection.way {
        case .socket(let socket): return socket == adminSocket
        case .endpoints(let endpoints): return endpoints.contains { $0.socket == absoluteSocket }
        case .context(let named): return named.endpoints.contains { $0.socket == absoluteSocket }
        case .search(let directory):
            return (try? SocketChoice.choose(context.paths, dataDirectory: directory)) == adminSocket
        }
    }
}
