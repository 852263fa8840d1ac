import Chat
import Interface
import Logging
import Metrics
import Synchronization

/// Brings notifications to push services: so many at a time, each until it is taken, refused or too old.
///
/// Bounded: beyond ``waitingMax`` on their way, what was sent before goes on and new ones are dropped (overflow policy
/// `refuse`): a push service that stands still holds up nobody's log. What is on its way when the node stops is lost.
final class PushSender: Sendable {
    static let waitingMax = 4_096
    /// Connections at once.
    static let connectionsMax = 32
    /// For resolving, connecting, sending and the answer together.
    static let attemptMilliseconds: UInt64 = 5_000

    private struct Inbox {
        var queue: [PushNotification] = []
        /// In the queue or on their way.
        var count = 0
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let transport: any PushTransport
    private let cipher: any PushCipher
    private let credential: PushCredential
    private let subscriptions: any SubscriptionStore
    private let rule: EndpointRule
    private let time: any TimeSource
    private let logger: Logger
    private let inbox = Mutex(Inbox())
    private let connections = PushGate(connectionsMax)

    init(
        transport: any PushTransport, cipher: any PushCipher, credential: PushCredential,
        subscriptions: any SubscriptionStore, rule: EndpointRule, time: any TimeSource, logger: Logger
    ) {
        self.transport = transport
        self.cipher = cipher
        self.credential = credential
        self.subscriptions = subscriptions
        self.rule = rule
        self.time = time
        self.logger = logger
    }

    /// Takes a notification on its way. Never waits.
    func offer(_ notification: PushNotification) {
        let (isTaken, waiter) = inbox.withLock { inbox -> (Bool, CheckedContinuation<Void, Never>?) in
            guard inbox.count < Self.waitingMax, !inbox.isClosed else { return (false, nil) }
            inbox.count += 1
            inbox.queue.append(notification)
            defer { inbox.waiter = nil }
            return (true, inbox.waiter)
        }
        if !isTaken { Self.count("overflow") }
        waiter?.resume()
    }

    /// Sends until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            await withTaskCancellationHandler {
                while !Task.isCancelled {
                    for notification in inbox.withLock({ inbox in
                        defer { inbox.queue = [] }
                        return inbox.queue
                    }) {
                        group.addTask {
                            await self.deliver(notification)
                            self.inbox.withLock { $0.count -= 1 }
                        }
                    }
                    await waitForMore()
                }
            } onCancel: {
                let waiter = inbox.withLock { inbox -> CheckedContinuation<Void, Never>? in
                    inbox.isClosed = true
                    defer { inbox.waiter = nil }
                    return inbox.waiter
                }
                waiter?.resume()
            }
        }
    }

    private func waitForMore() async {
        await withCheckedContinuation { continuation in
            let isReady = inbox.withLock { inbox in
                guard inbox.queue.isEmpty, !inbox.isClosed else { return true }
                inbox.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func deliver(_ notification: PushNotification) async {
        var attempt = 1
        while !Task.isCancelled {
            await connections.enter()
            let answer = await self.attempt(notification)
            connections.leave()
            let now = time.unixMilliseconds
            let left = notification.expiresAt - min(now, notification.expiresAt)
            let outcome = PushOutcome(of: answer, attempt: attempt, left: left)
            Self.count(outcome.label)
            switch outcome {
            case .delivered, .refused, .expired: return
            case .gone:
                // The push service said so: who comes back subscribes anew.
                _ = try? await subscriptions.remove(notification.subscription.id, of: notification.subscription.user)
                return
            case .again(let milliseconds):
                attempt += 1
                guard (try? await time.sleep(milliseconds: milliseconds)) != nil else { return }
            }
        }
    }

    /// `nil` when there was no answer. An endpoint that must not be called is one that refused.
    private func attempt(_ notification: PushNotification) async -> PushAnswer? {
        let refusal = PushAnswer(status: 403)
        guard let endpoint = PushEndpoint(notification.subscription.endpoint), rule.allows(endpoint) else {
            return refusal
        }
        do throws(BackendError) {
            let addresses = try await transport.resolve(endpoint.host)
            guard let address = rule.choose(from: addresses, for: endpoint) else {
                logger.notice("a push endpoint leads to no public address")
                return refusal
            }
            let request = try request(notification, endpoint)
            return try await transport.post(request, to: address, within: Self.attemptMilliseconds)
        } catch {
            // A key that is none was checked in its form alone when it was registered.
            if error.code == .rejected { return refusal }
            logger.info(
                "a push service did not answer",
                metadata: ["error.code": "\(error.code.rawValue)", "error.detail": "\(error.detail)"])
            return nil
        }
    }

    private func request(
        _ notification: PushNotification, _ endpoint: PushEndpoint
    ) throws(BackendError) -> PushRequest {
        let now = time.unixMilliseconds
        let left = (notification.expiresAt - min(now, notification.expiresAt)) / 1_000
        let body = try cipher.seal(
            notification.letter, for: notification.subscription.publicKey, secret: notification.subscription.secret)
        return PushRequest(
            isSecure: endpoint.isSecure, host: endpoint.host, port: endpoint.port, target: endpoint.target,
            headers: [
                ("Authorization", try credential.authorization(for: endpoint, now: now / 1_000)),
                ("Content-Encoding", "aes128gcm"), ("Content-Type", "application/octet-stream"),
                // RFC 8030, 5.2 to 5.4. A topic's later message replaces an earlier one that waits: one that is sent twice
                // is seen once.
                ("TTL", String(left)), ("Urgency", "high"), ("Topic", "m\(notification.message)"),
            ],
            body: body)
    }

    private static func count(_ outcome: String) {
        Counter(label: "discord_push_total", dimensions: [("outcome", outcome)]).increment()
    }
}

/// Lets so many in at a time; the others wait in the order in which they came.
final class PushGate: Sendable {
    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
