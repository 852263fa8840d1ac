/// What kind of file it is, told by its own first bytes and not by what its sender says.
package enum MediaType: String, Hashable, Sendable, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case gif = "image/gif"
    case webp = "image/webp"
    case mp4 = "video/mp4"
    case webm = "video/webm"
    case mp3 = "audio/mpeg"
    case ogg = "audio/ogg"
    case wav = "audio/wav"
    case pdf = "application/pdf"
    case zip = "application/zip"
    /// UTF-8 without control characters. HTML, SVG and scripts are this as well: nobody's browser may run them.
    case text = "text/plain; charset=utf-8"
    case unknown = "application/octet-stream"

    /// Bytes of a file that are enough to tell.
    package static let headBytes = 512

    /// - Parameter head: the file's first bytes; what lies behind ``headBytes`` is not looked at.
    package init(head: some Collection<UInt8>) {
        let head = Array(head.prefix(Self.headBytes))
        func has(_ text: StaticString, at offset: Int = 0) -> Bool {
            text.withUTF8Buffer { head.dropFirst(offset).starts(with: $0) }
        }
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if has("GIF87a") || has("GIF89a") {
            self = .gif
        } else if has("RIFF"), has("WEBP", at: 8) {
            self = .webp
        } else if has("RIFF"), has("WAVE", at: 8) {
            self = .wav
        } else if has("ftyp", at: 4) {
            self = .mp4
        } else if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
            self = .webm
        } else if has("ID3") || Self.isMPEGAudio(head) {
            self = .mp3
        } else if has("OggS") {
            self = .ogg
        } else if has("%PDF-") {
            self = .pdf
        } else if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) || head.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
            self = .zip
        } else {
            self = Self.isText(head) ? .text : .unknown
        }
    }

    /// A frame header of layer III: eleven bits of sync, a version, a bit rate and a sampling rate that exist.
    private static func isMPEGAudio(_ head: [UInt8]) -> Bool {
        guard head.count >= 4, head[0] == 0xFF, head[1] & 0xE6 == 0xE2, head[1] & 0x18 != 0x08 else { return false }
        return head[2] & 0xF0 != 0xF0 && head[2] & 0xF0 != 0 && head[2] & 0x0C != 0x0C
    }

    /// An empty file is text; one that was cut in the middle of a character is as well.
    private static func isText(_ head: [UInt8]) -> Bool {
        let isControl = head.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) || $0 == 0x7F }
        guard !isControl else { return false }
        for cut in 0...min(3, head.count) where String(validating: head.dropLast(cut), as: UTF8.self) != nil {
            return cut == 0 || head.count == headBytes
        }
        return false
    }

    /// What a reader may be shown in place; everything else is saved. What runs nothing is shown alone.
    package var isShownInPlace: Bool {
        switch self {
        case .png, .jpeg, .gif, .webp, .mp4, .webm, .mp3, .ogg, .wav: true
        case .pdf, .zip, .text, .unknown: false
        }
    }
}
