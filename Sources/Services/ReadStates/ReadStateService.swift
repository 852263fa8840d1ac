package import Chat
package import Interface
import Metrics

/// How a user stands in a channel, as clients are told.
package struct ReadStateEntry: Hashable, Sendable {
    package var channel: ChannelID
    /// 0 when nothing was read.
    package var lastRead: MessageID
    /// Unread messages that mention the user: by name, by a role the user has now, or as one of everyone.
    package var mentionCount: UInt32

    package init(channel: ChannelID, lastRead: MessageID, mentionCount: UInt32) {
        self.channel = channel
        self.lastRead = lastRead
        self.mentionCount = mentionCount
    }
}

/// How a user stands in all channels that the user may see.
package struct ReadStateList: Hashable, Sendable {
    /// The version of the last change.
    package var version: UInt64
    /// Whether older states may have been left out.
    package var isPartial: Bool
    package var entries: [ReadStateEntry]

    package init(version: UInt64 = 0, isPartial: Bool = false, entries: [ReadStateEntry] = []) {
        self.version = version
        self.isPartial = isPartial
        self.entries = entries
    }
}

/// One read state that has changed, as a session that was away is told.
package struct ReadChange: Hashable, Sendable {
    /// How the user stands now.
    package var notice: ReadNotice
    /// The newest unread message that mentions the user by name.
    package var mention: MessageID?

    package init(notice: ReadNotice, mention: MessageID? = nil) {
        self.notice = notice
        self.mention = mention
    }
}

/// How far users have read. Nothing is written for a message that mentions nobody: a channel is unread when its last
/// message is newer than the last one read.
package struct ReadStateService: Sendable {
    private let access: Access
    private let directory: any Directory
    private let store: any MessageStore
    private let bus: any FanoutBus
    private let time: any TimeSource
    /// Events that were committed but could not be published.
    private let unpublished = Counter(label: "discord_read_events_unpublished_total")

    package init(
        access: Access, directory: any Directory, store: any MessageStore, bus: any FanoutBus, time: any TimeSource
    ) {
        self.access = access
        self.directory = directory
        self.store = store
        self.bus = bus
        self.time = time
    }

    /// Takes note of how far a user has read one channel, and tells the user's sessions. A mark beyond the channel's last
    /// message is one of that message: nothing that nobody wrote yet is read.
    /// - Throws: `.forPersons` to bots; what ``Access/channel(_:for:needing:)`` throws; `.wrongChannelType`; `.unavailable`.
    package func acknowledge(_ mark: ReadMark, by user: User) async throws(ServiceError) {
        guard !user.isBot else { throw ServiceError(.forPersons) }
        let grant = try await access.channel(mark.channel, for: user.id)
        guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
        try await acknowledge([mark], in: [mark.channel: grant.guild], by: user.id)
    }

    /// The same for several channels (at most ``Chat/Limits/readMarksMax``, what goes beyond is ignored), as far as the
    /// user may see them.
    /// - Throws: `.forPersons` to bots; `.unavailable`.
    package func acknowledge(_ marks: [ReadMark], by user: User) async throws(ServiceError) {
        guard !user.isBot else { throw ServiceError(.forPersons) }
        var guilds: [ChannelID: GuildID?] = [:]
        for mark in marks.prefix(Limits.readMarksMax) {
            guard let grant = try await visible(mark.channel, to: user.id), grant.channel.holdsMessages else {
                continue
            }
            guilds[mark.channel] = .some(grant.guild)
        }
        try await acknowledge(
            marks.prefix(Limits.readMarksMax).filter { guilds[$0.channel] != nil }, in: guilds, by: user.id)
    }

    private func acknowledge(
        _ marks: [ReadMark], in guilds: [ChannelID: GuildID?], by user: UserID
    ) async throws(ServiceError) {
        let changed: [ReadState]
        do throws(BackendError) {
            let last = try await store.lastMessages(of: Array(guilds.keys))
            let real = marks.compactMap { mark -> ReadMark? in
                guard let last = last[mark.channel] else { return nil }
                var real = mark
                real.message = min(mark.message, last)
                return real
            }
            guard !real.isEmpty else { return }
            changed = try await directory.acknowledge(real, by: user)
        } catch {
            throw ServiceError(error)
        }
        let manual = Set(marks.filter(\.isManual).map(\.channel))
        await publish(
            changed.map { state in
                ReadNotice(
                    channel: state.channel, guild: guilds[state.channel] ?? nil, message: state.lastRead,
                    mentionCount: state.mentionCount, version: state.version,
                    isManual: manual.contains(state.channel))
            }, to: user)
    }

    /// How a user stands in the channels that the user may see now: those the user has read or is mentioned in.
    /// - Parameter guilds: those the user is a member of.
    /// - Throws: `.unavailable`.
    package func list(of user: UserID, in guilds: [GuildID]) async throws(ServiceError) -> ReadStateList {
        let states: [ReadState]
        var crowds: [ChannelID: [CrowdMention]] = [:]
        do throws(BackendError) {
            states = try await directory.readStates(of: user, limit: Limits.readStatesPerUserMax)
            for start in stride(from: 0, to: guilds.count, by: Limits.guildsPerUserMax) {
                let some = Array(guilds[start..<min(start + Limits.guildsPerUserMax, guilds.count)])
                for mention in try await directory.crowdMentions(in: some) {
                    crowds[mention.channel, default: []].append(mention)
                }
            }
        } catch {
            throw ServiceError(error)
        }
        var list = ReadStateList(
            version: states.map(\.version).max() ?? 0, isPartial: states.count >= Limits.readStatesPerUserMax)
        for state in states {
            guard let grant = try await visible(state.channel, to: user) else { continue }
            let others = Self.count(crowds.removeValue(forKey: state.channel) ?? [], after: state.lastRead, grant)
            list.entries.append(
                ReadStateEntry(
                    channel: state.channel, lastRead: state.lastRead, mentionCount: state.mentionCount + others))
        }
        for channel in crowds.keys.sorted() {
            guard let grant = try await visible(channel, to: user) else { continue }
            let count = Self.count(crowds[channel] ?? [], after: MessageID(0), grant)
            guard count > 0 else { continue }
            list.entries.append(ReadStateEntry(channel: channel, lastRead: MessageID(0), mentionCount: count))
        }
        return list
    }

    /// What has changed of a user's read states since a version, the oldest change first, of the channels that the user may see now. `nil`
    /// when that cannot be told: more than `limit` (1 to 1,000) have, or the user's states do not go back so far.
    /// - Throws: `.unavailable`.
    package func changes(
        of user: UserID, after version: UInt64, limit: Int
    ) async throws(ServiceError) -> [ReadChange]? {
        let states: [ReadState]
        do throws(BackendError) {
            states = try await directory.readStates(of: user, limit: min(max(limit, 1), 1_000) + 1)
        } catch {
            throw ServiceError(error)
        }
        let changed = states.filter { $0.version > version }.sorted { $0.version < $1.version }
        guard changed.count <= limit, states.map(\.version).max() ?? 0 >= version else { return nil }
        var changes: [ReadChange] = []
        for state in changed {
            guard let grant = try await visible(state.channel, to: user) else { continue }
            let notice = ReadNotice(
                channel: state.channel, guild: grant.guild, message: state.lastRead,
                mentionCount: state.mentionCount, version: state.version)
            changes.append(ReadChange(notice: notice, mention: state.mentions.last))
        }
        return changes
    }

    /// Mentions of many that hold a member, behind what the member has read; what was said before the member came is read.
    private static func count(
        _ mentions: [CrowdMention], after last: MessageID, _ grant: Access.ChannelGrant
    ) -> UInt32 {
        guard let member = grant.member else { return 0 }
        let start = max(last, MessageID(Snowflake.make(unixMilliseconds: member.joinedAt, low: 0)))
        return UInt32(mentions.count { $0.message > start && $0.mentions(member) })
    }

    /// `nil` for what the user may not know of.
    private func visible(
        _ channel: ChannelID, to user: UserID
    ) async throws(ServiceError) -> Access.ChannelGrant? {
        do throws(ServiceError) {
            return try await access.channel(channel, for: user)
        } catch {
            switch error.code {
            case .unknownChannel, .unknownGuild, .missingAccess: return nil
            default: throw error
            }
        }
    }

    private func publish(_ notices: [ReadNotice], to user: UserID) async {
        guard !notices.isEmpty else { return }
        let published = try? await bus.publish(
            notices.map {
                FanoutMessage(
                    topic: .user(user), position: nil, epoch: 0, acceptedAt: time.unixMilliseconds,
                    payload: UserEvent.acknowledged($0).encoded())
            })
        unpublished.increment(by: published?.count { !$0 } ?? notices.count)
    }
}
