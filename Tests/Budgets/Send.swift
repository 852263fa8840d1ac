import Chat
import EmbeddedBackend
import Interface
import Services

/// What a message costs from the log to the store and back to whoever sent it: plan, ids, rows, events, checkpoint.
enum Send {
    private static let messages = 500

    static func run() async throws -> Int {
        let world = try await World()
        defer { world.remove() }
        let content = String(repeating: "budget ", count: 36)
        for number in 1..<messages {
            let message = NewMessage(content: content, nonce: .integer(Int64(number)), enforcesNonce: true)
            let accepted = try await world.intake.accept(message, to: World.channel, as: World.user)
            guard accepted.acceptedAt != nil else { throw Failure("the log did not take message \(number)") }
        }
        let service = ChatService(
            node: world.node, log: world.backends.log, store: world.backends.store, bus: world.backends.bus,
            coordinator: world.backends.coordinator, access: world.access, time: world.time, logger: World.logger)
        try await counted {
            let running = Task { try await service.run() }
            // It comes after all others, so its answer says that they are stored.
            _ = try await world.intake.send(NewMessage(content: content), to: World.channel, as: World.user)
            running.cancel()
            _ = await running.result
        }
        let page = try await world.backends.store.page(of: World.channel, .latest, limit: 100)
        guard page.count == 100 else { throw Failure("\(page.count) of the last 100 messages are stored") }
        return messages
    }
}
