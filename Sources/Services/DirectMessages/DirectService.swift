package import Chat
package import Interface
import Metrics

/// A direct channel with the users that one of its parties sees in it.
package struct DirectView: Hashable, Sendable {
    package var channel: DirectChannel
    /// All parties but the viewer, in the order in which they came in; those who no longer exist are left out.
    package var recipients: [User]
    /// The newest message ever sent to it; `nil` when there is none.
    package var lastMessage: MessageID?

    package init(channel: DirectChannel, recipients: [User], lastMessage: MessageID?) {
        self.channel = channel
        self.recipients = recipients
        self.lastMessage = lastMessage
    }
}

/// Direct channels: who opens them, who is in a group, and what stands in whose list.
///
/// A change takes the same path as one of a guild: decided on the channel as it is at a version, committed under that
/// version, published at the next; what comes too late is decided again. When a call returns, no door of this node lets
/// anybody in by what held before.
package struct DirectService: Sendable {
    /// How often a decision is taken again when others keep changing the group.
    private static let attemptsMax = 8

    let access: Access
    let directory: any Directory
    private let store: any MessageStore
    let bus: any FanoutBus
    private let mint: IDMint
    let time: any TimeSource
    private let lanes = Lanes()
    /// Events that were committed but could not be published.
    private let unpublished = Counter(label: "discord_direct_events_unpublished_total")

    package init(
        access: Access, directory: any Directory, store: any MessageStore, bus: any FanoutBus, mint: IDMint,
        time: any TimeSource
    ) {
        self.access = access
        self.directory = directory
        self.store = store
        self.bus = bus
        self.mint = mint
        self.time = time
    }

    var cache: DirectCache { access.cache.directs }
}

// MARK: Opening and looking

extension DirectService {
    /// The channel between two users, the same one whoever opens it; made when there is none. The other one has it in
    /// the list with the first message. That one of the two has
    /// blocked the other does not show here.
    /// - Throws: `.invalidRecipient` for oneself and for unknown users.
    package func open(with other: UserID, by user: UserID) async throws(ServiceError) -> DirectView {
        guard other != user else { throw ServiceError(.invalidRecipient) }
        let id = try mint.next(ChannelID.self)
        let opened: DirectChannel
        do throws(BackendError) {
            opened = try await directory.openDirect(id, from: user, to: other)
        } catch {
            throw error.code == .conflict ? ServiceError(.invalidRecipient) : ServiceError(error)
        }
        if opened.id == id { await announce(.created, of: opened, to: [user]) }
        return try await view(of: opened, for: user)
    }

    /// Makes a group of its maker and others.
    /// - Throws: `.invalidRecipient` for unknown users, or when there are none but the maker; `.tooMany(.parties)`
    ///   beyond ten; `.cannotMessageUser` when one of them has blocked the maker; `.invalidForm` for its name.
    package func createGroup(
        of others: [UserID], name: String?, by user: UserID
    ) async throws(ServiceError) -> DirectView {
        var parties = [user]
        for other in others where !parties.contains(other) {
            guard parties.count < Limits.groupPartiesMax else { throw ServiceError(.tooMany(.parties)) }
            parties.append(other)
        }
        guard parties.count > 1 else { throw ServiceError(.invalidRecipient) }
        var form = FormCheck()
        let name = form.groupName(name)
        try form.finish()
        for other in parties.dropFirst() { try await mustBeReachable(other, for: user) }
        let group = DirectChannel(
            id: try mint.next(ChannelID.self), isGroup: true, parties: parties, owner: user, name: name)
        do throws(BackendError) {
            try await directory.createGroup(group)
        } catch {
            throw error.code == .conflict ? ServiceError(.invalidRecipient) : ServiceError(error)
        }
        await announce(.created, of: group, to: group.parties)
        return try await view(of: group, for: user)
    }

    /// One direct channel as a party sees it.
    package func view(of channel: DirectChannel, for user: UserID) async throws(ServiceError) -> DirectView {
        let users = try await access.cache.users(channel.parties(without: user))
        let last = try await ask { () async throws(BackendError) in try await store.lastMessages(of: [channel.id]) }
        return DirectView(
            channel: channel, recipients: channel.parties(without: user).compactMap { users[$0] },
            lastMessage: last[channel.id])
    }

    /// The direct channels in a user's list, those with the newest messages first.
    /// - Parameters:
    ///   - after: a channel behind which to go on; `nil` for the first page.
    ///   - limit: is brought into 1 to ``Chat/Limits/directChannelsPageMax``.
    package func list(
        of user: UserID, after: ChannelID? = nil, limit: Int = Limits.directChannelsPageMax
    ) async throws(ServiceError) -> [DirectView] {
        let listings = try await ask { () async throws(BackendError) in
            try await directory.directs(
                of: user, after: after, limit: min(max(limit, 1), Limits.directChannelsPageMax))
        }
        let users = try await access.cache.users(Array(Set(listings.flatMap { $0.channel.parties(without: user) })))
        return listings.map { listing in
            DirectView(
                channel: listing.channel,
                recipients: listing.channel.parties(without: user).compactMap { users[$0] },
                lastMessage: listing.lastMessage)
        }
    }
}

// MARK: Changing

extension DirectService {
    /// Gives a group another name or icon, the hash of an image that is held for it, or takes them away; any party may.
    /// - Throws: `.unknownChannel` to those who are no parties; `.notInDirectMessages` between two; `.invalidForm`.
    package func update(
        _ id: ChannelID, name: Change<String?>, icon: Change<String?> = .keep, by user: UserID
    ) async throws(ServiceError) -> DirectView {
        var form = FormCheck()
        var checked: Change<String?> = .keep
        if case .set(let name) = name { checked = .set(form.groupName(name)) }
        try form.finish()
        let group = try await change(id, by: user) { group throws(ServiceError) in
            if case .set(let name) = checked { group.name = name }
            if case .set(let hash) = icon { group.icon = hash }
        }
        return try await view(of: group, for: user)
    }

    /// The same with the bytes of an image.
    /// - Throws: `.storageFull`, and what ``update(_:name:icon:by:)`` throws.
    package func update(
        _ id: ChannelID, name: Change<String?>, image: Change<[UInt8]?>, _ images: ImageService, by user: UserID
    ) async throws(ServiceError) -> DirectView {
        guard let group = try await access.channel(id, for: user).direct else { throw ServiceError(.unknownChannel) }
        guard group.isGroup else { throw ServiceError(.notInDirectMessages) }
        return try await images.replace(image, "icon", of: id.rawValue, old: group.icon, by: user) {
            (hash) async throws(ServiceError) -> DirectView in
            try await update(id, name: name, icon: hash, by: user)
        }
    }

    /// Adds a user to a group; any party may. Harmless when the user is in it.
    /// - Throws: `.unknownChannel`, `.notInDirectMessages`, `.tooMany(.parties)`, `.invalidRecipient`,
    ///   `.cannotMessageUser` when the user has blocked the asker.
    package func add(_ other: UserID, to id: ChannelID, by user: UserID) async throws(ServiceError) {
        try await change(id, by: user) { group throws(ServiceError) in
            guard !group.isParty(other) else { return }
            try await mustBeReachable(other, for: user)
            guard group.parties.count < Limits.groupPartiesMax else { throw ServiceError(.tooMany(.parties)) }
            group.parties.append(other)
        }
    }

    /// Takes a user out of a group; its owner may, and everybody themselves.
    /// - Throws: `.unknownChannel`, `.notInDirectMessages`, `.missingPermissions`; `.unknownUser` for no party.
    package func remove(_ other: UserID, from id: ChannelID, by user: UserID) async throws(ServiceError) {
        try await change(id, by: user) { group throws(ServiceError) in
            guard other == user || group.owner == user else { throw ServiceError(.missingPermissions) }
            guard group.isParty(other) else { throw ServiceError(.unknownUser) }
            group.remove(other)
        }
    }

    /// Leaves a group, which ends with its last party, or takes a channel between two out of the user's own list until
    /// the next message. Returns it as it was.
    /// - Throws: `.unknownChannel`.
    package func leave(_ id: ChannelID, by user: UserID) async throws(ServiceError) -> DirectView {
        guard let channel = try await access.channel(id, for: user).direct else {
            throw ServiceError(.unknownChannel)
        }
        let view = try await view(of: channel, for: user)
        if channel.isGroup {
            try await remove(user, from: id, by: user)
        } else {
            try await ask { () async throws(BackendError) in try await directory.closeDirect(id, for: user) }
            await announce(.deleted, of: channel, to: [user])
        }
        return view
    }

    /// Changes a group, alone among the changes of it on this node.
    @discardableResult
    private func change(
        _ id: ChannelID, by user: UserID, _ body: (inout DirectChannel) async throws(ServiceError) -> Void
    ) async throws(ServiceError) -> DirectChannel {
        try await lanes.alone(id.rawValue) { () async throws(ServiceError) -> DirectChannel in
            for _ in 0..<Self.attemptsMax {
                guard let before = try await access.channel(id, for: user).direct else {
                    throw ServiceError(.unknownChannel)
                }
                guard before.isGroup else { throw ServiceError(.notInDirectMessages) }
                var wanted = before
                try await body(&wanted)
                guard wanted != before else { return before }
                if let after = try await commit(wanted, instead: before) { return after }
            }
            throw ServiceError(
                .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds),
                detail: "group \(id) kept changing"
            )
        }
    }

    /// Writes a changed group, takes note of it and publishes it: whoever asked may hang up meanwhile, the deed is
    /// announced all the same. `nil` when somebody else was faster.
    private func commit(
        _ wanted: DirectChannel, instead before: DirectChannel
    ) async throws(ServiceError) -> DirectChannel? {
        // Outside a group so that the cancellation of the caller does not reach it; awaited in the next line.
        let committing = Task { () -> Result<DirectChannel?, ServiceError> in
            do throws(BackendError) {
                let after = try await directory.updateGroup(wanted)
                cache.note(after)
                await publish(after, instead: before)
                return .success(after)
            } catch {
                cache.noteConflict(wanted.id)
                return error.code == .conflict ? .success(nil) : .failure(ServiceError(error))
            }
        }
        return try await committing.value.get()
    }

    /// Whether a user exists and has not blocked another, who wants to have them in a group.
    private func mustBeReachable(_ other: UserID, for user: UserID) async throws(ServiceError) {
        guard try await access.cache.user(other) != nil else { throw ServiceError(.invalidRecipient) }
        guard try await !isBlocked(user, by: other) else { throw ServiceError(.cannotMessageUser) }
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

// MARK: Telling

extension DirectService {
    /// Publishes a group's new state to the caches, and to everybody concerned what has become of it.
    private func publish(_ after: DirectChannel, instead before: DirectChannel) async {
        await publish([Self.state(of: after, at: time.unixMilliseconds)])
        let left = before.parties.filter { !after.isParty($0) }
        let came = after.parties.filter { !before.isParty($0) }
        let stayed = after.parties.filter { before.isParty($0) }
        let users = (try? await access.cache.users(before.parties + came)) ?? [:]
        var messages: [FanoutMessage] = []
        for user in left { messages += changes(.recipientRemoved(after.id, user), for: stayed, users) }
        for user in came { messages += changes(.recipientAdded(after.id, user), for: stayed, users) }
        await publish(messages)
        if before.name != after.name || before.owner != after.owner || before.icon != after.icon {
            await announce(.updated, of: after, to: stayed)
        }
        await announce(.created, of: after, to: came)
        await announce(.deleted, of: before, to: left)
    }

    private enum PartyChange { case recipientAdded(ChannelID, UserID), recipientRemoved(ChannelID, UserID) }

    private func changes(_ change: PartyChange, for parties: [UserID], _ users: [UserID: User]) -> [FanoutMessage] {
        let notice: DirectNotice? =
            switch change {
            case .recipientAdded(let channel, let user): users[user].map { .recipientAdded($0, to: channel) }
            case .recipientRemoved(let channel, let user): users[user].map { .recipientRemoved($0, from: channel) }
            }
        guard let notice else { return [] }
        return parties.map { message(.direct(notice), to: $0) }
    }

    /// Tells parties that a channel has come, changed or gone, each as they see it. Bots are not told: client libraries
    /// take such an event for one of a guild, and learn of a direct channel by its first message.
    private func announce(_ change: DirectNotice.Change, of channel: DirectChannel, to parties: [UserID]) async {
        guard !parties.isEmpty, let users = try? await access.cache.users(channel.parties + parties) else { return }
        await publish(Self.notices(change, of: channel, to: parties, users, at: time.unixMilliseconds))
    }

    /// What parties that are no bots are told of a channel, each as they see it.
    /// - Parameter users: the channel's parties and those who are told.
    static func notices(
        _ change: DirectNotice.Change, of channel: DirectChannel, to parties: [UserID], _ users: [UserID: User],
        at now: UInt64
    ) -> [FanoutMessage] {
        parties.filter { users[$0]?.isBot == false }.map { party in
            let recipients = channel.parties(without: party).compactMap { users[$0] }
            let event = UserEvent.direct(.channel(change, channel, recipients: recipients))
            return FanoutMessage(
                topic: .user(party), position: nil, epoch: 0, acceptedAt: now, payload: event.encoded())
        }
    }

    /// A channel's state, for the caches of all nodes.
    static func state(of channel: DirectChannel, at now: UInt64) -> FanoutMessage {
        FanoutMessage(
            topic: .direct(channel.id), position: channel.version, epoch: channel.version, acceptedAt: now,
            payload: channel.encoded())
    }

    private func message(_ event: UserEvent, to user: UserID) -> FanoutMessage {
        FanoutMessage(
            topic: .user(user), position: nil, epoch: 0, acceptedAt: time.unixMilliseconds, payload: event.encoded())
    }

    /// Publishes what is committed. What fails here does not undo it.
    func publish(_ messages: [FanoutMessage]) async {
        guard !messages.isEmpty else { return }
        let published = try? await bus.publish(messages)
        unpublished.increment(by: published?.count { !$0 } ?? messages.count)
    }
}

extension FormCheck {
    /// A group's name as it will be kept; an empty one is none.
    fileprivate mutating func groupName(_ text: String?) -> String? {
        guard let text, !text.trimmed.isEmpty else { return nil }
        return name(text, "name", scalars: Limits.channelNameCharacters)
    }
}
