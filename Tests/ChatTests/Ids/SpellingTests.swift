import Chat
import Testing

@Suite("Time-UUID spelling") struct SpellingTests {
    private static func ids() -> [MessageID] {
        var generator = SeededGenerator(seed: 3)
        var ids = [MessageID(0), MessageID(1), MessageID(.max), MessageID(.max - 1)]
        for _ in 0..<5_000 {
            let id = generator.next()
            ids += [MessageID(id), MessageID(id ^ 1), MessageID(id ^ 1 << 22)]
        }
        return ids
    }

    @Test func isABijectionThatSortsLikeTheIdAndShowsItsTime() throws {
        let ids = Self.ids().sorted()
        let spellings = ids.map(TimeUUIDSpelling.spell)
        #expect(spellings.map { TimeUUIDSpelling.parse($0) } == ids)
        #expect(spellings.map { TimeUUIDSpelling.parse($0.uppercased()) } == ids)
        #expect(spellings == spellings.sorted())
        for (id, spelling) in zip(ids, spellings) {
            #expect(UInt64(spelling.prefix(12), radix: 16) == id.unixMilliseconds)
            #expect(spelling.utf8.count == 29)
        }
    }

    @Test func anyChangedDigitIsRefused() {
        let spelling = Array(TimeUUIDSpelling.spell(MessageID(175_928_847_299_117_063)))
        for index in spelling.indices {
            var changed = spelling
            changed[index] = changed[index] == "0" ? "1" : "0"
            #expect(TimeUUIDSpelling.parse(String(changed)) == nil)
        }
    }

    @Test func eitherSpellingIsAccepted() {
        let id = MessageID(175_928_847_299_117_063)
        #expect(TimeUUIDSpelling.parseEither("175928847299117063") == id)
        #expect(TimeUUIDSpelling.parseEither(TimeUUIDSpelling.spell(id)) == id)
        #expect(TimeUUIDSpelling.parseEither("175928847299117063-") == nil)
        #expect(TimeUUIDSpelling.parseEither("") == nil)
    }

    /// These are part of stored data and of the order of every channel: should this fail, it is the code that has to
    /// change back.
    @Test func fixedHashIsWhatItAlwaysWas() {
        // The first two are the published first outputs of SplitMix64 from the seeds 0 and 1234567.
        #expect(FixedHash.mix(0) == 0xE220_A839_7B1D_CDAF)
        #expect(FixedHash.mix(1_234_567) == 6_457_827_717_110_365_317)
        #expect(FixedHash.mix(175_928_847_299_117_063) == 0xEB9A_175E_A6B1_69DB)
        #expect([0, 1, 2, 175_928_847_299_117_063].map { FixedHash.partition(of: $0, count: 16) } == [15, 1, 14, 11])
        #expect(FixedHash.partition(of: 99, count: 1) == 0)
        #expect(FixedHash.partition(of: 99, count: 0) == 0)
        #expect(TimeUUIDSpelling.spell(MessageID(175_928_847_299_117_063)) == "015466e41b04-08001fae685d7a9a")
    }

    @Test func partitionsAreUsedEvenly() {
        var counts = Array(repeating: 0, count: 16)
        for key in UInt64(0)..<16_000 { counts[FixedHash.partition(of: key << 22, count: 16)] += 1 }
        #expect(counts.allSatisfy { (850...1_150).contains($0) })
    }
}
