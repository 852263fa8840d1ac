import Chat
import Services
import Synchronization
import Wire

/// The members of a channel whose presences are followed.
struct PresenceWindow: Sendable {
    /// Ascending.
    var users: [UserID]
    /// Whether that is everybody who sees the channel.
    var isComplete: Bool
}

/// The windows that were asked for last, each as of one epoch of its guild: many sessions ask for the same channel at once.
///
/// Bounded: when it is full everything is forgotten (overflow policy `forgetAll`).
final class PresenceWindows: Sendable {
    private static let limit = 1_024

    private let known = Mutex<[ChannelID: (epoch: UInt64, window: PresenceWindow)]>([:])

    func window(of channel: ChannelID, at epoch: UInt64) -> PresenceWindow? {
        known.withLock { known in
            guard let entry = known[channel], entry.epoch == epoch else { return nil }
            return entry.window
        }
    }

    func keep(_ window: PresenceWindow, of channel: ChannelID, at epoch: UInt64) {
        known.withLock { known in
            if known.count >= Self.limit { known.removeAll() }
            known[channel] = (epoch, window)
        }
    }
}

/// What a session is told of who is there, and what it says of where it is heard.
extension SessionWorker {
    /// Makes a part of a guild while what passes in the guild already reaches the loop, so that nothing happens unseen between the two. The
    /// interest goes with the part.
    func looking<Part>(
        at guild: GuildID, _ intents: Intents, loop: Int, _ make: () async throws(ServiceError) -> Part?
    ) async throws(ServiceError) -> Part? {
        guard intents.looks else { return try await make() }
        try await hub.attach(lookAt: guild, loop: loop)
        do throws(ServiceError) {
            let part = try await make()
            if part == nil { hub.release(.look(guild), loop: loop) }
            return part
        } catch {
            hub.release(.look(guild), loop: loop)
            throw error
        }
    }

    /// Of these members, those who are not offline to others.
    func presences(of members: [MemberProfile], _ intents: Intents) async throws(ServiceError) -> [Presence] {
        guard intents.contains(.guildPresences) else { return [] }
        return try await source.presences(of: members.map(\.user.id))
    }

    /// Who is heard in these channels. Clients look their members up, so those who are missing are added.
    func voiceStates(
        of guild: GuildID, _ intents: Intents, in visible: [ChannelID], adding members: inout [MemberProfile]
    ) async throws(ServiceError) -> [VoiceState] {
        guard intents.contains(.guildVoiceStates) else { return [] }
        let seen = Set(visible)
        let states = try await source.voiceStates(of: guild).filter { seen.contains($0.channel) }
        var known = Set(members.map(\.user.id))
        var rest = states.map(\.user).filter { !known.contains($0) }[...]
        while !rest.isEmpty {
            let some = rest.prefix(SessionLimits.presenceWindowScan)
            rest = rest.dropFirst(some.count)
            for member in try await source.members(Array(some), of: guild) {
                members.append(member)
                known.insert(member.user.id)
            }
        }
        return states.filter { known.contains($0.user) }
    }

    /// The members who see a channel, as far as their presences are followed.
    func window(
        of channel: Channel, in snapshot: GuildSnapshot, _ intents: Intents
    ) async throws(ServiceError) -> PresenceWindow {
        guard intents.contains(.guildPresences) else { return PresenceWindow(users: [], isComplete: true) }
        if let known = windows.window(of: channel.id, at: snapshot.epoch) { return known }
        let members = try await source.members(
            of: snapshot.guild.id, after: UserID(0), limit: SessionLimits.presenceWindowScan)
        let seeing = members.lazy.filter {
            snapshot.permissions(of: $0.user.id, roles: $0.member.roles, in: channel).contains(.viewChannel)
        }.map(\.user.id).prefix(SessionLimits.presenceWindow)
        let window = PresenceWindow(
            users: Array(seeing), isComplete: snapshot.memberCount <= SessionLimits.presenceWindow)
        windows.keep(window, of: channel.id, at: snapshot.epoch)
        return window
    }

    /// PRESENCE_BATCH; `nil` for a session that did not ask for presences.
    func batch(
        _ window: PresenceWindow, of channel: Channel, in snapshot: GuildSnapshot, _ intents: Intents
    ) async throws(ServiceError) -> DispatchFrame? {
        guard intents.contains(.guildPresences) else { return nil }
        let presences = try await source.presences(of: window.users)
        return OwnDispatch.presenceBatch(
            presences, of: snapshot.guild.id, in: channel.id, isComplete: window.isComplete)
    }

    func updateVoice(_ request: VoiceRequest, for job: SessionJob) async {
        do throws(ServiceError) {
            try await source.updateVoice(request, of: UserSession(user: job.user, tag: job.session.tag))
        } catch {
            let frame = OwnDispatch.commandError(.updateVoiceState, channel: request.channel, CommandError(error))
            answer(.dispatch(frame), to: job.session)
        }
    }
}
