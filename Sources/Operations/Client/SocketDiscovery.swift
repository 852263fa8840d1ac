import FoundationEssentials

/// Where a node's files lie by default, and how the command line finds the node to talk to (the same rules on both sides).
package struct LocalPaths: Sendable {
    private let environment: [String: String]

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// `$XDG_DATA_HOME/discordctl`, else `~/.local/share/discordctl`; `nil` when neither variable tells.
    package var dataDirectory: String? {
        base("XDG_DATA_HOME", below: ".local/share").map { $0 + "/discordctl" }
    }

    /// `$XDG_CONFIG_HOME/discordctl/node.yaml`, else below `~/.config`; read by `node start` when it is there.
    package var configurationFile: String? {
        base("XDG_CONFIG_HOME", below: ".config").map { $0 + "/discordctl/node.yaml" }
    }

    /// `$XDG_CONFIG_HOME/discordctl/contexts`, else below `~/.config`: the clusters that the operator knows.
    package var contextsFile: String? {
        base("XDG_CONFIG_HOME", below: ".config").map { $0 + "/discordctl/contexts" }
    }

    /// `$XDG_STATE_HOME/discordctl`, else below `~/.local/state`: what the command line remembers from one line to the next.
    package var stateDirectory: String? {
        base("XDG_STATE_HOME", below: ".local/state").map { $0 + "/discordctl" }
    }

    /// `$XDG_RUNTIME_DIR/discordctl`; `nil` when the variable is not set.
    package var runtimeDirectory: String? {
        absolute("XDG_RUNTIME_DIR").map { $0 + "/discordctl" }
    }

    /// Where a node puts its admin socket: with its data when a data directory was named, so that many can live beside each other; else in the runtime
    /// directory under its name.
    package func adminSocket(node: String, explicitDataDirectory: String?) -> String? {
        if let explicitDataDirectory { return explicitDataDirectory + "/admin.sock" }
        if let runtimeDirectory { return runtimeDirectory + "/" + node + ".sock" }
        return dataDirectory.map { $0 + "/admin.sock" }
    }

    /// The admin sockets that exist: every `NODE.sock` in the runtime directory, and the data directory's.
    package func existingSockets(dataDirectory explicit: String? = nil) -> [String] {
        var found: [String] = []
        if explicit == nil, let runtime = runtimeDirectory {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: runtime)) ?? []
            found += names.filter { $0.hasSuffix(".sock") }.sorted().map { runtime + "/" + $0 }
        }
        if let data = explicit ?? dataDirectory {
            let socket = data + "/admin.sock"
            if FileManager.default.fileExists(atPath: socket) { found.append(socket) }
        }
        return found
    }

    /// The base directory specification wants absolute paths; relative ones are to be ignored.
    private func absolute(_ variable: String) -> String? {
        guard let value = environment[variable], value.hasPrefix("/") else { return nil }
        return value
    }

    private func base(_ variable: String, below home: String) -> String? {
        absolute(variable) ?? absolute("HOME").map { $0 + "/" + home }
    }
}
