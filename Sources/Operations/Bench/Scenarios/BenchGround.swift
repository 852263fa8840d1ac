package import Operations

/// The users, guilds and channels of a bench, all with names that begin with ``prefix`` or, where no hyphen may be,
/// ``userPrefix``.
///
/// Users cannot be deleted: they stay, and the next bench takes the same ones. Guilds go, with their channels and
/// messages.
package struct BenchGround: Sendable {
    package static let prefix = "bench-"
    package static let userPrefix = "bench_user_"
    /// A guild takes 500 channels and is born with two.
    private static let channelsPerGuild = 490

    package struct Size: Hashable, Sendable {
        package var users: Int
        package var channels: Int

        package init(users: Int, channels: Int) {
            self.users = users
            self.channels = channels
        }
    }

    package let gateway: Endpoint
    package let rest: Endpoint
    package let process: Int32
    package let node: [BenchReport.Fact]
    package private(set) var tokens: [String] = []
    package private(set) var channels: [UInt64] = []
    package private(set) var guilds: [String] = []

    /// Asks the node where it is.
    /// - Throws: ``BenchFailure`` for a node that limits what users do: nothing else would be measured.
    package init(_ client: AdminClient) async throws {
        let settings = try await client.get(["v1", "config"], as: AdminList<SettingResource>.self).items
        guard settings.contains(where: { $0.key == "limits.enabled" && $0.value == "false" }) else {
            throw BenchFailure(
                .impossible, "the node keeps its rate limits, which is all that would be measured",
                hint: "start it with: discordctl node start --no-limits")
        }
        let status = try await client.get(["v1", "node"], as: NodeStatus.self)
        gateway = try Endpoint(url: status.gatewayURL)
        rest = try Endpoint(url: status.restURL)
        process = status.processID
        node = [
            BenchReport.Fact("node", status.name), BenchReport.Fact("version", status.version),
            BenchReport.Fact("store", status.dependencies.first { $0.role == "store" }?.backend ?? "unknown"),
        ]
    }

    /// Makes what is missing. What was made before a failure is in ``guilds``, to be cleared away.
    package mutating func build(
        _ size: Size, with client: AdminClient, progress: @Sendable (String) -> Void
    ) async throws {
        let names = (0..<max(1, size.users)).map { "\(Self.userPrefix)\($0)" }
        for (number, name) in names.enumerated() {
            try Self.checkInterrupt()
            progress("\(number) of \(names.count) users are ready")
            tokens.append(try await token(of: name, with: client))
        }
        let run = String(UInt32.random(in: .min ... .max), radix: 16)
        while channels.count < size.channels {
            try Self.checkInterrupt()
            let request = CreateGuildRequest(
                name: "\(Self.prefix)\(run)-\(guilds.count)", owner: "@" + names[0],
                members: names.dropFirst().map { "@" + $0 })
            let guild = try await client.post(["v1", "guilds"], request, as: GuildResource.self)
            guilds.append(guild.id)
            for _ in 0..<min(Self.channelsPerGuild, size.channels - channels.count) {
                try Self.checkInterrupt()
                progress("\(channels.count) of \(size.channels) channels are ready")
                let channel = CreateChannelRequest(
                    name: "\(Self.prefix)\(channels.count)", type: "text", topic: nil, parent: nil)
                let answer = try await client.post(
                    ["v1", "guilds", guild.id, "channels"], channel, as: ChannelResource.self)
                guard let id = UInt64(answer.id) else {
                    throw BenchFailure(.server, "the node made a channel with the id '\(answer.id)'")
                }
                channels.append(id)
            }
        }
    }

    /// Takes a channel that an earlier bench has made on this node, and left there.
    package mutating func adopt(_ channel: UInt64, with client: AdminClient) async throws {
        tokens = [try await token(of: Self.userPrefix + "0", with: client)]
        channels = [channel]
    }

    /// A token of a user, who is made where no earlier bench did so.
    private func token(of name: String, with client: AdminClient) async throws -> String {
        do {
            return try await makeToken(of: name, with: client)
        } catch AdminClientError.refused(let error) where error.code == "unknown_user" {
            let request = CreateUserRequest(username: name, bot: false, owner: nil, password: nil)
            _ = try await client.post(["v1", "users"], request, as: UserResource.self)
            return try await makeToken(of: name, with: client)
        }
    }

    private func makeToken(of name: String, with client: AdminClient) async throws -> String {
        let path = ["v1", "users", "@" + name, "tokens"]
        return try await client.post(path, [String: String](), as: TokenResource.self).token
    }

    private static func checkInterrupt() throws(BenchFailure) {
        if BenchInterrupt.isRequested { throw BenchFailure(.interrupted, "interrupted") }
    }

    /// Deletes the guilds.
    /// - Returns: how many are left behind.
    package func clear() -> Int {
        guard let owner = tokens.first else { return guilds.count }
        let connection = RESTConnection(rest, token: owner)
        return guilds.count { guild in
            let answer = try? connection.perform("DELETE", "/api/v10/guilds/\(guild)")
            return answer?.status != 204
        }
    }
}
