import Chat
import Testing

@Suite("Tickets of files") struct FileTicketTests {
    /// FIPS 180-4's examples, one that ends a block, and RFC 4231's second test case.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func hashesAsPublished(_ text: String, _ digest: String) {
        #expect(Hexadecimal.text(SHA256.digest(Array(text.utf8))) == digest)
    }

    @Test func codesAreAsPublished() {
        let code = SHA256.code(over: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(
            Hexadecimal.text(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = SHA256.code(
            over: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            key: Array(repeating: 0xAA, count: 131))
        #expect(
            Hexadecimal.text(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func areGoodForWhatTheyNameAlone() {
        let ticket = FileTicket(
            channel: ChannelID(1), message: MessageID(2), attachment: AttachmentID(3), expiresAt: 4)
        let signature = ticket.signature(key: "secret")
        #expect(signature.utf8.count == 32)
        #expect(ticket.isSigned(signature, key: "secret"))
        #expect(!ticket.isSigned(signature, key: "another"))
        for wrong in ["", "0", String(signature.dropLast()), signature + "0", signature.uppercased() + "x"] {
            #expect(!ticket.isSigned(wrong, key: "secret"))
        }
        let changes: [(inout FileTicket) -> Void] = [
            { $0.channel = ChannelID(9) }, { $0.message = MessageID(9) }, { $0.attachment = AttachmentID(9) },
            { $0.expiresAt = 9 },
        ]
        for change in changes {
            var other = ticket
            change(&other)
            #expect(!other.isSigned(signature, key: "secret"))
        }
    }
}
