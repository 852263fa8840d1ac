import Foundation

/// A session that follows a node through its restarts as a client library does, and keeps a record of what it was told.
actor FollowingSession {
    /// Where the node is at the moment.
    struct Place: Sendable {
        var rest: String
        var gateway: String
    }

    let channels: [String]
    private let token: String
    private let isLazy: Bool
    private let place: @Sendable () -> Place
    private var session: String?
    private var sequence: Int?
    private var hasIdentified = false
    private var delivered: Set<String> = []
    /// Everything the client has: delivered, or fetched because it was told to.
    private(set) var known: Set<String> = []
    /// Whether it has a session that it could resume, and has been told of its channels.
    private(set) var isReady = false
    private(set) var resumes = 0
    private(set) var resyncs = 0
    private(set) var invalidations = 0
    /// What must not have happened.
    private(set) var faults: [String] = []

    init(token: String, channels: [String], isLazy: Bool, place: @escaping @Sendable () -> Place) {
        self.token = token
        self.channels = channels
        self.isLazy = isLazy
        self.place = place
    }

    /// Connects again and again until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            if let client = try? await GatewayClient.connect(place().gateway) {
                try? await follow(client)
                await client.close()
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func follow(_ client: GatewayClient) async throws {
        while !Task.isCancelled {
            let frame = try await client.next("a frame", seconds: 20) { _ in true }
            guard case .payload(let payload) = frame else { return }
            switch payload["op"].int {
            case 10: try await logIn(client)
            case 7: return
            case 9:
                invalidations += 1
                session = nil
                isReady = false
                return
            case 0: try await take(payload, client)
            default: break
            }
        }
    }

    private func logIn(_ client: GatewayClient) async throws {
        // With its scheme it is for REST.
        let bare = token.replacingOccurrences(of: "Bot ", with: "")
        if let session, let sequence {
            try await client.send(
                JSON(["op": 6, "d": ["token": bare, "session_id": session, "seq": sequence] as [String: Any]]))
        } else {
            sequence = nil
            delivered = []
            var data: [String: Any] = ["token": bare, "intents": 513, "properties": ["os": "linux"]]
            if isLazy { data["lazy"] = true }
            try await client.send(JSON(["op": 2, "d": data]))
        }
    }

    private func take(_ payload: JSON, _ client: GatewayClient) async throws {
        guard let number = payload["s"].int else { return }
        if let sequence, number != sequence + 1 { faults.append("\(number) follows \(sequence)") }
        sequence = number
        let data = payload["d"]
        switch payload["t"].string {
        case "READY":
            session = data["session_id"].string
            guard isLazy else { break }
            for channel in channels {
                try await client.send(JSON(["op": 100, "d": ["channel_id": channel]]))
            }
        case "GUILD_CREATE": try await begin(channels)
        case "CHANNEL_SUBSCRIBED": try await begin([data["channel_id"].string ?? ""])
        case "RESUMED": resumes += 1
        case "CHANNEL_RESYNC":
            resyncs += 1
            try await fetch(data["channel_id"].string ?? "")
        case "MESSAGE_CREATE":
            let id = data["id"].string ?? ""
            if !delivered.insert(id).inserted { faults.append("\(id) came twice") }
            known.insert(id)
        default: break
        }
    }

    /// These channels are followed from here on. What came before is fetched by one who had followed them already.
    private func begin(_ channels: [String]) async throws {
        if hasIdentified {
            for channel in channels { try await fetch(channel) }
        }
        isReady = true
        if channels.last == self.channels.last { hasIdentified = true }
    }

    private func fetch(_ channel: String) async throws {
        let client = RESTClient(place().rest, token: token)
        for message in try await Community.history(channel, client) { known.insert(message["id"].string ?? "") }
    }
}
