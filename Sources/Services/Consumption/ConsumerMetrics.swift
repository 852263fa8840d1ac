import Metrics

/// What is counted about a consumer group.
struct ConsumerMetrics: RetryCounting {
    private let records: Counter
    private let lost: Counter
    private let retries: [ChatStep: Counter]

    /// - Parameter group: one of the few groups of this program.
    init(group: String) {
        records = Counter(label: "discord_consumer_records_total", dimensions: [("group", group)])
        lost = Counter(label: "discord_consumer_partitions_lost_total", dimensions: [("group", group)])
        retries = Dictionary(
            uniqueKeysWithValues: ChatStep.allCases.map {
                (
                    $0,
                    Counter(
                        label: "discord_consumer_retries_total", dimensions: [("group", group), ("step", $0.rawValue)])
                )
            }
        )
    }

    func countRecords(_ count: Int) { records.increment(by: count) }

    func countRetry(of step: ChatStep) { retries[step]?.increment() }

    func countLostPartition() { lost.increment() }
}
