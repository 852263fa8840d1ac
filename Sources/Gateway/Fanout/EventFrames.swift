import Chat
import Wire

/// Events of the bus as dispatches: the one place where live events become JSON.
enum EventFrames {
    static func frame(for event: ChannelEvent) -> DispatchFrame {
        switch event {
        case .messageCreated(let message):
            DispatchFrame(event: "MESSAGE_CREATE") { $0.message(message, .event) }
        case .messageUpdated(let message):
            DispatchFrame(event: "MESSAGE_UPDATE") { $0.message(message, .event) }
        case .messageDeleted(let id, let channel, let guild):
            DispatchFrame(event: "MESSAGE_DELETE") { $0.messageDelete(id, in: channel, of: guild) }
        case .messagesDeleted(let ids, let channel, let guild):
            DispatchFrame(event: "MESSAGE_DELETE_BULK") { $0.messageDeleteBulk(ids, in: channel, of: guild) }
        }
    }

    static func frame(for notice: DirectNotice) -> DispatchFrame {
        switch notice {
        case .channel(let change, let channel, let recipients):
            let event: String =
                switch change {
                case .created: "CHANNEL_CREATE"
                case .updated: "CHANNEL_UPDATE"
                case .deleted: "CHANNEL_DELETE"
                }
            return DispatchFrame(event: event) { $0.direct(channel, recipients: recipients, lastMessage: nil) }
        case .recipientAdded(let user, let channel):
            return DispatchFrame(event: "CHANNEL_RECIPIENT_ADD") { $0.recipientChange(of: user, in: channel) }
        case .recipientRemoved(let user, let channel):
            return DispatchFrame(event: "CHANNEL_RECIPIENT_REMOVE") { $0.recipientChange(of: user, in: channel) }
        }
    }

    /// What an event of a guild tells of a member; `nil` for events that show in the guild's snapshot.
    static func memberChange(_ event: GuildEvent, of guild: GuildID) -> MemberChange? {
        switch event {
        case .memberAdded(let profile):
            MemberChange(
                user: profile.user.id, kind: .added,
                frame: DispatchFrame(event: "GUILD_MEMBER_ADD") { $0.guildMemberEvent(profile, of: guild) })
        case .memberUpdated(let profile):
            MemberChange(
                user: profile.user.id, kind: .updated(profile.member.roles),
                frame: DispatchFrame(event: "GUILD_MEMBER_UPDATE") { $0.guildMemberEvent(profile, of: guild) })
        case .memberRemoved(let user):
            MemberChange(
                user: user.id, kind: .removed,
                frame: DispatchFrame(event: "GUILD_MEMBER_REMOVE") { $0.guildMemberRemove(user, from: guild) })
        case .guildUpdated, .guildDeleted, .channelCreated, .channelUpdated, .channelDeleted, .roleCreated,
            .roleUpdated,
            .roleDeleted:
            nil
        }
    }
}
