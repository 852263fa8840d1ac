import Chat
package import Interface

/// The promises of ``Interface/Directory`` about webhooks, one case each.
package enum WebhooksContract: String, CaseIterable, Sendable {
    case webhooksReadBack, unknownWebhooksAreNil, idsAreTakenOnce, channelsTakeSoMany, concurrentOnesAreCounted
    case channelsHaveToBeTheGuilds
    case namesAndChannelsChange, movesNeedRoom, unknownOnesDoNotChange
    case deletedOnesAreGone, webhooksGoWithTheirChannel, webhooksGoWithTheirGuild
    case changesAreRecordedWithThem, imagesAreWhatIsBorne

    private static let channel = ChannelID(301)
    private static let other = ChannelID(302)

    /// - Parameter make: a directory of its own for each call, empty.
    package func check(_ make: () async throws -> any Directory) async throws {
        let directory = try await make()
        try await DirectoryContract.prepare(directory)
        try await DirectoryContract.apply(
            .putChannel(Samples.channel(302, guild: DirectoryContract.guild)), in: directory)
        switch self {
        case .webhooksReadBack, .unknownWebhooksAreNil, .idsAreTakenOnce, .channelsTakeSoMany,
            .concurrentOnesAreCounted, .channelsHaveToBeTheGuilds:
            try await checkMaking(in: directory)
        case .namesAndChannelsChange, .movesNeedRoom, .unknownOnesDoNotChange:
            try await checkChanging(in: directory)
        case .deletedOnesAreGone, .webhooksGoWithTheirChannel, .webhooksGoWithTheirGuild:
            try await checkGoing(in: directory)
        case .changesAreRecordedWithThem: try await checkRecords(in: directory)
        case .imagesAreWhatIsBorne: try await checkImages(in: directory)
        }
    }

    private static func webhook(_ id: UInt64, in channel: ChannelID = channel, of guild: UInt64 = 100) -> Webhook {
        Webhook(
            id: WebhookID(id), guild: GuildID(guild), channel: channel, name: "hook \(id)", creator: UserID(1),
            token: TokenHash(bytes: Array(repeating: UInt8(truncatingIfNeeded: id), count: 32)))
    }

    private func fill(_ directory: any Directory, from first: UInt64 = 1_000) async throws {
        for number in 0..<UInt64(Limits.webhooksPerChannelMax) {
            let isMade = try await directory.create(Self.webhook(first + number))
            try demand(isMade, "there is room")
        }
    }

    private func checkMaking(in directory: any Directory) async throws {
        switch self {
        case .webhooksReadBack:
            var all = [Self.webhook(3), Self.webhook(2), Self.webhook(1, in: Self.other)]
            all[1].avatar = "a_00"
            for webhook in all { try demand(try await directory.create(webhook), "there is room") }
            for webhook in all {
                try demand(try await directory.webhook(webhook.id), is: webhook, "a webhook reads back whole")
            }
            try demand(
                try await directory.webhooks(inChannel: Self.channel), is: [all[1], all[0]],
                "a channel's read back, ascending")
            try demand(
                try await directory.webhooks(of: DirectoryContract.guild), is: [all[2], all[1], all[0]],
                "a guild's read back, ascending")
        case .unknownWebhooksAreNil:
            try demand(try await directory.webhook(WebhookID(9)), is: nil, "there is none")
            try demand(try await directory.webhooks(inChannel: ChannelID(9)), is: [], "there are none")
            try demand(try await directory.webhooks(of: GuildID(9)), is: [], "there are none")
        case .idsAreTakenOnce:
            _ = try await directory.create(Self.webhook(1))
            try await demandRefusal(.conflict, "an id is taken once") {
                _ = try await directory.create(Self.webhook(1, in: Self.other))
            }
        case .channelsTakeSoMany:
            try await fill(directory)
            try demand(try await !directory.create(Self.webhook(1)), "a channel takes no more")
            try demand(try await directory.webhook(WebhookID(1)), is: nil, "what has no room is not made")
            try demand(try await directory.create(Self.webhook(1, in: Self.other)), "another channel does")
        case .concurrentOnesAreCounted:
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...UInt64(40) {
                    group.addTask { try await directory.create(Self.webhook(number)) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            try demand(made, is: Limits.webhooksPerChannelMax, "as many are made as there is room for")
        case .channelsHaveToBeTheGuilds:
            for webhook in [Self.webhook(1, in: ChannelID(9)), Self.webhook(1, of: 9)] {
                try await demandRefusal(.conflict, "a webhook needs a channel of its guild") {
                    _ = try await directory.create(webhook)
                }
            }
        default: preconditionFailure("not a clause of making")
        }
    }

    private func checkChanging(in directory: any Directory) async throws {
        var webhook = Self.webhook(1)
        switch self {
        case .namesAndChannelsChange:
            _ = try await directory.create(webhook)
            webhook.name = "another"
            webhook.avatar = "01"
            try demand(try await directory.update(webhook), "a name and an avatar change")
            webhook.channel = Self.other
            try demand(try await directory.update(webhook), "a channel changes")
            try demand(try await directory.webhook(webhook.id), is: webhook, "all read back")
            webhook.channel = ChannelID(9)
            try await demandRefusal(.conflict, "a webhook needs a channel of its guild") {
                _ = try await directory.update(webhook)
            }
        case .movesNeedRoom:
            try await fill(directory)
            _ = try await directory.create(Self.webhook(1, in: Self.other))
            try demand(try await !directory.update(webhook), "a full channel takes no more")
            let there = Self.webhook(1, in: Self.other)
            try demand(try await directory.webhook(there.id), is: there, "it stays where it was")
            var named = Self.webhook(1_000)
            named.name = "renamed"
            try demand(try await directory.update(named), "one of a full channel changes all the same")
        case .unknownOnesDoNotChange:
            try await demandRefusal(.conflict, "what is not there does not change") {
                _ = try await directory.update(webhook)
            }
        default: preconditionFailure("not a clause of changing")
        }
    }

    private func checkRecords(in directory: any Directory) async throws {
        func entry(_ number: UInt64, _ action: AuditEntry.Action) -> AuditEntry {
            let time = Samples.startUnixMilliseconds + number
            return AuditEntry(
                id: AuditEntryID(Snowflake.make(unixMilliseconds: time, low: 1)), guild: DirectoryContract.guild,
                actor: UserID(1), action: action, target: 1)
        }
        let webhook = Self.webhook(1)
        let entries = [entry(1, .webhookCreate), entry(2, .webhookUpdate), entry(3, .webhookDelete)]
        _ = try await directory.create(webhook, recording: entries[0])
        _ = try await directory.update(webhook, recording: entries[1])
        _ = try await directory.deleteWebhook(webhook.id, recording: entries[2])
        _ = try await directory.deleteWebhook(webhook.id, recording: entry(4, .webhookDelete))
        try await fill(directory)
        _ = try await directory.create(webhook, recording: entry(5, .webhookCreate))
        try demand(
            try await directory.auditEntries(of: DirectoryContract.guild, AuditQuery(limit: 9)),
            is: entries.reversed(), "each change with its entry, and nothing of what was not done")
    }

    private func checkImages(in directory: any Directory) async throws {
        var webhook = Self.webhook(5_000)
        webhook.avatar = "aa"
        _ = try await directory.create(webhook)
        _ = try await directory.create(Self.webhook(5_001))
        var user = try demandValue(try await directory.account(UserID(1)), "a user").user
        user.avatar = "bb"
        try await directory.update(user)
        var guild = try demandValue(try await directory.snapshot(of: DirectoryContract.guild), "a guild").guild
        guild.icon = "cc"
        try await DirectoryContract.apply(.updateGuild(guild), in: directory)
        let group = DirectChannel(
            id: ChannelID(6_000), isGroup: true, version: 1, parties: [UserID(1), UserID(2)], owner: UserID(1),
            icon: "dd")
        try await directory.createGroup(group)
        let images = try await directory.images(
            of: [5_000, 5_001, 1, DirectoryContract.guild.rawValue, 6_000, 9_999])
        try demand(
            images, is: [5_000: "aa", 1: "bb", DirectoryContract.guild.rawValue: "cc", 6_000: "dd"],
            "whoever bears one is named with it")
    }

    private func checkGoing(in directory: any Directory) async throws {
        let webhook = Self.webhook(1)
        _ = try await directory.create(webhook)
        switch self {
        case .deletedOnesAreGone:
            try demand(try await directory.deleteWebhook(webhook.id), "there was one")
            try demand(try await !directory.deleteWebhook(webhook.id), "there is none any more")
        case .webhooksGoWithTheirChannel:
            try await DirectoryContract.apply(.deleteChannel(Self.channel), in: directory)
        case .webhooksGoWithTheirGuild:
            _ = try await directory.deleteGuild(DirectoryContract.guild)
        default: preconditionFailure("not a clause of going")
        }
        try demand(try await directory.webhook(webhook.id), is: nil, "it is gone")
    }
}
