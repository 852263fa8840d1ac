import Wire

/// What a gateway payload is, as far as a login cares.
package enum ServerPayload: Hashable, Sendable {
    case hello, invalidSession, reconnect
    case ready, resumed, subscribed, commandError
    case other

    /// Looks at how the node begins its payloads, and parses those that begin otherwise: only its own encoder may rely
    /// on the order of keys.
    package static func of(_ payload: UnsafeRawBufferPointer) -> ServerPayload {
        if let event = value(in: payload, after: #"{"op":0,"t":""#, endingWith: UInt8(ascii: "\"")) {
            return named(event)
        }
        if let number = value(in: payload, after: #"{"op":"#, endingWith: UInt8(ascii: ",")), number != "0" {
            return numbered(number)
        }
        guard let json = try? JSONReader.parse(payload) else { return .other }
        if let event = json["t"]?.string { return named(event) }
        return json["op"]?.int.map { numbered(String($0)) } ?? .other
    }

    private static func named(_ event: String) -> ServerPayload {
        switch event {
        case "READY": .ready
        case "RESUMED": .resumed
        case "CHANNEL_SUBSCRIBED": .subscribed
        case "COMMAND_ERROR": .commandError
        default: .other
        }
    }

    private static func numbered(_ operation: String) -> ServerPayload {
        switch operation {
        case "10": .hello
        case "9": .invalidSession
        case "7": .reconnect
        default: .other
        }
    }

    /// The short text between a beginning and a byte.
    private static func value(
        in payload: UnsafeRawBufferPointer, after prefix: StaticString, endingWith end: UInt8
    ) -> String? {
        let length = prefix.utf8CodeUnitCount
        guard payload.count > length,
            payload.prefix(length).elementsEqual(UnsafeBufferPointer(start: prefix.utf8Start, count: length)),
            let stop = payload.dropFirst(length).prefix(40).firstIndex(of: end)
        else { return nil }
        return String(decoding: payload[length..<stop], as: UTF8.self)
    }
}

/// What a session must know to be resumed.
package struct ResumeTicket: Hashable, Sendable {
    package var session: String
    package var sequence: UInt32

    /// The number of a dispatch, from its beginning; `nil` for other payloads.
    package static func sequence(of payload: UnsafeRawBufferPointer) -> UInt32? {
        let key: StaticString = #""s":"#
        let pattern = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        let head = payload.prefix(128)
        guard let start = head.indices.first(where: { head[$0...].starts(with: pattern) }) else { return nil }
        let digits = payload[(start + pattern.count)...].prefix(16).drop { $0 == UInt8(ascii: " ") }
            .prefix { 0x30...0x39 ~= $0 }
        return UInt32(String(decoding: digits, as: UTF8.self))
    }
}
