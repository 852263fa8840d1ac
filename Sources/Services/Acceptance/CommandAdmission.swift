import Interface
import Metrics
import Synchronization

/// Where both edges ask whether the node takes on one more command, before anything is spent on it. Any thread.
package final class CommandAdmission: Sendable {
    private let rule: Mutex<AdmissionRule>
    private let time: any TimeSource
    private let refusals: [AdmissionRule.Refusal: Counter]

    /// - Parameter lifetimeMilliseconds: longer than anybody waits for an outcome.
    init(_ limits: AdmissionLimits, lifetimeMilliseconds: UInt64, time: any TimeSource) {
        rule = Mutex(AdmissionRule(limits, lifetimeMilliseconds: lifetimeMilliseconds))
        self.time = time
        refusals = Dictionary(
            uniqueKeysWithValues: AdmissionRule.Refusal.allCases.map {
                ($0, Counter(label: "discord_commands_refused_total", dimensions: [("reason", $0.rawValue)]))
            }
        )
    }

    /// Takes on a command. The ticket goes to the intake with it, or is given back by ``withdraw(_:)``.
    /// - Throws: `.busy` when the node is behind with those it has.
    package func admit() throws(ServiceError) -> AdmissionTicket {
        switch rule.withLock({ $0.admit(now: time.monotonicMilliseconds) }) {
        case .admitted(let ticket): return ticket
        case .refused(let reason, let wait):
            refusals[reason]?.increment()
            throw ServiceError(.busy(retryAfterMilliseconds: wait), detail: "the node is behind: \(reason.rawValue)")
        }
    }

    /// Gives back the ticket of a command that did not reach the log. Harmless for one that was given back before its time was over.
    package func withdraw(_ ticket: AdmissionTicket) { rule.withLock { $0.withdraw(ticket) } }

    /// The command's outcome is there.
    func settle(_ ticket: AdmissionTicket) {
        rule.withLock { $0.settle(ticket, now: time.monotonicMilliseconds) }
    }
}
