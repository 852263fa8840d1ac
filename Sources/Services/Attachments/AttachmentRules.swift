import Chat
package import Interface

/// How much files may take. Bytes.
package struct AttachmentLimits: Hashable, Sendable {
    /// All files of one request together.
    package var requestBytesMax: UInt64
    /// Files of one request, and of one message.
    package var filesMax: Int
    /// All files of one user, of one guild, and of all; `nil` for no bound.
    package var quota: FileQuota
    /// Files that are being received at once; beyond it senders are told to come back.
    package var uploadsMax: Int

    package init(
        requestBytesMax: UInt64 = 25 << 20, filesMax: Int = Limits.attachmentsPerMessageMax,
        quota: FileQuota = FileQuota(owner: 1 << 30, guild: 5 << 30, total: 10 << 30), uploadsMax: Int = 64
    ) {
        self.requestBytesMax = requestBytesMax
        self.filesMax = min(max(filesMax, 1), Limits.attachmentsPerMessageMax)
        self.quota = quota
        self.uploadsMax = uploadsMax
    }
}

/// What a file may be called. A name is a label: no path is ever made of it, and one that looks like a path, or would
/// be shown as another, is refused rather than changed.
package enum FileName {
    /// What is wrong with a name; `nil` when it may be used.
    package static func objection(to name: String) -> FieldError.Reason? {
        let scalars = name.unicodeScalars
        guard Limits.filenameCharacters.contains(scalars.count) else {
            return .init(
                code: "BASE_TYPE_BAD_LENGTH",
                message:
                    "Must be between \(Limits.filenameCharacters.lowerBound) and \(Limits.filenameCharacters.upperBound) in length."
            )
        }
        guard name != ".", name != "..", !scalars.contains(where: { $0 == "/" || $0 == "\\" }) else {
            return .init(code: "FILENAME_INVALID", message: "A file's name must not be a path.")
        }
        guard !scalars.contains(where: isHidden), scalars.contains(where: \.isVisible) else {
            return .init(code: "FILENAME_INVALID", message: "A file's name must not hold control characters.")
        }
        return nil
    }

    /// Controls, and what turns the direction of text, so that `exe.png` is no `gnp.exe`, or is not seen at all.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\u{200E}" || scalar == "\u{200F}" || scalar.isControl || scalar.isDisruptive
    }
}

extension FieldError {
    /// What is wrong, without where.
    package struct Reason: Hashable, Sendable {
        package var code: String
        package var message: String
    }
}
