package import Interface

/// The promises of ``Interface/Coordinator``, one case each.
package enum CoordinatorContract: String, CaseIterable, Sendable {
    case numbersAreUnique, registeringAgainKeepsTheNumber, registeringAgainRaisesTheEpoch, badNamesAreRejected
    case leasesEnd, renewingExtends, renewingAfterSupersessionIsFenced, renewingLateIsFine
    case renewingWithoutTheNumberIsFenced, numbersRunOut
    case releasingEndsLeaseAndOwnership, releasingTwiceIsHarmless, aStaleReleaseChangesNothing, nodesAreSorted
    case claimingRaisesTheEpoch, claimingTakesOver, aSupersededNodeCannotClaim, ownershipIsSortedAndApart
    case concurrentClaimsGetDistinctEpochs, epochsRiseAcrossRelease
    case theFirstIdOfTheClusterStays

    private static let lease: UInt64 = 10_000

    /// - Parameter make: a coordinator of its own for each call, without nodes.
    package func check(_ make: () async throws -> any Coordinator) async throws {
        let coordinator = try await make()
        switch self {
        case .numbersAreUnique, .registeringAgainKeepsTheNumber, .registeringAgainRaisesTheEpoch, .badNamesAreRejected,
            .leasesEnd, .renewingExtends, .renewingAfterSupersessionIsFenced, .renewingLateIsFine, .nodesAreSorted:
            try await checkRegistration(with: coordinator)
        case .renewingWithoutTheNumberIsFenced, .numbersRunOut:
            try await checkNumbers(of: coordinator)
        case .releasingEndsLeaseAndOwnership, .releasingTwiceIsHarmless, .aStaleReleaseChangesNothing,
            .epochsRiseAcrossRelease:
            try await checkRelease(with: coordinator)
        case .claimingRaisesTheEpoch, .claimingTakesOver, .aSupersededNodeCannotClaim, .ownershipIsSortedAndApart,
            .concurrentClaimsGetDistinctEpochs:
            try await checkClaims(with: coordinator)
        case .theFirstIdOfTheClusterStays:
            let first = try await coordinator.cluster(orElse: ClusterID(bits: 7))
            try demand(first, is: ClusterID(bits: 7), "the first candidate is taken")
            let second = try await coordinator.cluster(orElse: ClusterID(bits: 8))
            try demand(second, is: first, "later ones are not")
        }
    }

    private func register(_ name: String, at now: UInt64 = 1, with coordinator: any Coordinator) async throws
        -> NodeRecord
    {
        try await coordinator.register(name, now: now, leaseMilliseconds: Self.lease)
    }

    private static func ref(_ partition: Int) -> PartitionRef {
        PartitionRef(group: "chat-service", topic: .messages, partition: partition)
    }

    private func checkRegistration(with coordinator: any Coordinator) async throws {
        let first = try await register("node-b", with: coordinator)
        switch self {
        case .numbersAreUnique:
            let second = try await register("node-a", with: coordinator)
            try demand(first.number != second.number, "live nodes have different numbers")
            try demand(first.number < 1_024 && second.number < 1_024, "a number is below 1,024")
        case .registeringAgainKeepsTheNumber:
            _ = try await register("node-a", with: coordinator)
            let again = try await register("node-b", at: 5, with: coordinator)
            try demand(again.number, is: first.number, "a name keeps its number")
            try demand(again.leaseUntil, is: 5 + Self.lease, "a registration starts a lease")
        case .registeringAgainRaisesTheEpoch:
            let again = try await register("node-b", with: coordinator)
            try demand(again.epoch > first.epoch, "registering again raises the epoch")
        case .badNamesAreRejected:
            for name in ["", "Node", "a_b", "ä", String(repeating: "a", count: 64)] {
                try await demandRefusal(.rejected, "a name has 1 to 63 characters of a-z, 0-9 and -") {
                    _ = try await register(name, with: coordinator)
                }
            }
            _ = try await register(String(repeating: "z", count: 63), with: coordinator)
        case .leasesEnd:
            try demand(try await coordinator.nodes(now: Self.lease - 5), is: [first], "a leased node is known")
            try demand(try await coordinator.nodes(now: Self.lease + 5), is: [], "a lease ends")
        case .renewingExtends:
            let renewed = try await coordinator.renew(first, now: 5_000, leaseMilliseconds: Self.lease)
            try demand(renewed.leaseUntil, is: 15_000, "renewing extends the lease")
            try demand(
                [renewed.epoch, UInt64(renewed.number)], is: [first.epoch, UInt64(first.number)], "and no more")
            try demand(try await coordinator.nodes(now: 14_000), is: [renewed], "a renewed node is known")
        case .renewingAfterSupersessionIsFenced:
            _ = try await register("node-b", with: coordinator)
            try await demandRefusal(.fenced, "a superseded registration cannot be renewed") {
                _ = try await coordinator.renew(first, now: 2, leaseMilliseconds: Self.lease)
            }
        case .renewingLateIsFine:
            let renewed = try await coordinator.renew(first, now: 100_000, leaseMilliseconds: Self.lease)
            try demand(try await coordinator.nodes(now: 100_001), is: [renewed], "late, but nobody took the number")
        case .nodesAreSorted:
            for name in ["node-c", "node-a"] { _ = try await register(name, with: coordinator) }
            let names = try await coordinator.nodes(now: 2).map(\.name)
            try demand(names, is: ["node-a", "node-b", "node-c"], "nodes come ascending by name")
        default: preconditionFailure("not a clause of registration")
        }
    }

    private func checkNumbers(of coordinator: any Coordinator) async throws {
        var nodes: [NodeRecord] = []
        for number in 0..<1_024 {
            nodes.append(try await register("n\(number)", at: UInt64(number + 1), with: coordinator))
        }
        try demand(Set(nodes.map(\.number)).count, is: 1_024, "1,024 nodes have 1,024 numbers")
        switch self {
        case .numbersRunOut:
            try await demandRefusal(.full, "there are 1,024 numbers") {
                _ = try await register("late", at: 5_000, with: coordinator)
            }
        case .renewingWithoutTheNumberIsFenced:
            // Only the first node's lease has run out.
            let late = try await register("late", at: Self.lease + 1, with: coordinator)
            try demand(late.number, is: nodes[0].number, "a number goes on when its lease has run out")
            try await demandRefusal(.fenced, "a node whose number was given away cannot renew") {
                _ = try await coordinator.renew(nodes[0], now: Self.lease + 2, leaseMilliseconds: Self.lease)
            }
        default: preconditionFailure("not a clause of numbers")
        }
    }

    private func checkRelease(with coordinator: any Coordinator) async throws {
        let node = try await register("node-a", with: coordinator)
        let owned = try await coordinator.claim(Self.ref(1), for: node)
        switch self {
        case .releasingEndsLeaseAndOwnership:
            try await coordinator.release(node)
            try demand(try await coordinator.nodes(now: 2), is: [], "a released node is gone")
            let ownership = try await coordinator.ownership(group: "chat-service", topic: .messages)
            try demand(ownership, is: [], "a released node owns nothing")
        case .releasingTwiceIsHarmless:
            try await coordinator.release(node)
            try await coordinator.release(node)
        case .aStaleReleaseChangesNothing:
            let successor = try await register("node-a", with: coordinator)
            try await coordinator.release(node)
            try demand(try await coordinator.nodes(now: 2), is: [successor], "the successor stays")
            let ownership = try await coordinator.ownership(group: "chat-service", topic: .messages)
            try demand(ownership, is: [owned], "a stale release takes no ownership away")
        case .epochsRiseAcrossRelease:
            try await coordinator.release(node)
            let again = try await register("node-a", with: coordinator)
            try demand(again.epoch > node.epoch, "a node's epoch rises across a release")
            let next = try await coordinator.claim(Self.ref(1), for: again)
            try demand(next.epoch > owned.epoch, "a partition's epoch rises across a release")
        default: preconditionFailure("not a clause of release")
        }
    }

    private func checkClaims(with coordinator: any Coordinator) async throws {
        let one = try await register("node-a", with: coordinator)
        let other = try await register("node-b", with: coordinator)
        switch self {
        case .claimingRaisesTheEpoch:
            let first = try await coordinator.claim(Self.ref(3), for: one)
            let second = try await coordinator.claim(Self.ref(3), for: one)
            try demand(second.epoch > first.epoch, "every claim raises the epoch")
            try demand([first.ref, second.ref], is: [Self.ref(3), Self.ref(3)], "a claim is for what was asked")
        case .claimingTakesOver:
            let first = try await coordinator.claim(Self.ref(3), for: one)
            let second = try await coordinator.claim(Self.ref(3), for: other)
            try demand(second.epoch > first.epoch, "a takeover raises the epoch")
            let ownership = try await coordinator.ownership(group: "chat-service", topic: .messages)
            try demand(ownership, is: [second], "a partition has one owner")
        case .aSupersededNodeCannotClaim:
            let owned = try await coordinator.claim(Self.ref(3), for: one)
            _ = try await register("node-a", with: coordinator)
            try await demandRefusal(.fenced, "a superseded node cannot claim") {
                _ = try await coordinator.claim(Self.ref(3), for: one)
            }
            let ownership = try await coordinator.ownership(group: "chat-service", topic: .messages)
            try demand(ownership, is: [owned], "a fenced claim changes nothing")
        case .ownershipIsSortedAndApart:
            for partition in [7, 0, 12] { _ = try await coordinator.claim(Self.ref(partition), for: one) }
            _ = try await coordinator.claim(PartitionRef(group: "push", topic: .messages, partition: 1), for: one)
            _ = try await coordinator.claim(
                PartitionRef(group: "chat-service", topic: .messagesStored, partition: 2), for: one)
            let partitions = try await coordinator.ownership(group: "chat-service", topic: .messages).map(
                \.ref.partition)
            try demand(partitions, is: [0, 7, 12], "ownership comes ascending, for one group and topic")
        case .concurrentClaimsGetDistinctEpochs:
            let epochs = try await withThrowingTaskGroup(of: UInt64.self) { group in
                for turn in 0..<20 {
                    let node = turn % 2 == 0 ? one : other
                    group.addTask { try await coordinator.claim(Self.ref(3), for: node).epoch }
                }
                return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
            }
            try demand(epochs.count, is: 20, "no two claims get the same epoch")
        default: preconditionFailure("not a clause of claims")
        }
    }
}
