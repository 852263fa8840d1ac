package import Chat

extension JSONWriter {
    /// A user's settings of one guild, of Discord's user API, and the event USER_GUILD_SETTINGS_UPDATE. Those of direct
    /// channels have no guild.
    package mutating func notificationSettings(_ settings: NotificationSettings) {
        object {
            $0.field("guild_id", snowflake: settings.guild?.rawValue)
            $0.notificationMute(settings.mute)
            $0.field("message_notifications", Int(settings.level.rawValue))
            $0.field("suppress_everyone", settings.suppressesEveryone)
            $0.field("suppress_roles", settings.suppressesRoles)
            $0.field("mobile_push", settings.isPushed)
            $0.array("channel_overrides") { array in
                for (channel, override) in settings.overrides.sorted(by: { $0.key < $1.key }) {
                    array.object {
                        $0.field("channel_id", snowflake: channel.rawValue)
                        $0.notificationMute(override.mute)
                        $0.field("message_notifications", Int(override.level.rawValue))
                    }
                }
            }
            $0.field("version", Int64(clamping: settings.version))
        }
    }

    private mutating func notificationMute(_ mute: NotificationSettings.Mute?) {
        field("muted", mute != nil)
        guard let end = mute?.until else { return null("mute_config") }
        key("mute_config")
        object { $0.field("end_time", unixMilliseconds: Int64(clamping: end)) }
    }
}
