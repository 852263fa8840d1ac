import Arguments
import Operations

extension GatewayResource: Resource {
    static let kind = "Gateway"
    static let columns = [
        ResourceColumn("NODE", key: "node", .text, "the node's name"),
        ResourceColumn("STATE", key: "state", .choice(["starting", "active", "draining"]), "what it is doing"),
        ResourceColumn(
            "READY", key: "isReady", .choice(["yes", "no"]), wide: true, "whether clients may be sent to it"),
        ResourceColumn("SESSIONS", key: "sessions", .count, "sessions, with and without a connection"),
        ResourceColumn("CONNECTIONS", key: "connections", .count, wide: true, "connections"),
        ResourceColumn("RESUMABLE", key: "resumable", .count, "sessions that could be resumed"),
        ResourceColumn("DETACHED", key: "detached", .count, wide: true, "sessions that wait to be resumed"),
        ResourceColumn("VOICE", key: "voice", .count, "sessions in a voice channel"),
        ResourceColumn("IN/S", key: "inPerSecond", .count, "payloads from clients in the last second"),
        ResourceColumn("OUT/S", key: "outPerSecond", .count, "dispatches to sessions in the last second"),
        ResourceColumn("SLOW", key: "slow", .count, "connections closed because they did not keep up"),
        ResourceColumn("CAPACITY%", key: "capacityPercent", .count, "how much of its room for sessions is taken"),
        ResourceColumn("CLIENT-ERR", key: "clientErrors", .count, "connections closed for what their clients sent"),
        ResourceColumn("RESYNCS", key: "resyncs", .count, wide: true, "channels that clients were told to fetch"),
        ResourceColumn("RECORDED", key: "recordedAt", .instant, wide: true, "when its sessions were last written down"),
        ResourceColumn("URL", key: "url", .url, wide: true, "where clients connect"),
    ]
    var handle: String { node }
    var fields: [DocumentField] {
        [
            DocumentField("node", node), DocumentField("state", state), DocumentField("isReady", .flag(isReady)),
            DocumentField("sessions", DocumentValue(sessions)),
            DocumentField("connections", DocumentValue(connections)),
            DocumentField("resumable", DocumentValue(resumable)), DocumentField("detached", DocumentValue(detached)),
            DocumentField("voice", DocumentValue(voice)), DocumentField("inPerSecond", DocumentValue(inPerSecond)),
            DocumentField("outPerSecond", DocumentValue(outPerSecond)), DocumentField("slow", DocumentValue(slow)),
            DocumentField("capacityPercent", DocumentValue(capacityPercent)),
            DocumentField("clientErrors", DocumentValue(clientErrors)),
            DocumentField("resyncs", DocumentValue(resyncs)), DocumentField("recordedAt", recordedAt),
            DocumentField("url", url),
        ]
    }
}

extension SessionResource: Resource {
    static let kind = "Session"
    static let columns = [
        ResourceColumn("SESSION", key: "session", .text, "the session's public name"),
        ResourceColumn("USER", key: "user", .text, "the user's name"),
        ResourceColumn("USER-ID", key: "userID", .snowflake, wide: true, "the user's id"),
        ResourceColumn("GATEWAY", key: "gateway", .text, "the node that holds it"),
        ResourceColumn(
            "STATE", key: "state", .choice(["loading", "connected", "replaying", "detached"]), "how it stands"),
        ResourceColumn("CLIENT", key: "client", .choice(["desktop", "mobile", "web"]), "the kind of program"),
        ResourceColumn("AGE", key: "ageSeconds", .count, "seconds since it logged in, or its node started"),
        ResourceColumn("SEQ", key: "sequence", .count, "the number of its last dispatch"),
        ResourceColumn("LAG-SEQ", key: "unacknowledged", .count, "dispatches that its client has not said to have"),
        ResourceColumn("BUFFER", key: "pendingBytes", .bytes, "bytes that wait for its connection"),
        ResourceColumn("LAST-HEARTBEAT", key: "heardAt", .instant, "when its client was heard, or lost"),
        ResourceColumn("LAZY", key: "isLazy", .choice(["yes", "no"]), wide: true, "whether it subscribes to channels"),
        ResourceColumn("SHARD", key: "shard", .text, wide: true, "which of its bot's shards it is"),
        ResourceColumn("GUILDS", key: "guilds", .count, wide: true, "guilds that it is told of"),
        ResourceColumn("CHANNELS", key: "subscriptions", .count, wide: true, "channels that it subscribed to"),
        ResourceColumn("PLACE", key: "place", .text, wide: true, "where on its gateway it lives"),
    ]
    var handle: String { session }
    var fields: [DocumentField] {
        [
            DocumentField("session", session), DocumentField("place", place), DocumentField("userID", userID),
            DocumentField("user", user), DocumentField("gateway", gateway), DocumentField("state", state),
            DocumentField("client", client), DocumentField("isLazy", .flag(isLazy)), DocumentField("shard", shard),
            DocumentField("ageSeconds", DocumentValue(ageSeconds)),
            DocumentField("sequence", DocumentValue(UInt64(sequence))),
            DocumentField("unacknowledged", DocumentValue(UInt64(unacknowledged))),
            DocumentField("pendingBytes", DocumentValue(pendingBytes)), DocumentField("heardAt", heardAt),
            DocumentField("guilds", DocumentValue(guilds)),
            DocumentField("subscriptions", DocumentValue(subscriptions)),
        ]
    }
}
