/// A set of permissions, with Discord's bit numbers. Bits this cluster does not know are kept as they came.
package struct Permissions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    private init(bit: UInt64) {
        rawValue = 1 << bit
    }

    package static let createInstantInvite = Permissions(bit: 0)
    package static let kickMembers = Permissions(bit: 1)
    package static let banMembers = Permissions(bit: 2)
    package static let administrator = Permissions(bit: 3)
    package static let manageChannels = Permissions(bit: 4)
    package static let manageGuild = Permissions(bit: 5)
    package static let addReactions = Permissions(bit: 6)
    package static let viewAuditLog = Permissions(bit: 7)
    package static let viewChannel = Permissions(bit: 10)
    package static let sendMessages = Permissions(bit: 11)
    package static let sendTTSMessages = Permissions(bit: 12)
    package static let manageMessages = Permissions(bit: 13)
    package static let embedLinks = Permissions(bit: 14)
    package static let attachFiles = Permissions(bit: 15)
    package static let readMessageHistory = Permissions(bit: 16)
    package static let mentionEveryone = Permissions(bit: 17)
    package static let useExternalEmojis = Permissions(bit: 18)
    package static let connect = Permissions(bit: 20)
    package static let speak = Permissions(bit: 21)
    package static let muteMembers = Permissions(bit: 22)
    package static let deafenMembers = Permissions(bit: 23)
    package static let moveMembers = Permissions(bit: 24)
    package static let useVoiceActivity = Permissions(bit: 25)
    package static let changeNickname = Permissions(bit: 26)
    package static let manageNicknames = Permissions(bit: 27)
    package static let manageRoles = Permissions(bit: 28)
    package static let manageWebhooks = Permissions(bit: 29)
    package static let moderateMembers = Permissions(bit: 40)
    package static let pinMessages = Permissions(bit: 51)
    package static let bypassSlowMode = Permissions(bit: 52)

    /// What an owner or an administrator holds: every bit that Discord has given a meaning, up to bit 52.
    package static let all = Permissions(rawValue: (1 << 53) - 1)

    /// What `@everyone` of a new guild may do.
    package static let everyoneDefault: Permissions = [
        .createInstantInvite, .addReactions, .viewChannel, .sendMessages, .embedLinks, .attachFiles,
        .readMessageHistory,
        .mentionEveryone, .useExternalEmojis, .connect, .speak, .useVoiceActivity, .changeNickname,
    ]

    /// What a timeout leaves of what a member may do.
    package static let timedOut: Permissions = [.viewChannel, .readMessageHistory]

    /// Whoever holds one of these in a channel may send to it without regard to slow mode.
    package static let exemptFromSlowMode: Permissions = [.manageMessages, .manageChannels, .bypassSlowMode]

    /// What a party to a direct message may do in it, unless one has blocked the other.
    package static let directMessage: Permissions = [
        .addReactions, .viewChannel, .sendMessages, .embedLinks, .attachFiles, .readMessageHistory, .useExternalEmojis,
        .connect, .speak, .useVoiceActivity, .pinMessages,
    ]
}
