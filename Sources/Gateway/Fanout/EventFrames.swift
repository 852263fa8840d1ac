import Chat
import Wire

/// Events of the bus as dispatches: the one place where live events become JSON.
enum EventFrames {
    /// What an event of a channel tells, in order.
    static func tellings(of event: ChannelEvent, _ files: AttachmentLinks) -> [ChannelTelling] {
        let scope = FrameScope.seeing(event.channel, of: event.guild)
        return switch event {
        case .messageCreated(let message):
            [telling("MESSAGE_CREATE", message, files)]
        case .messageUpdated(let message):
            [telling("MESSAGE_UPDATE", message, files)]
        case .messageDeleted(let id, let channel, let guild):
            [
                ChannelTelling(
                    .guildMessages,
                    DispatchFrame(event: "MESSAGE_DELETE", for: scope) { $0.messageDelete(id, in: channel, of: guild) })
            ]
        case .messagesDeleted(let ids, let channel, let guild):
            [
                ChannelTelling(
                    .guildMessages,
                    DispatchFrame(event: "MESSAGE_DELETE_BULK", for: scope) {
                        $0.messageDeleteBulk(ids, in: channel, of: guild)
                    })
            ]
        case .reactionAdded(let note):
            [
                ChannelTelling(
                    .guildReactions, DispatchFrame(event: "MESSAGE_REACTION_ADD", for: scope) { $0.reactionEvent(note) }
                )
            ]
        case .reactionRemoved(let note):
            [
                ChannelTelling(
                    .guildReactions,
                    DispatchFrame(event: "MESSAGE_REACTION_REMOVE", for: scope) { $0.reactionEvent(note) })
            ]
        case .reactionsCleared(let clearing):
            [
                ChannelTelling(
                    .guildReactions,
                    DispatchFrame(
                        event: clearing.emoji == nil
                            ? "MESSAGE_REACTION_REMOVE_ALL" : "MESSAGE_REACTION_REMOVE_EMOJI",
                        for: scope
                    ) { $0.reactionsCleared(clearing) })
            ]
        case .pinsChanged(let message, let lastPinAt):
            [
                telling("MESSAGE_UPDATE", message, files),
                ChannelTelling(
                    .guilds,
                    DispatchFrame(event: "CHANNEL_PINS_UPDATE", for: scope) {
                        $0.channelPinsUpdate(
                            in: message.message.channel, of: message.message.guild, lastPinAt: lastPinAt)
                    }),
            ]
        }
    }

    static func frame(for notice: DirectNotice) -> DispatchFrame {
        switch notice {
        case .channel(let change, let channel, let recipients):
            let (event, scope): (String, FrameScope) =
                switch change {
                case .created: ("CHANNEL_CREATE", .party(to: channel.id))
                case .updated: ("CHANNEL_UPDATE", .party(to: channel.id))
                case .deleted: ("CHANNEL_DELETE", .anybody)
                }
            return DispatchFrame(event: event, for: scope) {
                $0.direct(channel, recipients: recipients, lastMessage: nil)
            }
        case .recipientAdded(let user, let channel):
            return DispatchFrame(event: "CHANNEL_RECIPIENT_ADD", for: .party(to: channel)) {
                $0.recipientChange(of: user, in: channel)
            }
        case .recipientRemoved(let user, let channel):
            return DispatchFrame(event: "CHANNEL_RECIPIENT_REMOVE", for: .party(to: channel)) {
                $0.recipientChange(of: user, in: channel)
            }
        }
    }

    private static func telling(
        _ name: String, _ message: HydratedMessage, _ files: AttachmentLinks
    ) -> ChannelTelling {
        let (channel, guild) = (message.message.channel, message.message.guild)
        let scope = FrameScope.seeing(channel, of: guild)
        guard case .quoted = message.referenced, let guild else {
            return ChannelTelling(
                .guildMessages, DispatchFrame(event: name, for: scope) { $0.message(message, .event, files: files) },
                showsContent: true)
        }
        let bare = message.answering(nil)
        return ChannelTelling(
            .guildMessages,
            DispatchFrame(event: name, for: .readerOrNext(of: channel, in: guild)) {
                $0.message(message, .event, files: files)
            },
            withoutQuotation: DispatchFrame(event: name, for: scope) { $0.message(bare, .event, files: files) },
            showsContent: true)
    }

    /// What an event of a guild tells of a member; `nil` for events that show in the guild's snapshot.
    static func memberChange(_ event: GuildEvent, of guild: GuildID) -> MemberChange? {
        switch event {
        case .memberAdded(let profile):
            MemberChange(
                user: profile.user.id, kind: .added,
                frame: DispatchFrame(event: "GUILD_MEMBER_ADD", for: .member(of: guild)) {
                    $0.guildMemberEvent(profile, of: guild)
                })
        case .memberUpdated(let profile):
            MemberChange(
                user: profile.user.id,
                kind: .updated(profile.member.roles, timedOutUntil: profile.member.timedOutUntil),
                frame: DispatchFrame(event: "GUILD_MEMBER_UPDATE", for: .member(of: guild)) {
                    $0.guildMemberEvent(profile, of: guild)
                })
        case .memberRemoved(let user), .memberBanned(let user, wasMember: true):
            MemberChange(
                user: user.id, kind: .removed,
                frame: DispatchFrame(event: "GUILD_MEMBER_REMOVE", for: .member(of: guild)) {
                    $0.guildMemberRemove(user, from: guild)
                })
        case .guildUpdated, .guildDeleted, .channelCreated, .channelUpdated, .channelDeleted, .roleCreated,
            .roleUpdated, .roleDeleted, .memberBanned(_, wasMember: false), .memberUnbanned:
            nil
        }
    }

    /// What an event of a guild tells those who moderate it; `nil` for events that are everybody's.
    static func moderationNotice(_ event: GuildEvent, of guild: GuildID) -> ModerationNotice? {
        switch event {
        case .memberBanned(let user, _):
            banNotice("GUILD_BAN_ADD", of: user, guild)
        case .memberUnbanned(let user):
            banNotice("GUILD_BAN_REMOVE", of: user, guild)
        case .guildUpdated, .guildDeleted, .channelCreated, .channelUpdated, .channelDeleted, .roleCreated,
            .roleUpdated, .roleDeleted, .memberAdded, .memberUpdated, .memberRemoved:
            nil
        }
    }

    private static func banNotice(_ event: String, of user: User, _ guild: GuildID) -> ModerationNotice {
        let needed: Permissions = [.banMembers, .viewAuditLog]
        return ModerationNotice(
            needed: needed,
            frame: DispatchFrame(event: event, for: .moderator(of: guild, holding: needed)) {
                $0.guildBanEvent(user, of: guild)
            })
    }
}
