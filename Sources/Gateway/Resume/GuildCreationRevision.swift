import Chat
import Wire

/// The data of GUILD_CREATE once more, without the channels that its user may not see any more and who is heard in them.
struct GuildCreationRevision {
    /// What was taken out.
    let hidden: Set<ChannelID>
    /// JSON text.
    let data: [UInt8]

    /// `nil` when the data is not that of GUILD_CREATE.
    init?(of data: UnsafeRawBufferPointer, showing visible: Set<ChannelID>) {
        // Made by this node or an earlier one: no longer than a frame of the log, and no more values than bytes.
        let limits = JSONLimits(bytes: data.count, nodes: data.count)
        guard case .object(var guild) = try? JSONReader.parse(data, limits: limits),
            let channels = guild["channels"]?.array, let voices = guild["voice_states"]?.array
        else { return nil }
        func isShown(_ id: JSONValue?) -> Bool { id?.snowflake.map { visible.contains(ChannelID($0)) } ?? false }
        hidden = Set(channels.compactMap { $0["id"]?.snowflake.map { ChannelID($0) } }).subtracting(visible)
        guild.set("channels", .array(channels.filter { isShown($0["id"]) }))
        guild.set("voice_states", .array(voices.filter { isShown($0["channel_id"]) }))
        self.data = JSONValue.object(guild).serialized()
    }
}
