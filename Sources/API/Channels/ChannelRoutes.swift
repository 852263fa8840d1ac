import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Channels and what those of guilds grant.
enum ChannelRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/guilds/{guild}/channels", .get(list), .post(create).limited(by: .channelCreate), .patch(move))
        routes.add("/channels/{channel}", .get(read), .patch(update), .delete(delete))
        routes.add("/channels/{channel}/permissions/{overwrite}", .put(setOverwrite), .delete(removeOverwrite))
    }

    private static func list(_ call: APICall) async throws -> Response {
        let channels = try await call.services.guilds.channels(of: try call.guild, for: try call.caller.id)
        let last = try await call.services.history.lastMessages(of: channels.filter(\.holdsMessages).map(\.id))
        return .json(reservingBytes: 4_096) { json in
            json.array { array in
                for channel in channels { array.channel(channel, lastMessage: last[channel.id]) }
            }
        }
    }

    private static func read(_ call: APICall) async throws -> Response {
        let grant = try await call.services.access.channel(try call.channel, for: try call.caller.id)
        if let direct = grant.direct { return try await DirectRoutes.read(direct, call) }
        return try await answer(grant.channel, call)
    }

    private static func create(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let new = ChannelForm.newChannel(form)
        guard let new, form.isValid else { throw form.failure }
        let channel = try await call.services.guilds.createChannel(
            in: try call.guild, new, by: try call.caller.id, because: try call.reason)
        return .json(status: .created) { $0.channel(channel) }
    }

    /// `[{id, position?, parent_id?, lock_permissions?}, …]`
    private static func move(_ call: APICall) async throws -> Response {
        let (forms, errors) = try await call.forms(max: Limits.channelsPerGuildMax)
        let moves = forms.compactMap(ChannelForm.move)
        try errors.check()
        try await call.services.guilds.moveChannels(
            moves, of: try call.guild, by: try call.caller.id, because: try call.reason)
        return .noContent
    }

    private static func update(_ call: APICall) async throws -> Response {
        if let direct = try await direct(call) { return try await DirectRoutes.update(direct, call) }
        let form = try await call.form()
        let change = ChannelForm.update(form)
        try form.check()
        let channel = try await call.services.guilds.updateChannel(
            try call.channel, change, by: try call.caller.id, because: try call.reason)
        return try await answer(channel, call)
    }

    /// 200 with the channel: hikari takes a 204 for an error here.
    private static func delete(_ call: APICall) async throws -> Response {
        if let direct = try await direct(call) { return try await DirectRoutes.leave(direct, call) }
        let channel = try await call.services.guilds.deleteChannel(
            try call.channel, by: try call.caller.id, because: try call.reason)
        return .json { $0.channel(channel) }
    }

    private static func setOverwrite(_ call: APICall) async throws -> Response {
        let target = try call.id("overwrite", RoleID.self).rawValue
        let form = try await call.form()
        let overwrite = ChannelForm.overwrite(form, target: target)
        guard let overwrite, form.isValid else { throw form.failure }
        try await call.services.guilds.setOverwrite(
            overwrite, on: try call.channel, by: try call.caller.id, because: try call.reason)
        return .noContent
    }

    private static func removeOverwrite(_ call: APICall) async throws -> Response {
        let target = try call.id("overwrite", RoleID.self).rawValue
        try await call.services.guilds.removeOverwrite(
            target, on: try call.channel, by: try call.caller.id, because: try call.reason)
        return .noContent
    }

    /// The channel, if it is one without a guild that the caller is a party to.
    private static func direct(_ call: APICall) async throws -> DirectChannel? {
        try await call.services.access.channel(try call.channel, for: try call.caller.id).direct
    }

    private static func answer(_ channel: Channel, _ call: APICall) async throws -> Response {
        let last = channel.holdsMessages ? try await call.services.history.lastMessages(of: [channel.id]) : [:]
        return .json { $0.channel(channel, lastMessage: last[channel.id]) }
    }
}
