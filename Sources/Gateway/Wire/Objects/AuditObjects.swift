package import Chat

extension JSONWriter {
    /// An entry of an audit log, and the event GUILD_AUDIT_LOG_ENTRY_CREATE.
    ///
    /// Counts and kinds of overwrites are strings here, as in Discord: discord.py compares with `"0"` and `"1"`. What is
    /// not there is left out, but for `target_id`.
    /// - Parameter guild: written by the event.
    package mutating func auditEntry(_ entry: AuditEntry, of guild: GuildID? = nil) {
        object {
            if let guild { $0.field("guild_id", snowflake: guild.rawValue) }
            $0.field("id", snowflake: entry.id.rawValue)
            $0.field("user_id", snowflake: entry.actor.rawValue)
            $0.field("target_id", snowflake: entry.target)
            $0.field("action_type", Int(entry.action.rawValue))
            if !entry.changes.isEmpty {
                $0.array("changes") { array in
                    for change in entry.changes { array.auditChange(change) }
                }
            }
            if !entry.options.isEmpty {
                $0.key("options")
                $0.auditOptions(entry.options)
            }
            if let reason = entry.reason { $0.field("reason", reason) }
        }
    }

    private mutating func auditChange(_ change: AuditChange) {
        object {
            $0.field("key", change.key)
            if let new = change.new {
                $0.key("new_value")
                $0.auditValue(new)
            }
            if let old = change.old {
                $0.key("old_value")
                $0.auditValue(old)
            }
        }
    }

    private mutating func auditValue(_ value: AuditValue) {
        switch value {
        case .text(let text): self.value(text)
        case .number(let number): self.value(number)
        case .flag(let flag): self.value(flag)
        case .digits(let digits): snowflake(digits)
        case .time(let time): timestamp(unixMilliseconds: Int64(clamping: time))
        case .roles(let roles):
            array { array in
                for (id, name) in roles.sorted(by: { $0.key < $1.key }) {
                    array.object {
                        $0.field("id", snowflake: id.rawValue)
                        $0.field("name", name)
                    }
                }
            }
        case .overwrites(let overwrites):
            array { array in
                for overwrite in overwrites {
                    array.object {
                        $0.auditTarget(overwrite.target)
                        $0.field("allow", snowflake: overwrite.allow.rawValue)
                        $0.field("deny", snowflake: overwrite.deny.rawValue)
                    }
                }
            }
        }
    }

    private mutating func auditOptions(_ options: AuditOptions) {
        object {
            if let channel = options.channel { $0.field("channel_id", snowflake: channel.rawValue) }
            if let message = options.message { $0.field("message_id", snowflake: message.rawValue) }
            if let count = options.count { $0.field("count", snowflake: UInt64(count)) }
            if let target = options.overwrite { $0.auditTarget(target) }
            if let name = options.roleName { $0.field("role_name", name) }
        }
    }

    private mutating func auditTarget(_ target: PermissionOverwrite.Target) {
        switch target {
        case .role(let role):
            field("id", snowflake: role.rawValue)
            field("type", "0")
        case .member(let user):
            field("id", snowflake: user.rawValue)
            field("type", "1")
        }
    }
}
