import Chat
import Services
import Wire

extension APICall {
    /// How many members a guild has, and about how many of them are online: as many as among those with the lowest ids. The numbers are the
    /// same for everybody, so the members are read as the owner may, also for somebody with an invite.
    /// - Parameter sample: how many of them are looked at, 1 to 1,000; where that is everybody the number is exact.
    func counts(of snapshot: GuildSnapshot, sample: Int) async throws -> GuildCounts {
        let some = try await services.guilds.members(
            of: snapshot.guild.id, after: UserID(0), limit: sample, for: snapshot.guild.owner)
        let online = try await services.presence.presences(of: some.map(\.user.id)).count
        return GuildCounts(
            members: snapshot.memberCount,
            presences: some.isEmpty ? 0 : online * max(some.count, snapshot.memberCount) / some.count)
    }
}
