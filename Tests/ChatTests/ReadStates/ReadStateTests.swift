import Chat
import Testing

@Suite("Read states") struct ReadStateTests {
    private func state(read: UInt64 = 0, mentions: [UInt64] = []) -> ReadState {
        var state = ReadState(channel: ChannelID(1))
        for id in mentions { _ = state.note(mentionIn: MessageID(id)) }
        if read > 0 { _ = state.acknowledge(mark(read)) }
        return state
    }

    private func mark(_ message: UInt64, byHand: Bool = false, count: UInt32? = nil) -> ReadMark {
        ReadMark(channel: ChannelID(1), message: MessageID(message), isManual: byHand, mentionCount: count)
    }

    @Test func aMessageCountsOnceAndOnlyWhenItIsUnread() {
        var state = state(read: 15, mentions: [10])
        #expect(state.mentionCount == 0)
        let changed1 = state.note(mentionIn: MessageID(12))
        #expect(changed1)
        #expect(state.mentionCount == 0)
        for _ in 1...2 { _ = state.note(mentionIn: MessageID(20)) }
        #expect(state.mentionCount == 1)
        let changed2 = state.note(mentionIn: MessageID(19))
        #expect(!changed2)
    }

    @Test func readingGoesForward() {
        var state = state(read: 15, mentions: [10, 20, 30])
        #expect(state.mentions == [MessageID(20), MessageID(30)])
        let changed3 = state.acknowledge(mark(15))
        #expect(!changed3)
        let changed4 = state.acknowledge(mark(3))
        #expect(!changed4)
        let changed5 = state.acknowledge(mark(20))
        #expect(changed5)
        #expect(state.mentionCount == 1)
    }

    @Test func aMarkByHandGoesBackWithWhatTheClientCounts() {
        var state = state(read: 40, mentions: [10, 20])
        let changed6 = state.acknowledge(mark(5, byHand: true, count: 2))
        #expect(changed6)
        #expect(state.lastRead == MessageID(5) && state.mentionCount == 2)
        // A new mention counts on top of it, and reading all ends it.
        let changed7 = state.note(mentionIn: MessageID(50))
        #expect(changed7)
        #expect(state.mentionCount == 3)
        let changed8 = state.acknowledge(mark(50))
        #expect(changed8)
        #expect(state.mentionCount == 0)
        let changed9 = state.acknowledge(mark(1, byHand: true, count: .max))
        #expect(changed9)
        #expect(state.mentionCount == Limits.mentionsClaimedMax)
    }

    @Test func whatTheListDoesNotHoldIsCounted() {
        let many = UInt64(Limits.mentionsListedMax) + 5
        var state = state(mentions: Array(1...many))
        #expect(state.mentionCount == UInt32(many))
        #expect(state.mentions.first == MessageID(6))
        // It is not known which of the older ones are read: they count until a listed one is.
        let changed10 = state.acknowledge(mark(3))
        #expect(changed10)
        #expect(state.mentionCount == UInt32(many))
        let changed11 = state.acknowledge(mark(6))
        #expect(changed11)
        #expect(state.mentionCount == UInt32(Limits.mentionsListedMax) - 1)
    }

    @Test func readsBackFromBytes() throws {
        var state = state(read: 5, mentions: [10, 20])
        state.version = 7
        #expect(try ReadState(encoded: state.encoded()) == state)
    }
}
