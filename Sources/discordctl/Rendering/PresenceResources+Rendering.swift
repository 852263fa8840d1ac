import Arguments
import Operations

extension PresenceResource: Resource {
    static let kind = "Presence"
    static let columns = [
        ResourceColumn(
            "EVENT", key: "event", .choice(["snapshot", "end", "changed", "session", "typing", "resync"]), widthMin: 8,
            "what the row tells"),
        ResourceColumn("USER-ID", key: "userID", .snowflake, wide: true, "the user's id"),
        ResourceColumn("USER", key: "user", .text, widthMin: 12, "the user's name"),
        ResourceColumn(
            "STATUS", key: "status", .choice(["online", "idle", "dnd", "invisible", "offline"]), widthMin: 9,
            "how available the user is"),
        ResourceColumn("SINCE", key: "since", .instant, widthMin: 24, "when others last saw it change"),
        ResourceColumn("SESSIONS", key: "sessions", .count, "how many sessions the user has"),
        ResourceColumn("DEVICES", key: "devices", .text, widthMin: 11, "what kinds of program they run in"),
        ResourceColumn("GATEWAYS", key: "gateways", .text, wide: true, "the nodes that hold them"),
        ResourceColumn("LAST-SEEN", key: "lastSeen", .instant, widthMin: 24, "when a session was last heard of"),
        ResourceColumn("SOURCE", key: "source", .choice(["sessions", "none"]), wide: true, "what this rests on"),
        ResourceColumn("CHANNEL-ID", key: "channelID", .snowflake, wide: true, "where the user types"),
    ]
    var handle: String { userID }
    var fields: [DocumentField] {
        [
            DocumentField("event", event), DocumentField("userID", userID), DocumentField("user", user),
            DocumentField("status", status), DocumentField("since", since),
            DocumentField("sessions", DocumentValue(sessions)),
            DocumentField("devices", .list(devices.map { .text($0) })),
            DocumentField("gateways", .list(gateways.map { .text($0) })), DocumentField("lastSeen", lastSeen),
            DocumentField("source", source), DocumentField("channelID", channelID),
        ]
    }
}

extension PresenceSessionResource: Resource {
    static let kind = "PresenceSession"
    static let columns = [
        ResourceColumn("SESSION", key: "session", .text, "the session's public name"),
        ResourceColumn(
            "STATUS", key: "status", .choice(["online", "idle", "dnd", "invisible"]), "what it asked to be shown as"),
        ResourceColumn("DEVICE", key: "device", .choice(["desktop", "mobile", "web"]), "the kind of program"),
        ResourceColumn("EXPIRES", key: "expiresAt", .instant, "when it is over unless it is heard of"),
        ResourceColumn("DECIDES", key: "decides", .choice(["yes", "no"]), "whether others see this one"),
        ResourceColumn("REASON", key: "reason", .text, "why, or why not"),
        ResourceColumn("ACTIVITIES", key: "activities", .text, wide: true, "what it says the user does"),
    ]
    var handle: String { session }
    var fields: [DocumentField] {
        [
            DocumentField("session", session), DocumentField("status", status), DocumentField("device", device),
            DocumentField("activities", .list(activities.map { .text($0) })), DocumentField("expiresAt", expiresAt),
            DocumentField("decides", .flag(decides)), DocumentField("reason", reason),
        ]
    }
}
