import Chat
package import Interface

/// The promises of ``Interface/Directory`` about audit logs, one case each.
package enum AuditContract: String, CaseIterable, Sendable {
    case entriesReadBackWhole, newestComeFirst, behindAPlaceTheOldestComeFirst, pagesAreBounded, entriesAreFiltered
    case othersHaveTheirOwn, recordsNeedAGuild, oldEntriesGo, changesAreRecordedWithThem, refusedChangesRecordNothing
    case invitesAreRecordedWithThem, deletingAGuildTakesItsEntries
    case equalDeedsAreCounted, otherDeedsAreNot

    private static let guild = DirectoryContract.guild

    /// - Parameter make: a directory of its own for each call, empty.
    package func check(_ make: () async throws -> any Directory) async throws {
        let directory = try await make()
        try await DirectoryContract.prepare(directory)
        switch self {
        case .changesAreRecordedWithThem, .refusedChangesRecordNothing, .invitesAreRecordedWithThem,
            .deletingAGuildTakesItsEntries:
            try await checkTogether(in: directory)
        case .equalDeedsAreCounted, .otherDeedsAreNot: try await checkCounting(in: directory)
        default: try await checkEntries(in: directory)
        }
    }

    /// An entry of so many milliseconds after the start.
    private static func entry(
        _ milliseconds: UInt64, by actor: UInt64 = 1, _ action: AuditEntry.Action = .roleCreate
    ) -> AuditEntry {
        let time = Samples.startUnixMilliseconds + milliseconds
        return AuditEntry(
            id: AuditEntryID(Snowflake.make(unixMilliseconds: time, low: 1)), guild: guild, actor: UserID(actor),
            action: action, target: 5, changes: [AuditChange(key: "name", old: nil, new: .text("r"))],
            options: AuditOptions(count: 2), reason: "because")
    }

    private static func entries(
        _ directory: any Directory, _ query: AuditQuery = AuditQuery(limit: 100)
    ) async throws -> [AuditEntry] {
        try await directory.auditEntries(of: guild, query)
    }

    private func checkEntries(in directory: any Directory) async throws {
        let all = [
            Self.entry(1), Self.entry(2, by: 2), Self.entry(3, by: 2, .memberKick), Self.entry(4, .memberKick),
        ]
        for entry in all { try await directory.record(entry) }
        switch self {
        case .entriesReadBackWhole:
            try demand(try await Self.entries(directory).last, is: all[0], "an entry reads back whole")
        case .newestComeFirst:
            try demand(try await Self.entries(directory), is: all.reversed(), "the newest come first")
            let older = try await Self.entries(directory, AuditQuery(before: all[2].id, limit: 1))
            try demand(older, is: [all[1]], "and those next below a place, exclusive, limited")
        case .behindAPlaceTheOldestComeFirst:
            let newer = try await Self.entries(directory, AuditQuery(after: all[0].id, limit: 2))
            try demand(newer, is: Array(all[1...2]), "behind a place the oldest come first, exclusive, limited")
            let between = AuditQuery(before: all[3].id, after: all[1].id, limit: 9)
            try demand(try await Self.entries(directory, between), is: [all[2]], "both bounds hold together")
        case .pagesAreBounded:
            try demand(try await Self.entries(directory, AuditQuery(limit: 0)).count, is: 1, "a page has one at least")
            let recent = AuditQuery(since: all[1].id, limit: 9)
            try demand(try await Self.entries(directory, recent), is: [all[3], all[2]], "what is over is not shown")
        case .entriesAreFiltered:
            let byUser = try await Self.entries(directory, AuditQuery(user: UserID(2), limit: 9))
            try demand(byUser, is: [all[2], all[1]], "by who did it")
            let byAction = try await Self.entries(directory, AuditQuery(action: .memberKick, limit: 9))
            try demand(byAction, is: [all[3], all[2]], "by what was done")
            let both = AuditQuery(user: UserID(1), action: .memberKick, limit: 9)
            try demand(try await Self.entries(directory, both), is: [all[3]], "by both")
        case .othersHaveTheirOwn:
            let others = try await directory.auditEntries(of: GuildID(5), AuditQuery(limit: 9))
            try demand(others, is: [], "another guild has its own")
        case .recordsNeedAGuild:
            var entry = Self.entry(9)
            entry.guild = GuildID(5)
            try await demandRefusal(.conflict, "there is no log without a guild") { try await directory.record(entry) }
        case .oldEntriesGo:
            let last = Self.entry(Limits.auditRetentionMilliseconds + 3)
            try await directory.record(last)
            try demand(
                try await Self.entries(directory), is: [last, all[3], all[2]], "entries go when their time is over")
        default: preconditionFailure("not a clause of entries")
        }
    }

    private func checkCounting(in directory: any Directory) async throws {
        var first = Self.entry(1, .messageDelete)
        first.options = AuditOptions(channel: DirectoryContract.channel.id, count: 1)
        /// The same deed, done later.
        func later(_ milliseconds: UInt64, _ change: (inout AuditEntry) -> Void = { _ in }) -> AuditEntry {
            var entry = first
            entry.id = Self.entry(milliseconds).id
            change(&entry)
            return entry
        }
        try demand(try await directory.count(first), "the first is recorded")
        switch self {
        case .equalDeedsAreCounted:
            try demand(try await !directory.count(later(2)), "the next is counted with it")
            let between = later(3) { $0.target = 6 }
            try demand(try await directory.count(between), "one to somebody else is another")
            let last = later(AuditEntry.joinedMilliseconds) { $0.options.count = 3 }
            try demand(try await !directory.count(last), "which is not in the way of more")
            var joined = first
            joined.options.count = 5
            try demand(try await Self.entries(directory), is: [between, joined], "the entry keeps its id")
        default:
            let others = [
                later(2) { $0.actor = UserID(2) }, later(3) { $0.options.channel = ChannelID(9) },
                later(4) { $0.reason = nil }, later(5) { $0.action = .memberMove }, later(6) { $0.options.count = nil },
                later(AuditEntry.joinedMilliseconds + 2),
            ]
            for other in others { try demand(try await directory.count(other), "it is another deed") }
            try demand(try await Self.entries(directory), is: others.reversed() + [first], "each with its entry")
        }
    }

    private func checkTogether(in directory: any Directory) async throws {
        let (first, second) = (Self.entry(1), Self.entry(2))
        let invite = Invite(
            code: "a", guild: Self.guild, channel: DirectoryContract.channel.id, inviter: UserID(1), createdAt: 0)
        switch self {
        case .changesAreRecordedWithThem:
            let change = GuildChange.putRole(Samples.role(201))
            _ = try await directory.apply(change, to: Self.guild, at: 1, recording: [first, second])
            try demand(try await Self.entries(directory), is: [second, first], "a change with its entries")
        case .refusedChangesRecordNothing:
            try await demandRefusal(.conflict, "a decision on another epoch is refused") {
                let change = GuildChange.putRole(Samples.role(201))
                _ = try await directory.apply(change, to: Self.guild, at: 7, recording: [first])
            }
            try await demandRefusal(.conflict, "who is no member cannot be removed") {
                _ = try await directory.apply(.removeMember(UserID(9)), to: Self.guild, at: nil, recording: [first])
            }
            try demand(try await Self.entries(directory), is: [], "nothing is told of what was not done")
        case .invitesAreRecordedWithThem:
            try await directory.create(invite, recording: first)
            try await demandRefusal(.conflict, "a code is taken once") {
                try await directory.create(invite, recording: second)
            }
            try demand(try await Self.entries(directory), is: [first], "an invite with its entry")
            _ = try await directory.deleteInvite("a", recording: second)
            _ = try await directory.deleteInvite("a", recording: Self.entry(3))
            try demand(try await Self.entries(directory), is: [second, first], "and its end with another")
        case .deletingAGuildTakesItsEntries:
            try await directory.record(first)
            _ = try await directory.deleteGuild(Self.guild)
            try demand(try await Self.entries(directory), is: [], "its entries are gone")
        default: preconditionFailure("not a clause of changes")
        }
    }
}
