package import Chat

extension JSONWriter {
    /// An invite: the answer of `GET /invites/{code}` and of joining.
    ///
    /// Neither library needs more than `code`, `guild` and `channel`, but hikari reads the guild's `features`, `icon`,
    /// `splash`, `banner`, `description`, `verification_level`, `vanity_url_code` and `nsfw_level` without asking
    /// whether they are there.
    /// - Parameters:
    ///   - inviter: who made it; `nil` leaves the key out, as for an account that is gone.
    ///   - counts: for `with_counts=true`.
    ///   - withMetadata: adds how often and how long it may be used, for those who manage it.
    package mutating func invite(
        _ invite: Invite, snapshot: GuildSnapshot, inviter: User?, counts: GuildCounts? = nil,
        withMetadata: Bool = false
    ) {
        object {
            $0.field("type", 0)
            $0.field("code", invite.code)
            $0.field("expires_at", unixMilliseconds: invite.expiresAt)
            $0.key("guild")
            $0.inviteGuild(snapshot.guild)
            $0.field("guild_id", snowflake: invite.guild.rawValue)
            if let channel = snapshot.channels[invite.channel] {
                $0.key("channel")
                $0.partialChannel(channel)
            }
            if let inviter {
                $0.key("inviter")
                $0.user(inviter)
            }
            if let counts { $0.guildCounts(counts) }
            if withMetadata {
                $0.field("uses", Int(invite.uses))
                $0.field("max_uses", Int(invite.maxUses))
                $0.field("max_age", Int(invite.maxAgeSeconds))
                $0.field("temporary", invite.isTemporary)
                $0.field("created_at", unixMilliseconds: Int64(clamping: invite.createdAt))
            }
        }
    }

    /// What an invite shows of its guild to somebody who is no member.
    private mutating func inviteGuild(_ guild: Guild) {
        object {
            $0.field("id", snowflake: guild.id.rawValue)
            $0.field("name", guild.name)
            $0.field("icon", guild.icon)
            $0.null("splash")
            $0.null("banner")
            $0.field("description", guild.description)
            $0.array("features") { _ in }
            $0.field("verification_level", 0)
            $0.null("vanity_url_code")
            $0.field("nsfw_level", 0)
            $0.field("premium_subscription_count", 0)
        }
    }
}

extension Invite {
    /// Unix milliseconds at which it ends; `nil` when it never does.
    fileprivate var expiresAt: Int64? {
        guard maxAgeSeconds > 0 else { return nil }
        return Int64(clamping: createdAt.addingReportingOverflow(UInt64(maxAgeSeconds) * 1_000).partialValue)
    }
}
