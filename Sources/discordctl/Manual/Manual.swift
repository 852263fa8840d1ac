import Arguments
import Node
import Operations

/// The manual: a page for each command, and one for each file that people write.
enum Manual {
    static let generator = "discordctl man --directory man"

    private static let pages = ManualPages(
        Tool.declaration, date: discordctlDate, generator: generator,
        files: [
            ("~/.config/discordctl/contexts", "The clusters that commands are about, see discordctl(5)."),
            ("~/.config/discordctl/node.yaml", "The settings of a node, see discordctl-node(5)."),
            ("~/.local/share/discordctl", "The data of a node."),
            ("~/.local/state/discordctl/previous-context", "The context before, for 'context use -'."),
        ],
        references: ["discordctl 5", "discordctl-node 5"],
        honours: { path, option in Tool.verb(at: path)?.abilities.honours(option) ?? true })

    /// The page of the command at a path of canonical names.
    static func page(of path: [String]) -> String { pages.page(of: path) }

    /// Every page, below a directory as man(1) wants it.
    static var all: [GeneratedFile] {
        let commands = pages.paths.map { path in
            GeneratedFile(name: "man1/\(pages.name(of: path)).1", text: pages.page(of: path))
        }
        return commands
            + FilePage.allCases.map { GeneratedFile(name: "man5/\($0.title).5", text: $0.text) }
    }
}

/// A page about a file.
enum FilePage: String, CaseIterable, Sendable {
    case contexts, node

    var title: String {
        switch self {
        case .contexts: "discordctl"
        case .node: "discordctl-node"
        }
    }

    var text: String {
        switch self {
        case .contexts: contextsText
        case .node: nodeText
        }
    }

    static let contextsExample = """
        current-context: lab
        contexts:
          lab:
            endpoints:
              - unix:///run/discordctl/local.sock
          prod:
            endpoints:
              - unix:///srv/chat/admin.sock
            protected: true
            prompt: PROD
        """

    private var contextsText: String {
        var page = ManualText(
            title: title, section: 5, date: discordctlDate, summary: "the clusters that discordctl knows",
            generator: Manual.generator)
        page.heading("DESCRIPTION")
        page.paragraphs(
            """
            The contexts file names the clusters of an operator. It is YAML, and is written by the commands of \
            discordctl-context(1), which keep no comments. It may be edited by hand.

            A file that others may write is refused, because they could send commands to a cluster of their choice. It \
            holds no secrets. There can be \(ContextsFile.contextsMax) contexts in \(ContextsFile.bytesMax >> 10) KiB, \
            each with \(ContextsFile.endpointsMax) endpoints. A name has \(ClusterContext.nameRule).

            In a protected context commands of tier 2, as 'node stop', want --confirm with the context's name, or the \
            name typed at the terminal, and a --reason; --yes is not enough. 'discordctl bench' refuses it. That holds \
            whichever way leads to the cluster: an address on the line, or another context. 'discordctl help --impact' \
            lists the tiers.
            """, isFirst: true)
        page.subheading("Keys")
        page.list([
            ("Cm \(ContextsFile.currentKey)", "The context that is meant when none is named."),
            ("Cm \(ContextsFile.contextsKey)", "The contexts by name, each with these keys:"),
        ])
        page.list(ClusterContext.Field.allCases.map { ("Cm " + $0.rawValue, $0.summary) })
        page.heading("FILES")
        page.list([
            ("Pa $XDG_CONFIG_HOME/discordctl/contexts", "The file; below ~/.config when the variable is not set.")
        ])
        page.heading("EXAMPLES")
        page.literal(Self.contextsExample.split(separator: "\n").map(String.init))
        page.heading("SEE ALSO")
        page.macro("Xr discordctl 1 ,")
        page.macro("Xr discordctl-context 1")
        return page.text
    }

    static let nodeExample = """
        listen: 127.0.0.1:9080
        gateway:
          listen: 127.0.0.1:9081
        limits:
          message: 10/5s
        """

    private var nodeText: String {
        var page = ManualText(
            title: title, section: 5, date: discordctlDate, summary: "the settings of a discordctl node",
            generator: Manual.generator)
        page.heading("DESCRIPTION")
        page.paragraphs(
            """
            The configuration file of a node is YAML. The dots in a setting's name stand for the levels of the file. \
            Options of discordctl-node-start(1) go before environment variables, those before the file, and that \
            before the defaults. discordctl-config-check(1) checks a file, discordctl-config-show(1) shows the \
            settings in force.
            """, isFirst: true)
        page.subheading("Settings")
        page.list(
            Setting.all.map { setting in
                var words = setting.summary
                if !setting.standard.isEmpty { words += " The default is \(setting.standard)." }
                words += " In the environment: \(setting.variable)."
                if let flag = setting.flag { words += " On the line: --\(flag)." }
                return ("Cm \(setting.key) : Ar " + ManualText.argument(setting.placeholder), words)
            })
        page.heading("FILES")
        page.list([
            (
                "Pa $XDG_CONFIG_HOME/discordctl/node.yaml",
                "Read by 'discordctl node start'; below ~/.config when the variable is not set."
            )
        ])
        page.heading("EXAMPLES")
        page.literal(Self.nodeExample.split(separator: "\n").map(String.init))
        page.heading("SEE ALSO")
        page.macro("Xr discordctl 1 ,")
        page.macro("Xr discordctl-config-check 1 ,")
        page.macro("Xr discordctl-node-start 1")
        return page.text
    }
}
