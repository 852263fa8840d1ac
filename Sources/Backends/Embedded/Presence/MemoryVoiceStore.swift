package import Chat
package import Interface
import Synchronization

/// Who is in which voice channel, in the memory of the one process that needs it.
package final class MemoryVoiceStore: VoiceStore {
    private struct State {
        var guilds: [GuildID: [UserID: VoiceState]] = [:]
        /// The guilds in which a user is in a channel.
        var places: [UserID: Set<GuildID>] = [:]

        mutating func put(_ state: VoiceState) -> VoiceStep {
            let before = guilds[state.guild]?[state.user]
            guilds[state.guild, default: [:]][state.user] = state
            places[state.user, default: []].insert(state.guild)
            return VoiceStep(now: state, before: before)
        }

        mutating func remove(_ user: UserID, from guild: GuildID) -> VoiceStep? {
            guard let before = guilds[guild]?.removeValue(forKey: user) else { return nil }
            if guilds[guild]?.isEmpty == true { guilds[guild] = nil }
            places[user]?.remove(guild)
            if places[user]?.isEmpty == true { places[user] = nil }
            return VoiceStep(now: nil, before: before)
        }
    }

    private let state = Mutex(State())

    package init() {}

    package func join(_ new: VoiceState, limit: Int?) async throws(BackendError) -> VoiceStep? {
        state.withLock { state in
            let present = state.guilds[new.guild] ?? [:]
            let known = present[new.user]
            if known == nil, present.count >= VoiceRules.statesPerGuildMax { return nil }
            if let limit, known?.channel != new.channel,
                present.values.count(where: { $0.channel == new.channel }) >= limit
            {
                return nil
            }
            return state.put(new)
        }
    }

    package func move(
        _ user: UserID, in guild: GuildID, to channel: ChannelID, isSuppressed: Bool
    ) async throws(BackendError) -> VoiceStep? {
        state.withLock { state in
            guard var moved = state.guilds[guild]?[user] else { return nil }
            moved.channel = channel
            moved.isSuppressed = isSuppressed
            return state.put(moved)
        }
    }

    package func leave(
        _ user: UserID, in guild: GuildID, session: SessionTag?
    ) async throws(BackendError) -> VoiceStep? {
        state.withLock { state in
            if let session, state.guilds[guild]?[user]?.session != session { return nil }
            return state.remove(user, from: guild)
        }
    }

    package func leave(_ session: UserSession) async throws(BackendError) -> [VoiceStep] {
        state.withLock { state in
            (state.places[session.user] ?? []).compactMap { guild in
                guard state.guilds[guild]?[session.user]?.session == session.tag else { return nil }
                return state.remove(session.user, from: guild)
            }
        }
    }

    package func states(of guild: GuildID) async throws(BackendError) -> [VoiceState] {
        state.withLock { Array(($0.guilds[guild] ?? [:]).values) }
    }

    package func state(of user: UserID, in guild: GuildID) async throws(BackendError) -> VoiceState? {
        state.withLock { $0.guilds[guild]?[user] }
    }
}
