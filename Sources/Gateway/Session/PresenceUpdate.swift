package import Chat
import Wire

/// Op 3, and `presence` of IDENTIFY: how the user wants to be shown by this session.
package struct PresenceUpdate: Hashable, Sendable {
    package var status: PresenceStatus
    /// At most ``Limits/activitiesMax``, not stamped yet; what goes beyond was dropped.
    package var activities: [Activity]

    package init(status: PresenceStatus = .online, activities: [Activity] = []) {
        self.status = status
        self.activities = activities
    }

    /// `nil` for a status that there is none of, and for activities of the wrong form.
    ///
    /// Two forms are in use: `activities` is a list; `game`, which discord.py sends, is one activity or null.
    init?(_ data: JSONValue) {
        switch data["status"]?.string {
        case "online": status = .online
        case "idle": status = .idle
        case "dnd": status = .doNotDisturb
        case "invisible", "offline": status = .invisible
        default: return nil
        }
        activities = []
        switch data["activities"] {
        case .array(let values):
            for value in values.prefix(Limits.activitiesMax) {
                guard let activity = Activity(value) else { return nil }
                activities.append(activity)
            }
        case nil, .null: break
        case .some: return nil
        }
        guard activities.isEmpty, let game = data["game"], !game.isNull else { return }
        guard let activity = Activity(game) else { return nil }
        activities = [activity]
    }

    /// The update as the service takes it.
    /// - Parameter now: Unix milliseconds, which each activity bears that has not been there before.
    func presence(on platform: ClientPlatform, now: UInt64) -> SessionPresence {
        SessionPresence(
            status: status,
            activities: activities.map {
                var activity = $0
                activity.createdAt = now
                return activity
            }, platform: platform)
    }
}

extension Activity {
    /// `nil` when what has to be there is missing or a field has the wrong type. Texts are cut at their bound.
    init?(_ data: JSONValue) {
        guard data.object != nil, let name = data["name"]?.string else { return nil }
        let number: Int
        switch data["type"] {
        case nil, .null: number = 0
        case .some(let value):
            guard let given = value.int else { return nil }
            number = given
        }
        guard let kind = UInt8(exactly: number).flatMap(Kind.init(rawValue:)) else { return nil }
        self.init(name: Self.cut(name), kind: kind)
        do throws(WrongType) {
            url = try Self.text(data["url"])
            state = try Self.text(data["state"])
            details = try Self.text(data["details"])
            emoji = try Self.emoji(data["emoji"])
            start = try Self.time(data["timestamps"]?["start"])
            end = try Self.time(data["timestamps"]?["end"])
        } catch {
            return nil
        }
    }

    private struct WrongType: Error {}

    private static func text(_ value: JSONValue?) throws(WrongType) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.string else { throw WrongType() }
        return text.isEmpty ? nil : cut(text)
    }

    private static func time(_ value: JSONValue?) throws(WrongType) -> UInt64? {
        guard let value, !value.isNull else { return nil }
        guard let time = value.uint64 else { throw WrongType() }
        return time
    }

    private static func emoji(_ value: JSONValue?) throws(WrongType) -> Emoji? {
        guard let value, !value.isNull else { return nil }
        guard let name = value["name"]?.string else { throw WrongType() }
        var id: UInt64?
        if let given = value["id"], !given.isNull {
            guard let snowflake = given.snowflake else { throw WrongType() }
            id = snowflake
        }
        return Emoji(name: cut(name), id: id, isAnimated: value["animated"]?.bool ?? false)
    }

    private static func cut(_ text: String) -> String {
        guard text.unicodeScalars.count > Limits.activityTextScalarsMax else { return text }
        var cut = String.UnicodeScalarView()
        cut.append(contentsOf: text.unicodeScalars.prefix(Limits.activityTextScalarsMax))
        return String(cut)
    }
}

extension ClientPlatform {
    /// What a client says it is in `properties` of IDENTIFY: the names are those of Discord's own clients, and everybody else is shown as a
    /// browser, bots among them.
    init(properties: JSONValue?) {
        let browser = properties?["browser"]?.string ?? properties?["$browser"]?.string
        switch browser {
        case "Discord iOS", "Discord Android": self = .mobile
        case "Discord Client": self = .desktop
        default: self = .web
        }
    }
}
