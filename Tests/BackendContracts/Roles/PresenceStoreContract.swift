import Chat
package import Interface

/// The promises of ``Interface/PresenceStore``, one case each.
package enum PresenceStoreContract: String, CaseIterable, Sendable {
    case aFirstSessionIsNews, theSameAgainIsNone, theMostAvailableIsShown, theLastSessionEndsIt, invisibleIsOffline
    case customStatusesAreShared, platformsAreApart, guildsComeWithTheNews, anUnknownSessionEndsNothing
    case refreshingKeepsAlive, refreshingNamesTheUnknown, aMissedMinuteEndsOnce, aSecondSessionOutlivesTheFirst
    case aLongerDeadlineHolds, aShorterDeadlineComesUp, sweepersShareWhatIsDue, aSweepHoldsItsLimit
    case whatIsNotSettledIsHandedOn, settlingIsFinal, settlingTellsOfALaterChange, comingBackBeforeSettling
    case membershipsChange, readersSeeTheVisible, recordsTellEverything, sessionsOfAUserAreBounded

    private static let user = UserID(7)
    private static let start: UInt64 = 1_700_000_000_000
    private static let life = PresenceRules.lifeMilliseconds

    /// - Parameter make: a store of its own for each call, without users.
    package func check(_ make: () async throws -> any PresenceStore) async throws {
        let store = try await make()
        switch self {
        case .aFirstSessionIsNews, .theSameAgainIsNone, .theMostAvailableIsShown, .theLastSessionEndsIt,
            .invisibleIsOffline, .customStatusesAreShared, .platformsAreApart, .guildsComeWithTheNews,
            .anUnknownSessionEndsNothing, .sessionsOfAUserAreBounded:
            try await checkShowing(by: store)
        case .refreshingKeepsAlive, .refreshingNamesTheUnknown, .aMissedMinuteEndsOnce,
            .aSecondSessionOutlivesTheFirst, .aLongerDeadlineHolds, .aShorterDeadlineComesUp,
            .sweepersShareWhatIsDue, .aSweepHoldsItsLimit:
            try await checkDeadlines(of: store)
        case .whatIsNotSettledIsHandedOn, .settlingIsFinal, .settlingTellsOfALaterChange, .comingBackBeforeSettling:
            try await checkDebts(of: store)
        case .membershipsChange, .readersSeeTheVisible, .recordsTellEverything:
            try await checkReading(from: store)
        }
    }

    private static func session(_ tag: UInt64, of user: UserID = user) -> UserSession {
        UserSession(user: user, tag: SessionTag(tag))
    }

    private static func put(
        _ tag: UInt64, _ status: PresenceStatus = .online, _ activities: [Activity] = [],
        platform: ClientPlatform = .web, of user: UserID = user, guilds: [GuildID]? = [GuildID(2), GuildID(1)],
        until deadline: UInt64 = start + life
    ) -> PresencePut {
        PresencePut(
            session: session(tag, of: user),
            shown: SessionPresence(status: status, activities: activities, platform: platform), guilds: guilds,
            deadline: deadline)
    }

    private func checkShowing(by store: any PresenceStore) async throws {
        let now = Self.start
        let first = try await store.put([Self.put(1, .idle)], now: now)
        switch self {
        case .aFirstSessionIsNews:
            try demand(first.map(\.presence.status), is: [.idle], "the first session is news")
            try demand(first.map(\.presence.user), is: [Self.user], "news name the user")
        case .theSameAgainIsNone:
            try demand(try await store.put([Self.put(1, .idle)], now: now), is: [], "the same again is no news")
            let other = try await store.put([Self.put(2, .idle)], now: now)
            try demand(other, is: [], "another session that shows the same is no news")
        case .theMostAvailableIsShown:
            _ = try await store.put([Self.put(2, .doNotDisturb)], now: now)
            let better = try await store.put([Self.put(3, .online)], now: now)
            try demand(better.map(\.presence.status), is: [.online], "a more available session is shown")
            let fallen = try await store.put([Self.put(3, .invisible)], now: now)
            try demand(fallen.map(\.presence.status), is: [.idle], "then the next most available one")
        case .theLastSessionEndsIt:
            _ = try await store.put([Self.put(2, .idle)], now: now)
            try demand(try await store.remove([Self.session(1)], now: now), is: [], "one of two sessions may end")
            let last = try await store.remove([Self.session(2)], now: now)
            try demand(last.map(\.presence), is: [.offline(Self.user)], "with the last session the user is offline")
            try demand(try await store.remove([Self.session(2)], now: now), is: [], "and once only")
        case .invisibleIsOffline:
            let hidden = try await store.put([Self.put(1, .invisible, [Activity(name: "secret")])], now: now)
            try demand(hidden.map(\.presence), is: [.offline(Self.user)], "an invisible user is offline to others")
            let other = try await store.put([Self.put(1, .invisible, of: UserID(8))], now: now)
            try demand(other, is: [], "coming invisibly is no news")
        case .customStatusesAreShared:
            let custom = Activity(name: "Custom Status", kind: .custom, state: "at lunch")
            _ = try await store.put([Self.put(2, .idle, [custom])], now: now)
            let news = try await store.put([Self.put(3, .online, [Activity(name: "chess")])], now: now)
            try demand(
                news.first?.presence.activities.map(\.name), is: ["chess", "Custom Status"],
                "a custom status shows with whichever session is shown")
        case .platformsAreApart:
            let news = try await store.put([Self.put(2, .online, platform: .mobile)], now: now)
            var expected = Presence.ClientStates()
            expected.mobile = .online
            expected.web = .idle
            try demand(news.map(\.presence.clients), is: [expected], "each platform shows its most available session")
        case .guildsComeWithTheNews:
            try demand(first.map(\.guilds), is: [[GuildID(1), GuildID(2)]], "news name the guilds, ascending")
            let next = try await store.put([Self.put(1, .online, guilds: nil)], now: now + 1)
            try demand(next.map(\.guilds), is: [[GuildID(1), GuildID(2)]], "guilds stay when none are named")
            try demand((next.first?.version ?? 0) > (first.first?.version ?? 0), "versions rise")
        case .anUnknownSessionEndsNothing:
            let news = try await store.remove([Self.session(9), Self.session(1, of: UserID(8))], now: now)
            try demand(news, is: [], "an unknown session ends nothing")
        case .sessionsOfAUserAreBounded:
            let many = (10..<10 + UInt64(Limits.presenceSessionsMax) + 5).map { Self.put($0, .idle) }
            _ = try await store.put(many, now: now)
            let record = try demandValue(try await store.records(of: [Self.user]).first, "the user is kept")
            try demand(record.sessions.count, is: Limits.presenceSessionsMax, "a user's sessions are bounded")
            try demand(record.sessions.last?.tag, is: many.last?.session.tag, "the newest stays")
        default: preconditionFailure("not a clause of showing")
        }
    }

    private func checkDeadlines(of store: any PresenceStore) async throws {
        let end = Self.start + Self.life
        try await settle(try await store.put([Self.put(1)], now: Self.start), in: store)
        switch self {
        case .refreshingKeepsAlive:
            let unknown = try await store.refresh([Self.session(1)], until: end + 500)
            try demand(unknown, is: [], "a known session is refreshed")
            try demand(try await store.expire(now: end, limit: 10), is: PresenceExpiry(), "refreshing keeps it alive")
            let later = try await store.expire(now: end + 500, limit: 10)
            try demand(later.ended, is: [Self.session(1)], "until the new deadline")
        case .refreshingNamesTheUnknown:
            let unknown = try await store.refresh(
                [Self.session(1), Self.session(2), Self.session(1, of: UserID(8))], until: end)
            try demand(unknown, is: [Self.session(2), Self.session(1, of: UserID(8))], "unknown sessions are named")
        case .aMissedMinuteEndsOnce:
            try demand(try await store.expire(now: end - 1, limit: 10), is: PresenceExpiry(), "not before its time")
            let expiry = try await store.expire(now: end, limit: 10)
            try demand(expiry.ended, is: [Self.session(1)], "a session that is not refreshed ends")
            try demand(expiry.news.map(\.presence), is: [.offline(Self.user)], "and its user goes offline")
            try demand(expiry.news.map(\.guilds), is: [[GuildID(1), GuildID(2)]], "where it was seen")
            try demand(try await store.expire(now: end, limit: 10), is: PresenceExpiry(), "once")
        case .aSecondSessionOutlivesTheFirst:
            _ = try await store.put([Self.put(2, until: end + 1_000)], now: Self.start)
            let first = try await store.expire(now: end, limit: 10)
            try demand(first, is: PresenceExpiry(ended: [Self.session(1)]), "another session keeps the user online")
            let second = try await store.expire(now: end + 1_000, limit: 10)
            try demand(second.news.map(\.presence.status), is: [.offline], "until it ends too")
        case .aLongerDeadlineHolds:
            _ = try await store.put([Self.put(1, until: end + 120_000)], now: Self.start)
            try demand(try await store.expire(now: end + 119_999, limit: 10), is: PresenceExpiry(), "a put extends")
            try demand(try await store.expire(now: end + 120_000, limit: 10).ended.count, is: 1, "until then")
        case .aShorterDeadlineComesUp:
            _ = try await store.refresh([Self.session(1)], until: Self.start + 5)
            try demand(try await store.expire(now: Self.start + 5, limit: 10).ended.count, is: 1, "deadlines move back")
        case .sweepersShareWhatIsDue:
            let others = (100..<200).map { Self.put(1, of: UserID($0)) }
            try await settle(try await store.put(others, now: Self.start), in: store)
            let counts = try await withThrowingTaskGroup(of: [UserID].self) { group in
                for _ in 0..<8 {
                    group.addTask { try await store.expire(now: end, limit: 1_000).news.map(\.presence.user) }
                }
                return try await group.reduce(into: [UserID]()) { $0 += $1 }
            }
            try demand(counts.count, is: 101, "each expiry is claimed once")
            try demand(Set(counts).count, is: 101, "and none is lost")
        case .aSweepHoldsItsLimit:
            _ = try await store.put((100..<110).map { Self.put(1, of: UserID($0)) }, now: Self.start)
            try demand(try await store.expire(now: end, limit: 4).ended.count, is: 4, "a sweep holds its limit")
            try demand(try await store.expire(now: end, limit: 100).ended.count, is: 7, "the rest is left for the next")
        default: preconditionFailure("not a clause of deadlines")
        }
    }

    private func checkDebts(of store: any PresenceStore) async throws {
        let now = Self.start
        let lease = PresenceRules.leaseMilliseconds
        let news = try await store.put([Self.put(1)], now: now)
        switch self {
        case .whatIsNotSettledIsHandedOn:
            try demand(try await store.expire(now: now + lease - 1, limit: 10), is: PresenceExpiry(), "not yet")
            let taken = try await store.expire(now: now + lease, limit: 10)
            try demand(taken.news, is: news, "what was not settled is handed on")
            try demand(taken.ended, is: [], "the session lives")
            let again = try await store.expire(now: now + lease + 1, limit: 10)
            try demand(again, is: PresenceExpiry(), "to one sweeper")
        case .settlingIsFinal:
            try demand(try await store.settle(news, now: now), is: [], "what was published is settled")
            try demand(try await store.expire(now: now + lease, limit: 10), is: PresenceExpiry(), "and not handed on")
            try demand(try await store.settle(news, now: now), is: [], "settling twice is harmless")
        case .settlingTellsOfALaterChange:
            let later = try await store.put([Self.put(1, .idle)], now: now)
            try demand(try await store.settle(news, now: now), is: later, "a later change is to be published again")
            try demand(try await store.settle(later, now: now), is: [], "then all is settled")
        case .comingBackBeforeSettling:
            _ = try await store.settle(news, now: now)
            let gone = try await store.remove([Self.session(1)], now: now)
            let back = try await store.put([Self.put(2)], now: now)
            try demand(back.map(\.presence.status), is: [.online], "coming back is news")
            try demand(try await store.settle(gone, now: now), is: back, "and is what is settled on")
        default: preconditionFailure("not a clause of debts")
        }
    }

    private func checkReading(from store: any PresenceStore) async throws {
        let now = Self.start
        let puts = [
            Self.put(1, .idle), Self.put(1, .invisible, of: UserID(8)), Self.put(1, .doNotDisturb, of: UserID(9)),
        ]
        let news = try await store.put(puts, now: now)
        switch self {
        case .membershipsChange:
            let seen = try await store.set(Self.user, in: GuildID(5), isMember: true)
            try demand(seen?.status, is: .idle, "a new guild gets to see the user as it is")
            try demand(try await store.set(UserID(8), in: GuildID(5), isMember: true), is: nil, "invisible ones not")
            let left = try await store.set(Self.user, in: GuildID(1), isMember: false)
            try demand(left, is: nil, "leaving shows nothing")
            let next = try await store.put([Self.put(1, .online, guilds: nil)], now: now)
            try demand(next.map(\.guilds), is: [[GuildID(2), GuildID(5)]], "news go where the user is a member now")
        case .readersSeeTheVisible:
            let seen = try await store.presences(of: [9, 8, 7, 6].map { UserID($0) })
            try demand(Set(seen), is: Set(news.map(\.presence)), "who is invisible or unknown is not among the visible")
        case .recordsTellEverything:
            let records = try await store.records(of: [UserID(8), UserID(6)])
            try demand(records.count, is: 1, "unknown users have no record")
            let record = try demandValue(records.first, "an invisible user has one")
            try demand(record.sessions.map(\.shown.status), is: [.invisible], "it tells what the session shows")
            try demand(record.sessions.map(\.deadline), is: [now + Self.life], "and its deadline")
            try demand(record.presence, is: .offline(UserID(8)), "and what others see")
        default: preconditionFailure("not a clause of reading")
        }
    }

    private func settle(_ news: [PresenceNews], in store: any PresenceStore) async throws {
        try demand(try await store.settle(news, now: Self.start), is: [], "nothing has changed meanwhile")
    }
}
