import Chat
import Testing
import Wire

/// What discord.py and hikari need of each object, checked key by key.
@Suite("Discord objects: needed keys and nulls") struct ObjectKeyTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Keys that a library fails without.
        var needed: Set<String>
        /// Keys that must not be there.
        var absent: Set<String> = []
        /// The only places where null may stand.
        var nulls: Set<String> = []
        var write: @Sendable (inout JSONWriter) -> Void
    }

    static let guildKeys: Set<String> = [
        "id", "name", "owner_id", "icon", "splash", "banner", "description", "vanity_url_code", "afk_channel_id",
        "system_channel_id",
        "rules_channel_id", "public_updates_channel_id", "application_id", "afk_timeout", "verification_level",
        "default_message_notifications", "explicit_content_filter", "mfa_level", "premium_tier", "nsfw_level",
        "system_channel_flags",
        "preferred_locale", "features", "roles", "emojis", "stickers",
    ]
    static let guildNulls: Set<String> = [
        "icon", "splash", "discovery_splash", "banner", "description", "vanity_url_code", "afk_channel_id",
        "rules_channel_id",
        "public_updates_channel_id", "application_id", "roles.0.icon", "roles.0.unicode_emoji",
        "roles.0.colors.secondary_color",
        "roles.0.colors.tertiary_color", "roles.1.icon", "roles.1.unicode_emoji", "roles.1.colors.secondary_color",
        "roles.1.colors.tertiary_color",
    ]
    static let memberNulls: Set<String> = ["avatar", "premium_since", "communication_disabled_until"]
    static let roleNulls: Set<String> = ["icon", "unicode_emoji", "colors.secondary_color", "colors.tertiary_color"]
    static let messageKeys: Set<String> = [
        "id", "channel_id", "author", "content", "timestamp", "edited_timestamp", "type", "tts", "pinned", "flags",
        "attachments",
        "embeds", "mentions", "mention_roles", "components", "mention_everyone", "nonce",
    ]

    static let voiceKeys: Set<String> = [
        "guild_id", "channel_id", "user_id", "session_id", "deaf", "mute", "self_deaf", "self_mute", "self_video",
        "suppress",
    ]

    static let shapes: [Shape] = [
        Shape(testDescription: "user", needed: ["id", "username", "discriminator", "avatar"]) { $0.user(Sample.user) },
        Shape(
            testDescription: "own user", needed: ["id", "username", "discriminator", "avatar", "mfa_enabled", "flags"],
            nulls: ["avatar", "global_name", "email"]
        ) { $0.ownUser(Sample.bot) },
        Shape(
            testDescription: "application",
            needed: [
                "id", "name", "description", "icon", "bot_public", "bot_require_code_grant", "verify_key", "owner",
                "team", "flags",
                "approximate_guild_count", "approximate_user_install_count",
            ],
            nulls: ["icon", "team"]
        ) { $0.application(of: Sample.bot, owner: Sample.user, guildCount: 3) },
        Shape(testDescription: "application of READY", needed: ["id", "flags"]) {
            $0.partialApplication(of: Sample.bot.id)
        },
        Shape(
            testDescription: "member", needed: ["user", "roles", "joined_at", "flags"], nulls: memberNulls
        ) { $0.member(Sample.profile) },
        Shape(
            testDescription: "member of a message", needed: ["roles", "joined_at", "flags"], absent: ["user"],
            nulls: memberNulls
        ) { $0.memberWithoutUser(Sample.member) },
        Shape(
            testDescription: "member event", needed: ["guild_id", "user", "roles", "joined_at", "flags"],
            nulls: memberNulls
        ) { $0.guildMemberEvent(Sample.profile, of: Sample.guildID) },
        Shape(testDescription: "member remove", needed: ["guild_id", "user"]) {
            $0.guildMemberRemove(Sample.user, from: Sample.guildID)
        },
        Shape(
            testDescription: "role",
            needed: ["id", "name", "permissions", "color", "colors", "position", "hoist", "managed", "mentionable"],
            nulls: roleNulls
        ) { $0.role(Sample.role) },
        Shape(
            testDescription: "role event", needed: ["guild_id", "role"], nulls: Set(roleNulls.map { "role." + $0 })
        ) { $0.guildRoleEvent(Sample.role, of: Sample.guildID) },
        Shape(testDescription: "role delete", needed: ["guild_id", "role_id"]) {
            $0.guildRoleDelete(Sample.roleID, of: Sample.guildID)
        },
        Shape(
            testDescription: "text channel",
            needed: [
                "id", "type", "guild_id", "name", "position", "permission_overwrites", "topic", "last_message_id",
            ],
            absent: ["bitrate", "user_limit"], nulls: ["topic"]
        ) { $0.channel(Sample.text, lastMessage: Sample.messageID) },
        Shape(
            testDescription: "voice channel",
            needed: ["id", "type", "guild_id", "name", "position", "permission_overwrites", "bitrate", "user_limit"],
            absent: ["topic"], nulls: ["parent_id", "rtc_region", "last_message_id"]
        ) { $0.channel(Sample.voice) },
        Shape(
            testDescription: "category",
            needed: ["id", "type", "guild_id", "name", "position", "permission_overwrites"],
            absent: ["topic", "bitrate", "last_message_id"], nulls: ["parent_id"]
        ) { $0.channel(Sample.category) },
        Shape(
            testDescription: "guild", needed: guildKeys.union(["max_members", "max_presences"]),
            absent: ["approximate_member_count", "channels", "members"], nulls: guildNulls.union(["max_presences"])
        ) { $0.guild(Sample.snapshot) },
        Shape(
            testDescription: "guild with counts",
            needed: guildKeys.union([
                "max_members", "max_presences", "approximate_member_count", "approximate_presence_count",
            ]),
            nulls: guildNulls.union(["max_presences"])
        ) { $0.guild(Sample.snapshot, counts: GuildCounts(members: 2, presences: 1)) },
        Shape(
            testDescription: "guild create at login",
            needed: guildKeys.union([
                "channels", "members", "threads", "presences", "voice_states", "member_count", "joined_at", "large",
                "unavailable",
            ]),
            nulls: guildNulls.union(["channels.0.topic"]).union(memberNulls.map { "members.0." + $0 })
        ) { $0.guildCreate(Sample.snapshot, creation(unavailable: false)) },
        Shape(
            testDescription: "guild create on joining", needed: guildKeys.union(["channels", "members"]),
            absent: ["unavailable"],
            nulls: guildNulls.union(["channels.0.topic"]).union(memberNulls.map { "members.0." + $0 })
        ) { $0.guildCreate(Sample.snapshot, creation(unavailable: nil)) },
        Shape(
            testDescription: "presence update", needed: ["user", "status", "activities", "client_status", "guild_id"]
        ) { $0.presence(Sample.presence, of: Sample.guildID) },
        Shape(
            testDescription: "presence", needed: ["user", "status", "activities", "client_status"],
            absent: ["guild_id"]
        ) { $0.presence(.offline(Sample.user.id)) },
        Shape(
            testDescription: "typing start", needed: ["channel_id", "user_id", "timestamp", "guild_id", "member"],
            nulls: Set(memberNulls.map { "member." + $0 })
        ) {
            $0.typingStart(
                TypingNotice(
                    channel: Sample.channelID, user: Sample.user.id, member: Sample.profile, guild: Sample.guildID,
                    at: 5))
        },
        Shape(
            testDescription: "typing start outside of guilds", needed: ["channel_id", "user_id", "timestamp"],
            absent: ["guild_id", "member"]
        ) {
            $0.typingStart(
                TypingNotice(channel: Sample.channelID, user: Sample.user.id, member: nil, guild: nil, at: 5))
        },
        Shape(
            testDescription: "voice state", needed: voiceKeys.union(["member"]),
            nulls: Set(memberNulls.map { "member." + $0 }).union(["request_to_speak_timestamp"])
        ) { $0.voiceState(Sample.voiceState, member: Sample.profile) },
        Shape(
            testDescription: "voice state of one who left", needed: voiceKeys, absent: ["member"],
            nulls: ["channel_id", "request_to_speak_timestamp"]
        ) { $0.voiceState(Sample.voiceState, hasLeft: true, member: nil) },
        Shape(testDescription: "guild of READY", needed: ["id", "unavailable"]) { $0.unavailableGuild(Sample.guildID) },
        Shape(testDescription: "guild delete", needed: ["id"], absent: ["unavailable"]) {
            $0.guildDelete(Sample.guildID)
        },
        Shape(testDescription: "guild outage", needed: ["id", "unavailable"]) {
            $0.guildDelete(Sample.guildID, isOutage: true)
        },
        Shape(
            testDescription: "partial guild", needed: ["id", "name", "icon", "owner", "permissions", "features"],
            absent: ["approximate_member_count"], nulls: ["icon"]
        ) { $0.partialGuild(Sample.snapshot.guild, isOwner: true, permissions: .all) },
        Shape(
            testDescription: "invite", needed: ["code", "guild", "channel", "inviter", "expires_at"], absent: ["uses"],
            nulls: ["guild.icon", "guild.splash", "guild.banner", "guild.description", "guild.vanity_url_code"]
        ) { $0.invite(Sample.invite, snapshot: Sample.snapshot, inviter: Sample.user) },
        Shape(
            testDescription: "invite with metadata",
            needed: ["code", "guild", "channel", "uses", "max_uses", "max_age", "temporary", "created_at"],
            absent: ["inviter"],
            nulls: ["guild.icon", "guild.splash", "guild.banner", "guild.description", "guild.vanity_url_code"]
        ) { $0.invite(Sample.invite, snapshot: Sample.snapshot, inviter: nil, withMetadata: true) },
        Shape(
            testDescription: "message of REST", needed: messageKeys,
            absent: [
                "guild_id", "member", "reactions", "webhook_id", "poll", "message_reference", "referenced_message",
            ],
            nulls: ["edited_timestamp", "mentions.0.avatar", "mentions.0.global_name"]
        ) { $0.message(Sample.message, .rest) },
        Shape(
            testDescription: "message event", needed: messageKeys.union(["guild_id", "member"]),
            nulls: Set(["edited_timestamp", "mentions.0.avatar", "mentions.0.global_name"]).union(
                memberNulls.map { "member." + $0 })
        ) { $0.message(Sample.message, .event) },
        Shape(testDescription: "message delete", needed: ["id", "channel_id", "guild_id"]) {
            $0.messageDelete(Sample.messageID, in: Sample.channelID, of: Sample.guildID)
        },
        Shape(testDescription: "direct message delete", needed: ["id", "channel_id"], absent: ["guild_id"]) {
            $0.messageDelete(Sample.messageID, in: Sample.channelID, of: nil)
        },
        Shape(
            testDescription: "reply with reactions and files",
            needed: messageKeys.union(["message_reference", "referenced_message", "reactions"]),
            nulls: [
                "edited_timestamp", "mentions.0.avatar", "mentions.0.global_name",
                "referenced_message.edited_timestamp",
                "reactions.0.emoji.id",
            ]
        ) { $0.message(Sample.reply, .rest) },
        Shape(
            testDescription: "reply to what is gone", needed: messageKeys.union(["message_reference"]),
            nulls: ["edited_timestamp", "mentions.0.avatar", "mentions.0.global_name", "referenced_message"]
        ) { writer in
            writer.message(Sample.reply.answering(.deleted).with([]), .rest)
        },
        Shape(
            testDescription: "reaction add",
            needed: [
                "user_id", "channel_id", "message_id", "emoji", "type", "burst", "guild_id", "member",
                "message_author_id",
            ],
            nulls: Set(["emoji.id"]).union(memberNulls.map { "member." + $0 })
        ) { $0.reactionEvent(Sample.reaction) },
        Shape(
            testDescription: "reaction in a direct message",
            needed: ["user_id", "channel_id", "message_id", "emoji", "type", "burst"], absent: ["guild_id", "member"],
            nulls: ["emoji.id"]
        ) { writer in
            var note = Sample.reaction
            note.guild = nil
            note.member = nil
            writer.reactionEvent(note)
        },
        Shape(testDescription: "bulk delete", needed: ["ids", "channel_id", "guild_id"]) {
            $0.messageDeleteBulk([Sample.messageID], in: Sample.channelID, of: Sample.guildID)
        },
    ]

    static func creation(unavailable: Bool?) -> GuildCreation {
        GuildCreation(
            channels: [Sample.text], lastMessages: [Sample.channelID: Sample.messageID], members: [Sample.profile],
            joinedAt: Sample.instant, isLarge: false, unavailable: unavailable
        )
    }

    @Test(arguments: shapes)
    func hasWhatLibrariesNeedAndNoOtherNulls(_ shape: Shape) throws {
        let value = try written(shape.write)
        #expect(shape.needed.subtracting(value.keys) == [])
        #expect(value.keys.isDisjoint(with: shape.absent))
        #expect(value.nulls().subtracting(shape.nulls) == [])
    }
}
