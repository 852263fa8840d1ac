package import Chat
package import Interface
import Synchronization

/// A message as a client sends it.
package struct NewMessage: Sendable {
    package var content: String
    package var nonce: Nonce?
    /// Whether a repetition of the nonce yields the first message. Without a nonce it means nothing.
    package var enforcesNonce: Bool
    package var isTTS: Bool
    package var flags: UInt32
    /// A JSON array, already checked by the edge in its form and number; empty for none.
    package var embeds: [UInt8]
    /// `nil`: all mentions count.
    package var allowedMentions: AllowedMentions?
    /// What it answers.
    package var reply: NewReply?
    /// Files that are in the store already.
    package var attachments: [Attachment]

    package init(
        content: String, nonce: Nonce? = nil, enforcesNonce: Bool = false, isTTS: Bool = false, flags: UInt32 = 0,
        embeds: [UInt8] = [], allowedMentions: AllowedMentions? = nil, reply: NewReply? = nil,
        attachments: [Attachment] = []
    ) {
        self.content = content
        self.nonce = nonce
        self.enforcesNonce = enforcesNonce
        self.isTTS = isTTS
        self.flags = flags
        self.embeds = embeds
        self.allowedMentions = allowedMentions
        self.reply = reply
        self.attachments = attachments
    }
}

/// What a client wants to answer.
package struct NewReply: Hashable, Sendable {
    package var message: MessageID
    /// Where the client believes it to be; `nil` for the channel of the reply. Other channels are refused.
    package var channel: ChannelID?
    /// Whether the message is refused when what it answers does not exist; otherwise it becomes an ordinary one.
    package var failsIfMissing: Bool

    package init(message: MessageID, channel: ChannelID? = nil, failsIfMissing: Bool = true) {
        self.message = message
        self.channel = channel
        self.failsIfMissing = failsIfMissing
    }
}

/// A message that the log has: it will be stored, whatever happens now (invariant I1).
package struct AcceptedMessage: Hashable, Sendable {
    /// Unix milliseconds at which the log took it; `nil` when it did not answer in time: it may or may not
    /// have it.
    package var acceptedAt: UInt64?
    fileprivate var request: UInt64
}

/// The door of the log: validates, asks for permission, appends, and waits for what becomes of it.
///
/// Order: commands for one channel whose ``accept(_:to:as:)``, or whole call, was awaited one after another lie in the
/// log in that order. A gateway, which waits for no outcome, calls ``post(_:to:as:ticket:failed:)`` in turn.
package final class MessageIntake: FanoutReceiver, Sendable {
    /// What a client is told to wait before it asks again about a command whose outcome is not known.
    package static let queuedRetryMilliseconds: UInt64 = 2_000

    let access: Access
    let store: any MessageStore
    let time: any TimeSource
    /// Asked by an edge that queues commands before it calls; the others are admitted by the call itself.
    package let admission: CommandAdmission
    private let log: any EventLog
    private let node: UInt16
    private let waiters: OutcomeWaiters
    private let subscription = Mutex<(any FanoutSubscription)?>(nil)
    private let slowMode = Mutex(SlowMode())

    /// Starts listening for outcomes on the node's stream.
    /// - Parameters:
    ///   - node: the node's number.
    ///   - deadlineMilliseconds: how long a call waits for its outcome.
    ///   - waitersMax: how many calls may wait at a time.
    ///   - limits: how much may be under way before new commands are refused.
    package init(
        access: Access, log: any EventLog, store: any MessageStore, bus: any FanoutBus, node: UInt16,
        time: any TimeSource, deadlineMilliseconds: UInt64 = 5_000, waitersMax: Int = 20_000,
        limits: AdmissionLimits = AdmissionLimits()
    ) async throws(BackendError) {
        self.access = access
        self.store = store
        self.log = log
        self.node = node
        self.time = time
        admission = CommandAdmission(limits, lifetimeMilliseconds: deadlineMilliseconds + 1_000, time: time)
        waiters = OutcomeWaiters(time: time, deadlineMilliseconds: deadlineMilliseconds, countMax: waitersMax)
        let subscription = try await bus.attach(self)
        try await subscription.subscribe(.node(node))
        self.subscription.withLock { $0 = subscription }
    }

    /// Stops listening, for good. Calls that still wait end at their deadlines.
    package func close() async {
        let subscription = subscription.withLock { subscription in
            defer { subscription = nil }
            return subscription
        }
        await subscription?.cancel()
    }

    package func receive(_ event: FanoutEvent) {
        // What cannot be read was written by a newer version: its caller learns no more than at the deadline.
        guard event.topic == .node(node), let request = try? CommandOutcome.request(ofEncoded: event.payload) else {
            return
        }
        // Most come for messages whose outcome nobody awaits: those are not read.
        if waiters.isAwaited(request), let outcome = try? CommandOutcome(encoded: event.payload) {
            waiters.deliver(outcome)
        }
        if let ticket = waiters.takeTicket(of: request) { admission.settle(ticket) }
    }

    /// Sends a message and waits until it is stored.
    /// - Throws: `.invalidForm`, `.emptyMessage`; what ``Access/channel(_:for:needing:)`` throws; `.wrongChannelType`;
    ///   `.slowMode`; `.busy` when the node is behind with what it has accepted; `.unavailable` when the log is down or too many
    ///   wait; `.queued` when the message was accepted and its outcome is not known in time.
    package func send(
        _ message: NewMessage, to channel: ChannelID, as user: User
    ) async throws(ServiceError) -> HydratedMessage {
        try await outcome(of: try await accept(message, to: channel, as: user))
    }

    /// The first half of ``send(_:to:as:)``: returns as soon as the log has the message.
    package func accept(
        _ message: NewMessage, to channel: ChannelID, as user: User
    ) async throws(ServiceError) -> AcceptedMessage {
        let ticket = try admission.admit()
        var isAppended = false
        defer { if !isAppended { admission.withdraw(ticket) } }
        let prepared = try await prepare(message, to: channel, as: user)
        defer { if !isAppended { giveBack(prepared.pass) } }
        let accepted = try await append(.create(prepared.draft), prepared.grant, by: user.id, ticket)
        isAppended = true
        return accepted
    }

    /// Sends a message whose outcome nobody awaits. Returns when it is on its way into the log: messages for one channel lie there in the
    /// order in which these calls returned.
    /// - Parameters:
    ///   - ticket: from ``admission``. It is given back here when the message does not reach the log.
    ///   - failed: called at most once, after this has returned, when the log does not take the message: it must not wait.
    /// - Throws: what ``send(_:to:as:)`` throws before the log is asked; then `failed` is not called.
    package func post(
        _ message: NewMessage, to channel: ChannelID, as user: User, ticket: AdmissionTicket,
        failed: @escaping @Sendable (ServiceError) -> Void
    ) async throws(ServiceError) {
        var isUnderWay = false
        defer { if !isUnderWay { admission.withdraw(ticket) } }
        let prepared = try await prepare(message, to: channel, as: user)
        guard let request = waiters.register(ticket, isAwaited: false) else {
            giveBack(prepared.pass)
            throw Self.tooManyWait
        }
        isUnderWay = true
        let record = record(of: .create(prepared.draft), prepared.grant, by: user.id, request, wantsEvent: false)
        log.append([record]) { result in
            guard case .failure(let error) = result else { return }
            // The log may have taken it all the same: then it arrives like any other.
            if error.code == .timedOut {
                return failed(ServiceError(.queued(retryAfterMilliseconds: Self.queuedRetryMilliseconds)))
            }
            self.waiters.withdraw(request)
            self.admission.withdraw(ticket)
            self.giveBack(prepared.pass)
            failed(ServiceError(error))
        }
    }

    /// A message that may be sent.
    private struct Prepared {
        var draft: MessageDraft
        var grant: Access.ChannelGrant
        var pass: SlowModePass?
    }

    /// What is given back to slow mode when a message does not reach the log.
    private struct SlowModePass {
        var key: SlowMode.Key
        var takenAt: UInt64
    }

    /// Refuses whatever can be refused before the log.
    private func prepare(
        _ message: NewMessage, to channel: ChannelID, as user: User
    ) async throws(ServiceError) -> Prepared {
        try MessageValidation.check(message)
        var needed: Permissions = .sendMessages
        if !message.embeds.isEmpty { needed.insert(.embedLinks) }
        if !message.attachments.isEmpty { needed.insert(.attachFiles) }
        if message.isTTS { needed.insert(.sendTTSMessages) }
        if message.reply != nil { needed.insert(.readMessageHistory) }
        let grant = try await access.channel(channel, for: user.id, needing: needed)
        guard grant.channel.holdsMessages else { throw ServiceError(.nonTextChannel) }
        var resolved = try await MentionResolution.resolve(
            message.content, allowed: message.allowedMentions, grant, access.cache
        )
        let answered = try await answered(by: message, in: grant)
        if let answered, message.allowedMentions?.repliedUser ?? true {
            try await resolved.add(authorOf: answered, grant, access.cache)
        }
        let draft = MessageDraft(
            author: user, member: grant.member, kind: answered == nil ? .regular : .reply, content: message.content,
            nonce: message.nonce, enforcesNonce: message.enforcesNonce && message.nonce != nil, isTTS: message.isTTS,
            flags: message.flags & MessageValidation.senderFlags, embeds: message.embeds, mentions: resolved.mentions,
            mentioned: resolved.mentioned,
            reference: answered.map { MessageReference(message: $0.id, channel: $0.channel, guild: $0.guild) },
            needsReference: answered != nil && (message.reply?.failsIfMissing ?? true),
            attachments: message.attachments
        )
        return Prepared(draft: draft, grant: grant, pass: try passSlowMode(grant, draft))
    }

    /// Waits for nobody: a member who has to wait is told how long.
    /// - Returns: what is to be given back if the message does not reach the log; `nil` where there is no slow mode.
    private func passSlowMode(
        _ grant: Access.ChannelGrant, _ draft: MessageDraft
    ) throws(ServiceError) -> SlowModePass? {
        guard grant.channel.slowModeSeconds > 0, grant.permissions.isDisjoint(with: .exemptFromSlowMode) else {
            return nil
        }
        let key = SlowMode.Key(user: draft.author.id, channel: grant.channel.id)
        let now = time.monotonicMilliseconds
        let nonce = draft.enforcesNonce ? draft.nonce : nil
        let wait = slowMode.withLock {
            $0.take(key, intervalSeconds: grant.channel.slowModeSeconds, nonce: nonce, now: now)
        }
        if let wait { throw ServiceError(.slowMode(retryAfterMilliseconds: wait)) }
        return SlowModePass(key: key, takenAt: now)
    }

    private func giveBack(_ pass: SlowModePass?) {
        guard let pass else { return }
        slowMode.withLock { $0.giveBack(pass.key, takenAt: pass.takenAt) }
    }

    /// Instead of ``outcome(of:)``, for a message whose outcome nobody awaits.
    package func disregard(_ accepted: AcceptedMessage) { waiters.disregard(accepted.request) }

    /// The second half of ``send(_:to:as:)``. May be awaited once for each accepted message, or not at all.
    package func outcome(of accepted: AcceptedMessage) async throws(ServiceError) -> HydratedMessage {
        switch try await event(of: accepted) {
        case .messageCreated(let message), .messageUpdated(let message), .pinsChanged(let message, _): return message
        case .messageDeleted, .messagesDeleted, .reactionAdded, .reactionRemoved, .reactionsCleared:
            throw ServiceError(.internalFailure, detail: "the outcome of a message was something else")
        }
    }

    /// Appends a change, if the node takes on one more command, and notes that its outcome is awaited.
    func append(
        _ action: MessageCommand.Action, _ grant: Access.ChannelGrant, by actor: UserID
    ) async throws(ServiceError) -> AcceptedMessage {
        let ticket = try admission.admit()
        do throws(ServiceError) {
            return try await append(action, grant, by: actor, ticket)
        } catch {
            admission.withdraw(ticket)
            throw error
        }
    }

    /// Appends a command and notes that its outcome is awaited. The ticket stays the caller's when it throws.
    private func append(
        _ action: MessageCommand.Action, _ grant: Access.ChannelGrant, by actor: UserID, _ ticket: AdmissionTicket
    ) async throws(ServiceError) -> AcceptedMessage {
        guard let request = waiters.register(ticket) else { throw Self.tooManyWait }
        let record = record(of: action, grant, by: actor, request)
        do throws(BackendError) {
            let positions = try await log.append([record])
            return AcceptedMessage(acceptedAt: positions.first?.timestamp, request: request)
        } catch {
            // The log may have taken it all the same: its outcome, if there is one, comes before the deadline or not.
            if error.code == .timedOut { return AcceptedMessage(acceptedAt: nil, request: request) }
            waiters.withdraw(request)
            throw ServiceError(error)
        }
    }

    private func record(
        of action: MessageCommand.Action, _ grant: Access.ChannelGrant, by actor: UserID, _ request: UInt64,
        wantsEvent: Bool = true
    ) -> NewRecord {
        let command = MessageCommand(
            channel: grant.channel.id, guild: grant.guild, actor: actor, epoch: grant.epoch,
            origin: CommandOrigin(node: node, request: request, wantsEvent: wantsEvent), action: action
        )
        return NewRecord(topic: .messages, key: grant.channel.id.rawValue, payload: command.encoded())
    }

    private static var tooManyWait: ServiceError {
        ServiceError(
            .unavailable(retryAfterMilliseconds: queuedRetryMilliseconds),
            detail: "too many commands wait for their outcome"
        )
    }

    /// What a command became.
    @discardableResult
    func event(of accepted: AcceptedMessage) async throws(ServiceError) -> ChannelEvent {
        switch await waiters.ending(of: accepted.request) {
        case .outcome(.done(let event)): return event
        case .outcome(.settled):
            throw ServiceError(.internalFailure, detail: "the outcome of a command says too little")
        case .outcome(.refused(let refusal)): throw ServiceError(refusal: refusal)
        case .unknown: throw ServiceError(.queued(retryAfterMilliseconds: Self.queuedRetryMilliseconds))
        }
    }
}

extension ServiceError {
    /// The chat service's refusals in the services' words.
    init(refusal: CommandOutcome.Refusal) {
        switch refusal {
        case .unknownMessage: self.init(.unknownMessage)
        case .notTheAuthor: self.init(.notTheAuthor)
        case .missingPermission: self.init(.missingPermissions)
        case .emptyMessage: self.init(.emptyMessage)
        case .unknownReference: self.init(.invalidForm([.unknownReference]))
        case .tooManyReactions: self.init(.tooMany(.reactions))
        case .tooManyPins: self.init(.tooMany(.pins))
        case .tooManyFiles:
            self.init(
                .invalidForm([
                    FieldError(
                        path: ["attachments"], code: "BASE_TYPE_MAX_LENGTH",
                        message: "Must be \(Limits.attachmentsPerMessageMax) or fewer in length.")
                ]))
        case .unprocessable: self.init(.internalFailure, detail: "the record was set aside")
        }
    }
}
