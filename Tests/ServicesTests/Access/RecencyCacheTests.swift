import Testing

@testable import Services

/// The cache is internal; its laws are easier to see here than through the services that use it.
@Suite("Recency cache")
struct RecencyCacheTests {
    @Test func partsWithTheOldest() {
        var cache = RecencyCache<Int, String>(capacity: 2)
        cache.insert("a", for: 1)
        cache.insert("b", for: 2)
        #expect(cache.use(1) == "a")
        #expect(cache.peek(2) == "b")
        #expect(cache.insert("c", for: 3)?.key == 2)
        #expect(cache.count == 2)
    }

    @Test func passesOverPinnedEntries() {
        var cache = RecencyCache<Int, Bool>(capacity: 1)
        for key in 1...3 { cache.put(key < 3, for: key) }
        #expect(cache.isOverfull)
        #expect(cache.removeOldest { $0 }?.key == 3)
        #expect(cache.removeOldest { $0 } == nil)
        #expect(cache.count == 2)
    }

    @Test func agreesWithAPlainListOverManySteps() {
        var cache = RecencyCache<Int, Int>(capacity: 8)
        // Least recent first.
        var model: [(key: Int, value: Int)] = []
        var random: UInt64 = 42
        for step in 0..<20_000 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = Int(random >> 33) % 16
            let held = model.firstIndex { $0.key == key }
            switch Int(random >> 60) % 4 {
            case 0:
                #expect(cache.use(key) == held.map { model[$0].value })
                if let held { model.append(model.remove(at: held)) }
            case 1:
                #expect(cache.remove(key) == held.map { model.remove(at: $0).value })
            default:
                if let held { model.remove(at: held) }
                model.append((key, step))
                let evicted = cache.insert(step, for: key)
                #expect(evicted?.key == (model.count > 8 ? model.removeFirst().key : nil))
            }
            #expect(cache.count == model.count)
        }
        for entry in model { #expect(cache.peek(entry.key) == entry.value) }
    }
}
