package import Chat

/// A stream of the fan-out bus.
package enum FanoutTopic: Hashable, Sendable {
    /// Carries ``Chat/ChannelEvent``; positions are offsets of the topic `messages`, plus one.
    case channel(ChannelID)
    /// Carries ``Chat/GuildEvent``; positions are the guild's epochs.
    case guild(GuildID)
    /// `guild:{id}:presence`: carries ``Chat/PassingEvent``; positions are given by the bus, which remembers nothing else of it.
    case presence(GuildID)
    /// Carries the ``Chat/DirectChannel`` as it is after a change; positions are its versions.
    case direct(ChannelID)
    /// Carries ``Chat/UserEvent``; positions are given by the bus.
    case user(UserID)
    /// Carries ``Chat/CommandOutcome`` to one node; positions are given by the bus.
    case node(UInt16)
}

/// Something to publish.
package struct FanoutMessage: Hashable, Sendable {
    package var topic: FanoutTopic
    /// Greater than every position of the stream so far; `nil` lets the bus give the next.
    package var position: UInt64?
    /// The guild's permission epoch under which it was accepted; 0 where there is no guild.
    package var epoch: UInt64
    /// Unix milliseconds at which the log accepted what led to this; for latency.
    package var acceptedAt: UInt64
    /// An encoded event, of the kind that the topic carries.
    package var payload: [UInt8]
    /// What `payload` says, where the publisher has it at hand.
    package var content: FanoutContent

    package init(
        topic: FanoutTopic, position: UInt64?, epoch: UInt64, acceptedAt: UInt64, payload: [UInt8],
        content: FanoutContent = FanoutContent()
    ) {
        self.topic = topic
        self.position = position
        self.epoch = epoch
        self.acceptedAt = acceptedAt
        self.payload = payload
        self.content = content
    }
}

/// A channel's event as its publisher has it in memory: it spares receivers in the same process the reading of the payload. It says
/// nothing that the payload does not say, so it takes no part in comparisons; a bus may leave it out, and leaves it out of windows.
package struct FanoutContent: Hashable, Sendable {
    /// `nil` where only the payload is there.
    package let event: ChannelEvent?

    package init(_ event: ChannelEvent? = nil) {
        self.event = event
    }

    package static func == (left: FanoutContent, right: FanoutContent) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}

/// Something that was published.
package struct FanoutEvent: Hashable, Sendable {
    package var topic: FanoutTopic
    package var position: UInt64
    /// The position of the event before it on the same stream; 0 when it is the first the bus remembers. A receiver for whom this is not the
    /// last one it saw has missed something (invariant I4).
    package var previous: UInt64
    package var epoch: UInt64
    package var acceptedAt: UInt64
    package var payload: [UInt8]
    /// What `payload` says, if the bus had it.
    package var content = FanoutContent()

    package init(
        topic: FanoutTopic, position: UInt64, previous: UInt64, epoch: UInt64, acceptedAt: UInt64, payload: [UInt8]
    ) {
        self.topic = topic
        self.position = position
        self.previous = previous
        self.epoch = epoch
        self.acceptedAt = acceptedAt
        self.payload = payload
    }
}

/// The part of a stream that the bus still remembers after a position.
package struct ReplayWindow: Hashable, Sendable {
    /// Ascending.
    package var events: [FanoutEvent]
    /// False when events between the asked position and the first of ``events`` may be gone: the receiver has to fetch from elsewhere.
    package var isComplete: Bool

    package init(events: [FanoutEvent], isComplete: Bool) {
        self.events = events
        self.isComplete = isComplete
    }
}

/// Takes what a subscription receives. Called from the bus's own context, in order for each topic; must not block and must not call the bus.
package protocol FanoutReceiver: Sendable {
    func receive(_ event: FanoutEvent)
}

/// One receiver's set of topics.
package protocol FanoutSubscription: Sendable {
    /// Starts receiving a topic. Once this returns, every later event arrives. Subscribing again is harmless.
    func subscribe(_ topic: FanoutTopic) async throws(BackendError)
    /// Stops receiving a topic; an event on its way may still arrive.
    func unsubscribe(_ topic: FanoutTopic) async
    /// Stops receiving everything, for good.
    func cancel() async
}

/// Carries events from where they happen to every gateway that looks, and remembers the latest of each stream for a while.
///
/// Publishing appends to the stream's window and delivers in one step, and refuses a position that the stream already has: what is
/// redelivered from the log is not delivered twice. The window is bounded in events, bytes and age.
package protocol FanoutBus: Sendable {
    /// Publishes in the order given and returns, for each, whether it was new.
    @discardableResult
    func publish(_ messages: [FanoutMessage]) async throws(BackendError) -> [Bool]
    /// Adds a receiver, without topics at first.
    func attach(_ receiver: any FanoutReceiver) async throws(BackendError) -> any FanoutSubscription
    /// What is remembered of a stream after a position, at most `limit` events (1 to 10,000).
    func window(
        of topic: FanoutTopic, after position: UInt64, limit: Int
    ) async throws(BackendError) -> ReplayWindow
    /// The newest position of each of these streams, at most ``FanoutRules/headsMax``; streams of which the bus knows nothing are left out.
    /// With this a receiver finds out that the last event of a stream did not reach it.
    func heads(of topics: [FanoutTopic]) async throws(BackendError) -> [FanoutTopic: UInt64]
}

package enum FanoutRules {
    /// Streams in one question for their newest positions; what goes beyond is left out.
    package static let headsMax = 1_000
}
