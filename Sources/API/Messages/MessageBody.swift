import Chat
import HTTPTypes
import HummingbirdCore
import NIOCore
import Services
import Wire

/// The body of a message: JSON, or a multipart form with the JSON in `payload_json` and files in `files[n]`. hikari
/// sends every message as the latter, chunked.
struct MessageBody {
    let form: FormReader
    /// By the n of `files[n]`.
    let files: UploadedFiles

    /// Reads what the caller sends into a channel.
    static func read(_ call: APICall) async throws -> MessageBody {
        try await read(call, from: FileSender(try call.caller.id, in: try call.channel))
    }

    /// Reads a body; files go to the store as they come, and what may be held here is bounded.
    /// - Throws: and whatever files came are gone.
    static func read(_ call: APICall, from sender: FileSender) async throws -> MessageBody {
        guard let type = call.request.headers[.contentType], MultipartReader.isMultipart(type) else {
            return MessageBody(form: try FormReader(APICall.json(try await call.body())), files: UploadedFiles())
        }
        guard let boundary = MultipartReader.boundary(in: type) else { throw APIError.malformedBody }
        var intake = FormIntake(call, boundary: boundary, from: sender)
        do {
            try await intake.read()
            // Whatever its declared type: libraries send it as text or as bytes.
            guard let payload = intake.payload else { throw FieldError.required(["payload_json"]).asForm }
            let form = try FormReader(APICall.json(payload))
            for name in intake.strangers { form.errors.add(.notSupported([name])) }
            try form.check()
            return MessageBody(form: form, files: intake.files)
        } catch {
            await intake.discard()
            throw error
        }
    }

    /// Does what the files were sent for. Where that failed for good nobody will ever have them: they go.
    func use<Value>(_ call: APICall, _ body: (FormReader, UploadedFiles) async throws -> Value) async throws -> Value {
        do {
            return try await body(form, files)
        } catch {
            // A message whose outcome is not known may come with its files later.
            if !mayStillCome(error) { await call.services.attachments.discard(files.staged) }
            throw error
        }
    }

    private func mayStillCome(_ error: any Error) -> Bool {
        guard let error = error as? ServiceError else { return !(error is APIError) }
        return error.mayHaveBeenDone
    }
}

/// Who sends files, and where to.
struct FileSender: Sendable {
    /// Against whose share they count.
    let user: UserID
    let channel: ChannelID
    /// Whether it has been asked already if there may be files.
    let isAdmitted: Bool

    init(_ user: UserID, in channel: ChannelID) {
        self.user = user
        self.channel = channel
        isAdmitted = false
    }

    /// A webhook may always send them. They count against the share of who made it: there may be ever new webhooks.
    init(_ webhook: Webhook) {
        user = webhook.creator
        channel = webhook.channel
        isAdmitted = true
    }
}

/// The files of one request.
struct UploadedFiles: Sendable {
    struct Entry: Sendable {
        var file: StagedFile
        /// What the part's header calls it.
        var filename: String?
    }

    /// In the order in which they came.
    private(set) var entries: [(index: UInt64, entry: Entry)] = []

    var staged: [StagedFile] { entries.map(\.entry.file) }

    subscript(_ index: UInt64) -> Entry? { entries.first { $0.index == index }?.entry }

    mutating func add(_ entry: Entry, as index: UInt64) { entries.append((index, entry)) }
}

/// Takes a form apart as it comes.
private struct FormIntake {
    /// Bytes that are collected before they are written: each write is a way to another thread and back.
    private static let writeBytes = 128 << 10
    /// Bytes of delimiters and headers that a form may have beside its JSON and files.
    private static let frameBytesMax = 256 << 10

    private enum Part {
        case payload(ByteBuffer)
        case file(UInt64, filename: String?, FileUpload, pending: ByteBuffer)
        /// Its content means nothing.
        case ignored
    }

    private let call: APICall
    private let sender: FileSender
    private var reader: MultipartReader
    private var part: Part?
    private var fileBytes: UInt64 = 0
    private var otherBytes = 0

    private(set) var payload: ByteBuffer?
    private(set) var files = UploadedFiles()
    /// Names of parts that mean nothing here.
    private(set) var strangers: [String] = []

    init(_ call: APICall, boundary: String, from sender: FileSender) {
        self.call = call
        self.sender = sender
        reader = MultipartReader(boundary: boundary)
    }

    /// Files, JSON, and what is around them.
    private var bodyBytesMax: UInt64 {
        call.services.attachments.limits.requestBytesMax
            .addingReportingOverflow(UInt64(call.configuration.bodyBytesMax + Self.frameBytesMax)).partialValue
    }

    mutating func read() async throws {
        try call.checkEncoding()
        if let declared = call.request.headers[.contentLength] {
            guard let length = UInt64(declared), length <= bodyBytesMax else { throw APIError.tooLarge }
        }
        var bodyBytes: UInt64 = 0
        for try await bytes in call.request.body {
            bodyBytes += UInt64(bytes.readableBytes)
            guard bodyBytes <= bodyBytesMax else { throw APIError.tooLarge }
            reader.feed(bytes)
            while let event = try reader.next() { try await take(event) }
        }
        try reader.finish()
    }

    /// Gives up everything that came.
    mutating func discard() async {
        if case .file(_, _, let upload, _) = part { await upload.discard() }
        part = nil
        await call.services.attachments.discard(files.staged)
    }

    private mutating func take(_ event: MultipartReader.Event) async throws {
        switch event {
        case .part(let header): part = try await begin(header)
        case .content(let bytes): try await add(bytes)
        case .partEnd: try await end()
        }
    }

    private mutating func begin(_ header: PartHeader) async throws -> Part {
        if header.name == "payload_json" { return payload == nil ? .payload(ByteBuffer()) : .ignored }
        guard let index = Self.fileIndex(header.name) else {
            strangers.append(header.name)
            return .ignored
        }
        let attachments = call.services.attachments
        guard files.entries.count < attachments.limits.filesMax else {
            throw FieldError(
                path: ["files"], code: "BASE_TYPE_MAX_LENGTH",
                message: "This may have at most \(attachments.limits.filesMax) elements."
            ).asForm
        }
        guard files[index] == nil else {
            throw FieldError(
                path: [header.name], code: "DUPLICATE_FILE", message: "There are two files of this number."
            )
            .asForm
        }
        // Before a byte of the first one is kept.
        if files.entries.isEmpty, !sender.isAdmitted {
            try await attachments.checkMayAttach(sender.user, in: sender.channel)
        }
        return .file(
            index, filename: header.filename, try await attachments.begin(by: sender.user, in: sender.channel),
            pending: ByteBuffer())
    }

    private mutating func add(_ bytes: ByteBuffer) async throws {
        switch part {
        case .payload(var payload):
            otherBytes += bytes.readableBytes
            guard otherBytes <= call.configuration.bodyBytesMax else { throw APIError.tooLarge }
            part = .ignored
            payload.writeImmutableBuffer(bytes)
            part = .payload(payload)
        case .file(let index, let filename, let upload, var pending):
            fileBytes += UInt64(bytes.readableBytes)
            guard fileBytes <= call.services.attachments.limits.requestBytesMax else { throw APIError.tooLarge }
            // Let go of, so that it is not copied.
            part = .file(index, filename: filename, upload, pending: ByteBuffer())
            pending.writeImmutableBuffer(bytes)
            if pending.readableBytes >= Self.writeBytes {
                try await Self.flush(&pending, to: upload)
            }
            part = .file(index, filename: filename, upload, pending: pending)
        case .ignored, nil:
            otherBytes += bytes.readableBytes
            guard otherBytes <= call.configuration.bodyBytesMax else { throw APIError.tooLarge }
        }
    }

    private mutating func end() async throws {
        switch part {
        case .payload(let payload): self.payload = payload
        case .file(let index, let filename, let upload, var pending):
            try await Self.flush(&pending, to: upload)
            files.add(UploadedFiles.Entry(file: try await upload.finish(), filename: filename), as: index)
        case .ignored, nil: break
        }
        part = nil
    }

    /// Writes in pieces of at most 1 MiB.
    private static func flush(_ pending: inout ByteBuffer, to upload: FileUpload) async throws(ServiceError) {
        while let bytes = pending.readBytes(length: min(pending.readableBytes, 1 << 20)), !bytes.isEmpty {
            try await upload.write(bytes)
        }
        pending.clear()
    }

    /// The n of `files[n]`.
    private static func fileIndex(_ name: String) -> UInt64? {
        guard name.hasPrefix("files["), name.hasSuffix("]") else { return nil }
        let digits = name.dropFirst(6).dropLast()
        guard (1...19).contains(digits.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return UInt64(digits)
    }
}
