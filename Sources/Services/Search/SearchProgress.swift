package import Interface
import Synchronization

/// How far the index is behind what was stored.
package final class SearchProgress: Sendable {
    package struct Reading: Hashable, Sendable {
        package var status: SearchIndexStatus
        /// Records that are not indexed yet.
        package var lag: UInt64
        /// Unix milliseconds up to which everything that was stored can be found: now, when nothing is left to index.
        package var indexedThrough: UInt64
    }

    private let log: any EventLog
    private let index: any SearchIndex
    private let time: any TimeSource
    private let latest = Mutex<UInt64?>(nil)

    package init(log: any EventLog, index: any SearchIndex, time: any TimeSource) {
        self.log = log
        self.index = index
        self.time = time
    }

    /// What ``read()`` said last; `nil` before it was asked.
    package var last: UInt64? { latest.withLock { $0 } }

    /// Asks index and log.
    package func read() async throws(BackendError) -> Reading {
        // The log first: what is stored in between counts as lag at worst.
        let now = time.unixMilliseconds
        let ends = await ends()
        let status = try await index.status()
        var lag: UInt64 = 0
        var through = now
        for (partition, end) in ends {
            let indexed = status.indexed[partition]
            let next = indexed?.next ?? 0
            guard end > next else { continue }
            lag += end - next
            through = min(through, indexed?.timestamp ?? 0)
        }
        if ends.isEmpty { through = status.indexed.values.map(\.timestamp).min() ?? 0 }
        let known = through
        latest.withLock { $0 = known }
        return Reading(status: status, lag: lag, indexedThrough: through)
    }

    /// Where the partitions end; empty when the log does not answer.
    private func ends() async -> [Int: UInt64] {
        do {
            var ends: [Int: UInt64] = [:]
            for partition in 0..<(try await log.partitions(of: .messagesStored)) {
                ends[partition] = try await log.end(of: .messagesStored, partition: partition)
            }
            return ends
        } catch {
            return [:]
        }
    }
}
