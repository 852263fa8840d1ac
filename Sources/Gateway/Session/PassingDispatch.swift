import Chat
import Wire

/// Something that passes in a guild, encoded once for the whole node.
package final class PassingDispatch: Sendable {
    enum Kind: Sendable {
        case presence(of: UserID, DispatchFrame)
        case typing(in: ChannelID, DispatchFrame)
        /// To those who see where the member is now, `here`; to those who only see where it was, `gone`.
        case voice(now: ChannelID?, before: ChannelID?, here: DispatchFrame?, gone: DispatchFrame?)
        /// To those who may look at the audit log.
        case audited(DispatchFrame)
        case webhooks(of: ChannelID, DispatchFrame)
    }

    let guild: GuildID
    let kind: Kind

    init(_ event: PassingEvent, in guild: GuildID) {
        self.guild = guild
        switch event {
        case .presence(let presence):
            kind = .presence(
                of: presence.user,
                DispatchFrame(event: "PRESENCE_UPDATE", for: .member(of: guild)) { $0.presence(presence, of: guild) })
        case .typing(let notice):
            kind = .typing(
                in: notice.channel,
                DispatchFrame(event: "TYPING_START", for: .viewer(of: notice.channel, in: guild)) {
                    $0.typingStart(notice)
                })
        case .audited(let entry):
            kind = .audited(
                DispatchFrame(
                    event: "GUILD_AUDIT_LOG_ENTRY_CREATE", for: .moderator(of: guild, holding: .viewAuditLog)
                ) { $0.auditEntry(entry, of: guild) })
        case .voice(let change):
            kind = .voice(
                now: change.now?.channel, before: change.before?.channel,
                here: change.now.map { now in
                    // Who sees only where the member was has to hear that it is not there any more.
                    let hasNext = change.before.map { $0.channel != now.channel } ?? false
                    return Self.frame(
                        now, hasLeft: false, change,
                        for: hasNext ? .viewerOrNext(of: now.channel, in: guild) : .viewer(of: now.channel, in: guild))
                },
                gone: change.before.map {
                    Self.frame(change.now ?? $0, hasLeft: true, change, for: .viewer(of: $0.channel, in: guild))
                })
        case .webhooksChanged(let channel):
            kind = .webhooks(
                of: channel,
                DispatchFrame(event: "WEBHOOKS_UPDATE", for: .viewer(of: channel, in: guild)) {
                    $0.webhooksUpdate(in: channel, of: guild)
                })
        }
    }

    private static func frame(
        _ state: VoiceState, hasLeft: Bool, _ change: VoiceChange, for scope: FrameScope
    ) -> DispatchFrame {
        DispatchFrame(event: "VOICE_STATE_UPDATE", for: scope) {
            $0.voiceState(state, hasLeft: hasLeft, member: change.member)
        }
    }
}

/// The latest that passed on one loop: what a session missed between the look at a guild and its coming into it.
struct RecentPassing {
    /// Overflow policy `dropOldest`: whoever would have needed it is told that presences may be missing.
    static let limit = 512

    private var entries: [PassingDispatch] = []
    /// How many have passed so far.
    private(set) var serial: UInt64 = 0

    mutating func add(_ event: PassingDispatch) {
        serial += 1
        if entries.count == 2 * Self.limit { entries.removeFirst(Self.limit) }
        entries.append(event)
    }

    /// What has passed in a guild since, the oldest first, and whether that is all.
    func since(_ past: UInt64, in guild: GuildID) -> (events: [PassingDispatch], isComplete: Bool) {
        let count = Int(clamping: serial - min(past, serial))
        return (entries.suffix(count).filter { $0.guild == guild }, count <= entries.count)
    }
}
