import GRDB
package import Interface

/// The registry of nodes in SQLite.
///
/// A row of `node` stays for ever, so that epochs rise for ever; its number may be given away once its lease has run out. A row of
/// `ownership` stays too, without an owner once that was released.
package final class SQLiteCoordinator: Coordinator {
    static let nodeNumbers = 1_024

    static let description = DatabaseDescription(
        fileName: "coordinator.db", pageBytes: 4_096,
        migrations: [
            """
            CREATE TABLE node (
                name TEXT PRIMARY KEY,
                number INTEGER UNIQUE,
                epoch INTEGER NOT NULL,
                lease_until INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE TABLE ownership (
                "group" TEXT NOT NULL,
                topic TEXT NOT NULL,
                partition INTEGER NOT NULL,
                owner TEXT,
                epoch INTEGER NOT NULL,
                PRIMARY KEY ("group", topic, partition)
            ) WITHOUT ROWID;
            """,
            // One row at most.
            """
            CREATE TABLE cluster (
                only INTEGER PRIMARY KEY CHECK (only = 1),
                id TEXT NOT NULL
            );
            """,
        ]
    )

    private let database: SQLiteDatabase

    init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func cluster(orElse candidate: ClusterID) async throws(BackendError) -> ClusterID {
        try await database.write("coordinator.cluster") { database in
            try database.run(
                "INSERT INTO cluster (only, id) VALUES (1, ?) ON CONFLICT DO NOTHING", [candidate.description])
            let text = try database.first("SELECT id FROM cluster") { $0.text(0) }
            guard let id = text.flatMap({ ClusterID($0) }) else {
                throw BackendError(
                    .corrupt, operation: "coordinator.cluster", target: "cluster", detail: "it is no id of a cluster")
            }
            return id
        }
    }

    package func register(
        _ name: String, now: UInt64, leaseMilliseconds: UInt64
    ) async throws(BackendError) -> NodeRecord {
        guard Self.isValid(name) else {
            throw BackendError(
                .rejected, operation: "coordinator.register", target: "node",
                detail: "a node's name has 1 to 63 characters of a-z, 0-9 and -")
        }
        let until = Self.sum(now, leaseMilliseconds)
        return try await database.write("coordinator.register") { database in
            let known = try database.first("SELECT number, epoch FROM node WHERE name = ?", [name]) {
                (number: $0[0] as Int64?, epoch: $0.unsigned(1))
            }
            let number = try known?.number ?? Self.freeNumber(in: database, now: now)
            let epoch = (known?.epoch ?? 0) + 1
            try database.run(
                """
                INSERT INTO node (name, number, epoch, lease_until) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE
                SET number = excluded.number, epoch = excluded.epoch, lease_until = excluded.lease_until
                """,
                [name, number, Int64(clamping: epoch), Int64(clamping: until)]
            )
            return NodeRecord(name: name, number: UInt16(truncatingIfNeeded: number), epoch: epoch, leaseUntil: until)
        }
    }

    package func renew(
        _ node: NodeRecord, now: UInt64, leaseMilliseconds: UInt64
    ) async throws(BackendError) -> NodeRecord {
        let until = Self.sum(now, leaseMilliseconds)
        return try await database.write("coordinator.renew") { database in
            try Self.require(node, "coordinator.renew", in: database)
            try database.run("UPDATE node SET lease_until = ? WHERE name = ?", [Int64(clamping: until), node.name])
            var renewed = node
            renewed.leaseUntil = until
            return renewed
        }
    }

    package func release(_ node: NodeRecord) async throws(BackendError) {
        try await database.write("coordinator.release") { database in
            guard try Self.isCurrent(node, in: database) else { return }
            try database.run("UPDATE node SET lease_until = 0 WHERE name = ?", [node.name])
            try database.run("UPDATE ownership SET owner = NULL WHERE owner = ?", [node.name])
        }
    }

    package func nodes(now: UInt64) async throws(BackendError) -> [NodeRecord] {
        try await database.read("coordinator.nodes") { database in
            try database.all(
                "SELECT name, number, epoch, lease_until FROM node WHERE lease_until > ? ORDER BY name",
                [Int64(clamping: now)]
            ) {
                NodeRecord(
                    name: $0.text(0), number: UInt16(truncatingIfNeeded: $0.integer(1)), epoch: $0.unsigned(2),
                    leaseUntil: $0.unsigned(3))
            }
        }
    }

    package func claim(_ ref: PartitionRef, for node: NodeRecord) async throws(BackendError) -> Ownership {
        try await database.write("coordinator.claim") { database in
            try Self.require(node, "coordinator.claim", in: database)
            let epoch = try database.first(
                """
                INSERT INTO ownership ("group", topic, partition, owner, epoch) VALUES (?, ?, ?, ?, 1)
                ON CONFLICT ("group", topic, partition) DO UPDATE SET owner = excluded.owner, epoch = epoch + 1
                RETURNING epoch
                """,
                [ref.group, ref.topic.rawValue, ref.partition, node.name]
            ) { $0.unsigned(0) }
            return Ownership(ref: ref, owner: node.name, epoch: epoch ?? 1)
        }
    }

    package func ownership(group: String, topic: Topic) async throws(BackendError) -> [Ownership] {
        try await database.read("coordinator.ownership") { database in
            try database.all(
                """
                SELECT partition, owner, epoch FROM ownership
                WHERE "group" = ? AND topic = ? AND owner IS NOT NULL ORDER BY partition
                """,
                [group, topic.rawValue]
            ) {
                Ownership(
                    ref: PartitionRef(group: group, topic: topic, partition: Int($0.integer(0))), owner: $0.text(1),
                    epoch: $0.unsigned(2))
            }
        }
    }

    /// A number nobody ever had, else one whose lease has run out longest ago; its former holder loses it.
    private static func freeNumber(in database: Database, now: UInt64) throws -> Int64 {
        let taken = Set(try database.all("SELECT number FROM node WHERE number IS NOT NULL") { $0.integer(0) })
        if let unused = (0..<Int64(nodeNumbers)).first(where: { !taken.contains($0) }) { return unused }
        let expired = try database.first(
            "SELECT number FROM node WHERE number IS NOT NULL AND lease_until <= ? ORDER BY lease_until, name LIMIT 1",
            [Int64(clamping: now)]
        ) { $0.integer(0) }
        guard let expired else {
            throw BackendError(
                .full, operation: "coordinator.register", target: "node numbers",
                detail: "all \(nodeNumbers) numbers are leased", hint: "stop nodes that are not needed")
        }
        try database.run("UPDATE node SET number = NULL, lease_until = 0 WHERE number = ?", [expired])
        return expired
    }

    /// Whether this registration is the name's latest, still has its number, and was not released.
    private static func isCurrent(_ node: NodeRecord, in database: Database) throws -> Bool {
        try database.first(
            "SELECT 1 FROM node WHERE name = ? AND number = ? AND epoch = ? AND lease_until > 0",
            [node.name, Int64(node.number), Int64(clamping: node.epoch)]
        ) { _ in true } ?? false
    }

    private static func require(_ node: NodeRecord, _ operation: String, in database: Database) throws {
        guard try isCurrent(node, in: database) else {
            throw BackendError(
                .fenced, operation: operation, target: "node \(node.name)",
                detail: "epoch \(node.epoch) of this name has ended",
                hint: "is another process running under the same name?")
        }
    }

    private static func isValid(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    private static func sum(_ now: UInt64, _ lease: UInt64) -> UInt64 {
        let (sum, overflow) = now.addingReportingOverflow(lease)
        return overflow ? UInt64(Int64.max) : min(sum, UInt64(Int64.max))
    }
}
