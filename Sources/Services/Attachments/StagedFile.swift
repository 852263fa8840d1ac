package import Chat

/// A file that has arrived and belongs to no message yet.
package struct StagedFile: Hashable, Sendable {
    package var id: AttachmentID
    package var key: String
    /// Bytes.
    package var size: UInt64
    package var type: MediaType
    /// Of an image.
    package var dimensions: ImageSize?

    /// The file as part of a message.
    package func attachment(named filename: String, description: String?) -> Attachment {
        Attachment(
            id: id, filename: filename, size: size, contentType: type.rawValue, description: description,
            width: dimensions?.width, height: dimensions?.height, key: key)
    }
}
