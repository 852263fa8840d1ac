/// A file that belongs to a message. Its bytes lie in the attachment store under ``key``.
package struct Attachment: Hashable, Sendable {
    package var id: AttachmentID
    /// As its sender named it.
    package var filename: String
    /// Bytes.
    package var size: UInt64
    /// What its bytes showed it to be: one of ``MediaType``.
    package var contentType: String?
    /// What the sender wrote about it, for those who cannot see it.
    package var description: String?
    /// Pixels, of an image.
    package var width: UInt32?
    /// Pixels, of an image.
    package var height: UInt32?
    /// Where its bytes lie in the attachment store. A secret: it signs the file's addresses.
    package var key: String

    package init(
        id: AttachmentID, filename: String, size: UInt64, contentType: String? = nil, description: String? = nil,
        width: UInt32? = nil, height: UInt32? = nil, key: String
    ) {
        self.id = id
        self.filename = filename
        self.size = size
        self.contentType = contentType
        self.description = description
        self.width = width
        self.height = height
        self.key = key
    }
}
