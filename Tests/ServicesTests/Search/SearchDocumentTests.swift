import Chat
import Interface
import Testing

@testable import Services

@Suite("What the index keeps of a message") struct SearchDocumentTests {
    @Test(arguments: [
        ("see https://Example.com/path?x", ["example.com"]),
        ("<http://a.b:8080/> (https://user:pw@c.d)", ["a.b", "c.d"]),
        ("no link here: example.com", []), ("https:// https:///x", []), ("ftp://a.b", []),
        ("https://" + String(repeating: "a", count: 300), []), ("HTTPS://UPPER.example#top", ["upper.example"]),
    ])
    func hostsAreThoseOfLinks(_ text: String, _ hosts: [String]) {
        #expect(LinkHosts.all(in: text) == Set(hosts))
    }

    @Test func featuresAndAuthorsAreNamed() {
        var message = Message(
            id: MessageID(9), channel: ChannelID(1), guild: nil, author: UserID(2), content: "https://a.b", version: 9)
        message.embeds = Array("[{}]".utf8)
        message.attachments = [
            Chat.Attachment(id: AttachmentID(1), filename: "A.png", size: 1, contentType: "image/png", key: "k"),
            Chat.Attachment(id: AttachmentID(2), filename: "b.txt", size: 1, contentType: "text/plain", key: "l"),
        ]
        let document = SearchDocument(message, author: User(id: UserID(2), username: "robot", isBot: true))
        #expect(document.features == [.link, .embed, .image, .file])
        #expect(document.filenames == ["A.png", "b.txt"])
        #expect(document.authorKind == .bot)
        #expect(document.embedTypes == ["rich"])
        #expect(!document.isPinned)
        message.pinnedAt = 1
        #expect(SearchDocument(message, author: nil).isPinned)
        message.reference = MessageReference(message: MessageID(5), channel: message.channel, guild: nil)
        #expect(SearchDocument(message, author: nil, repliedTo: UserID(3)).repliedToMessage == nil)
        message.kind = .reply
        let reply = SearchDocument(message, author: nil, repliedTo: UserID(3))
        #expect((reply.repliedToMessage, reply.repliedToUser) == (MessageID(5), UserID(3)))
        message.webhook = WebhookAuthor(id: WebhookID(2), name: "herald")
        #expect(SearchDocument(message, author: message.webhook?.user).authorKind == .webhook)
    }

    @Test func restsAreInProportionAndBounded() {
        let pace = SearchPace(restMilliseconds: 200, restFactor: 60, restMillisecondsMax: 3_000)
        #expect(pace.rest(after: 0) == 200)
        #expect(pace.rest(after: 10) == 600)
        #expect(pace.rest(after: .max) == 3_000)
        #expect(SearchPace.unbounded.rest(after: 1_000) == 0)
    }
}
