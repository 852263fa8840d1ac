/// Waiting for something to become true, with a word now and then to whoever waits.
enum Waiting {
    private static let interval = Duration.milliseconds(50)
    /// How long silence is no cause for worry.
    private static let firstWord = Duration.seconds(2)
    private static let betweenWords = Duration.seconds(5)

    /// - Parameters:
    ///   - limit: how long to wait at most.
    ///   - progress: what to say while it takes time.
    ///   - attempt: a value ends the waiting.
    /// - Returns: `nil` when the time ran out.
    static func upTo<Value>(
        _ limit: Duration, _ console: Console, progress: () async -> String, _ attempt: () async throws -> Value?
    ) async throws -> Value? {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var nextWord = clock.now + firstWord
        while true {
            if let value = try await attempt() { return value }
            guard clock.now < end else { return nil }
            if clock.now >= nextWord {
                console.note(await progress())
                nextWord = clock.now + betweenWords
            }
            try await clock.sleep(for: interval)
        }
    }
}
