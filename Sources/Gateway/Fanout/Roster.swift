import Chat

/// Sessions of one loop that get exactly the same dispatches: the unit of delivery. What a turn has for them is collected in `pending`
/// and leaves in one write each.
final class Roster {
    /// Slots of sessions, in no order.
    var members: [Int32] = []
    /// Of a channel's room: where each member has it in its list of subscriptions. Empty elsewhere.
    var places: [Int32] = []
    /// Numbers of frames, ascending, that wait for the end of the turn.
    var pending: [UInt32] = []
    /// The same of what can be done without.
    var passing: [UInt32] = []
    /// Whether what messages say is kept back from its members, all but those it concerns.
    let isRedacted: Bool

    init(isRedacted: Bool = false) {
        self.isRedacted = isRedacted
    }

    /// Takes out the member at a position; the last takes its place. Returns the member that moved, if one did.
    func remove(at position: Int32) -> Int32? {
        let place = places.popLast()
        guard let last = members.popLast(), Int(position) < members.count else { return nil }
        members[Int(position)] = last
        if let place { places[Int(position)] = place }
        return last
    }

    /// Adds a member and gives its position.
    /// - Parameter place: in a room, where the member has it in its list.
    func add(_ session: Int32, place: Int32? = nil) -> Int32 {
        members.append(session)
        if let place { places.append(place) }
        return Int32(members.count - 1)
    }
}

/// The lazily subscribed sessions of one channel, by what they want of it.
final class Room {
    let guild: GuildID
    private(set) var rosters: [(intents: Intents, roster: Roster)] = []
    /// In a large guild, the members whose presences are followed.
    var window: Set<UserID> = []
    /// The last answer of ``rosters(wanting:)``: mostly the same is asked again.
    private var asked: (intent: Intents, rosters: [Roster])?

    init(guild: GuildID) {
        self.guild = guild
    }

    var isEmpty: Bool { rosters.allSatisfy { $0.roster.members.isEmpty } }

    /// The rosters of those who asked for such events.
    func rosters(wanting intent: Intents) -> [Roster] {
        if let asked, asked.intent == intent { return asked.rosters }
        let found = rosters.filter { $0.intents.contains(intent) }.map(\.roster)
        asked = (intent, found)
        return found
    }

    func roster(for intents: Intents) -> Roster {
        let key = intents.intersection(.deciding)
        if let found = rosters.first(where: { $0.intents == key }) { return found.roster }
        let roster = Roster(isRedacted: key.contains(.withoutContent))
        rosters.append((key, roster))
        asked = nil
        return roster
    }
}
