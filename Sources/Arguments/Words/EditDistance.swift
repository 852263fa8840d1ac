/// How far a typed word is from a declared one, and whether that is near enough to be offered.
enum EditDistance {
    /// Scalars; longer words are not compared: the work grows with the square.
    private static let lengthMax = 64

    /// Damerau–Levenshtein distance (restricted): insertions, deletions, substitutions, swaps of neighbours. nil when
    /// a word is too long to compare.
    static func between(_ left: String, _ right: String) -> Int? {
        guard left.utf8.count <= lengthMax * 4, right.utf8.count <= lengthMax * 4 else { return nil }
        let a = left.unicodeScalars.map(\.value)
        let b = right.unicodeScalars.map(\.value)
        guard a.count <= lengthMax, b.count <= lengthMax else { return nil }
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        var current = previous
        for i in a.indices {
            current[0] = i + 1
            for j in b.indices {
                var best = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, beforePrevious[j - 1] + 1)
                }
                current[j + 1] = best
            }
            (beforePrevious, previous, current) = (previous, current, beforePrevious)
        }
        return previous[b.count]
    }

    /// The candidates nearest to `typed`, at most three: a distance up to a third of the length (at least 1), or
    /// else those that `typed` is a beginning of.
    static func nearest(to typed: String, among candidates: some Sequence<String>) -> [String] {
        let limit = max(1, typed.count / 3)
        var best = limit
        var near: Set<String> = []
        var longer: Set<String> = []
        for candidate in candidates where candidate != typed {
            if typed.count >= 2, candidate.hasPrefix(typed) { longer.insert(candidate) }
            guard abs(candidate.count - typed.count) <= best, let distance = between(typed, candidate) else { continue }
            guard distance <= best, distance < typed.count else { continue }
            if distance < best { near.removeAll() }
            best = distance
            near.insert(candidate)
        }
        let chosen = near.isEmpty ? longer : near
        return Array(chosen.sorted().prefix(3))
    }
}
