import Chat
package import Interface

/// The promises of ``Interface/VoiceStore``, one case each.
package enum VoiceStoreContract: String, CaseIterable, Sendable {
    case joiningIsAStep, joiningAnotherMoves, aFullChannelRefuses, aMemberIsNotCountedAgainstItself
    case movingKeepsTheSession, movingTheAbsentDoesNothing, leavingIsAStep, anotherSessionDoesNotLeave
    case aSessionLeavesEverywhere, guildsAreApart, concurrentJoinsHoldTheLimit

    /// - Parameter make: a store of its own for each call, without states.
    package func check(_ make: () async throws -> any VoiceStore) async throws {
        let store = try await make()
        let state = Self.state(1)
        let joined = try await store.join(state, limit: nil)
        switch self {
        case .joiningIsAStep:
            try demand(joined, is: VoiceStep(now: state, before: nil), "joining comes from nowhere")
            try demand(try await store.state(of: state.user, in: state.guild), is: state, "the state is kept")
        case .joiningAnotherMoves:
            let next = Self.state(1, channel: 21)
            try demand(
                try await store.join(next, limit: nil), is: VoiceStep(now: next, before: state),
                "joining another channel leaves the first")
            try demand(try await store.states(of: state.guild), is: [next], "a member is in one channel of a guild")
        case .aFullChannelRefuses:
            try demand(try await store.join(Self.state(2), limit: 1), is: nil, "a full channel takes nobody")
            try demand(try await store.states(of: state.guild), is: [state], "and nothing changes")
            try demand(try await store.join(Self.state(2), limit: 2) != nil, "a limit counts those who are there")
        case .aMemberIsNotCountedAgainstItself:
            var changed = state
            changed.isSelfMuted = true
            try demand(
                try await store.join(changed, limit: 1), is: VoiceStep(now: changed, before: state),
                "who is in a full channel may change there")
        case .movingKeepsTheSession:
            var moved = state
            moved.channel = ChannelID(22)
            moved.isSuppressed = true
            try demand(
                try await store.move(state.user, in: state.guild, to: ChannelID(22), isSuppressed: true),
                is: VoiceStep(now: moved, before: state), "who is moved keeps the rest")
        case .movingTheAbsentDoesNothing:
            let step = try await store.move(UserID(5), in: state.guild, to: ChannelID(22), isSuppressed: false)
            try demand(step, is: nil, "who is in no channel cannot be moved")
        case .leavingIsAStep:
            let step = try await store.leave(state.user, in: state.guild, session: nil)
            try demand(step, is: VoiceStep(now: nil, before: state), "leaving goes nowhere")
            try demand(try await store.leave(state.user, in: state.guild, session: nil), is: nil, "once")
            try demand(try await store.state(of: state.user, in: state.guild), is: nil, "nothing is kept")
        case .anotherSessionDoesNotLeave:
            let step = try await store.leave(state.user, in: state.guild, session: SessionTag(99))
            try demand(step, is: nil, "only the session that joined leaves")
            let own = try await store.leave(state.user, in: state.guild, session: state.session)
            try demand(own != nil, "and it does")
        case .aSessionLeavesEverywhere:
            let elsewhere = Self.state(1, channel: 30, guild: 3)
            _ = try await store.join(elsewhere, limit: nil)
            var other = Self.state(1, channel: 40, guild: 4)
            other.session = SessionTag(99)
            _ = try await store.join(other, limit: nil)
            let steps = try await store.leave(UserSession(user: state.user, tag: state.session))
            try demand(Set(steps.compactMap(\.before)), is: [state, elsewhere], "a session leaves where it joined")
            try demand(try await store.states(of: other.guild), is: [other], "and nowhere else")
        case .guildsAreApart:
            let elsewhere = Self.state(1, channel: 30, guild: 3)
            try demand(
                try await store.join(elsewhere, limit: 1), is: VoiceStep(now: elsewhere, before: nil),
                "guilds are apart")
            try demand(try await store.states(of: state.guild), is: [state], "also when they are read")
        case .concurrentJoinsHoldTheLimit:
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for user in 10..<40 as Range<UInt64> {
                    group.addTask { try await store.join(Self.state(user), limit: 5) != nil }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try demand(taken, is: 4, "the limit holds however many join at once")
        }
    }

    private static func state(_ user: UInt64, channel: UInt64 = 20, guild: UInt64 = 2) -> VoiceState {
        VoiceState(
            guild: GuildID(guild), user: UserID(user), channel: ChannelID(channel), session: SessionTag(user + 1_000))
    }
}
