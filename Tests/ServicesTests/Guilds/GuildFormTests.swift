import Chat
import Interface
import Services
import Testing

@Suite("Forms of guilds")
struct GuildFormTests {
    @Test func aNewGuildHasDiscordsFirstChannels() async throws {
        let world = try await GuildWorld()
        let owner = try await world.user("owner")
        let made = try await world.guilds.createGuild(name: "  Café  ", icon: nil, by: owner.id)
        #expect(made.guild.name == "Café")
        #expect(try await world.directory.snapshot(of: made.guild.id) == made)
        let channels = try await world.guilds.channels(of: made.guild.id, for: owner.id)
        #expect(Set(channels.map(\.name)) == ["Text Channels", "Voice Channels", "general", "General"])
        let general = try #require(channels.first { $0.name == "general" })
        #expect(made.guild.systemChannel == general.id)
        #expect(channels.first { $0.id == general.parent }?.name == "Text Channels")
        #expect(made.roles[RoleID(everyoneOf: made.guild.id)]?.permissions == .everyoneDefault)
        #expect(world.bus.published.contains { $0.topic == .user(owner.id) })
    }

    @Test(arguments: [
        ("x", "BASE_TYPE_BAD_LENGTH"), ("   ", "BASE_TYPE_BAD_LENGTH"),
        (String(repeating: "n", count: 101), "BASE_TYPE_BAD_LENGTH"),
        ("nul\u{0}", "STRING_TYPE_REGEX"), ("c1\u{9F}x", "STRING_TYPE_REGEX"), ("bell\u{7}x", "STRING_TYPE_REGEX"),
        ("right\u{202E}tfel", "STRING_TYPE_REGEX"), ("\u{2067}isolated", "STRING_TYPE_REGEX"),
        ("two\u{2028}lines", "STRING_TYPE_REGEX"), ("zero\u{200B}width", "STRING_TYPE_REGEX"),
        ("mark\u{FEFF}", "STRING_TYPE_REGEX"), ("\u{200D}\u{200C}", "STRING_TYPE_REGEX"),
        ("\u{3164}\u{3164}", "STRING_TYPE_REGEX"),
    ])
    func refusesNamesThatAreNone(_ name: String, code: String) async throws {
        let world = try await GuildWorld()
        let owner = try await world.user("owner")
        let errors = try await fieldErrors {
            _ = try await world.guilds.createGuild(name: name, icon: nil, by: owner.id)
        }
        #expect(errors == ["name": code])
    }

    /// Neither composed nor decomposed, nor shortened in any way: what was accepted is read back byte by byte.
    @Test(arguments: [
        "Cafe\u{301}", "Caf\u{E9}", "\u{646}\u{645}\u{6CC}\u{200C}\u{62E}",
        "a" + String(repeating: "\u{336}", count: 99), "שלום",
    ])
    func keepsNamesAsTheyWereSent(_ name: String) async throws {
        let world = try await GuildWorld()
        let owner = try await world.user("owner")
        let made = try await world.guilds.createGuild(name: name, icon: nil, by: owner.id)
        let kept = try await world.directory.snapshot(of: made.guild.id)
        #expect(kept.map { Array($0.guild.name.utf8) } == Array(name.utf8))
    }

    @Test func countsUnicodeScalars() async throws {
        let world = try await GuildWorld()
        let owner = try await world.user("owner")
        // One character each to a reader, seven scalars to the wire.
        let family = "👨\u{200D}👩\u{200D}👧\u{200D}👦"
        _ = try await world.guilds.createGuild(name: String(repeating: family, count: 14), icon: nil, by: owner.id)
        let errors = try await fieldErrors {
            _ = try await world.guilds.createGuild(name: String(repeating: family, count: 15), icon: nil, by: owner.id)
        }
        #expect(errors == ["name": "BASE_TYPE_BAD_LENGTH"])
    }

    @Test func namesTextChannelsAsDiscordDoes() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let text = try await world.guilds.createChannel(in: guild, NewChannel(name: " Big News "), by: owner.id)
        let voice = try await world.guilds.createChannel(
            in: guild, NewChannel(name: "Big Talk", kind: .voice), by: owner.id)
        #expect(text.name == "big-news")
        #expect(voice.name == "Big Talk")
        #expect(voice.position > text.position)
    }

    @Test func saysEverythingThatIsWrongAtOnce() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let errors = try await fieldErrors {
            _ = try await world.guilds.createChannel(
                in: guild,
                NewChannel(
                    name: "", kind: .directMessage, topic: String(repeating: "t", count: 1_025), position: -1,
                    parent: ChannelID(5), slowModeSeconds: 21_601, bitrate: 1, userLimit: .max
                ), by: owner.id
            )
        }
        #expect(
            errors == [
                "name": "BASE_TYPE_BAD_LENGTH", "type": "BASE_TYPE_CHOICES", "topic": "BASE_TYPE_MAX_LENGTH",
                "position": "NUMBER_TYPE_MIN", "parent_id": "CHANNEL_PARENT_INVALID_TYPE",
                "rate_limit_per_user": "NUMBER_TYPE_MAX", "bitrate": "NUMBER_TYPE_MIN", "user_limit": "NUMBER_TYPE_MAX",
            ]
        )
    }

    @Test func refusesOverwritesForNobodyAndTwice() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let everyone = PermissionOverwrite(target: .role(RoleID(everyoneOf: guild)), allow: [], deny: .viewChannel)
        let overwrites = [
            everyone, everyone, PermissionOverwrite(target: .role(RoleID(5)), allow: [], deny: []),
            PermissionOverwrite(target: .member(UserID(6)), allow: [], deny: []),
        ]
        let errors = try await fieldErrors {
            _ = try await world.guilds.createChannel(
                in: guild, NewChannel(name: "c", overwrites: overwrites), by: owner.id)
        }
        #expect(Set(errors.keys) == [1, 2, 3].reduce(into: []) { $0.insert("permission_overwrites.\($1).id") })
        let tooMany = (0...100).map { PermissionOverwrite(target: .member(UserID($0)), allow: [], deny: []) }
        let lengthErrors = try await fieldErrors {
            _ = try await world.guilds.createChannel(
                in: guild, NewChannel(name: "c", overwrites: tooMany), by: owner.id)
        }
        #expect(lengthErrors == ["permission_overwrites": "BASE_TYPE_MAX_LENGTH"])
    }

    @Test func takesTheCategorysOverwrites() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let overwrites = [PermissionOverwrite(target: .role(RoleID(everyoneOf: guild)), allow: [], deny: .sendMessages)]
        let category = try await world.guilds.createChannel(
            in: guild, NewChannel(name: "Staff", kind: .category, overwrites: overwrites), by: owner.id
        )
        let channel = try await world.guilds.createChannel(
            in: guild, NewChannel(name: "c", parent: category.id), by: owner.id)
        #expect(channel.overwrites == overwrites)
        let nested = try await fieldErrors {
            _ = try await world.guilds.createChannel(
                in: guild, NewChannel(name: "d", kind: .category, parent: category.id), by: owner.id
            )
        }
        #expect(nested == ["parent_id": "CHANNEL_PARENT_INVALID_TYPE"])
    }

    @Test func forgetsADeletedSystemChannel() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let general = try await world.textChannel(of: guild, for: owner)
        _ = try await world.guilds.deleteChannel(general.id, by: owner.id)
        #expect(try await world.guilds.guild(guild, for: owner.id).guild.systemChannel == nil)
        let errors = try await fieldErrors {
            _ = try await world.guilds.update(guild, GuildUpdate(systemChannel: .set(general.id)), by: owner.id)
        }
        #expect(errors == ["system_channel_id": "CHANNEL_INVALID"])
    }

    @Test(arguments: ["", "   ", nil])
    func anEmptyNickIsNone(_ nick: String?) async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        _ = try await world.guilds.updateMember(owner.id, of: guild, MemberUpdate(nick: .set("Boss")), by: owner.id)
        let renamed = try await world.guilds.updateMember(
            owner.id, of: guild, MemberUpdate(nick: .set(nick)), by: owner.id)
        #expect(renamed.member.nick == nil)
    }

    @Test(arguments: [0, 1_001, -1])
    func refusesPagesOutOfRange(limit: Int) async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let errors = try await fieldErrors {
            _ = try await world.guilds.members(of: guild, after: UserID(0), limit: limit, for: owner.id)
        }
        #expect(errors["limit"] == (limit < 1 ? "NUMBER_TYPE_MIN" : "NUMBER_TYPE_MAX"))
    }

    @Test func findsMembersByPageAndByPrefix() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let anna = try await world.member("anna", of: guild, owner: owner)
        let andi = try await world.member("andi", of: guild, owner: owner)
        let page = try await world.guilds.members(of: guild, after: owner.id, limit: 10, for: anna.id)
        #expect(page.map(\.user.id) == [anna.id, andi.id].sorted())
        let found = try await world.guilds.searchMembers(of: guild, prefix: "an", limit: 10, for: anna.id)
        #expect(Set(found.map(\.user)) == [anna, andi])
    }
}
