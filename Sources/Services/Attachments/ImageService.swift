package import Chat
package import Interface

/// An image with its type.
package struct ServedImage: Sendable {
    package var type: MediaType
    package var bytes: [UInt8]
}

/// Avatars and icons. They lie among the files of messages, held by the user, webhook or guild that bears them, and are
/// open to everybody who has their address, as in Discord.
///
/// An image is held before the directory names it, and let go of after the directory names another, so that none that is
/// named is ever missing. What a crash leaves in between goes with ``AttachmentKeeper``'s sweep.
package struct ImageService: Sendable {
    private static let keyBytes = 16

    private let files: any AttachmentStore
    private let secrets: any SecretKeeper
    private let quota: FileQuota
    private let time: any TimeSource

    package init(files: any AttachmentStore, secrets: any SecretKeeper, quota: FileQuota, time: any TimeSource) {
        self.files = files
        self.secrets = secrets
        self.quota = quota
        self.time = time
    }

    /// An image by its hash, whole; `nil` when its holder bears it no longer.
    /// - Throws: `.unavailable`.
    package func image(_ hash: String, of holder: UInt64) async throws(ServiceError) -> ServedImage? {
        let key = ImageHash.key(hash)
        do throws(BackendError) {
            guard try await files.image(key)?.holder == holder,
                let bytes = try await files.read(key, from: 0, count: Limits.imageBytesMax)
            else { return nil }
            return ServedImage(type: MediaType(head: bytes), bytes: bytes)
        } catch {
            throw ServiceError(error)
        }
    }

    /// Carries out a change that may bring another image along. The new one is gone again when the change is refused,
    /// and the old one when it is done.
    /// - Parameters:
    ///   - image: its bytes, or `nil` for none any more.
    ///   - field: what the form calls it.
    ///   - old: the hash of the one there is.
    ///   - user: against whose share it counts.
    ///   - guild: against which guild's share it counts as well.
    /// - Throws: `.invalidForm` for what is no image, `.storageFull`, `.unavailable`, and what the change throws.
    func replace<Value>(
        _ image: Change<[UInt8]?>, _ field: String, of holder: UInt64, old: String?, by user: UserID,
        in guild: GuildID? = nil, _ change: (Change<String?>) async throws(ServiceError) -> Value
    ) async throws(ServiceError) -> Value {
        guard case .set(let bytes) = image else { return try await change(.keep) }
        var hash: String?
        if let bytes { hash = try await keep(bytes, field, of: holder, by: user, in: guild) }
        let value: Value
        do throws(ServiceError) {
            value = try await change(.set(hash))
        } catch {
            // What may have been done all the same keeps its image; if it was not, the sweep comes by.
            if !error.mayHaveBeenDone { await drop(hash) }
            throw error
        }
        await drop(old)
        return value
    }

    /// Lets go of an image.
    func drop(_ hash: String?) async {
        guard let hash else { return }
        // What cannot be removed now is swept later.
        try? await files.release([ImageHash.key(hash)])
    }

    private func keep(
        _ bytes: [UInt8], _ field: String, of holder: UInt64, by user: UserID, in guild: GuildID?
    ) async throws(ServiceError) -> String {
        let type = try Self.checked(bytes, field)
        let key = Hexadecimal.text(secrets.randomBytes(Self.keyBytes))
        do throws(BackendError) {
            let writer = try await files.begin(
                NewFile(key: key, owner: user, guild: guild, createdAt: time.unixMilliseconds))
            do throws(BackendError) {
                try await writer.write(bytes)
            } catch {
                await writer.discard()
                throw error
            }
            if try await writer.finish(within: quota), try await files.hold(key, asImageOf: holder) {
                return ImageHash.make(key: key, type: type)
            }
        } catch {
            throw ServiceError(error)
        }
        throw ServiceError(.storageFull)
    }

    /// By its own bytes: what its sender calls it means nothing.
    private static func checked(_ bytes: [UInt8], _ field: String) throws(ServiceError) -> MediaType {
        var form = FormCheck()
        let type = MediaType(head: bytes)
        if bytes.count > Limits.imageBytesMax {
            form.refuse(
                [field], "BINARY_TYPE_MAX_SIZE",
                "File cannot be larger than \(Double(Limits.imageBytesMax) / 1_024) kb.")
        } else if let size = ImageSize(of: type, head: Array(bytes.prefix(ImageSize.headBytes))) {
            if max(size.width, size.height) > Limits.imageSideMax {
                form.refuse(
                    [field], "IMAGE_INVALID", "An image may have at most \(Limits.imageSideMax) pixels a side.")
            }
        } else {
            form.refuse([field], "IMAGE_INVALID", "This has to be a PNG, JPEG, GIF or WebP image.")
        }
        try form.finish()
        return type
    }
}

extension ServiceError {
    /// Whether what failed may have happened, or may still happen.
    package var mayHaveBeenDone: Bool {
        switch code {
        case .queued, .unavailable, .internalFailure: true
        default: false
        }
    }
}
