import Chat
import Wire

/// One of everything that the object tests write.
enum Sample {
    static let guildID = GuildID(81_384_788_765_712_384)
    static let channelID = ChannelID(81_384_788_765_712_385)
    static let roleID = RoleID(81_384_788_765_712_386)
    static let messageID = MessageID(175_928_847_299_117_063)
    /// 2020-02-29T12:34:56.789Z.
    static let instant: UInt64 = 1_582_979_696_789

    static let user = User(
        id: UserID(80_351_110_224_678_912), username: "nelly", globalName: "Nelly", avatar: "a1", isBot: false)
    static let bot = User(id: UserID(80_351_110_224_678_913), username: "robo", isBot: true)
    static let member = Member(user: user.id, nick: "N", roles: [roleID], joinedAt: instant, isMuted: true)
    static let profile = MemberProfile(user: user, member: member)
    static let role = Role(
        id: roleID, name: "mods", permissions: [.manageMessages], color: 0xFF_00_00, position: 2, isHoisted: true
    )
    static let everyone = Role(id: RoleID(everyoneOf: guildID), name: "@everyone", permissions: .everyoneDefault)
    static let text = Channel(
        id: channelID, kind: .text, guild: guildID, name: "general", topic: nil, position: 1, parent: ChannelID(5),
        slowModeSeconds: 7,
        overwrites: [
            PermissionOverwrite(target: .role(roleID), allow: [.viewChannel], deny: []),
            PermissionOverwrite(target: .member(user.id), allow: [], deny: [.sendMessages]),
        ]
    )
    static let voice = Channel(
        id: ChannelID(6), kind: .voice, guild: guildID, name: "talk", bitrate: 96_000, userLimit: 12
    )
    static let category = Channel(id: ChannelID(5), kind: .category, guild: guildID, name: "Texts")
    static let snapshot = GuildSnapshot(
        guild: Guild(id: guildID, name: "Club", owner: user.id, systemChannel: channelID), epoch: 3,
        roles: [role, everyone],
        channels: [text, voice, category], memberCount: 2
    )
    static let invite = Invite(
        code: "abcDEF1234", guild: guildID, channel: channelID, inviter: user.id, createdAt: instant, maxAgeSeconds: 60,
        maxUses: 3, uses: 1
    )
    static let presence = Presence(
        of: user.id,
        sessions: [
            SessionPresence(
                status: .idle,
                activities: [
                    Activity(
                        name: "chess", details: "blitz", emoji: Activity.Emoji(name: "x", id: 5), start: 1,
                        createdAt: instant)
                ], platform: .mobile)
        ])
    static let voiceState = VoiceState(
        guild: guildID, user: user.id, channel: voice.id, session: SessionTag(42), isSelfDeafened: true)
    static let message = HydratedMessage(
        message: Message(
            id: messageID, channel: channelID, guild: guildID, author: user.id, content: "Hi \"there\"\n",
            nonce: .text("n1"),
            embeds: Array(#"[{"title":"t","type":"rich"}]"#.utf8),
            mentions: Mentions(users: [bot.id], roles: [roleID], everyone: true),
            version: messageID.rawValue
        ),
        author: user, member: member, mentioned: [bot]
    )
}

extension Sample {
    static let reply: HydratedMessage = {
        let reply = message.changed {
            $0.kind = .reply
            $0.reference = MessageReference(message: MessageID(5), channel: channelID, guild: guildID)
            $0.attachments = [
                Attachment(id: AttachmentID(9), filename: "ä b.png", size: 5, contentType: "image/png", key: "k")
            ]
        }
        var quoted = message.message
        quoted.id = MessageID(5)
        quoted.mentions = Mentions()
        return reply.answering(.quoted(QuotedMessage(message: quoted, author: user)))
            .with([ReactionTally(emoji: ReactionEmoji(name: "👍"), count: 2, isMine: true)])
    }()
    static let reaction = ReactionNote(
        message: messageID, channel: channelID, guild: guildID, emoji: ReactionEmoji(name: "👍"), user: user.id,
        member: profile, author: bot.id)
}

extension HydratedMessage {
    func changed(_ change: (inout Message) -> Void) -> HydratedMessage {
        var message = message
        change(&message)
        return HydratedMessage(
            message: message, author: author, member: member, mentioned: mentioned, referenced: referenced,
            reactions: reactions)
    }
}

/// Parses what a writer wrote; a malformed text ends the test.
func written(_ write: (inout JSONWriter) -> Void) throws -> JSONValue {
    var writer = JSONWriter()
    write(&writer)
    return try JSONReader.parse(writer.bytes)
}

extension JSONValue {
    var keys: Set<String> { Set(object?.members.map(\.key) ?? []) }

    /// The paths of all nulls: `author.avatar`, `channels.0.topic`.
    func nulls(at path: String = "") -> Set<String> {
        let prefix = path.isEmpty ? "" : path + "."
        switch self {
        case .null: return [path]
        case .object(let object):
            return object.members.reduce(into: []) { $0.formUnion($1.value.nulls(at: prefix + $1.key)) }
        case .array(let elements):
            return elements.enumerated().reduce(into: []) {
                $0.formUnion($1.element.nulls(at: prefix + String($1.offset)))
            }
        case .bool, .number, .string: return []
        }
    }
}
