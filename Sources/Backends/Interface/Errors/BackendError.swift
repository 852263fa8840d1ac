/// A backend call that did not do its work.
package struct BackendError: Error, Hashable, Sendable {
    /// What kind of failure it was: callers switch on this and on nothing else.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The backend cannot be reached or cannot work now; the same call may succeed later.
        case unavailable
        /// No answer in time; the call may or may not have taken effect.
        case timedOut
        /// The backend has no room left: disk full, quota used up.
        case full
        /// The caller's view was stale or a unique value is taken; nothing was changed.
        case conflict
        /// The caller's epoch was superseded: somebody else owns the partition now; nothing was changed.
        case fenced
        /// The backend refuses this very record for good; others are not affected.
        case rejected
        /// What the backend holds cannot be read back.
        case corrupt
        /// Written by a newer version of this program.
        case newerVersion
        /// The data is in use by another process.
        case locked
        /// The data cannot be written to.
        case readOnly
    }

    package var code: Code
    /// Where, as `role.verb`: "messages.apply".
    package var operation: String
    /// On what: "channel 81384788765712384", "/var/lib/discordctl/log.db".
    package var target: String
    /// What the library said, without secrets or message text.
    package var detail: String
    /// What to try.
    package var hint: String?

    package init(_ code: Code, operation: String, target: String, detail: String, hint: String? = nil) {
        self.code = code
        self.operation = operation
        self.target = target
        self.detail = detail
        self.hint = hint
    }

    /// Whether the record is at fault and not the backend: only then may it go to the dead letters (invariant I5).
    package var isRecordAtFault: Bool { code == .rejected }

    /// Whether waiting and calling again is sensible.
    package var isTransient: Bool {
        switch code {
        case .unavailable, .timedOut, .full: true
        case .conflict, .fenced, .rejected, .corrupt, .newerVersion, .locked, .readOnly: false
        }
    }
}
