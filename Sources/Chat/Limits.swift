/// Every bound of the domain in one place, with its unit and where it comes from.
package enum Limits {
    /// Unicode scalars in a message (Discord's API; "count Unicode scalars").
    package static let contentScalarsMax = 2_000
    /// Characters in a nonce (Discord's API).
    package static let nonceCharactersMax = 25
    /// How long a nonce stands for its message, in milliseconds (design: five minutes).
    package static let nonceWindowMilliseconds: UInt64 = 300_000
    /// Distinct users that one message can mention; what goes beyond is text. (Discord's API: 100 ids in `allowed_mentions`.)
    package static let mentionsPerMessageMax = 100
    /// Embeds in a message (Discord's API).
    package static let embedsPerMessageMax = 10
    /// Bytes of JSON that the embeds of one message may take. Discord counts 6,000 characters; four bytes each, and the syntax.
    package static let embedBytesMax = 32 * 1_024
    /// Files in a message (Discord's API).
    package static let attachmentsPerMessageMax = 10
    /// Unicode scalars of a file's name (Discord's API: 260), and of what its sender wrote about it.
    package static let filenameCharacters = 1...260
    package static let fileDescriptionCharactersMax = 1_024
    /// Distinct emojis with which one message can be reacted to (Discord's API).
    package static let reactionsPerMessageMax = 20
    /// Bytes of an emoji as it stands in a path: the longest of Unicode take about 40.
    package static let emojiBytesMax = 64
    /// Characters of a custom emoji's name (Discord's API).
    package static let emojiNameCharacters = 2...32
    /// Pinned messages in a channel (Discord's API).
    package static let pinsPerChannelMax = 50
    /// Messages in one page of history (Discord's API).
    package static let pageMessagesMax = 100
    /// Ids in one bulk delete (Discord's API: 2 to 100).
    package static let bulkDeleteMax = 100
    /// How old a message may be for bulk deletion, in milliseconds (Discord's API: two weeks).
    package static let bulkDeleteAgeMilliseconds: UInt64 = 14 * 86_400_000

    /// Characters of names (Discord's API).
    package static let guildNameCharacters = 2...100
    package static let channelNameCharacters = 1...100
    package static let roleNameCharacters = 1...100
    package static let usernameCharacters = 2...32
    package static let nickCharacters = 1...32
    package static let topicCharactersMax = 1_024
    package static let guildDescriptionCharactersMax = 300
    /// Unicode scalars of a password. The lower bound is OWASP's for accounts without a second factor; the upper one bounds hashing.
    package static let passwordScalars = 8...128
    package static let emailBytesMax = 254

    package static let channelsPerGuildMax = 500
    package static let rolesPerGuildMax = 250
    package static let overwritesPerChannelMax = 100
    package static let guildsPerUserMax = 200
    package static let invitesPerGuildMax = 1_000
    /// Webhooks of a channel (Discord's API).
    package static let webhooksPerChannelMax = 15
    package static let webhookNameCharacters = 1...80
    /// Bytes of the address of an image that a webhook wants to be seen with.
    package static let avatarURLBytesMax = 2_048
    /// Bytes of an avatar or an icon: what fits, as base64, into a JSON body of 1 MiB.
    package static let imageBytesMax = 700 * 1_024
    /// Pixels of an image's sides.
    package static let imageSideMax: UInt32 = 4_096
    /// Unread mentions of one user in one channel that are kept by id; older ones are only counted.
    package static let mentionsListedMax = 100
    /// Mentions that a client may claim to have seen behind a mark set by hand.
    package static let mentionsClaimedMax: UInt32 = 10_000
    /// Channels in which it is known how far a user has read; beyond them the one that changed longest ago is forgotten.
    package static let readStatesPerUserMax = 5_000
    /// Messages of a guild that mention everyone or roles, of which read states take note: the newest ones.
    package static let crowdMentionsPerGuildMax = 200
    /// Read states in one bulk acknowledgement (Discord's API).
    package static let readMarksMax = 100
    /// Channels of a guild in which a user wants to be told of messages in another way than in the guild; and direct
    /// channels with a way of their own.
    package static let notificationOverridesMax = 500
    /// Guilds for which it is known how a user wants to be told of messages; beyond them the one that was set longest ago
    /// is forgotten.
    package static let notificationSettingsPerUserMax = 400
    /// Users in a group, its owner among them (Discord's API: 10 recipients).
    package static let groupPartiesMax = 10
    /// Direct channels in one answer, newest first.
    package static let directChannelsPageMax = 1_000
    /// Users that one user can block.
    package static let blocksPerUserMax = 1_000
    /// Seconds of slow mode (Discord's API).
    package static let slowModeSecondsMax: UInt32 = 21_600
    /// How far ahead a timeout may end, in milliseconds: 28 days (Discord's API).
    package static let timeoutMillisecondsMax: UInt64 = 28 * 86_400_000
    /// Seconds back from a ban whose messages may go with it (Discord's API): 7 days.
    package static let banDeletionSecondsMax: UInt32 = 604_800
    /// Users that one call may ban (Discord's API).
    package static let bulkBanMax = 200
    /// Unicode scalars of the reason that a change is given for (Discord's API).
    package static let auditReasonCharactersMax = 512
    /// How long a guild's audit log is kept, in milliseconds: 45 days (Discord's API).
    package static let auditRetentionMilliseconds: UInt64 = 45 * 86_400_000
    package static let bitrate: ClosedRange<UInt32> = 8_000...384_000
    package static let voiceUserLimitMax: UInt32 = 99
    package static let inviteMaxAgeSecondsMax: UInt32 = 604_800
    package static let inviteMaxUsesMax: UInt32 = 100

    /// Places where one user is told of messages: browsers and devices.
    package static let pushSubscriptionsPerUserMax = 10

    /// Activities of one session; what goes beyond is not shown.
    package static let activitiesMax = 5
    /// Unicode scalars of each text of an activity (Discord's client cuts at 128).
    package static let activityTextScalarsMax = 128
    /// Sessions of one user whose presence is kept; beyond it the one that changed longest ago goes.
    package static let presenceSessionsMax = 100

    /// Bytes of one record of the event log. Far above what validated input can make; a bound for decoders.
    package static let recordBytesMax = 1 << 20
}
