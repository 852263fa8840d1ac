import Chat
import Testing
import Wire

@Suite("To whom a frame may be sent once more") struct FrameScopeTests {
    private static let scopes: [FrameScope] = [
        .anybody, .member(of: GuildID(1)), .viewer(of: ChannelID(2), in: GuildID(1)),
        .arrival(of: ChannelID(2), in: GuildID(1)), .departure(of: ChannelID(2)),
        .viewerOrNext(of: ChannelID(2), in: GuildID(1)), .readerOrNext(of: ChannelID(2), in: GuildID(1)),
        .moderator(of: GuildID(1), holding: [.banMembers, .viewAuditLog]), .party(to: ChannelID(2)),
        .creation(of: GuildID(1), epoch: .max), .readState(version: 7),
    ]

    /// The kinds' numbers stand in session records of nodes that ended long ago.
    @Test(arguments: scopes.indices)
    func isWrittenDownAndReadAgain(_ index: Int) throws {
        let encoded = Self.scopes[index].encoded()
        #expect(try FrameScope(encoded: encoded) == Self.scopes[index])
        #expect(encoded.contains(UInt8(index)))
    }

    @Test func theDataOfAFrameIsFound() {
        for length in [0, 200, 70_000] {
            let frame = DispatchFrame(event: "GUILD_CREATE") { $0.value(String(repeating: "x", count: length)) }
            frame.bytes.withUnsafeBytes { bytes in
                let data = DispatchFrame.data(of: bytes, sequenceOffset: frame.sequenceOffset)
                #expect(data?.count == length + 2)
                #expect(data?.first == UInt8(ascii: "\"") && data?.last == UInt8(ascii: "\""))
                #expect(DispatchFrame.data(of: bytes, sequenceOffset: bytes.count) == nil)
            }
        }
    }
}
