package import Chat

extension JSONWriter {
    /// A presence: in GUILD_CREATE and GUILD_MEMBERS_CHUNK, and with its guild the event PRESENCE_UPDATE.
    ///
    /// discord.py and hikari need every key written here; `user` has its id alone, because with more discord.py wants the whole user.
    package mutating func presence(_ presence: Presence, of guild: GuildID? = nil) {
        object {
            $0.object("user") { $0.field("id", snowflake: presence.user.rawValue) }
            if let guild { $0.field("guild_id", snowflake: guild.rawValue) }
            $0.field("status", presence.status.wireName)
            $0.array("activities") { array in
                for activity in presence.activities { array.activity(activity) }
            }
            $0.object("client_status") { clients in
                if presence.clients.desktop != .offline { clients.field("desktop", presence.clients.desktop.wireName) }
                if presence.clients.mobile != .offline { clients.field("mobile", presence.clients.mobile.wireName) }
                if presence.clients.web != .offline { clients.field("web", presence.clients.web.wireName) }
            }
        }
    }

    /// hikari needs `created_at`, which no client sends.
    private mutating func activity(_ activity: Activity) {
        object {
            $0.field("name", activity.name)
            $0.field("type", Int(activity.kind.rawValue))
            $0.field("created_at", activity.createdAt)
            if let url = activity.url { $0.field("url", url) }
            if let state = activity.state { $0.field("state", state) }
            if let details = activity.details { $0.field("details", details) }
            if let emoji = activity.emoji {
                $0.object("emoji") {
                    $0.field("name", emoji.name)
                    if let id = emoji.id {
                        $0.field("id", snowflake: id)
                        $0.field("animated", emoji.isAnimated)
                    }
                }
            }
            if activity.start != nil || activity.end != nil {
                $0.object("timestamps") {
                    if let start = activity.start { $0.field("start", start) }
                    if let end = activity.end { $0.field("end", end) }
                }
            }
        }
    }

    /// The event TYPING_START. `timestamp` is in seconds; in a guild hikari needs `member` with its user.
    package mutating func typingStart(_ notice: TypingNotice) {
        object {
            $0.field("channel_id", snowflake: notice.channel.rawValue)
            $0.field("user_id", snowflake: notice.user.rawValue)
            $0.field("timestamp", notice.at)
            if let guild = notice.guild { $0.field("guild_id", snowflake: guild.rawValue) }
            if let member = notice.member {
                $0.key("member")
                $0.member(member)
            }
        }
    }

    /// A voice state: in GUILD_CREATE, from REST, and the event VOICE_STATE_UPDATE.
    ///
    /// discord.py needs `user_id`, hikari every key from `channel_id` to `suppress`. A member who has left is told by a `channel_id` of null.
    /// - Parameters:
    ///   - hasLeft: writes null for the channel.
    ///   - member: whose mute and deaf flags are written; `nil` for one who is a member no longer.
    ///   - showsMember: GUILD_CREATE lists the members elsewhere.
    package mutating func voiceState(
        _ state: VoiceState, hasLeft: Bool = false, member: MemberProfile?, showsMember: Bool = true
    ) {
        object {
            $0.field("guild_id", snowflake: state.guild.rawValue)
            $0.field("channel_id", snowflake: hasLeft ? nil : state.channel.rawValue)
            $0.field("user_id", snowflake: state.user.rawValue)
            $0.field("session_id", state.session.text)
            $0.field("deaf", member?.member.isDeafened ?? false)
            $0.field("mute", member?.member.isMuted ?? false)
            $0.field("self_deaf", state.isSelfDeafened)
            $0.field("self_mute", state.isSelfMuted)
            $0.field("self_video", state.hasVideo)
            $0.field("suppress", state.isSuppressed)
            $0.null("request_to_speak_timestamp")
            if showsMember, let member {
                $0.key("member")
                $0.member(member)
            }
        }
    }
}

extension PresenceStatus {
    /// As Discord spells it; invisible looks like offline.
    package var wireName: String {
        switch self {
        case .offline, .invisible: "offline"
        case .doNotDisturb: "dnd"
        case .idle: "idle"
        case .online: "online"
        }
    }
}
