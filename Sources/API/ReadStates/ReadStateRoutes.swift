import Chat
import Hummingbird
import Services
import Wire

/// How far the caller has read, as Discord's user API has it. Not for bots.
enum ReadStateRoutes {
    /// Discord's number for the read state of a channel; the others are of things that are not here.
    private static let ofChannel: Int64 = 0

    static func add(to routes: RouteTable) {
        routes.add("/channels/{channel}/messages/{message}/ack", .post(acknowledge))
        routes.add("/read-states/ack-bulk", .post(acknowledgeMany))
    }

    /// `{token?, manual?, mention_count?}`, which may be missing altogether. Tokens mean nothing here.
    private static func acknowledge(_ call: APICall) async throws -> Response {
        let form = try await call.optionalForm()
        let isManual = form["manual"]?.bool() ?? false
        let count = form["mention_count"]?.integer(in: 0...Int64(Limits.mentionsClaimedMax))
        try form.check()
        let mark = ReadMark(
            channel: try call.channel, message: try call.message, isManual: isManual,
            mentionCount: count.map(UInt32.init(clamping:)))
        try await call.services.readStates.acknowledge(mark, by: try call.caller)
        return .json { json in json.object { $0.null("token") } }
    }

    /// `{read_states: [{channel_id, message_id, read_state_type?}]}`.
    private static func acknowledgeMany(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let marks = form.required("read_states") { field in
            field.list(max: Limits.readMarksMax)?.compactMap { element -> ReadMark? in
                guard let entry = element.object() else { return nil }
                let type = entry["read_state_type"]?.integer(in: ofChannel...ofChannel)
                let channel = entry.required("channel_id") { $0.id(ChannelID.self) }
                let message = entry.required("message_id") { $0.messageID() }
                guard let channel, let message, type ?? ofChannel == ofChannel else { return nil }
                return ReadMark(channel: channel, message: message)
            }
        }
        try form.check()
        try await call.services.readStates.acknowledge(marks ?? [], by: try call.caller)
        return .noContent
    }
}
