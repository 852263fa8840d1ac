package import Interface
package import Logging
import ServiceLifecycle

/// Tells users of messages that they have not seen, where they have asked to be told (Web Push). Never on the way of a
/// message to its readers: it reads what was stored, as far behind as it has to be.
package struct PushService: Service {
    /// The consumer group of the service.
    package static let group = PushWork.group

    private let consumer: TopicConsumer<PushWork>
    private let sender: PushSender
    private let reports: DeliveryReports

    /// What it asks.
    package struct Backends: Sendable {
        package var log: any EventLog
        package var coordinator: any Coordinator
        package var directory: any Directory
        package var messages: any MessageStore
        package var presence: any PresenceStore
        package var subscriptions: any SubscriptionStore
        package var deliveries: any DeliveryStore
        package var cipher: any PushCipher
        package var transport: any PushTransport

        package init(
            log: any EventLog, coordinator: any Coordinator, directory: any Directory, messages: any MessageStore,
            presence: any PresenceStore, subscriptions: any SubscriptionStore, deliveries: any DeliveryStore,
            cipher: any PushCipher, transport: any PushTransport
        ) {
            self.log = log
            self.coordinator = coordinator
            self.directory = directory
            self.messages = messages
            self.presence = presence
            self.subscriptions = subscriptions
            self.deliveries = deliveries
            self.cipher = cipher
            self.transport = transport
        }
    }

    /// - Parameters:
    ///   - keys: by which push services know this cluster; the same for as long as anybody is subscribed.
    ///   - reports: of this node's gateway.
    package init(
        node: NodeRecord, backends: Backends, access: Access, reports: DeliveryReports, keys: PushKeyPair,
        rule: EndpointRule, settings: PushSettings, time: any TimeSource, logger: Logger
    ) {
        let sender = PushSender(
            transport: backends.transport, cipher: backends.cipher,
            credential: PushCredential(keys: keys, contact: settings.contact, cipher: backends.cipher),
            subscriptions: backends.subscriptions, rule: rule, time: time, logger: logger)
        let work = PushWork(
            access: access, directory: backends.directory, messages: backends.messages, presence: backends.presence,
            subscriptions: backends.subscriptions, deliveries: backends.deliveries, time: time, settings: settings,
            logger: logger, send: { sender.offer($0) })
        consumer = TopicConsumer(
            .messagesStored, node: node, log: backends.log, coordinator: backends.coordinator, time: time,
            logger: logger, work: work)
        self.sender = sender
        self.reports = reports
    }

    /// Works until it is cancelled or shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await reports.run() }
                group.addTask { await sender.run() }
                group.addTask { await consumer.run() }
            }
        }
    }
}
