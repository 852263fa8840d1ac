package import Interface

/// A consumer group that ran once and that no node runs now.
package struct IdleGroup: Hashable, Sendable {
    package var name: String
    /// Records that it has not processed.
    package var lag: UInt64
    /// When the oldest of them was written, in Unix milliseconds.
    package var since: UInt64
}

/// What becomes of consumer groups that are switched off: the log keeps for them what they have not processed, for a
/// while. Then they are forgotten, so that it does not grow for ever (overflow policy `forgetIdleGroup`): the search
/// index is built anew when its group runs again, and nobody is told of messages that old anyhow.
package struct IdleGroups: Sendable {
    /// How long one is waited for: a week.
    package static let retentionMillisecondsDefault: UInt64 = 7 * 86_400_000
    /// The groups that a node may do without. That of the chat service and the keeper of files are no such.
    static let optional = [SearchIndexer.group, PushService.group]
    private static let topic = Topic.messagesStored

    private let log: any EventLog
    private let coordinator: any Coordinator
    private let node: NodeRecord
    private let absent: [String]
    private let time: any TimeSource
    package let retentionMilliseconds: UInt64

    /// - Parameters:
    ///   - node: this one.
    ///   - running: the groups that this node runs.
    package init(
        log: any EventLog, coordinator: any Coordinator, node: NodeRecord, running: Set<String>,
        time: any TimeSource, retentionMilliseconds: UInt64 = IdleGroups.retentionMillisecondsDefault
    ) {
        self.log = log
        self.coordinator = coordinator
        self.node = node
        absent = Self.optional.filter { !running.contains($0) }
        self.time = time
        self.retentionMilliseconds = retentionMilliseconds
    }

    /// Those for which the log keeps something.
    package func read() async throws(BackendError) -> [IdleGroup] {
        guard !absent.isEmpty else { return [] }
        let others = Set(try await coordinator.nodes(now: time.unixMilliseconds).map(\.name)).subtracting([node.name])
        var idle: [IdleGroup] = []
        for name in absent {
            let owners = try await coordinator.ownership(group: name, topic: Self.topic).map(\.owner)
            guard others.isDisjoint(with: owners), let group = try await lag(of: name) else { continue }
            idle.append(group)
        }
        return idle
    }

    /// Forgets those that were waited for long enough.
    func forget() async throws(BackendError) -> [IdleGroup] {
        let now = time.unixMilliseconds
        var forgotten: [IdleGroup] = []
        for group in try await read() where group.since + retentionMilliseconds < now {
            try await log.forget(group.name, of: Self.topic)
            forgotten.append(group)
        }
        return forgotten
    }

    /// `nil` for a group that never ran, or has processed everything.
    private func lag(of name: String) async throws(BackendError) -> IdleGroup? {
        var lag: UInt64 = 0
        var since: UInt64?
        for partition in 0..<(try await log.partitions(of: Self.topic)) {
            let ref = PartitionRef(group: name, topic: Self.topic, partition: partition)
            guard let next = try await log.checkpoint(of: ref)?.next else { continue }
            let end = try await log.end(of: Self.topic, partition: partition)
            guard end > next,
                let oldest = try await log.read(
                    Self.topic, partition: partition, from: next, limit: 1, bytesMax: 1
                ).first
            else { continue }
            lag += end - next
            since = min(since ?? .max, oldest.position.timestamp)
        }
        return since.map { IdleGroup(name: name, lag: lag, since: $0) }
    }
}
