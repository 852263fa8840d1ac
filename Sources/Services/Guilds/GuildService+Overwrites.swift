package import Chat
import Interface

// Overwrites are where a little permission could become a lot, so two laws hold here. A member changes only bits that
// it holds in that channel; and ADMINISTRATOR, which means something in a guild only, is dropped wherever it comes in
// an overwrite.

extension GuildService {
    /// Adds or replaces one overwrite; takes MANAGE_ROLES in the channel.
    /// - Throws: `.unknownChannel`, `.missingAccess`, `.missingPermissions`; `.unknownRole` or `.unknownMember` for the
    ///   target; `.invalidForm` at 100.
    package func setOverwrite(
        _ overwrite: PermissionOverwrite, on channel: ChannelID, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        try await changeOverwrites(of: channel, by: user, because: reason) {
            (overwrites, snapshot) async throws(ServiceError) in
            switch overwrite.target {
            case .role(let role): if snapshot.roles[role] == nil { throw ServiceError(.unknownRole) }
            case .member(let target):
                if try await access.cache.member(target, of: snapshot.guild.id) == nil {
                    throw ServiceError(.unknownMember)
                }
            }
            if let index = overwrites.firstIndex(where: { $0.target == overwrite.target }) {
                overwrites[index] = overwrite
            } else {
                overwrites.append(overwrite)
            }
        }
    }

    /// Removes the overwrite for a role or a member, if there is one; takes MANAGE_ROLES in the channel.
    /// - Throws: `.unknownChannel`, `.missingAccess`, `.missingPermissions`.
    package func removeOverwrite(
        _ target: UInt64, on channel: ChannelID, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        try await changeOverwrites(of: channel, by: user, because: reason) {
            (overwrites, _) async throws(ServiceError) in
            overwrites.removeAll { $0.target.rawValue == target }
        }
    }

    private func changeOverwrites(
        of id: ChannelID, by user: UserID, because reason: String?,
        _ body: (inout [PermissionOverwrite], GuildSnapshot) async throws(ServiceError) -> Void
    ) async throws(ServiceError) {
        try await change(try await guild(of: id, for: user)) { () async throws(ServiceError) -> GuildDecision<Void> in
            let access = try await access.channel(id, for: user, needing: .manageRoles)
            let grant = try access.inGuild
            var channel = access.channel
            try await body(&channel.overwrites, grant.snapshot)
            channel.overwrites = try await check(
                channel.overwrites, replacing: access.channel.overwrites, holding: access.permissions,
                with: grant
            )
            return GuildDecision(
                value: (), change: channel == access.channel ? nil : .putChannel(channel),
                event: .channelUpdated(channel),
                epoch: access.epoch,
                deeds: Deeds(
                    by: user, because: reason,
                    Deed.overwrites(
                        of: id, from: access.channel.overwrites, to: channel.overwrites, among: grant.snapshot.roles))
            )
        }
    }

    /// The overwrites as they will be kept, if the member may change the present ones into them.
    /// - Parameters:
    ///   - held: the member's permissions in the channel, or where the channel is to be made.
    ///   - grant: the member's grant in the guild; an administrator there may change every bit.
    func check(
        _ overwrites: [PermissionOverwrite], replacing present: [PermissionOverwrite], holding held: Permissions,
        with grant: Access.GuildGrant
    ) async throws(ServiceError) -> [PermissionOverwrite] {
        var form = FormCheck()
        if overwrites.count > Limits.overwritesPerChannelMax {
            form.refuse(
                ["permission_overwrites"], "BASE_TYPE_MAX_LENGTH",
                "Must be \(Limits.overwritesPerChannelMax) or fewer in length."
            )
            try form.finish()
        }
        let kept = overwrites.map { overwrite in
            PermissionOverwrite(
                target: overwrite.target, allow: overwrite.allow.subtracting(.administrator),
                deny: overwrite.deny.subtracting(.administrator)
            )
        }
        let before = Dictionary(present.map { ($0.target, $0) }, uniquingKeysWith: { _, last in last })
        let after = Dictionary(kept.map { ($0.target, $0) }, uniquingKeysWith: { _, last in last })
        let members = try await members(
            among: kept.map(\.target).filter { before[$0] == nil }, of: grant.snapshot.guild.id)
        var seen: Set<PermissionOverwrite.Target> = []
        for (index, overwrite) in kept.enumerated() {
            let isKnown =
                switch overwrite.target {
                case .role(let role): grant.snapshot.roles[role] != nil
                case .member(let user): before[overwrite.target] != nil || members.contains(user)
                }
            if !seen.insert(overwrite.target).inserted || !isKnown {
                form.refuse(
                    ["permission_overwrites", "\(index)", "id"], "BASE_TYPE_CHOICES",
                    "Not a role or member, or named twice."
                )
            }
        }
        try form.finish()
        guard !grant.isAdministrator else { return kept }
        var touched: Permissions = []
        for target in Set(before.keys).union(after.keys) {
            touched.formUnion(before[target].changes(to: after[target]))
        }
        // Whoever could hand out MANAGE_ROLES in a channel could hand out every other bit of it next (Discord:
        // administrators only).
        guard touched.isSubset(of: held.subtracting(.manageRoles)) else {
            throw ServiceError(
                .missingPermissions, detail: "cannot change overwrites of permissions that the asker does not hold")
        }
        return kept
    }

    private func members(
        among targets: [PermissionOverwrite.Target], of guild: GuildID
    ) async throws(ServiceError) -> Set<UserID> {
        let users = targets.compactMap { target in
            if case .member(let user) = target { user } else { nil }
        }
        guard !users.isEmpty else { return [] }
        let profiles = try await ask { () async throws(BackendError) in try await directory.members(users, of: guild) }
        return Set(profiles.map(\.user.id))
    }
}

extension PermissionOverwrite.Target {
    fileprivate var rawValue: UInt64 {
        switch self {
        case .role(let role): role.rawValue
        case .member(let user): user.rawValue
        }
    }
}

extension PermissionOverwrite? {
    /// The bits that are allowed or denied by one and not by the other.
    fileprivate func changes(to other: PermissionOverwrite?) -> Permissions {
        let allow = (self?.allow ?? []).symmetricDifference(other?.allow ?? [])
        let deny = (self?.deny ?? []).symmetricDifference(other?.deny ?? [])
        return allow.union(deny)
    }
}
