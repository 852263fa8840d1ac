package import Chat
package import Interface

/// Receives files for messages and gives them out again.
///
/// A file is fetched with a ticket (``Chat/FileTicket``) that came with its message. Each time the message is read from
/// the store: when it is deleted, or has the file no longer, or its channel is gone, so is the file.
package struct AttachmentService: Sendable {
    private static let keyBytes = 16
    /// What clients are told to wait when too many files come at once.
    private static let busyMilliseconds: UInt64 = 2_000
    /// Bytes of one read.
    package static let chunkBytes = 256 << 10

    package let limits: AttachmentLimits
    private let files: any AttachmentStore
    private let access: Access
    private let messages: any MessageStore
    private let mint: IDMint
    private let secrets: any SecretKeeper
    private let time: any TimeSource
    private let slots: UploadSlots

    package init(
        files: any AttachmentStore, access: Access, messages: any MessageStore, mint: IDMint,
        secrets: any SecretKeeper, time: any TimeSource, limits: AttachmentLimits = AttachmentLimits()
    ) {
        self.limits = limits
        self.files = files
        self.access = access
        self.messages = messages
        self.mint = mint
        self.secrets = secrets
        self.time = time
        slots = UploadSlots(limits.uploadsMax)
    }

    // MARK: In

    /// Whether a user may put files into a channel, asked before any byte of one is taken; asked again when the message
    /// is sent.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws.
    package func checkMayAttach(_ user: UserID, in channel: ChannelID) async throws(ServiceError) {
        _ = try await access.channel(channel, for: user, needing: .attachFiles)
    }

    /// Begins to receive a file for a channel.
    /// - Throws: `.busy` when too many come at once; `.storageFull` when the user, the channel's guild, or everybody,
    ///   has too much already; `.unavailable`.
    package func begin(by user: UserID, in channel: ChannelID) async throws(ServiceError) -> FileUpload {
        let guild = try await access.cache.guild(ofChannel: channel)
        guard let slot = slots.take() else {
            throw ServiceError(.busy(retryAfterMilliseconds: Self.busyMilliseconds), detail: "too many uploads")
        }
        let id = try mint.next(AttachmentID.self)
        let key = Hexadecimal.text(secrets.randomBytes(Self.keyBytes))
        do throws(BackendError) {
            if try await isRoom(for: user, in: guild) {
                let writer = try await files.begin(
                    NewFile(key: key, owner: user, guild: guild, createdAt: time.unixMilliseconds))
                return FileUpload(id, key: key, writer: writer, quota: limits.quota, slot: slot)
            }
        } catch {
            throw ServiceError(error)
        }
        throw ServiceError(.storageFull)
    }

    private func isRoom(for user: UserID, in guild: GuildID?) async throws(BackendError) -> Bool {
        guard try await files.usage(of: .owner(user)) < limits.quota.owner ?? .max else { return false }
        if let guild, let bound = limits.quota.guild {
            guard try await files.usage(of: .guild(guild)) < bound else { return false }
        }
        return try await files.usage(of: .all) < limits.quota.total ?? .max
    }

    /// Gives up files whose message was not sent. Those that a message has stay.
    package func discard(_ staged: [StagedFile]) async {
        guard !staged.isEmpty else { return }
        // What cannot be removed now is swept later.
        try? await files.discard(staged.map(\.key))
    }

    // MARK: Out

    /// The file that a ticket is for; `nil` when there is none, it has expired or its signature is wrong: which of them
    /// is not told.
    /// - Throws: `.unavailable`.
    package func open(_ ticket: FileTicket, signature: String) async throws(ServiceError) -> Attachment? {
        guard ticket.expiresAt > time.unixMilliseconds / 1_000 else { return nil }
        guard try await access.cache.place(of: ticket.channel) != nil else { return nil }
        let message: Message?
        do throws(BackendError) {
            message = try await messages.message(ticket.message, in: ticket.channel, includingDeleted: false)
        } catch {
            throw ServiceError(error)
        }
        guard let file = message?.attachments.first(where: { $0.id == ticket.attachment }),
            ticket.isSigned(signature, key: file.key)
        else { return nil }
        return file
    }

    /// Bytes of a file, at most ``chunkBytes``; `nil` when it is gone.
    /// - Throws: `.unavailable`.
    package func read(_ file: Attachment, from offset: UInt64, count: UInt64) async throws(ServiceError) -> [UInt8]? {
        do throws(BackendError) {
            return try await files.read(file.key, from: offset, count: Int(min(count, UInt64(Self.chunkBytes))))
        } catch {
            throw ServiceError(error)
        }
    }
}
