import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Logging
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

/// A node that is started again and again over one data directory: the gateway and the bus are new in each life, the log, the records and
/// the directory stay. What is written in each step of the chat service is the test's to say.
final class Lives {
    struct Steps: OptionSet {
        let rawValue: Int
        static let stored = Steps(rawValue: 1)
        static let published = Steps(rawValue: 2)
        static let committed = Steps(rawValue: 4)
        static let all: Steps = [.stored, .published, .committed]
    }

    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    private(set) var rig: GatewayRig
    private(set) var keeper: SessionKeeper
    private let directory: TemporaryDirectory
    private let backends: EmbeddedBackends
    private let loops: Int

    init(loops: Int = 1) async throws {
        let directory = try TemporaryDirectory()
        let time = ManualTime()
        self.directory = directory
        self.loops = loops
        backends = try EmbeddedBackends.open(directory: directory.path, time: time, logger: Self.logger)
        rig = try await GatewayRig(loops: loops, time: time)
        keeper = Self.keeper(of: rig, backends)
        rig.addSmallGuild()
    }

    private static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    private static func keeper(of rig: GatewayRig, _ backends: EmbeddedBackends) -> SessionKeeper {
        SessionKeeper(
            archive: SessionArchive(store: backends.sessions, log: backends.log, node: 1), worker: rig.worker,
            loops: rig.loops.count, resumeMilliseconds: SessionSettings().resumeMilliseconds, time: rig.time,
            logger: logger, bell: rig.bell)
    }

    /// Writes down the sessions, while the loops turn.
    @discardableResult
    func capture(isFinal: Bool = false) async -> Bool {
        let (keeper, flag) = (keeper, Flag())
        let capture = Task {
            defer { flag.isSet.store(true, ordering: .releasing) }
            return await keeper.capture(isFinal: isFinal)
        }
        while !flag.isSet.load(ordering: .acquiring) {
            rig.turn()
            await Task.yield()
        }
        return await capture.value
    }

    /// The node ends, as it does when it is killed, and begins anew: with the chat service where it had committed.
    func restart(after milliseconds: UInt64 = 500) async throws {
        rig.time.advance(by: milliseconds)
        rig = try await GatewayRig(loops: loops, world: rig.source, time: rig.time)
        keeper = Self.keeper(of: rig, backends)
        await keeper.restore()
        rig.turn()
        try await goOn()
        await rig.settle()
    }

    /// Another connection, on which a client resumes.
    func resume(
        _ client: GatewayClient, loop: Int = 0, token: String? = nil, sequence: Int? = nil
    ) async throws -> GatewayClient {
        let again = try await rig.connect(loop: loop)
        #expect(again.payloads().map { $0["op"]?.int } == [10])
        if sequence == nil { again.continues(client) }
        again.resume(session: client.session, token: token ?? client.token, sequence: sequence ?? client.sequence)
        await rig.settle()
        return again
    }

    // MARK: The chat service

    /// A message in a channel of guild 100.
    func send(_ number: UInt64, channel: UInt64 = 200, steps: Steps = .all) async throws {
        let message = Message(
            id: MessageID(number), channel: ChannelID(channel), guild: GuildID(100), author: UserID(1),
            content: "hello", version: number)
        let author = User(id: UserID(1), username: "user1")
        try await accept(
            .messageCreated(
                HydratedMessage(message: message, author: author, member: Member(user: author.id, joinedAt: 0))),
            epoch: rig.source.epoch(of: 100), steps)
    }

    /// A message in a direct channel.
    func send(_ number: UInt64, direct channel: UInt64, steps: Steps = .all) async throws {
        let message = Message(
            id: MessageID(number), channel: ChannelID(channel), guild: nil, author: UserID(1), content: "hello",
            version: number)
        try await accept(
            .messageCreated(
                HydratedMessage(message: message, author: User(id: UserID(1), username: "user1"), member: nil)),
            epoch: 1, steps)
    }

    private func accept(_ event: ChannelEvent, epoch: UInt64, _ steps: Steps) async throws {
        let payload = StoredEvent(partition: 0, position: 0, epoch: epoch, event: event).encoded()
        let record = NewRecord(topic: .messages, key: event.channel.rawValue, payload: payload)
        let position = try #require(try await backends.log.append([record]).first)
        try await work(on: LogRecord(position: position, key: record.key, payload: payload), steps)
    }

    private func work(on record: LogRecord, _ steps: Steps) async throws {
        var stored = try StoredEvent(encoded: record.payload)
        stored.partition = record.position.partition
        stored.position = record.position.offset + 1
        let payload = stored.encoded()
        if steps.contains(.stored) {
            _ = try await backends.log.append([
                NewRecord(topic: .messagesStored, key: record.key, payload: payload)
            ])
        }
        if steps.contains(.published) {
            let parties = rig.source.state.withLock { $0.directs[stored.event.channel]?.parties } ?? []
            for party in parties {
                try await rig.source.publish(
                    UserEvent.directActivity(stored.event.channel, position: stored.position), to: party.rawValue)
            }
            try await rig.bus.publish([
                FanoutMessage(
                    topic: .channel(stored.event.channel), position: stored.position, epoch: stored.epoch,
                    acceptedAt: 0, payload: payload)
            ])
        }
        guard steps.contains(.committed) else { return }
        let ref = PartitionRef(
            group: PartitionRunner.group, topic: .messages, partition: record.position.partition)
        try await backends.log.commit(Checkpoint(next: record.position.offset + 1), for: ref, epoch: 1)
    }

    /// Does what was accepted and not committed, once more.
    private func goOn() async throws {
        for partition in 0..<(try await backends.log.partitions(of: .messages)) {
            let ref = PartitionRef(group: PartitionRunner.group, topic: .messages, partition: partition)
            let next = try await backends.log.checkpoint(of: ref)?.next ?? 0
            let records = try await backends.log.read(
                .messages, partition: partition, from: next, limit: 1_000, bytesMax: 1 << 20)
            for record in records { try await work(on: record, .all) }
        }
    }
}
