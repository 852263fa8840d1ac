import Chat

/// Where somebody, or a role, stands in a guild. Of two roles at the same position the older one, with the lower id,
/// stands above, as in Discord.
enum Rank: Comparable {
    /// `@everyone`, and members without another role.
    case everyone
    case role(position: Int32, id: RoleID)
    case owner

    static func < (left: Rank, right: Rank) -> Bool {
        switch (left, right) {
        case (.everyone, .everyone), (.owner, _): false
        case (.everyone, _), (.role, .owner): true
        case (.role, .everyone): false
        case (.role(let leftPosition, let leftID), .role(let rightPosition, let rightID)):
            leftPosition == rightPosition ? leftID > rightID : leftPosition < rightPosition
        }
    }
}

extension GuildSnapshot {
    func rank(of role: Role) -> Rank {
        role.id == RoleID(everyoneOf: guild.id) ? .everyone : .role(position: role.position, id: role.id)
    }

    func rank(of member: Member) -> Rank {
        guard guild.owner != member.user else { return .owner }
        return member.roles.compactMap { roles[$0] }.map { rank(of: $0) }.max() ?? .everyone
    }
}

extension Access.GuildGrant {
    var rank: Rank { snapshot.rank(of: profile.member) }
    /// Whether nothing is forbidden: the owner's, and whoever holds ADMINISTRATOR in the guild as a whole.
    var isAdministrator: Bool { permissions.contains(.administrator) }

    /// - Throws: `.missingPermissions` when the asker does not stand strictly above.
    func mustOutrank(_ other: Rank) throws(ServiceError) {
        guard rank > other else { throw ServiceError(.missingPermissions, detail: "the hierarchy forbids it") }
    }

    /// - Throws: `.missingPermissions` when bits are among them that the asker does not hold: nobody gives or takes
    ///   what is not theirs.
    func mustHold(_ bits: Permissions) throws(ServiceError) {
        guard isAdministrator || permissions.isSuperset(of: bits) else {
            throw ServiceError(.missingPermissions, detail: "cannot grant permissions that the asker does not hold")
        }
    }

    func mustHave(_ needed: Permissions) throws(ServiceError) {
        guard permissions.isSuperset(of: needed) else { throw ServiceError(.missingPermissions) }
    }
}
