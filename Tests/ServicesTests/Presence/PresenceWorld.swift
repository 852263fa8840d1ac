import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Logging
import Services
import Synchronization

/// Presence over a guild world: what is published is looked at as a gateway would.
final class PresenceWorld: Sendable {
    let guilds: GuildWorld
    let store = MemoryPresenceStore()
    let voices = MemoryVoiceStore()
    let voice: VoiceService
    let presence: PresenceService

    init() async throws {
        guilds = try await GuildWorld()
        (voice, presence) = Self.services(guilds, store, voices)
    }

    private static func services(
        _ guilds: GuildWorld, _ store: MemoryPresenceStore, _ voices: MemoryVoiceStore
    ) -> (VoiceService, PresenceService) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let voice = VoiceService(
            store: voices, bus: guilds.bus, access: guilds.access, time: guilds.time, logger: logger)
        let presence = PresenceService(
            store: store, voice: voice, bus: guilds.bus, access: guilds.access, time: guilds.time, logger: logger)
        return (voice, presence)
    }

    /// The service of another node, on the same stores.
    func otherNode() -> PresenceService { Self.services(guilds, store, voices).1 }

    var time: ManualTime { guilds.time }

    /// What has passed in a guild since the last call with the same cursor.
    func passed(_ guild: GuildID, after cursor: inout Int) -> [PassingEvent] {
        let all = guilds.bus.published
        defer { cursor = all.count }
        return all[cursor...].filter { $0.topic == .presence(guild) }
            .compactMap { try? PassingEvent(encoded: $0.payload) }
    }

    /// The statuses published to a guild, in their order.
    func statuses(_ guild: GuildID) -> [PresenceStatus] {
        var cursor = 0
        return passed(guild, after: &cursor).compactMap {
            if case .presence(let presence) = $0 { presence.status } else { nil }
        }
    }
}

extension UserSession {
    init(_ user: User, _ tag: UInt64) {
        self.init(user: user.id, tag: SessionTag(tag))
    }
}
