/// Where somebody is heard: a member in a voice channel. It lives as long as the session that joined.
package struct VoiceState: Hashable, Sendable {
    package var guild: GuildID
    package var user: UserID
    package var channel: ChannelID
    /// The session that joined: it, and no other of the user's, ends the stay by ending.
    package var session: SessionTag
    package var isSelfMuted: Bool
    package var isSelfDeafened: Bool
    package var hasVideo: Bool
    /// Whether the member may not speak here.
    package var isSuppressed: Bool

    package init(
        guild: GuildID, user: UserID, channel: ChannelID, session: SessionTag, isSelfMuted: Bool = false,
        isSelfDeafened: Bool = false, hasVideo: Bool = false, isSuppressed: Bool = false
    ) {
        self.guild = guild
        self.user = user
        self.channel = channel
        self.session = session
        self.isSelfMuted = isSelfMuted
        self.isSelfDeafened = isSelfDeafened
        self.hasVideo = hasVideo
        self.isSuppressed = isSuppressed
    }
}
