import Chat
import Interface
import Operations
import Services

/// How operators name things: ids, `@name`, a guild's exact name, `guild/channel`.
struct AdminReferences: Sendable {
    let services: AdminServices

    func user(_ text: String) async throws -> User {
        try await services.accounts.find(text)
    }

    func guild(_ text: String) async throws -> GuildSnapshot {
        if let id = GuildID(decimal: text), let snapshot = try await services.access.cache.snapshot(of: id) {
            return snapshot
        }
        var matches: [GuildID] = []
        var after = GuildID(0)
        while true {
            let page = try await services.directory.guilds(after: after, limit: 1_000)
            matches += page.filter { $0.name == text }.map(\.id)
            guard let last = page.last, page.count == 1_000 else { break }
            after = last.id
        }
        guard let id = matches.first, let snapshot = try await services.access.cache.snapshot(of: id) else {
            throw ServiceError(.unknownGuild)
        }
        guard matches.count == 1 else {
            throw AdminError(
                code: "conflict", message: "\(matches.count) guilds are called '\(text)'",
                hint: "name one by its id: " + matches.prefix(5).map(\.description).joined(separator: ", "),
                retryable: false
            )
        }
        return snapshot
    }

    /// A channel by its id, as `guild/name`, or as `@name` or `<@id>`: the direct messages of `user` with somebody.
    /// - Parameters:
    ///   - user: in whose name the operator acts, if in anybody's.
    ///   - opens: whether direct messages are opened where there are none.
    func channel(_ text: String, for user: User? = nil, opens: Bool = false) async throws -> Channel {
        if text.hasPrefix("@") || text.hasPrefix("<@") {
            let other = try await self.user(text)
            guard let user else {
                throw AdminError(
                    code: "invalid", message: "direct messages have two ends, and only one is named: '\(text)'",
                    hint: "name the other with --as, or the channel by its id", retryable: false)
            }
            return try await direct(of: user.id, with: other.id, opens: opens).channel
        }
        if let id = ChannelID(decimal: text) {
            switch try await services.access.cache.place(of: id) {
            case .guild(let guild):
                guard let channel = try await services.access.cache.snapshot(of: guild)?.channels[id] else {
                    throw ServiceError(.unknownChannel)
                }
                return channel
            case .direct(let direct): return direct.channel
            case nil: throw ServiceError(.unknownChannel)
            }
        }
        guard let slash = text.lastIndex(of: "/") else {
            throw AdminError(
                code: "unknown_channel", message: "no such channel: '\(text)'",
                hint: "name it by its id or as GUILD/CHANNEL", retryable: false
            )
        }
        let snapshot = try await guild(String(text[..<slash]))
        let name = text[text.index(after: slash)...]
        let matches = snapshot.channels.values.filter { $0.name == name && $0.kind != .category }.sorted {
            $0.kind.rawValue < $1.kind.rawValue
        }
        guard let channel = matches.first else { throw ServiceError(.unknownChannel) }
        let rivals = matches.filter { $0.kind == channel.kind }
        guard rivals.count == 1 else {
            throw AdminError(
                code: "conflict", message: "\(rivals.count) channels are called '\(name)'",
                hint: "name one by its id: " + rivals.prefix(5).map(\.id.description).joined(separator: ", "),
                retryable: false
            )
        }
        return channel
    }

    private func direct(of user: UserID, with other: UserID, opens: Bool) async throws -> DirectChannel {
        if opens { return try await services.directs.open(with: other, by: user).channel }
        var after: ChannelID?
        while true {
            let page = try await services.directory.directs(of: user, after: after, limit: 1_000)
            if let found = page.first(where: { !$0.channel.isGroup && $0.channel.isParty(other) }) {
                return found.channel
            }
            guard let last = page.last, page.count == 1_000 else { throw ServiceError(.unknownChannel) }
            after = last.channel.id
        }
    }
}
