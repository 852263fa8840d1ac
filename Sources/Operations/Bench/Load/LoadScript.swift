import Wire

/// What the generator says to a server, made beforehand.
struct LoadScript: Sendable {
    /// How messages go out.
    enum Way: Hashable, Sendable {
        case gateway, rest
        /// Text frames to a server that relays them as they are.
        case plain
    }

    var gateway: Endpoint
    var rest: Endpoint?
    var way: Way
    var channels: [UInt64]
    var tokens: [String]
    var templates: [MessageTemplate]
    private var identifies: [[UInt8]] = []
    private var subscribes: [[UInt8]] = []
    let beat = ClientFrame.frame(ClientFrame.text, Array(#"{"op":1,"d":null}"#.utf8))
    let goodbye = ClientFrame.goodbye()

    /// A node's rooms are channels.
    init(gateway: Endpoint, rest: Endpoint, way: Way, channels: [UInt64], tokens: [String], contentBytes: Int) {
        self.gateway = gateway
        self.rest = rest
        self.way = way
        self.channels = channels
        self.tokens = tokens
        templates = channels.enumerated().map { number, channel in
            way == .gateway
                ? .gateway(channel: channel, contentBytes: contentBytes)
                : .rest(
                    channel: channel, host: rest.name, token: tokens[number % tokens.count], contentBytes: contentBytes)
        }
        identifies = tokens.map { token in
            Self.frame(2) { data in
                data.field("token", token)
                data.field("lazy", true)
                // Messages in guilds: a session that counts them has no use for presences.
                data.field("intents", 1 << 9)
                data.object("properties") { $0.field("browser", MessageTemplate.userAgent) }
            }
        }
        subscribes = channels.map { channel in Self.frame(100) { $0.field("channel_id", snowflake: channel) } }
    }

    /// A plain server's rooms are numbers.
    init(plain gateway: Endpoint, rooms: Int, contentBytes: Int) {
        self.gateway = gateway
        way = .plain
        channels = []
        tokens = []
        templates = [MessageTemplate](repeating: .plain(contentBytes: contentBytes), count: rooms)
    }

    var rooms: Int { templates.count }

    func identify(_ identity: Int) -> [UInt8] { identifies[identity] }
    func subscribe(_ room: Int) -> [UInt8] { subscribes[room] }

    func resume(_ ticket: ResumeTicket, identity: Int) -> [UInt8] {
        Self.frame(6) { data in
            data.field("token", tokens[identity])
            data.field("session_id", ticket.session)
            data.field("seq", UInt64(ticket.sequence))
        }
    }

    func upgrade(_ role: Connection.Role, room: Int) -> [UInt8] {
        let path =
            switch (way, role) {
            case (.plain, .publisher): "/pub/\(room)"
            case (.plain, _): "/sub/\(room)"
            default: "/?v=10&encoding=json"
            }
        return Array(HTTPText.upgrade(path, host: gateway.name).utf8)
    }

    private static func frame(_ operation: Int, _ data: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.field("op", operation)
            $0.object("d", data)
        }
        return ClientFrame.frame(ClientFrame.text, json.bytes)
    }
}
