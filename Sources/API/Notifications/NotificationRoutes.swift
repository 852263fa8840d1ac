import Chat
import Hummingbird
import Services
import Wire

/// How the caller wants to be told of messages, as Discord's user API has it. Not for bots.
enum NotificationRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/users/@me/guilds/{guild}/settings", .patch(update))
    }

    /// `{muted?, mute_config?, message_notifications?, suppress_everyone?, suppress_roles?, mobile_push?,
    /// channel_overrides?}`; the last is an object by channel ids, or a list of objects with `channel_id`. The guild is
    /// `@me` for direct channels. What else Discord's clients send is ignored.
    private static func update(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let change = NotificationChange(
            mute: mute(form), level: level(form), suppressesEveryone: form["suppress_everyone"]?.bool(),
            suppressesRoles: form["suppress_roles"]?.bool(), isPushed: form["mobile_push"]?.bool(),
            overrides: overrides(form))
        try form.check()
        let guild = try call.segment("guild") == "@me" ? nil : try call.guild
        let settings = try await call.services.notifications.update(change, in: guild, by: try call.caller)
        return .json { $0.notificationSettings(settings) }
    }

    private static func mute(_ form: FormReader) -> MuteChange {
        let isMuted = form["muted"]?.bool()
        guard form.has("mute_config") else { return MuteChange(isMuted: isMuted) }
        return MuteChange(isMuted: isMuted, end: .set(form["mute_config"]?.object()?["end_time"]?.time()))
    }

    private static func level(_ form: FormReader) -> NotificationSettings.Level? {
        form["message_notifications"]?.integer(in: 0...3).flatMap {
            NotificationSettings.Level(rawValue: UInt8(clamping: $0))
        }
    }

    private static func overrides(_ form: FormReader) -> [ChannelID: NotificationChange.Override] {
        guard let field = form["channel_overrides"] else { return [:] }
        var overrides: [ChannelID: NotificationChange.Override] = [:]
        if field.value.array != nil {
            for element in field.list(max: Limits.notificationOverridesMax) ?? [] {
                guard let entry = element.object(),
                    let channel = entry.required("channel_id", { $0.id(ChannelID.self) })
                else { continue }
                overrides[channel] = override(entry)
            }
        } else if let object = field.object() {
            for key in object.keys {
                guard let channel = ChannelID(decimal: key) else {
                    object.fail(key, "NUMBER_TYPE_COERCE", "This has to be an id.")
                    continue
                }
                if let entry = object[key]?.object() { overrides[channel] = override(entry) }
            }
        }
        return overrides
    }

    private static func override(_ entry: FormReader) -> NotificationChange.Override {
        NotificationChange.Override(mute: mute(entry), level: level(entry))
    }
}
