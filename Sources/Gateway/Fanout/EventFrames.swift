import Chat
import Wire

/// Events of the bus as dispatches: the one place where live events become JSON.
enum EventFrames {
    /// What an event of a channel tells, in order.
    static func tellings(of event: ChannelEvent, _ files: AttachmentLinks) -> [ChannelTelling] {
        switch event {
        case .messageCreated(let message):
            [telling("MESSAGE_CREATE", message, files)]
        case .messageUpdated(let message):
            [telling("MESSAGE_UPDATE", message, files)]
        case .messageDeleted(let id, let channel, let guild):
            [
                ChannelTelling(
                    .guildMessages,
                    DispatchFrame(event: "MESSAGE_DELETE") { $0.messageDelete(id, in: channel, of: guild) })
            ]
        case .messagesDeleted(let ids, let channel, let guild):
            [
                ChannelTelling(
                    .guildMessages,
                    DispatchFrame(event: "MESSAGE_DELETE_BULK") { $0.messageDeleteBulk(ids, in: channel, of: guild) })
            ]
        case .reactionAdded(let note):
            [
                ChannelTelling(
                    .guildReactions, DispatchFrame(event: "MESSAGE_REACTION_ADD") { $0.reactionEvent(note) })
            ]
        case .reactionRemoved(let note):
            [
                ChannelTelling(
                    .guildReactions, DispatchFrame(event: "MESSAGE_REACTION_REMOVE") { $0.reactionEvent(note) })
            ]
        case .reactionsCleared(let clearing):
            [
                ChannelTelling(
                    .guildReactions,
                    DispatchFrame(
                        event: clearing.emoji == nil
                            ? "MESSAGE_REACTION_REMOVE_ALL" : "MESSAGE_REACTION_REMOVE_EMOJI"
                    ) { $0.reactionsCleared(clearing) })
            ]
        case .pinsChanged(let message, let lastPinAt):
            [
                telling("MESSAGE_UPDATE", message, files),
                ChannelTelling(
                    .guilds,
                    DispatchFrame(event: "CHANNEL_PINS_UPDATE") {
                        $0.channelPinsUpdate(
                            in: message.message.channel, of: message.message.guild, lastPinAt: lastPinAt)
                    }),
            ]
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

    private static func telling(
        _ name: String, _ message: HydratedMessage, _ files: AttachmentLinks
    ) -> ChannelTelling {
        let frame = DispatchFrame(event: name) { $0.message(message, .event, files: files) }
        guard case .quoted = message.referenced else {
            return ChannelTelling(.guildMessages, frame, showsContent: true)
        }
        var bare = message
        bare.referenced = nil
        return ChannelTelling(
            .guildMessages, frame,
            withoutQuotation: DispatchFrame(event: name) { $0.message(bare, .event, files: files) },
            showsContent: true)
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
        case .memberRemoved(let user), .memberBanned(let user, wasMember: true):
            MemberChange(
                user: user.id, kind: .removed,
                frame: DispatchFrame(event: "GUILD_MEMBER_REMOVE") { $0.guildMemberRemove(user, from: guild) })
        case .guildUpdated, .guildDeleted, .channelCreated, .channelUpdated, .channelDeleted, .roleCreated,
            .roleUpdated, .roleDeleted, .memberBanned(_, wasMember: false), .memberUnbanned:
            nil
        }
    }

    /// What an event of a guild tells those who moderate it; `nil` for events that are everybody's.
    static func moderationNotice(_ event: GuildEvent, of guild: GuildID) -> ModerationNotice? {
        switch event {
        case .memberBanned(let user, _):
            ModerationNotice(
                needed: [.banMembers, .viewAuditLog],
                frame: DispatchFrame(event: "GUILD_BAN_ADD") { $0.guildBanEvent(user, of: guild) })
        case .memberUnbanned(let user):
            ModerationNotice(
                needed: [.banMembers, .viewAuditLog],
                frame: DispatchFrame(event: "GUILD_BAN_REMOVE") { $0.guildBanEvent(user, of: guild) })
        case .guildUpdated, .guildDeleted, .channelCreated, .channelUpdated, .channelDeleted, .roleCreated,
            .roleUpdated, .roleDeleted, .memberAdded, .memberUpdated, .memberRemoved:
            nil
        }
    }
}
