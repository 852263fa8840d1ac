import Chat
import Services

/// Channels as clients describe them.
enum ChannelForm {
    /// The kinds that a guild can have.
    private static let kinds: [Channel.Kind] = [.text, .voice, .category]

    /// `nil` when the form is wrong, as its errors say.
    static func newChannel(_ form: FormReader) -> NewChannel? {
        let name = form.required("name") { $0.string() }
        let kind = form["type"].map(kind) ?? .text
        let topic = form["topic"]?.string()
        let position = form["position"]?.integer()
        let parent = form["parent_id"]?.id(ChannelID.self)
        let isAgeRestricted = form["nsfw"]?.bool() ?? false
        let slowMode = form["rate_limit_per_user"]?.integer()
        let bitrate = form["bitrate"]?.integer()
        let userLimit = form["user_limit"]?.integer()
        let overwrites = form["permission_overwrites"].flatMap(overwrites)
        guard let name, let kind else { return nil }
        return NewChannel(
            name: name, kind: kind, topic: topic, position: position, parent: parent, isAgeRestricted: isAgeRestricted,
            slowModeSeconds: slowMode, bitrate: bitrate, userLimit: userLimit,
            // discord.py always sends the list, and means by an empty one that the category's are to be taken.
            overwrites: overwrites?.isEmpty == true ? nil : overwrites
        )
    }

    static func update(_ form: FormReader) -> ChannelUpdate {
        ChannelUpdate(
            name: form["name"]?.string(), topic: form.change("topic") { $0.string() },
            position: form["position"]?.integer(),
            parent: form.change("parent_id") { $0.id(ChannelID.self) }, isAgeRestricted: form["nsfw"]?.bool(),
            slowModeSeconds: form["rate_limit_per_user"]?.integer(), bitrate: form["bitrate"]?.integer(),
            userLimit: form["user_limit"]?.integer(), overwrites: form["permission_overwrites"].flatMap(overwrites)
        )
    }

    /// An element of what moves several channels.
    static func move(_ form: FormReader) -> ChannelMove? {
        guard let channel = form.required("id", { $0.id(ChannelID.self) }) else { return nil }
        return ChannelMove(
            channel: channel, position: form["position"]?.integer(in: 0...Int64(Int32.max)),
            parent: form.change("parent_id") { $0.id(ChannelID.self) },
            takesOverwrites: form["lock_permissions"]?.bool() ?? false)
    }

    /// `{type, allow, deny}` for a target that is named by the path or by the object's `id`.
    static func overwrite(_ form: FormReader, target: UInt64) -> PermissionOverwrite? {
        let type = form.required("type", targetType)
        let allow = form["allow"].map { $0.permissions() } ?? []
        let deny = form["deny"].map { $0.permissions() } ?? []
        guard let type, let allow, let deny else { return nil }
        let subject: PermissionOverwrite.Target = type == 0 ? .role(RoleID(target)) : .member(UserID(target))
        return PermissionOverwrite(target: subject, allow: allow, deny: deny)
    }

    private static func overwrites(_ field: FormField) -> [PermissionOverwrite]? {
        field.list(max: Limits.overwritesPerChannelMax)?.compactMap { element in
            guard let object = element.object(), let target = object.required("id", { $0.id(RoleID.self) }) else {
                return nil
            }
            return overwrite(object, target: target.rawValue)
        }
    }

    private static func kind(_ field: FormField) -> Channel.Kind? {
        let number = field.integer()
        guard let number, let kind = kinds.first(where: { Int64($0.rawValue) == number }) else {
            return number == nil
                ? nil : field.fail("BASE_TYPE_CHOICES", "This has to be 0 (text), 2 (voice) or 4 (category).")
        }
        return kind
    }

    private static func targetType(_ field: FormField) -> Int64? {
        guard let number = field.integer() else { return nil }
        guard (0...1).contains(number) else {
            return field.fail("BASE_TYPE_CHOICES", "This has to be 0 (role) or 1 (member).")
        }
        return number
    }
}
