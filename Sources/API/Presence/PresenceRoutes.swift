import Chat
import Hummingbird
import Interface
import Services
import Wire

/// What passes without a trace: typing, and where somebody is heard.
enum PresenceRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/channels/{channel}/typing", .post(type).limited(by: .typing))
        routes.add("/guilds/{guild}/voice-states/{user}", .get(voiceState))
    }

    private static func type(_ call: APICall) async throws -> Response {
        try await call.services.presence.type(in: try call.channel, by: try call.caller.id)
        return .noContent
    }

    private static func voiceState(_ call: APICall) async throws -> Response {
        let (state, member) = try await call.services.presence.voice.state(
            of: try call.user, in: try call.guild, for: try call.caller.id)
        return .json { $0.voiceState(state, member: member) }
    }
}
