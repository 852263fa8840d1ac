import Chat

/// Values with every field set and with none, for the tests of the coding.
enum Samples {
    static let user = User(id: UserID(.max), username: "zoë", globalName: "Zoë 👩‍👩‍👧", avatar: "a1b2", isBot: true)
    static let plainUser = User(id: UserID(0), username: "")
    static let member = Member(
        user: user.id, nick: "nick", roles: [RoleID(1), RoleID(2)], joinedAt: 1_780_000_000_000, isDeafened: true,
        isMuted: true, timedOutUntil: 1_790_000_000_000
    )
    static let message = Message(
        id: MessageID(5), channel: ChannelID(6), guild: GuildID(7), author: user.id, kind: .reply,
        content: "text\n\u{0}é",
        nonce: .text("n"), isTTS: true, flags: .max, embeds: Array("[{}]".utf8),
        mentions: Mentions(users: [UserID(1)], roles: [RoleID(2)], everyone: true), reference: reference, pinnedAt: 11,
        webhook: webhook, attachments: [attachment, plainAttachment], editedAt: 8, deletedAt: 9, version: 10
    )
    static let reference = MessageReference(message: MessageID(12), channel: ChannelID(6), guild: GuildID(7))
    static let webhook = WebhookAuthor(id: WebhookID(13), name: "hook", avatar: "a", avatarURL: "https://example.org/")
    static let attachment = Attachment(
        id: AttachmentID(14), filename: "é.png", size: 15, contentType: "image/png", description: "d", width: 16,
        height: 17, key: "k"
    )
    static let plainAttachment = Attachment(id: AttachmentID(18), filename: "", size: 0, key: "")
    static let plainMessage = Message(
        id: MessageID(0), channel: ChannelID(0), guild: nil, author: UserID(0), content: "", version: 0)
    static let hydrated = HydratedMessage(
        message: message, author: user, member: member, mentioned: [user, plainUser],
        referenced: .quoted(QuotedMessage(message: plainMessage, author: plainUser, mentioned: [user])),
        reactions: [
            ReactionTally(emoji: ReactionEmoji(id: EmojiID(19), name: "e"), count: 1, isMine: true),
            ReactionTally(emoji: ReactionEmoji(name: "👍"), count: .max),
        ]
    )
    static let plainHydrated = HydratedMessage(
        message: plainMessage, author: plainUser, member: nil, referenced: .deleted)

    static let commands: [MessageCommand] = {
        let draft = MessageDraft(
            author: user, member: member, kind: .pinNote, content: "hi", nonce: .integer(.min), enforcesNonce: true,
            isTTS: true, flags: 4, embeds: [91, 93], mentions: message.mentions, mentioned: [user],
            reference: reference, needsReference: true, webhook: webhook, attachments: [attachment]
        )
        let edit = MessageEdit(
            author: user, member: member, content: "x", embeds: [], flags: 0, mentions: Mentions(),
            mentioned: [plainUser],
            attachments: AttachmentChange(
                kept: [.init(id: AttachmentID(1)), .init(id: AttachmentID(2), description: "d")], added: [attachment])
        )
        let actions: [MessageCommand.Action] = [
            .create(draft), .create(MessageDraft(author: plainUser, member: nil, content: "")),
            .edit(MessageID(1), edit),
            .edit(MessageID(1), MessageEdit(author: plainUser, member: nil, content: nil)), .delete(MessageID(.max)),
            .deleteMany([MessageID(1), MessageID(2)]),
            .react(MessageID(1), ReactionChange(emoji: emoji, user: user, member: member, mayBeFirst: true)),
            .unreact(MessageID(1), emoji, UserID(2)), .clearReactions(MessageID(1), nil),
            .clearReactions(MessageID(1), emoji), .pin(MessageID(1)), .unpin(MessageID(2)),
        ]
        return actions.map {
            MessageCommand(
                channel: ChannelID(1), guild: GuildID(2), actor: UserID(3), epoch: 4,
                origin: CommandOrigin(node: 1_023, request: .max, wantsEvent: false),
                action: $0
            )
        } + [
            MessageCommand(
                channel: ChannelID(1), guild: nil, actor: UserID(3), epoch: 0, origin: nil,
                action: .delete(MessageID(1)))
        ]
    }()

    static let channelEvents: [ChannelEvent] = [
        .messageCreated(hydrated), .messageUpdated(plainHydrated),
        .messageDeleted(MessageID(1), channel: ChannelID(2), guild: nil),
        .messagesDeleted([MessageID(1), MessageID(2)], channel: ChannelID(3), guild: GuildID(4)),
        .reactionAdded(
            ReactionNote(
                message: MessageID(1), channel: ChannelID(2), guild: GuildID(3), emoji: emoji, user: user.id,
                member: MemberProfile(user: user, member: member), author: UserID(4))),
        .reactionRemoved(
            ReactionNote(
                message: MessageID(1), channel: ChannelID(2), guild: nil, emoji: emoji, user: UserID(3),
                author: UserID(4))),
        .reactionsCleared(
            ReactionClearing(message: MessageID(1), channel: ChannelID(2), guild: GuildID(3), emoji: emoji)),
        .reactionsCleared(ReactionClearing(message: MessageID(1), channel: ChannelID(2), guild: nil, emoji: nil)),
        .pinsChanged(plainHydrated, lastPinAt: 5), .pinsChanged(plainHydrated, lastPinAt: nil),
    ]
    static let emoji = ReactionEmoji(id: EmojiID(7), name: "party")

    static let channel = Channel(
        id: ChannelID(1), kind: .voice, guild: GuildID(2), name: "c", topic: "t", position: -5, parent: ChannelID(3),
        isAgeRestricted: true,
        slowModeSeconds: 6, bitrate: 64_000, userLimit: 7,
        overwrites: [
            PermissionOverwrite(target: .role(RoleID(1)), allow: .all, deny: []),
            PermissionOverwrite(target: .member(UserID(2)), allow: [], deny: .viewChannel),
        ]
    )
    static let role = Role(
        id: RoleID(1), name: "r", permissions: .all, color: 0xFF_FFFF, position: .min, isHoisted: true, isManaged: true,
        isMentionable: true
    )
    static let guild = Guild(
        id: GuildID(1), name: "g", icon: "i", description: "d", owner: UserID(2), systemChannel: ChannelID(3))
    static let directs = [
        DirectChannel(
            id: ChannelID(1), isGroup: true, version: 3, parties: [UserID(4), UserID(5)], owner: UserID(4), name: "n",
            icon: "i"),
        DirectChannel(id: ChannelID(2), isGroup: false, parties: [UserID(4), UserID(5)], isSevered: true),
    ]
    static let profile = MemberProfile(user: user, member: member)

    static let guildEvents: [GuildEvent] = [
        .guildUpdated, .guildDeleted, .channelCreated(channel), .channelUpdated(channel), .channelDeleted(channel),
        .roleCreated(role),
        .roleUpdated(role), .roleDeleted(role.id), .memberAdded(profile), .memberUpdated(profile),
        .memberRemoved(plainUser), .memberBanned(user, wasMember: true), .memberBanned(plainUser, wasMember: false),
        .memberUnbanned(user),
    ]
    static let userEvents: [UserEvent] = [
        .guildJoined(GuildID(1)), .guildLeft(GuildID(2)), .userUpdated(user),
        .tokensRevoked([TokenHash(bytes: Array(repeating: 9, count: 32)), TokenHash(bytes: [])]),
        .directActivity(ChannelID(3), position: 9),
        .direct(.channel(.updated, directs[0], recipients: [user, plainUser])),
        .direct(.recipientAdded(user, to: ChannelID(1))), .direct(.recipientRemoved(plainUser, from: ChannelID(1))),
        .acknowledged(
            ReadNotice(
                channel: ChannelID(1), guild: nil, message: MessageID(2), mentionCount: 3, version: 4, isManual: true)),
        .mentioned(
            ReadNotice(
                channel: ChannelID(1), guild: GuildID(2), message: MessageID(.max), mentionCount: .max, version: .max)),
        .typing(TypingNotice(channel: ChannelID(3), user: UserID(5), member: nil, guild: nil, at: 1_700_000_000)),
        .settingsChanged(NotificationSettings(guild: nil)),
        .settingsChanged(
            NotificationSettings(
                guild: GuildID(1), mute: .init(until: .max), level: .nothing, suppressesEveryone: true,
                suppressesRoles: true, isPushed: false,
                overrides: [
                    ChannelID(2): .init(mute: .init(), level: .all), ChannelID(3): .init(level: .mentions),
                ], version: .max)),
        .heard(
            VoiceState(guild: GuildID(1), user: UserID(2), channel: ChannelID(3), session: SessionTag(4)), isThere: true
        ),
        .heard(
            VoiceState(
                guild: GuildID(1), user: UserID(2), channel: ChannelID(3), session: SessionTag(.max), isSelfMuted: true),
            isThere: false),
    ]
    static let auditEntry = AuditEntry(
        id: AuditEntryID(1), guild: GuildID(2), actor: UserID(3), action: .overwriteUpdate, target: 4,
        changes: [
            AuditChange(key: "a", old: .text("é"), new: .number(.min)),
            AuditChange(key: "b", old: .flag(true), new: .digits(.max)),
            AuditChange(key: "c", old: nil, new: .time(9)),
            AuditChange(key: "d", old: .roles([RoleID(5): "r", RoleID(6): ""]), new: .overwrites(channel.overwrites)),
        ],
        options: AuditOptions(
            channel: ChannelID(7), message: MessageID(8), count: 9, overwrite: .member(UserID(10)), roleName: "n"),
        reason: "because")
    static let plainAuditEntry = AuditEntry(
        id: AuditEntryID(0), guild: GuildID(0), actor: UserID(0), action: .inviteDelete, target: nil)
    static let passingEvents: [PassingEvent] = {
        let activity = Activity(
            name: "chess", kind: .streaming, url: "https://chess.test", state: "thinking", details: "blitz",
            emoji: Activity.Emoji(name: "♞", id: 9, isAnimated: true), start: 1, end: 2, createdAt: 3)
        let shown = [
            SessionPresence(status: .idle, activities: [activity, Activity(name: "x")], platform: .mobile),
            SessionPresence(status: .doNotDisturb),
        ]
        let profile = MemberProfile(
            user: User(id: UserID(5), username: "ada"),
            member: Member(user: UserID(5), roles: [RoleID(6)], joinedAt: 7)
        )
        let voice = VoiceState(
            guild: GuildID(1), user: UserID(5), channel: ChannelID(3), session: SessionTag(.max), isSelfMuted: true,
            isSuppressed: true)
        return [
            .presence(Presence(of: UserID(5), sessions: shown)), .presence(.offline(UserID(.max))),
            .typing(TypingNotice(channel: ChannelID(3), user: UserID(5), member: profile, guild: GuildID(1), at: 9)),
            .typing(TypingNotice(channel: ChannelID(3), user: UserID(5), member: nil, guild: nil, at: 0)),
            .voice(VoiceChange(member: profile, now: voice, before: nil)),
            .voice(VoiceChange(member: nil, now: nil, before: voice)),
            .audited(auditEntry), .audited(plainAuditEntry), .webhooksChanged(ChannelID(3)),
        ]
    }()
    static let outcomes: [CommandOutcome] =
        channelEvents.map { CommandOutcome(request: .max, result: .done($0)) } + [
            CommandOutcome(request: 3, result: .settled)
        ]
        + [
            CommandOutcome.Refusal.unknownMessage, .notTheAuthor, .missingPermission, .unprocessable, .emptyMessage,
            .unknownReference, .tooManyReactions, .tooManyPins,
        ].map {
            CommandOutcome(request: 0, result: .refused($0))
        }
    static let letter = DeadLetter(
        topic: "messages", partition: 3, offset: 4, timestamp: 5, key: 6, payload: [1, 2, 3], mintedID: MessageID(7),
        errorCode: "rejected",
        errorText: "why", attempts: 8, firstFailureAt: 9, lastFailureAt: 10
    )

    /// Everything encoded, each with whether its own decoder reads some bytes.
    static let all: [([UInt8], @Sendable ([UInt8]) -> Bool)] = {
        func entries<Value: RecordCodable & SendableMetatype>(_ values: [Value]) -> [(
            [UInt8], @Sendable ([UInt8]) -> Bool
        )] {
            values.map { value in (value.encoded(), { (try? Value(encoded: $0)) != nil }) }
        }
        var all = entries(commands)
        all += entries(channelEvents)
        all += entries(guildEvents)
        all += entries(userEvents)
        all += entries(passingEvents)
        all += entries(outcomes)
        all += entries([guild])
        all += entries(directs)
        all += entries([letter])
        return all
    }()
}
