import EmbeddedBackend
import Interface
import Operations
import Services

extension IdleGroups {
    /// The consumer groups that a node does without by its settings.
    init(_ settings: NodeSettings, _ backends: EmbeddedBackends, node: NodeRecord, time: any TimeSource) {
        var running: Set<String> = []
        if settings.services.contains("search") { running.insert(SearchIndexer.group) }
        if settings.services.contains("push") { running.insert(PushService.group) }
        self.init(
            log: backends.log, coordinator: backends.coordinator, node: node, running: running, time: time,
            retentionMilliseconds: settings.idleRetention.wholeMilliseconds)
    }

    /// As `node status` shows them; none when log or coordinator do not answer, which it shows as well.
    func statuses() async -> [IdleGroupStatus] {
        let groups = (try? await read()) ?? []
        return groups.map { group in
            IdleGroupStatus(
                group: group.name, lag: group.lag, since: instantText(group.since),
                until: instantText(group.since.addingReportingOverflow(retentionMilliseconds).partialValue))
        }
    }
}
