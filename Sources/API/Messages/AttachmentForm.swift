import Chat
import Services
import Wire

/// The entries of `attachments`, and the files that came with them.
enum AttachmentForm {
    /// The files of a new message: each is named by the entry whose `id` is its number, or else by its own part. In the
    /// order of the entries; files without one follow.
    static func newFiles(_ form: FormReader, _ files: UploadedFiles) -> [Attachment] {
        var attachments: [Attachment] = []
        var named: Set<UInt64> = []
        for element in entries(form) {
            guard let entry = element.object(), let number = number(entry) else { continue }
            guard let file = files[number], named.insert(number).inserted else {
                entry.fail("id", "ATTACHMENT_NOT_FOUND", "There is no file of this number.")
                continue
            }
            if let attachment = attachment(file, entry) { attachments.append(attachment) }
        }
        return attachments + rest(form, files, without: named)
    }

    /// What an edit makes of a message's files; `nil` when it leaves them alone. An entry with the number of a file that
    /// came is new; any other names a file that stays.
    static func change(_ form: FormReader, _ files: UploadedFiles) -> AttachmentChange? {
        guard form.has("attachments") || !files.entries.isEmpty else { return nil }
        var change = AttachmentChange()
        var named: Set<UInt64> = []
        for element in entries(form) {
            guard let entry = element.object(), let number = number(entry) else { continue }
            guard let file = files[number] else {
                change.kept.append(.init(id: AttachmentID(number), description: description(entry)))
                continue
            }
            guard named.insert(number).inserted else {
                entry.fail("id", "ATTACHMENT_NOT_FOUND", "There is no other file of this number.")
                continue
            }
            if let attachment = attachment(file, entry) { change.added.append(attachment) }
        }
        change.added += rest(form, files, without: named)
        return change
    }

    private static func entries(_ form: FormReader) -> [FormField] {
        form["attachments"]?.list(max: Limits.attachmentsPerMessageMax) ?? []
    }

    private static func number(_ entry: FormReader) -> UInt64? {
        entry.required("id") { $0.id(AttachmentID.self)?.rawValue }
    }

    private static func description(_ entry: FormReader) -> String? {
        entry["description"]?.string(scalars: 0...Limits.fileDescriptionCharactersMax)
    }

    private static func attachment(_ file: UploadedFiles.Entry, _ entry: FormReader) -> Attachment? {
        let described = description(entry).flatMap { $0.isEmpty ? nil : $0 }
        guard let name = entry["filename"].map({ $0.string() }) ?? file.filename else {
            entry.fail("filename", "BASE_TYPE_REQUIRED", "A file needs a name.")
            return nil
        }
        if let objection = FileName.objection(to: name) {
            entry.fail("filename", objection.code, objection.message)
            return nil
        }
        return file.file.attachment(named: name, description: described)
    }

    private static func rest(_ form: FormReader, _ files: UploadedFiles, without named: Set<UInt64>) -> [Attachment] {
        files.entries.filter { !named.contains($0.index) }.compactMap { index, entry in
            let name = entry.filename ?? ""
            if let objection = FileName.objection(to: name) {
                form.fail("files[\(index)]", objection.code, objection.message)
                return nil
            }
            return entry.file.attachment(named: name, description: nil)
        }
    }
}
