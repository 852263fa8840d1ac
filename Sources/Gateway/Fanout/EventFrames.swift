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
