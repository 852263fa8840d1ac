/// Chooses the node to talk to when nobody named its socket.
package enum SocketChoice {
    package enum Failure: Error, Hashable, Sendable {
        /// No node was found. Each place that was looked at, with what stood there.
        case none(looked: [String])
        /// Several nodes run, and nothing tells which one is meant.
        case several([String])
    }

    /// The one live admin socket of this machine, by the same rules by which a node places its own.
    /// - Parameters:
    ///   - dataDirectory: only the node with this data directory is meant.
    ///   - configured: where the configuration file has a node place its own: if one listens there, it is meant.
    ///   - probe: tells what stands behind a path.
    package static func choose(
        _ paths: LocalPaths, dataDirectory: String?, configured: String? = nil,
        probe: (String) -> SocketState = SocketProbe.state
    ) throws(Failure) -> String {
        let configuredState = dataDirectory == nil ? configured.map { (path: $0, state: probe($0)) } : nil
        if let configuredState, configuredState.state == .live { return configuredState.path }
        let found = paths.existingSockets(dataDirectory: dataDirectory).map { (path: $0, state: probe($0)) }
        let live = found.filter { $0.state == .live }.map(\.path)
        if let first = live.first, live.count == 1 { return first }
        guard live.isEmpty else { throw .several(live) }
        var looked = found.map { $0.path + ": " + describe($0.state) }
        if let configuredState, !found.contains(where: { $0.path == configuredState.path }) {
            looked.insert(configuredState.path + ": " + describe(configuredState.state), at: 0)
        }
        if dataDirectory == nil {
            looked += [paths.runtimeDirectory].compactMap { $0 }.filter { place in
                !found.contains { $0.path.hasPrefix(place + "/") }
            }
            .map { $0 + ": no socket" }
        }
        if let data = dataDirectory ?? paths.dataDirectory, !found.contains(where: { $0.path == data + "/admin.sock" })
        {
            looked.append(data + "/admin.sock: not there")
        }
        throw .none(looked: looked)
    }

    private static func describe(_ state: SocketState) -> String {
        switch state {
        case .live: "a node listens"
        case .absent: "not there"
        case .abandoned: "nobody listens any more"
        case .forbidden: "this user may not connect"
        case .foreign(let user): "a process of user \(user) listens"
        case .tooLong: "the path is too long for a socket"
        }
    }
}
