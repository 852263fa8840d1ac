package import Chat

/// A file before its bytes come.
package struct NewFile: Hashable, Sendable {
    /// 32 lower-case hexadecimal digits that nobody can guess.
    package var key: String
    /// Against whose share it counts.
    package var owner: UserID
    /// Unix milliseconds.
    package var createdAt: UInt64

    package init(key: String, owner: UserID, createdAt: UInt64) {
        self.key = key
        self.owner = owner
        self.createdAt = createdAt
    }
}

/// How much room files may take, in bytes; `nil` for no bound.
package struct FileQuota: Hashable, Sendable {
    /// All files of one owner.
    package var owner: UInt64?
    /// All files.
    package var total: UInt64?

    package init(owner: UInt64? = nil, total: UInt64? = nil) {
        self.owner = owner
        self.total = total
    }
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

/// Keeps the bytes of files under keys, and knows which message each belongs to.
///
/// A file is *loose* until a message claims it. What no message ever claims is swept away, and what a message has no
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

    /// The bytes that finished files take: an owner's, or all of them.
    func usage(of owner: UserID?) async throws(BackendError) -> UInt64
}
