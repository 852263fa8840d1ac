package import Chat
import Interface

extension GuildService {
    /// The roles of a guild, `@everyone` first, then by position and id.
    /// - Throws: `.unknownGuild`.
    package func roles(of guild: GuildID, for user: UserID) async throws(ServiceError) -> [Role] {
        try await access.guild(guild, for: user).snapshot.roles.values
            .sorted { ($0.position, $0.id) < ($1.position, $1.id) }
    }

    /// Makes a role; takes MANAGE_ROLES. Its permissions are some of the member's own; its place is the lowest, unless
    /// another below the member's is asked for.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.tooMany(.roles)` at 250, `.invalidForm`.
    package func createRole(
        in guild: GuildID, _ new: RoleUpdate, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> Role {
        let id = try mint.next(RoleID.self)
        return try await change(guild) { () async throws(ServiceError) -> GuildDecision<Role> in
            let grant = try await access.guild(guild, for: user, needing: .manageRoles)
            let snapshot = grant.snapshot
            var form = FormCheck()
            var role = Role(
                id: id, name: "new role", permissions: snapshot.roles[RoleID(everyoneOf: guild)]?.permissions ?? [],
                position: 1
            )
            form.apply(new, to: &role)
            try form.finish()
            guard snapshot.roles.count < Limits.rolesPerGuildMax else { throw ServiceError(.tooMany(.roles)) }
            try grant.mustHold(role.permissions)
            if new.position != nil { try grant.mustOutrank(snapshot.rank(of: role)) }
            return GuildDecision(
                value: role, change: .putRole(role), event: .roleCreated(role), epoch: snapshot.epoch,
                deeds: Deeds(
                    by: user, because: reason, [Deed(.roleCreate, id.rawValue, AuditChanges(nil, role).list)]))
        }.value
    }

    /// Changes a role below the member's own; takes MANAGE_ROLES, and each permission that is given or taken.
    /// `@everyone` keeps its name and its place.
    /// - Throws: `.unknownGuild`, `.unknownRole`, `.missingPermissions`, `.invalidForm`.
    package func updateRole(
        _ id: RoleID, in guild: GuildID, _ change: RoleUpdate, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> Role {
        try await self.change(guild) { () async throws(ServiceError) -> GuildDecision<Role> in
            let grant = try await access.guild(guild, for: user, needing: .manageRoles)
            guard let present = grant.snapshot.roles[id] else { throw ServiceError(.unknownRole) }
            try grant.mustOutrank(grant.snapshot.rank(of: present))
            var form = FormCheck()
            var role = present
            form.apply(change, to: &role)
            try form.finish()
            if id == RoleID(everyoneOf: guild) {
                guard role.position == present.position, role.name == present.name else {
                    throw ServiceError(.missingPermissions, detail: "@everyone cannot be moved or renamed")
                }
            }
            try grant.mustOutrank(grant.snapshot.rank(of: role))
            try grant.mustHold(present.permissions.symmetricDifference(role.permissions))
            return GuildDecision(
                value: role, change: role == present ? nil : .putRole(role), event: .roleUpdated(role),
                epoch: grant.snapshot.epoch,
                deeds: Deeds(
                    by: user, because: reason, [Deed(.roleUpdate, id.rawValue, AuditChanges(present, role).list)])
            )
        }.value
    }

    /// Deletes a role below the member's own, all but `@everyone`; takes MANAGE_ROLES.
    /// - Throws: `.unknownGuild`, `.unknownRole`, `.missingPermissions`.
    package func deleteRole(
        _ id: RoleID, in guild: GuildID, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        try await change(guild) { () async throws(ServiceError) -> GuildDecision<Void> in
            let grant = try await access.guild(guild, for: user, needing: .manageRoles)
            guard let role = grant.snapshot.roles[id] else { throw ServiceError(.unknownRole) }
            guard id != RoleID(everyoneOf: guild) else {
                throw ServiceError(.missingPermissions, detail: "@everyone cannot be deleted")
            }
            try grant.mustOutrank(grant.snapshot.rank(of: role))
            return GuildDecision(
                value: (), change: .deleteRole(id), event: .roleDeleted(id), epoch: grant.snapshot.epoch,
                deeds: Deeds(
                    by: user, because: reason, [Deed(.roleDelete, id.rawValue, AuditChanges(role, nil).list)]))
        }
    }
}

extension FormCheck {
    /// 24 bits of RGB.
    private static let colors: ClosedRange<UInt32> = 0...0xFF_FFFF

    fileprivate mutating func apply(_ change: RoleUpdate, to role: inout Role) {
        if let name = change.name { role.name = self.name(name, "name", scalars: Limits.roleNameCharacters) }
        if let permissions = change.permissions { role.permissions = permissions }
        if let color = change.color { role.color = number(color, "color", in: Self.colors) }
        if let position = change.position { role.position = number(position, "position", in: 1...Int32.max) }
        if let isHoisted = change.isHoisted { role.isHoisted = isHoisted }
        if let isMentionable = change.isMentionable { role.isMentionable = isMentionable }
    }
}
