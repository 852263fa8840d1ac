/// A node as the registry knows it.
package struct NodeRecord: Hashable, Sendable {
    /// 1 to 63 characters of a–z, 0–9 and `-`.
    package var name: String
    /// 0 to 1,023, unique among the nodes that live; goes into ids.
    package var number: UInt16
    /// Rises each time a node of this name registers: a second process under the name fences the first.
    package var epoch: UInt64
    /// Unix milliseconds up to which the lease holds.
    package var leaseUntil: UInt64

    package init(name: String, number: UInt16, epoch: UInt64, leaseUntil: UInt64) {
        self.name = name
        self.number = number
        self.epoch = epoch
        self.leaseUntil = leaseUntil
    }
}

/// What tells one cluster from every other, for as long as its data lives: 64 random bits as 16 hexadecimal digits.
package struct ClusterID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// `nil` for anything but 16 lower-case hexadecimal digits.
    package init?(_ text: String) {
        let isDigits = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard text.utf8.count == 16, isDigits else { return nil }
        description = text
    }

    package init(bits: UInt64) {
        let digits = String(bits, radix: 16)
        description = String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// Who owns a partition for a consumer group, and under which epoch its commits are accepted.
package struct Ownership: Hashable, Sendable {
    package var ref: PartitionRef
    package var owner: String
    /// Rises with every change of owner and every new claim.
    package var epoch: UInt64

    package init(ref: PartitionRef, owner: String, epoch: UInt64) {
        self.ref = ref
        self.owner = owner
        self.epoch = epoch
    }
}

/// The registry of nodes and the record of who owns what.
package protocol Coordinator: Sendable {
    /// The cluster's id. The first call ever decides it, and takes `candidate`; all later ones get what that one took.
    func cluster(orElse candidate: ClusterID) async throws(BackendError) -> ClusterID
    /// Registers a node for `leaseMilliseconds` from `now` (Unix milliseconds) and gives it a number. Registering a name again keeps its
    /// number and raises its epoch. `.full` when all 1,024 numbers are leased.
    func register(_ name: String, now: UInt64, leaseMilliseconds: UInt64) async throws(BackendError) -> NodeRecord
    /// Extends a lease. `.fenced` when the name was registered again since, or its lease ran out and its number was given away.
    func renew(_ node: NodeRecord, now: UInt64, leaseMilliseconds: UInt64) async throws(BackendError) -> NodeRecord
    /// Ends a lease and the ownership that went with it. Harmless when it has ended.
    func release(_ node: NodeRecord) async throws(BackendError)
    /// The nodes whose lease holds at a time, ascending by name.
    func nodes(now: UInt64) async throws(BackendError) -> [NodeRecord]
    /// Takes a partition, from whoever had it, and raises its epoch. `.fenced` when the node's own registration was superseded.
    func claim(_ ref: PartitionRef, for node: NodeRecord) async throws(BackendError) -> Ownership
    /// Who owns the partitions of a group and a topic, ascending.
    func ownership(group: String, topic: Topic) async throws(BackendError) -> [Ownership]
}
