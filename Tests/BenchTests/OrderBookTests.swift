import Glibc
import Testing

@testable import Bench

@Suite("One order for all subscribers")
struct OrderBookTests {
    @Test func whoeverIsFirstDefinesTheOrder() {
        var book = OrderBook(rooms: 2)
        var (first, second, elsewhere) = (OrderBook.Place(), OrderBook.Place(), OrderBook.Place())
        for sequence: UInt32 in [3, 1, 2] {
            #expect(book.arrived(sequence, room: 1, place: &first) == .first)
            #expect(book.arrived(sequence, room: 1, place: &second) == .inOrder)
        }
        #expect(book.arrived(9, room: 0, place: &elsewhere) == .first)
        #expect(first.position == 3 && second.position == 3 && elsewhere.position == 1)
    }

    @Test func noticesDuplicates() {
        var book = OrderBook(rooms: 1)
        var (first, second) = (OrderBook.Place(), OrderBook.Place())
        _ = book.arrived(1, room: 0, place: &first)
        #expect(book.arrived(1, room: 0, place: &first) == .duplicate)
        _ = book.arrived(2, room: 0, place: &first)
        _ = book.arrived(1, room: 0, place: &second)
        #expect(book.arrived(1, room: 0, place: &second) == .duplicate)
        #expect(book.arrived(2, room: 0, place: &second) == .inOrder)
    }

    @Test func noticesWhatIsMissing() {
        var book = OrderBook(rooms: 1)
        var (first, second) = (OrderBook.Place(), OrderBook.Place())
        for sequence: UInt32 in 1...5 { _ = book.arrived(sequence, room: 0, place: &first) }
        _ = book.arrived(1, room: 0, place: &second)
        #expect(book.arrived(4, room: 0, place: &second) == .gap(2))
        #expect(book.arrived(5, room: 0, place: &second) == .inOrder)
    }

    @Test func noticesAnotherOrder() {
        var book = OrderBook(rooms: 1)
        var (first, second) = (OrderBook.Place(), OrderBook.Place())
        for sequence: UInt32 in [1, 2, 3] { _ = book.arrived(sequence, room: 0, place: &first) }
        #expect(book.arrived(7, room: 0, place: &second) == .disorder)
        #expect(book.arrived(2, room: 0, place: &second) == .gap(1))
        #expect(book.arrived(1, room: 0, place: &second) == .disorder)
    }

    @Test func followsALongRunBeyondItsWindow() {
        var book = OrderBook(rooms: 1)
        var (first, second) = (OrderBook.Place(), OrderBook.Place())
        for sequence in 1...UInt32(OrderBook.window * 3) {
            #expect(book.arrived(sequence, room: 0, place: &first) == .first)
            #expect(book.arrived(sequence, room: 0, place: &second) == .inOrder)
        }
    }
}

@Suite("Readings of /proc")
struct ProcTests {
    @Test func readsTicksBehindANameOfAnyKind() throws {
        let stat = "42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 111 222 13 14 15"
        let ticks = try #require(ProcessReading.ticks(stat))
        #expect(ticks.user == 111)
        #expect(ticks.system == 222)
    }

    @Test(arguments: ["", "42 (a", "42 (a) S 1 2 3", "42 (a) S 1 2 3 4 5 6 7 8 9 10 x y 13"])
    func refusesOtherText(stat: String) {
        #expect(ProcessReading.ticks(stat) == nil)
    }

    @Test func splitsExactTimeByTheTicks() {
        let before = ProcessReading(runNanoseconds: 1_000, edgeNanoseconds: 100, userTicks: 10, systemTicks: 10)
        let after = ProcessReading(runNanoseconds: 5_000, edgeNanoseconds: 2_100, userTicks: 11, systemTicks: 13)
        let used = after.used(since: before)
        #expect(used == (4_000, 1_000, 3_000, 2_000))
    }

    @Test func countsNothingWhereTasksEnded() {
        let before = ProcessReading(runNanoseconds: 1_000, edgeNanoseconds: 100, userTicks: 10, systemTicks: 10)
        #expect(before.used(since: before) == (0, 0, 0, 0))
        #expect(ProcessReading().used(since: before) == (0, 0, 0, 0))
    }

    @Test func readsTCPsPages() {
        let text = "sockets: used 9\nTCP: inuse 5 orphan 0 tw 2 alloc 7 mem 31\nUDP: inuse 1 mem 4\n"
        #expect(MemoryReading.tcpPages(text) == 31)
        #expect(MemoryReading.tcpPages("UDP: mem 4\n") == 0)
        #expect(MemoryReading.tcpPages("TCP: mem\n") == 0)
    }

    @Test func readsItself() {
        #expect(ProcessReading.of(getpid()).runNanoseconds > 0)
        #expect(MemoryReading.of(getpid()).residentBytes > 0)
    }
}
