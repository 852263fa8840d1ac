package import Interface

/// A backend broke a promise of its role.
package struct ContractViolation: Error, CustomStringConvertible {
    package var description: String

    package init(_ claim: String, _ detail: String = "") {
        description = detail.isEmpty ? "broken promise: \(claim)" : "broken promise: \(claim): \(detail)"
    }
}

/// Fails with the claim unless it holds.
package func demand(_ holds: Bool, _ claim: String) throws {
    guard holds else { throw ContractViolation(claim) }
}

/// Fails with the claim unless both are equal.
package func demand<Value: Equatable>(_ actual: Value, is expected: Value, _ claim: String) throws {
    guard actual == expected else { throw ContractViolation(claim, "\(actual) is not \(expected)") }
}

/// The value that has to be there.
package func demandValue<Value>(_ value: Value?, _ claim: String) throws -> Value {
    guard let value else { throw ContractViolation(claim, "there is none") }
    return value
}

/// Fails with the claim unless the work is refused with a code. Returns the error.
@discardableResult
package func demandRefusal(
    _ code: BackendError.Code, _ claim: String, _ work: () async throws -> Void
) async throws -> BackendError {
    do {
        try await work()
    } catch let error as BackendError {
        guard error.code == code else { throw ContractViolation(claim, "refused as \(error.code), not as \(code)") }
        return error
    }
    throw ContractViolation(claim, "not refused")
}

/// Waits for a condition between processes or threads that cannot be awaited itself; asks at most every few milliseconds.
/// - Parameter deadlineMilliseconds: of the machine's monotonic clock; then the claim counts as broken.
package func eventually(
    _ claim: String, deadlineMilliseconds: Int = 120_000, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .milliseconds(deadlineMilliseconds)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw ContractViolation(claim, "not within \(deadlineMilliseconds) ms")
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
