import Chat
package import Interface
import Metrics

/// Guilds, channels, roles, members and invites: who may change what, within which bounds.
///
/// Every change takes one path: decide on the guild as it is at an epoch, commit under that epoch, publish at the next.
/// A commit that comes too late is refused by the directory, and the decision is taken again on what the guild has
/// become, permissions included. When a call returns, no door of this node lets anybody in by what held before.
package struct GuildService: Sendable {
    /// How often a decision is taken again when other nodes keep changing the guild.
    private static let attemptsMax = 8

    let access: Access
    let directory: any Directory
    let bus: any FanoutBus
    let secrets: any SecretKeeper
    let mint: IDMint
    let purge: MessagePurge
    let time: any TimeSource
    let lanes = Lanes()
    /// Events that were committed but could not be published; who missed them sees a gap.
    private let unpublished = Counter(label: "discord_guild_events_unpublished_total")
    /// Deeds outside of the directory whose record could not be written.
    let unrecorded = Counter(label: "discord_audit_entries_unrecorded_total")

    package init(
        access: Access, directory: any Directory, bus: any FanoutBus, secrets: any SecretKeeper, mint: IDMint,
        purge: MessagePurge, time: any TimeSource
    ) {
        self.access = access
        self.directory = directory
        self.bus = bus
        self.secrets = secrets
        self.mint = mint
        self.purge = purge
        self.time = time
    }
}

// MARK: The path of a change

/// What is to become of a guild, decided on what it is at an epoch.
struct GuildDecision<Value: Sendable>: Sendable {
    /// What the caller gets.
    var value: Value
    /// `nil` when nothing is to change.
    var change: GuildChange?
    var event: GuildEvent = .guildUpdated
    var epoch: UInt64 = 0
    /// What a user hears of it wherever they are connected.
    var personal: PersonalEvent?
    /// What the audit log is told.
    var deeds: Deeds?
}

/// What one user hears.
struct PersonalEvent: Sendable {
    var user: UserID
    var event: UserEvent
}

extension GuildService {
    /// Takes a decision and carries it out, alone among the changes of this guild on this node.
    /// - Returns: the decision's value and the guild's epoch afterwards.
    @discardableResult
    func change<Value: Sendable>(
        _ guild: GuildID, _ decide: () async throws(ServiceError) -> GuildDecision<Value>
    ) async throws(ServiceError) -> (value: Value, epoch: UInt64) {
        try await lanes.alone(guild.rawValue) { () async throws(ServiceError) -> (value: Value, epoch: UInt64) in
            for _ in 0..<Self.attemptsMax {
                let decision = try await decide()
                guard let change = decision.change else { return (decision.value, decision.epoch) }
                let entries = try entries(decision.deeds, of: guild)
                let epoch = try await commit(
                    decision.event, of: guild, personal: decision.personal, recording: entries
                ) { [directory] () async throws(BackendError) -> UInt64 in
                    try await directory.apply(change, to: guild, at: decision.epoch, recording: entries)
                }
                if let epoch { return (decision.value, epoch) }
            }
            throw ServiceError(
                .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds),
                detail: "guild \(guild) kept changing"
            )
        }
    }

    /// Writes to the directory, takes note of it in the cache and publishes it: whoever asked may hang up meanwhile,
    /// the deed is announced all the same.
    /// - Returns: the new epoch; `nil` when the directory refused with `.conflict`, or had nothing to do.
    func commit(
        _ event: GuildEvent, of guild: GuildID, personal: PersonalEvent?, recording entries: [AuditEntry] = [],
        _ write: @escaping @Sendable () async throws(BackendError) -> UInt64?
    ) async throws(ServiceError) -> UInt64? {
        // Outside a group so that the cancellation of the caller does not reach it; awaited in the next line.
        let committing = Task { () -> Result<UInt64?, ServiceError> in
            do throws(BackendError) {
                guard let epoch = try await write() else { return .success(nil) }
                access.cache.note(event, of: guild, epoch: epoch)
                await publish(
                    await complete(event, of: guild), of: guild, epoch: epoch, personal: personal, entries: entries)
                return .success(epoch)
            } catch {
                access.cache.noteConflict(guild)
                return error.code == .conflict ? .success(nil) : .failure(ServiceError(error))
            }
        }
        return try await committing.value.get()
    }

    /// Who comes back finds a timeout that is not over: only the directory knows of it.
    private func complete(_ event: GuildEvent, of guild: GuildID) async -> GuildEvent {
        guard case .memberAdded(let profile) = event,
            let kept = try? await directory.member(profile.user.id, of: guild)
        else { return event }
        return .memberAdded(kept)
    }

    /// Publishes a change that is committed. What fails here does not undo it: receivers see the gap at the next event.
    func publish(
        _ event: GuildEvent, of guild: GuildID, epoch: UInt64, personal: PersonalEvent?, entries: [AuditEntry]
    ) async {
        let now = time.unixMilliseconds
        var messages = [
            FanoutMessage(
                topic: .guild(guild), position: epoch, epoch: epoch, acceptedAt: now, payload: event.encoded())
        ]
        if let personal {
            messages.append(message(personal, now: now))
        }
        messages += self.messages(entries, epoch: epoch, now: now)
        guard let published = try? await bus.publish(messages) else {
            unpublished.increment(by: messages.count)
            return
        }
        unpublished.increment(by: published.count { !$0 })
        if event == .guildDeleted, published.first == false {
            // Another node changed the guild in its last moment and took the epoch. That change is void; no other comes
            // after this one.
            messages[0].position = nil
            _ = try? await bus.publish(Array(messages.prefix(1)))
        }
    }

    func publish(_ personal: PersonalEvent) async {
        if (try? await bus.publish([message(personal, now: time.unixMilliseconds)])) == nil { unpublished.increment() }
    }

    private func message(_ personal: PersonalEvent, now: UInt64) -> FanoutMessage {
        FanoutMessage(
            topic: .user(personal.user), position: nil, epoch: 0, acceptedAt: now, payload: personal.event.encoded()
        )
    }

    /// Asks the directory, with its failures in this module's words.
    func ask<Value>(_ question: () async throws(BackendError) -> Value) async throws(ServiceError) -> Value {
        do throws(BackendError) {
            return try await question()
        } catch {
            throw ServiceError(error)
        }
    }
}
