import Chat

/// Collects the properties that a deed changed, under Discord's names.
struct AuditChanges {
    private(set) var list: [AuditChange] = []

    private mutating func note(_ key: String, _ old: AuditValue?, _ new: AuditValue?) {
        if old != new { list.append(AuditChange(key: key, old: old, new: new)) }
    }
}

// What is made has no old values, what is deleted no new ones.
extension AuditChanges {
    init(_ old: Guild, _ new: Guild) {
        note("name", .text(old.name), .text(new.name))
        note("icon_hash", old.icon.map { .text($0) }, new.icon.map { .text($0) })
        note("description", old.description.map { .text($0) }, new.description.map { .text($0) })
        note("owner_id", .digits(old.owner.rawValue), .digits(new.owner.rawValue))
        note(
            "system_channel_id", old.systemChannel.map { .digits($0.rawValue) },
            new.systemChannel.map { .digits($0.rawValue) })
    }

    /// Overwrites are changes of their own, but for a channel that comes or goes.
    init(_ old: Channel?, _ new: Channel?) {
        func both(_ key: String, _ value: (Channel) -> AuditValue?) {
            note(key, old.flatMap(value), new.flatMap(value))
        }
        both("name") { .text($0.name) }
        both("type") { .number(Int64($0.kind.rawValue)) }
        both("position") { .number(Int64($0.position)) }
        both("topic") { $0.topic.map { .text($0) } }
        both("parent_id") { $0.parent.map { .digits($0.rawValue) } }
        both("nsfw") { .flag($0.isAgeRestricted) }
        both("rate_limit_per_user") { .number(Int64($0.slowModeSeconds)) }
        both("bitrate") { $0.kind == .voice ? .number(Int64($0.bitrate)) : nil }
        both("user_limit") { $0.kind == .voice ? .number(Int64($0.userLimit)) : nil }
        if old == nil || new == nil { both("permission_overwrites") { .overwrites($0.overwrites) } }
    }

    init(_ old: Role?, _ new: Role?) {
        func both(_ key: String, _ value: (Role) -> AuditValue) { note(key, old.map(value), new.map(value)) }
        both("name") { .text($0.name) }
        both("permissions") { .digits($0.permissions.rawValue) }
        both("color") { .number(Int64($0.color)) }
        both("position") { .number(Int64($0.position)) }
        both("hoist") { .flag($0.isHoisted) }
        both("mentionable") { .flag($0.isMentionable) }
    }

    /// All but the roles.
    init(_ old: Member, _ new: Member) {
        note("nick", old.nick.map { .text($0) }, new.nick.map { .text($0) })
        note("mute", .flag(old.isMuted), .flag(new.isMuted))
        note("deaf", .flag(old.isDeafened), .flag(new.isDeafened))
        note(
            "communication_disabled_until", old.timedOutUntil.map { .time($0) }, new.timedOutUntil.map { .time($0) })
    }

    /// - Parameter roles: the guild's, for their names.
    init(rolesOf old: Member, _ new: Member, among roles: [RoleID: Role]) {
        func named(_ ids: some Sequence<RoleID>) -> [RoleID: String] {
            Dictionary(ids.map { ($0, roles[$0]?.name ?? "") }, uniquingKeysWith: { first, _ in first })
        }
        let added = named(Set(new.roles).subtracting(old.roles))
        let removed = named(Set(old.roles).subtracting(new.roles))
        if !added.isEmpty { note("$add", nil, .roles(added)) }
        if !removed.isEmpty { note("$remove", nil, .roles(removed)) }
    }

    init(_ old: PermissionOverwrite?, _ new: PermissionOverwrite?) {
        note("allow", old.map { .digits($0.allow.rawValue) }, new.map { .digits($0.allow.rawValue) })
        note("deny", old.map { .digits($0.deny.rawValue) }, new.map { .digits($0.deny.rawValue) })
    }

    init(_ old: Webhook?, _ new: Webhook?) {
        func both(_ key: String, _ value: (Webhook) -> AuditValue?) {
            note(key, old.flatMap(value), new.flatMap(value))
        }
        both("name") { .text($0.name) }
        both("channel_id") { .digits($0.channel.rawValue) }
        both("avatar_hash") { $0.avatar.map { .text($0) } }
        // Discord's only kind of those that are made by hand.
        both("type") { _ in .number(1) }
    }

    init(_ old: Invite?, _ new: Invite?) {
        func both(_ key: String, _ value: (Invite) -> AuditValue) { note(key, old.map(value), new.map(value)) }
        both("code") { .text($0.code) }
        both("channel_id") { .digits($0.channel.rawValue) }
        both("inviter_id") { .digits($0.inviter.rawValue) }
        both("uses") { .number(Int64($0.uses)) }
        both("max_uses") { .number(Int64($0.maxUses)) }
        both("max_age") { .number(Int64($0.maxAgeSeconds)) }
        both("temporary") { .flag($0.isTemporary) }
    }
}

extension Deed {
    /// One for each overwrite that was added, changed or removed.
    static func overwrites(
        of channel: ChannelID, from old: [PermissionOverwrite], to new: [PermissionOverwrite],
        among roles: [RoleID: Role]
    ) -> [Deed] {
        let before = Dictionary(old.map { ($0.target, $0) }, uniquingKeysWith: { _, last in last })
        let after = Dictionary(new.map { ($0.target, $0) }, uniquingKeysWith: { _, last in last })
        var targets = old.map(\.target)
        targets += new.map(\.target).filter { before[$0] == nil }
        return targets.compactMap { target in
            let (was, now) = (before[target], after[target])
            guard was != now else { return nil }
            let action: AuditEntry.Action =
                was == nil ? .overwriteCreate : now == nil ? .overwriteDelete : .overwriteUpdate
            var options = AuditOptions(overwrite: target)
            if case .role(let role) = target { options.roleName = roles[role]?.name }
            return Deed(action, channel.rawValue, AuditChanges(was, now).list, options)
        }
    }

    /// What is told of a member that was changed.
    static func update(of old: Member, to new: Member, among roles: [RoleID: Role]) -> [Deed] {
        let user = old.user.rawValue
        return [
            Deed(.memberUpdate, user, AuditChanges(old, new).list),
            Deed(.memberRoleUpdate, user, AuditChanges(rolesOf: old, new, among: roles).list),
        ].filter { !$0.changes.isEmpty }
    }
}
