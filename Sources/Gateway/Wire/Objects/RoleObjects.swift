package import Chat

extension JSONWriter {
    /// A role.
    ///
    /// discord.py and hikari need `id` and `name`; hikari also `permissions` (a string), `color`, `position`, `hoist`,
    /// `managed` and `mentionable`. discord.py reads the colour from `colors` alone, which must not be null.
    package mutating func role(_ role: Role) {
        object {
            $0.field("id", snowflake: role.id.rawValue)
            $0.field("name", role.name)
            $0.field("permissions", snowflake: role.permissions.rawValue)
            $0.field("position", Int(role.position))
            $0.field("color", Int(role.color))
            $0.object("colors") {
                $0.field("primary_color", Int(role.color))
                $0.null("secondary_color")
                $0.null("tertiary_color")
            }
            $0.field("hoist", role.isHoisted)
            $0.field("managed", role.isManaged)
            $0.field("mentionable", role.isMentionable)
            $0.null("icon")
            $0.null("unicode_emoji")
            $0.field("flags", 0)
        }
    }

    /// Roles as lists give them: from the lowest position up, equal ones by id.
    package mutating func roles(_ roles: some Sequence<Role>) {
        let sorted = roles.sorted { ($0.position, $0.id) < ($1.position, $1.id) }
        array { array in
            for role in sorted { array.role(role) }
        }
    }

    /// The events GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE; both libraries need both keys.
    package mutating func guildRoleEvent(_ role: Role, of guild: GuildID) {
        object {
            $0.field("guild_id", snowflake: guild.rawValue)
            $0.key("role")
            $0.role(role)
        }
    }

    /// The event GUILD_ROLE_DELETE; both libraries need both keys.
    package mutating func guildRoleDelete(_ role: RoleID, of guild: GuildID) {
        object {
            $0.field("guild_id", snowflake: guild.rawValue)
            $0.field("role_id", snowflake: role.rawValue)
        }
    }
}
