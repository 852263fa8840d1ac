import Metrics

/// The steps of a batch that touch a backend; also the label of what is counted about them.
enum ChatStep: String, Hashable, Sendable, CaseIterable {
    case claim, restore, read, lookUp = "look_up", write, note, append, publish, commit, wait, trim
}

/// What the chat service counts. Labels come from closed sets only.
struct ChatMetrics: RetryCounting {
    private let records: [ChatPlan.Verdict: Counter]
    private let retries: [ChatStep: Counter]
    private let lost = Counter(label: "discord_chat_partitions_lost_total")
    private let trimmed = Counter(label: "discord_chat_records_trimmed_total")

    init() {
        records = Dictionary(
            uniqueKeysWithValues: ChatPlan.Verdict.allCases.map {
                ($0, Counter(label: "discord_chat_records_total", dimensions: [("verdict", $0.rawValue)]))
            }
        )
        retries = Dictionary(
            uniqueKeysWithValues: ChatStep.allCases.map {
                ($0, Counter(label: "discord_chat_retries_total", dimensions: [("step", $0.rawValue)]))
            }
        )
    }

    func count(_ plan: ChatPlan) {
        var counts: [ChatPlan.Verdict: Int] = [:]
        // By index: an entry is large, and only its verdict is wanted.
        for index in plan.entries.indices { counts[plan.entries[index].verdict, default: 0] += 1 }
        for (verdict, count) in counts { records[verdict]?.increment(by: count) }
    }

    func countRetry(of step: ChatStep) { retries[step]?.increment() }

    func countLostPartition() { lost.increment() }

    func countTrimmed(_ count: Int) { trimmed.increment(by: count) }
}
