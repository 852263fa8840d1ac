/// The way of one connection from TCP to a session that is of use.
///
///     upgrading ──101──▶ greeting ──HELLO──▶ identifying ──READY──▶ subscribing ──SUBSCRIBED──▶ live
///                                     └─────▶ resuming ──RESUMED──▶ live
///
/// A server without sessions is live with its 101; a publisher with its READY.
package struct ClientLogin: Hashable, Sendable {
    package enum Purpose: UInt8, Hashable, Sendable {
        /// Nothing but the upgrade.
        case bare
        case subscriber, publisher, returning
    }

    package enum Phase: UInt8, Hashable, Sendable {
        case upgrading, greeting, identifying, subscribing, resuming, live, failed
    }

    package enum Event: Hashable, Sendable {
        case upgraded(status: Int)
        case payload(ServerPayload)
        case closed
    }

    package enum Action: Hashable, Sendable {
        case nothing
        case identify, subscribe, resume
        /// From now on the session counts.
        case live
        /// The server does not know the session any more.
        case lost
        case fail
    }

    package let purpose: Purpose
    package private(set) var phase = Phase.upgrading

    package init(_ purpose: Purpose) {
        self.purpose = purpose
    }

    package mutating func take(_ event: Event) -> Action {
        switch (phase, event) {
        case (.live, .closed), (.failed, _), (.live, .payload), (.live, .upgraded): return .nothing
        case (_, .closed): return end(.fail)
        case (.upgrading, .upgraded(let status)):
            guard status == 101 else { return end(.fail) }
            return purpose == .bare ? go(.live, .live) : go(.greeting, .nothing)
        case (.upgrading, .payload), (_, .upgraded): return end(.fail)
        case (.resuming, .payload(.invalidSession)): return end(.lost)
        case (_, .payload(.invalidSession)), (_, .payload(.reconnect)), (_, .payload(.commandError)): return end(.fail)
        case (.greeting, .payload(.hello)):
            return purpose == .returning ? go(.resuming, .resume) : go(.identifying, .identify)
        case (.identifying, .payload(.ready)):
            return purpose == .subscriber ? go(.subscribing, .subscribe) : go(.live, .live)
        case (.subscribing, .payload(.subscribed)), (.resuming, .payload(.resumed)): return go(.live, .live)
        // Presences, acknowledgements, replayed dispatches.
        case (.greeting, .payload), (.identifying, .payload), (.subscribing, .payload), (.resuming, .payload):
            return .nothing
        }
    }

    private mutating func go(_ next: Phase, _ action: Action) -> Action {
        phase = next
        return action
    }

    private mutating func end(_ action: Action) -> Action {
        go(.failed, action)
    }
}
