import BackendContracts
import Interface
import Logging
import Testing

@testable import EmbeddedBackend

/// Databases in a directory of their own, which lasts as long as they do.
final class Opened: Sendable {
    let directory: TemporaryDirectory
    let backends: EmbeddedBackends
    let time: ManualTime

    init(in directory: TemporaryDirectory? = nil, time: ManualTime = ManualTime()) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        self.time = time
        backends = try EmbeddedBackends.open(
            directory: directory.path, time: time, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// Keeps what a clause has opened until the clause is over.
final class Keeper {
    private var opened: [Opened] = []

    func open() throws -> EmbeddedBackends {
        let new = try Opened()
        opened.append(new)
        return new.backends
    }
}

/// One after the other: each holds some thirty descriptors, and all tests of a run start at the same time.
@Suite("Contracts of the embedded backends", .serialized) struct ContractTests {
    private let keeper = Keeper()

    @Test(arguments: EventLogContract.allCases)
    func eventLogHonours(_ clause: EventLogContract) async throws {
        try await clause.check { try keeper.open().log }
    }

    @Test(arguments: MessageStoreContract.allCases)
    func messageStoreHonours(_ clause: MessageStoreContract) async throws {
        try await clause.check { try keeper.open().store }
    }

    @Test(arguments: DirectoryContract.allCases)
    func directoryHonours(_ clause: DirectoryContract) async throws {
        try await clause.check { try keeper.open().directory }
    }

    @Test(arguments: BansContract.allCases)
    func directoryHonoursBans(_ clause: BansContract) async throws {
        try await clause.check { try keeper.open().directory }
    }

    @Test(arguments: AuditContract.allCases)
    func directoryHonoursAudits(_ clause: AuditContract) async throws {
        try await clause.check { try keeper.open().directory }
    }

    @Test(arguments: WebhooksContract.allCases)
    func directoryHonoursWebhooks(_ clause: WebhooksContract) async throws {
        try await clause.check { try keeper.open().directory }
    }

    @Test(arguments: ReadStatesContract.allCases)
    func directoryHonoursReadStates(_ clause: ReadStatesContract) async throws {
        try await clause.check { try keeper.open().directory }
    }

    @Test(arguments: NotificationsContract.allCases)
    func directoryHonoursNotifications(_ clause: NotificationsContract) async throws {
        try await clause.check { try keeper.open().directory }
    }

    @Test(arguments: DirectsContract.allCases)
    func directoryHonoursDirects(_ clause: DirectsContract) async throws {
        try await clause.check { try keeper.open().directory }
    }

    @Test(arguments: CoordinatorContract.allCases)
    func coordinatorHonours(_ clause: CoordinatorContract) async throws {
        try await clause.check { try keeper.open().coordinator }
    }

    @Test(arguments: SearchIndexContract.allCases)
    func searchIndexHonours(_ clause: SearchIndexContract) async throws {
        try await clause.check { try keeper.open().search }
    }

    @Test(arguments: AttachmentStoreContract.allCases)
    func attachmentStoreHonours(_ clause: AttachmentStoreContract) async throws {
        try await clause.check { try keeper.open().attachments }
    }

    @Test(arguments: SubscriptionStoreContract.allCases)
    func subscriptionStoreHonours(_ clause: SubscriptionStoreContract) async throws {
        try await clause.check {
            let backends = try keeper.open()
            return (backends.directory, backends.subscriptions)
        }
    }

    @Test(arguments: DeliveryStoreContract.allCases)
    func deliveryStoreHonours(_ clause: DeliveryStoreContract) async throws {
        try await clause.check { MemoryDeliveryStore() }
    }

    @Test(arguments: SessionStoreContract.allCases)
    func sessionStoreHonours(_ clause: SessionStoreContract) async throws {
        try await clause.check { try keeper.open().sessions }
    }

    @Test(arguments: FanoutBusContract.allCases)
    func fanoutBusHonours(_ clause: FanoutBusContract) async throws {
        try await clause.check { InProcessFanoutBus(time: ManualTime()) }
    }

    @Test(arguments: PresenceStoreContract.allCases)
    func presenceStoreHonours(_ clause: PresenceStoreContract) async throws {
        try await clause.check { MemoryPresenceStore() }
    }

    @Test(arguments: VoiceStoreContract.allCases)
    func voiceStoreHonours(_ clause: VoiceStoreContract) async throws {
        try await clause.check { MemoryVoiceStore() }
    }

    @Test(arguments: RateLimiterContract.allCases)
    func rateLimiterHonours(_ clause: RateLimiterContract) async throws {
        let time = ManualTime()
        try await clause.check({ MemoryRateLimiter(time: time) }, passing: { time.advance(by: $0) })
    }
}
