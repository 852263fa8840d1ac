import Chat
import Testing
import Wire

@Suite("Discord objects: values") struct ObjectValueTests {
    @Test func idsAreDecimalStrings() throws {
        let value = try written { $0.message(Sample.message, .event) }
        #expect(value["id"]?.string == "175928847299117063")
        #expect(value["channel_id"]?.string == "81384788765712385")
        #expect(value["guild_id"]?.string == "81384788765712384")
        #expect(value["author"]?["id"]?.string == "80351110224678912")
        #expect(value["mention_roles"]?.array == [.string("81384788765712386")])
    }

    @Test func timestampsHaveSixDigitsAndAnOffset() throws {
        let member = try written { $0.member(Sample.profile) }
        #expect(member["joined_at"]?.string == "2020-02-29T12:34:56.789000+00:00")
        let message = try written { $0.message(Sample.message, .rest) }
        // Discord's documentation takes this id apart: 2016-04-30 11:18:25.796 UTC.
        #expect(message["timestamp"]?.string == "2016-04-30T11:18:25.796000+00:00")
    }

    @Test func editedMessagesSayWhen() throws {
        let edited = Sample.message.changed { $0.editedAt = Sample.instant }
        let value = try written { $0.message(edited, .rest) }
        #expect(value["edited_timestamp"]?.string == "2020-02-29T12:34:56.789000+00:00")
    }

    @Test(arguments: [
        (Nonce.text("12345678901234567890"), JSONValue.string("12345678901234567890")),
        (.integer(-7), .number(.integer(-7))),
        (.text(""), .string("")),
    ])
    func echoesTheNonceAsItWasSent(_ nonce: Nonce, _ expected: JSONValue) throws {
        let message = Sample.message.changed { $0.nonce = nonce }
        let value = try written { $0.message(message, .event) }
        #expect(value["nonce"] == expected)
    }

    @Test func leavesTheNonceOutWhenThereIsNone() throws {
        let message = Sample.message.changed { $0.nonce = nil }
        let value = try written { $0.message(message, .event) }
        #expect(!value.keys.contains("nonce"))
    }

    @Test func embedsAreEchoedAndEmptyWithoutAny() throws {
        let message = Sample.message
        #expect(try written({ $0.message(message, .rest) })["embeds"]?.array?.first?["title"]?.string == "t")
        let bare = message.changed { $0.embeds = [] }
        #expect(try written({ $0.message(bare, .rest) })["embeds"]?.array == [])
    }

    @Test func directMessagesBearNeitherGuildNorMember() throws {
        let message = Sample.message.changed { $0.guild = nil }
        let value = try written { $0.message(message, .event) }
        #expect(value.keys.isDisjoint(with: ["guild_id", "member"]))
    }

    @Test func memberIsAbsentWhenTheAuthorHasLeft() throws {
        let message = HydratedMessage(message: Sample.message.message, author: Sample.user, member: nil)
        let value = try written { $0.message(message, .event) }
        #expect(!value.keys.contains("member"))
        #expect(value["guild_id"] != nil)
    }

    @Test func permissionsAreDecimalStrings() throws {
        #expect(try written({ $0.role(Sample.role) })["permissions"]?.string == "8192")
        let overwrites = try written { $0.channel(Sample.text) }["permission_overwrites"]?.array
        #expect(overwrites?.first?["allow"]?.string == "1024")
        #expect(overwrites?.first?["deny"]?.string == "0")
        #expect(overwrites?.map { $0["type"]?.int } == [0, 1])
    }

    @Test func theColourStandsInBothPlaces() throws {
        let role = try written { $0.role(Sample.role) }
        #expect(role["color"]?.int == 0xFF_00_00)
        #expect(role["colors"]?["primary_color"]?.int == 0xFF_00_00)
    }

    @Test func rolesComeFromTheLowestPositionUp() throws {
        let names = try written { $0.guild(Sample.snapshot) }["roles"]?.array?.map { $0["name"]?.string }
        #expect(names == ["@everyone", "mods"])
    }

    @Test func guildCreateShowsOnlyTheChannelsItIsGiven() throws {
        let creation = ObjectKeyTests.creation(unavailable: false)
        let value = try written { $0.guildCreate(Sample.snapshot, creation) }
        #expect(value["channels"]?.array?.map { $0["id"]?.string } == ["81384788765712385"])
        #expect(value["channels"]?.array?.first?["last_message_id"]?.string == "175928847299117063")
        #expect(value["unavailable"]?.bool == false)
        #expect(value["member_count"]?.int == 2)
    }

    @Test(arguments: [(UInt32(60), JSONValue.string("2020-02-29T12:35:56.789000+00:00")), (0, .null)])
    func invitesSayWhenTheyEnd(_ seconds: UInt32, _ expected: JSONValue) throws {
        var invite = Sample.invite
        invite.maxAgeSeconds = seconds
        #expect(try written({ $0.invite(invite, snapshot: Sample.snapshot, inviter: nil) })["expires_at"] == expected)
    }

    @Test func theVerifyKeyIsHexadecimal() throws {
        let key =
            try written { $0.application(of: Sample.bot, owner: Sample.user, guildCount: 0) }["verify_key"]?.string
            ?? ""
        #expect(key.count == 64)
        let isHexadecimal = key.allSatisfy { $0.isHexDigit }
        #expect(isHexadecimal)
    }

    @Test func presencesSpellStatusesAndStampActivities() throws {
        let json = try written { $0.presence(Sample.presence, of: Sample.guildID) }
        #expect(json["user"]?.object?.members.map(\.key) == ["id"])
        #expect(json["status"]?.string == "idle")
        #expect(json["client_status"]?.object?.members.map(\.key) == ["mobile"])
        let activity = json["activities"]?.array?.first
        #expect(activity?["created_at"]?.uint64 == Sample.instant)
        #expect(activity?["emoji"]?["id"]?.string == "5")
        #expect(activity?["timestamps"]?["start"]?.int == 1 && activity?["timestamps"]?["end"] == nil)
    }

    @Test func voiceStatesTakeTheServersMuteFromTheMember() throws {
        let json = try written { $0.voiceState(Sample.voiceState, member: Sample.profile) }
        #expect(json["mute"]?.bool == true && json["deaf"]?.bool == false)
        #expect(json["self_mute"]?.bool == false && json["self_deaf"]?.bool == true)
        #expect(json["session_id"]?.string == "000000000000002a")
    }
}
