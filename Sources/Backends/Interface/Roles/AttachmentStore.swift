package import Chat

/// A file before its bytes come.
package struct NewFile: Hashable, Sendable {
    /// 32 lower-case hexadecimal digits that nobody can guess.
    package var key: String
    /// Against whose share it counts.
    package var owner: UserID
    /// Against which guild's share it counts as well; `nil` outside of guilds.
    package var guild: GuildID?
    /// Unix milliseconds.
    package var createdAt: UInt64

    package init(key: String, owner: UserID, guild: GuildID? = nil, createdAt: UInt64) {
        self.key = key
        self.owner = owner
        self.guild = guild
        self.createdAt = createdAt
    }
}

/// How much room files may take, in bytes; `nil` for no bound.
package struct FileQuota: Hashable, Sendable {
    /// All files of one owner.
    package var owner: UInt64?
    /// All files of one guild.
    package var guild: UInt64?
    /// All files.
    package var total: UInt64?

    package init(owner: UInt64? = nil, guild: UInt64? = nil, total: UInt64? = nil) {
        self.owner = owner
        self.guild = guild
        self.total = total
    }
}

/// Whose files are counted.
package enum FileShare: Hashable, Sendable {
    case owner(UserID)
    case guild(GuildID)
    case all
}

/// Which files a message has.
package struct FileClaim: Hashable, Sendable {
    package var message: MessageLocation
    /// None when the message is gone.
    package var keys: [String]

    package init(message: MessageLocation, keys: [String]) {
        self.message = message
        self.keys = keys
    }
}

/// A file that is somebody's image: an avatar, an icon.
package struct HeldImage: Hashable, Sendable {
    /// The id of the user, webhook, guild or group; ids are minted once, so that no two kinds share one.
    package var holder: UInt64
    package var key: String
    /// Unix milliseconds.
    package var createdAt: UInt64

    package init(holder: UInt64, key: String, createdAt: UInt64) {
        self.holder = holder
        self.key = key
        self.createdAt = createdAt
    }
}

/// A file on its way into the store, written front to back by one caller. One that is let go of is as one that was
/// discarded, at the latest when it is swept.
package protocol FileWriter: Sendable {
    /// Adds bytes; a call takes at most 1 MiB.
    func write(_ bytes: [UInt8]) async throws(BackendError)

    /// Makes the file durable and readable, and counts it.
    /// - Returns: false, and the file is gone, when it would take more room than there may be.
    func finish(within quota: FileQuota) async throws(BackendError) -> Bool

    /// Gives the file up; does nothing once it is finished.
    func discard() async
}

/// Keeps the bytes of files under keys, and knows which message each belongs to, or whose image it is.
///
/// A file is *loose* until a message claims it or somebody holds it as an image. What no message ever claims is swept away, and what a message has no
/// longer goes at once; so nothing stays for ever that nobody can reach. Claims may be repeated.
package protocol AttachmentStore: Sendable {
    /// Begins a file.
    /// - Throws: `.rejected` for a key that is none, `.conflict` for one that is taken.
    func begin(_ file: NewFile) async throws(BackendError) -> any FileWriter

    /// Bytes of a finished file from an offset on, at most `count` (1 to 1 MiB); empty behind its end; `nil` when there
    /// is no such file.
    func read(_ key: String, from offset: UInt64, count: Int) async throws(BackendError) -> [UInt8]?

    /// Carries out claims, at most 10,000, in their order: each message has the files named and no others, and those it
    /// had before go. A file that another message has stays with that one; keys that are not there are ignored.
    func settle(_ claims: [FileClaim]) async throws(BackendError)

    /// Removes files that are loose; others stay.
    func discard(_ keys: [String]) async throws(BackendError)

    /// Removes loose files that were begun before a time (Unix milliseconds), and what a crash left of others; at most
    /// 1,000 a call.
    /// - Returns: how many went.
    func sweep(before time: UInt64) async throws(BackendError) -> Int

    /// Makes a loose file an image of a holder, beside those it has. Holding one again is harmless.
    /// - Returns: false when there is no such file, or it is something else already.
    func hold(_ key: String, asImageOf holder: UInt64) async throws(BackendError) -> Bool

    /// Removes images, at most 1,000; what a message has stays, as does what is not there.
    func release(_ keys: [String]) async throws(BackendError)

    /// The image with this key; `nil` when there is none, or the file is something else.
    func image(_ key: String) async throws(BackendError) -> HeldImage?

    /// Images by holder and key, ascending, at most `limit` (1 to 1,000).
    /// - Parameter after: behind which to go on; `nil` for the first page.
    func images(after: HeldImage?, limit: Int) async throws(BackendError) -> [HeldImage]

    /// The bytes that finished files take.
    func usage(of share: FileShare) async throws(BackendError) -> UInt64
}
