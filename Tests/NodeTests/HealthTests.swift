import BackendContracts
import Node
import Operations
import Synchronization
import Testing

@Suite("Health") struct HealthTests {
    private final class Role: Sendable {
        private let state = Mutex((asked: 0, isDown: false))
        var asked: Int { state.withLock { $0.asked } }
        func goDown() { state.withLock { $0.isDown = true } }
        func answer() throws {
            let isDown = state.withLock { state in
                state.asked += 1
                return state.isDown
            }
            if isDown { throw CancellationError() }
        }
    }

    /// However often strangers ask: the backends are not.
    @Test func rolesAreAskedNoMoreOftenThanAnAnswerHolds() async {
        let (time, role) = (ManualTime(), Role())
        let health = HealthCheck(
            probes: [.init(role: "store", backend: "memory:", without: "no history") { try role.answer() }], time: time,
            connections: { 0 })
        let answers = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { await health.dependencies().allSatisfy(\.isHealthy) } }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers.count == 100 && answers.allSatisfy { $0 })
        #expect(role.asked == 1)
        role.goDown()
        time.advance(by: HealthCheck.holdMilliseconds - 1)
        #expect(await health.dependencies().first?.isHealthy == true)
        time.advance(by: 1)
        #expect(await health.dependencies().first?.isHealthy == false)
        #expect(role.asked == 2)
    }
}
