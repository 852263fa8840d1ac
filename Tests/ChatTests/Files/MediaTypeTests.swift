import Chat
import Testing

@Suite("Kinds of files") struct MediaTypeTests {
    private static let png: [UInt8] = head("89504E470D0A1A0A0000000D", "IHDR", "0000010000000002")

    /// Hexadecimal bytes and text by turns.
    private static func head(_ parts: String...) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index % 2 == 1 {
                bytes += Array(part.utf8)
            } else {
                let digits = Array(part)
                for place in stride(from: 0, to: digits.count, by: 2) {
                    bytes.append(UInt8(String(digits[place...place + 1]), radix: 16) ?? 0)
                }
            }
        }
        return bytes
    }

    private static let heads: [(head: [UInt8], type: MediaType)] = [
        (png, .png), (head("FFD8FFE0"), .jpeg), (head("", "GIF89a.."), .gif), (head("", "RIFF....WEBPVP8 "), .webp),
        (head("", "RIFF....WAVEfmt "), .wav), (head("00000018", "ftypmp42"), .mp4), (head("1A45DFA301"), .webm),
        (head("", "ID3", "0300"), .mp3), (head("FFFB9064"), .mp3), (head("", "OggS", "00"), .ogg),
        (head("", "%PDF-1.7"), .pdf), (head("", "PK", "0304"), .zip), (head("", "hello\n"), .text), ([], .text),
        (head("", "naïve ☃"), .text), (head("00010203"), .unknown), (head("C328"), .unknown), (head("FFFE"), .unknown),
    ]

    @Test(arguments: heads)
    func areToldByTheirBytes(_ head: [UInt8], _ type: MediaType) {
        #expect(MediaType(head: head) == type)
    }

    /// Whatever a browser would run is text to be saved here.
    @Test(arguments: [
        "<html><script>alert(1)</script>", "<?xml version=\"1.0\"?><svg onload=\"x\"/>", "<svg xmlns=\"x\">",
        "#!/bin/sh",
    ])
    func whatRunsIsText(_ text: String) {
        let type = MediaType(head: Array(text.utf8))
        #expect(type == .text)
        #expect(!type.isShownInPlace)
    }

    @Test func aCharacterCutAtTheEndOfTheHeadIsStillText() {
        let head = Array(String(repeating: "a", count: MediaType.headBytes - 1).utf8) + [0xC3]
        #expect(MediaType(head: head + [0xA9]) == .text)
        #expect(MediaType(head: Array("a".utf8) + [0xC3]) == .unknown)
    }

    @Test func sizesAreReadFromHeaders() throws {
        func size(_ type: MediaType, _ head: [UInt8]) -> [UInt32]? {
            ImageSize(of: type, head: head).map { [$0.width, $0.height] }
        }
        #expect(size(.png, Self.png) == [256, 2])
        #expect(size(.gif, Self.head("", "GIF89a", "01010200")) == [257, 2])
        #expect(size(.jpeg, Self.head("FFD8FFE000040102FFFFC000110800030005")) == [5, 3])
        #expect(size(.webp, Self.head("", "RIFF....WEBPVP8X", "0000000000000000090000040000")) == [10, 5])
        #expect(size(.webp, Self.head("", "RIFF....WEBPVP8L", "000000002F09000100")) == [10, 5])
        #expect(size(.webp, Self.head("", "RIFF....WEBPVP8 ", "000000000000009D012A07000800")) == [7, 8])
        #expect(size(.text, Self.png) == nil)
    }

    /// Every cut, and a claim of enormous size: a number, and nothing else.
    @Test func brokenHeadersHaveNoSize() {
        for count in Self.png.indices { #expect(ImageSize(of: .png, head: Array(Self.png.prefix(count))) == nil) }
        #expect(ImageSize(of: .jpeg, head: [0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0xFF, 0xC0]) == nil)
        #expect(ImageSize(of: .jpeg, head: [0xFF, 0xD8] + Array(repeating: 0xFF, count: 1_000)) == nil)
        var bomb = Self.png
        bomb.replaceSubrange(16..<24, with: Array(repeating: 0xFF, count: 8))
        #expect(ImageSize(of: .png, head: bomb)?.width == .max)
        bomb.replaceSubrange(16..<24, with: Array(repeating: 0, count: 8))
        #expect(ImageSize(of: .png, head: bomb) == nil)
    }
}
