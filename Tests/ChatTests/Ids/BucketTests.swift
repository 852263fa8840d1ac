import Chat
import Testing

@Suite("Buckets") struct BucketTests {
    @Test func datesRoundTripOverCenturies() {
        var previous = CivilDate(daysSinceEpoch: -1)
        for day in 0..<120_000 {
            let date = CivilDate(daysSinceEpoch: day)
            #expect(date.daysSinceEpoch == day)
            // Each day is the one after the day before.
            let follows =
                date.day == previous.day + 1 && date.month == previous.month
                || date.day == 1
                    && (date.month == previous.month + 1 || date.month == 1 && date.year == previous.year + 1)
            #expect(follows)
            previous = date
        }
    }

    @Test(arguments: [(0, "1970-01-01"), (11_016, "2000-02-29"), (16_436, "2015-01-01"), (20_780, "2026-11-23")])
    func knownDates(day: Int, text: String) {
        #expect(CivilDate(daysSinceEpoch: day).description == text)
    }

    @Test func spellingsRoundTripAndSortLikeBuckets() throws {
        let buckets = [
            Bucket(day: 16_436), Bucket(day: 16_436, part: 1), Bucket(day: 16_436, part: 12), Bucket(day: 20_780),
        ]
        #expect(buckets == buckets.sorted())
        for bucket in buckets { #expect(Bucket(bucket.description) == bucket) }
        #expect(Bucket(day: 16_436, part: 2).description == "2015-01-01.2")
    }

    @Test(arguments: [
        "", "2026-02-30", "2026-2-3", "2026-11-23.", "2026-11-23.0", "2026-11-23.01", "2026-11-23.4294967296",
        "1969-12-31",
        "2026-13-01", "20261-1-01", "2026-11-23.1.1", "２026-11-23",
    ])
    func refusesOtherSpellings(text: String) {
        #expect(Bucket(text) == nil)
    }

    @Test func aBucketIsTheUTCDayOfItsId() {
        let midnight: UInt64 = 20_780 * 86_400_000
        #expect(Bucket(dayOf: MessageID(Snowflake.make(unixMilliseconds: midnight, low: 0))).day == 20_780)
        #expect(Bucket(dayOf: MessageID(Snowflake.make(unixMilliseconds: midnight - 1, low: .max))).day == 20_779)
        #expect(Bucket(dayOf: MessageID(.max)).day > 0)
    }

    private func id(day: UInt64, _ sequence: UInt64) -> MessageID {
        MessageID(Snowflake.make(unixMilliseconds: day * 86_400_000, low: 0) + sequence)
    }

    @Test func aDayRollsOnAfterFiftyThousandMessages() {
        var directory = BucketDirectory()
        for sequence in UInt64(0)..<100_001 { _ = directory.place(id(day: 20_780, sequence)) }
        #expect(directory.entries.map(\.bucket.description) == ["2026-11-23", "2026-11-23.1", "2026-11-23.2"])
        #expect(directory.entries.map(\.count) == [50_000, 50_000, 1])
        #expect(directory.entries[1].first == id(day: 20_780, 50_000))
        #expect(directory.entries[1].last == id(day: 20_780, 99_999))
    }

    @Test func placingAgainGivesTheSameBucketAndChangesNothing() {
        var generator = SeededGenerator(seed: 4)
        var directory = BucketDirectory()
        var placed: [(MessageID, Bucket)] = []
        var next = id(day: 20_000, 0).rawValue
        for _ in 0..<500 {
            // Mostly close together, at times days apart.
            next +=
                UInt64.random(in: 0..<10, using: &generator) == 0
                ? UInt64.random(in: 1..<(3 << 48), using: &generator) : 1
            placed.append((MessageID(next), directory.place(MessageID(next))))
        }
        let before = directory
        for (id, bucket) in placed.shuffled(using: &generator) { #expect(directory.place(id) == bucket) }
        #expect(directory == before)
        #expect(directory.entries.map(\.bucket) == directory.entries.map(\.bucket).sorted())
        #expect(directory.entries.map(\.count).reduce(0, +) == 500)
        #expect(zip(directory.entries, directory.entries.dropFirst()).allSatisfy { $0.last < $1.first })
    }

    @Test func theLastEntryIsEnoughToPlaceWhatIsNew() {
        var whole = BucketDirectory()
        for sequence in UInt64(0)..<60_000 { _ = whole.place(id(day: 20_780, sequence)) }
        var short = BucketDirectory(entries: Array(whole.entries.suffix(1)))
        for next in [id(day: 20_780, 60_000), id(day: 20_781, 0), id(day: 20_781, 1)] {
            #expect(short.place(next) == whole.place(next))
        }
    }

    @Test func aLateIdOfAnEmptyDayGetsItsOwnBucket() {
        var directory = BucketDirectory()
        _ = directory.place(id(day: 20_010, 0))
        _ = directory.place(id(day: 20_030, 0))
        #expect(directory.place(id(day: 20_020, 0)).day == 20_020)
        #expect(directory.entries.map(\.bucket.day) == [20_010, 20_020, 20_030])
    }
}

@Suite("Steady clock") struct SteadyClockTests {
    @Test func readingsNeverDecreaseAndNeverRunAway() {
        var generator = SeededGenerator(seed: 5)
        var wall: Int64 = 1_780_000_000_000
        var monotonic: UInt64 = 500
        var clock = SteadyClock(wall: UInt64(wall), monotonic: monotonic)
        var last = UInt64(wall)
        for _ in 0..<20_000 {
            let elapsed = UInt64.random(in: 0...50, using: &generator)
            monotonic += elapsed
            wall += Int64(elapsed)
            // Now and then somebody sets the clock.
            if UInt64.random(in: 0..<500, using: &generator) == 0 {
                wall += Int64.random(in: -7_200_000...7_200_000, using: &generator)
            }
            let reading = clock.read(wall: UInt64(wall), monotonic: monotonic)
            #expect(reading >= last)
            #expect(reading - last <= elapsed + SteadyClock.toleranceMilliseconds + elapsed / 10 + 1)
            last = reading
        }
    }

    @Test func followsSmallCorrectionsAtOnce() {
        var clock = SteadyClock(wall: 1_000_000, monotonic: 0)
        #expect(clock.read(wall: 1_001_500, monotonic: 100) == 1_001_500)
        // Back by less than the tolerance: stands still, as readings never decrease.
        #expect(clock.read(wall: 1_000_900, monotonic: 200) == 1_001_500)
        #expect(clock.doubtMilliseconds == 0)
    }

    @Test func aLeapIsSlewedByATenthOfTheTimeThatPasses() {
        var clock = SteadyClock(wall: 10_000_000, monotonic: 0)
        let leap: UInt64 = 3_600_000
        var reading: UInt64 = 0
        for step in UInt64(1)...10_000 { reading = clock.read(wall: 10_000_000 + leap + step, monotonic: step) }
        #expect(reading == 10_000_000 + 10_000 + 1_000)
        #expect(clock.doubtMilliseconds > 3_000_000)
        // The leap taken back, nothing is left of it but what was slewed.
        #expect(clock.read(wall: 10_010_001, monotonic: 10_001) <= 10_011_001)
    }

    @Test func aLeapBackSlowsItDownAndIsForgivenInTheEnd() {
        var clock = SteadyClock(wall: 10_000_000, monotonic: 0)
        var reading: UInt64 = 0
        for second in UInt64(1)...600 {
            reading = clock.read(wall: 10_000_000 - 30_000 + second * 1_000, monotonic: second * 1_000)
        }
        #expect(clock.doubtMilliseconds == 0)
        #expect(reading - (10_000_000 - 30_000 + 600_000) <= SteadyClock.toleranceMilliseconds)
    }
}
