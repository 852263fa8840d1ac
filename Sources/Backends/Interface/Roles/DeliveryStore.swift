package import Chat

/// Up to when users have what was sent to them: told by the gateways from what heartbeats acknowledge.
///
/// Nothing here is durable: losing it costs a notification of what was seen already.
package protocol DeliveryStore: Sendable {
    /// Some session of each of these users (at most 10,000) has everything up to a time, in Unix milliseconds. An earlier
    /// time than one that was noted changes nothing. What was noted longer ago than
    /// ``DeliveryRules/lifeMilliseconds`` may be forgotten.
    func note(_ positions: [UserID: UInt64], now: UInt64) async throws(BackendError)
    /// What was noted of these users (at most 1,000); those of whom nothing is known are left out.
    func positions(of users: [UserID]) async throws(BackendError) -> [UserID: UInt64]
}

package enum DeliveryRules {
    /// Longer than anybody waits for an acknowledgement: an hour.
    package static let lifeMilliseconds: UInt64 = 3_600_000
}
