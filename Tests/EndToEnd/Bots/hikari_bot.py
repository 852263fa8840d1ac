"""A bot on hikari, whose habits differ from discord.py's: a connection a request, binary frames, strict objects."""

import asyncio
import datetime
import logging
import os
import sys

import hikari

import helpers

bot = hikari.GatewayBot(
    os.environ["TOKEN"],
    rest_url=helpers.REST,
    intents=hikari.Intents.ALL,
    banner=None,
    logs="WARNING",
    suppress_optimization_warning=True,
)
rest = bot.rest
seen = helpers.Seen()


class Complaints(logging.Handler):
    """What hikari logs as an error: events that it could not read are lost to the bot, and told nowhere else. And how often it
    was refused for coming too often, which it tells its user's code even less."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []
        self.refusals = 0

    def emit(self, record):
        # Of the limit on all requests it tells as an error, and makes the request again all the same.
        if "rate limited" in record.getMessage():
            self.refusals += 1
        elif record.levelno >= logging.ERROR:
            self.records.append(record.getMessage())


complaints = Complaints()
logging.getLogger().addHandler(complaints)


@bot.listen(hikari.Event)
async def note(event):
    seen.note(type(event), event)


def guild():
    return next(guild for guild in bot.cache.get_guilds_view().values() if guild.name == os.environ["GUILD"])


def general():
    return next(channel for channel in guild().get_channels().values() if channel.name == "general")


async def refuses(error, code, call):
    try:
        await call
    except error as refusal:
        assert refusal.code == code, refusal
    else:
        raise AssertionError(f"{error.__name__} was not raised")


async def login_steps():
    # The bot is started when its shard is ready; its guilds follow.
    while not bot.cache.get_guilds_view():
        await seen.expect(hikari.GuildAvailableEvent)
    me = bot.get_me()
    assert me.username == "robot" and me.is_bot
    assert guild().get_my_member().id == me.id
    assert general().type is hikari.ChannelType.GUILD_TEXT
    assert (await rest.fetch_my_user()).id == me.id
    assert (await rest.fetch_application()).owner.username == "ada"
    gateway = await rest.fetch_gateway_bot_info()
    assert gateway.session_start_limit.remaining >= gateway.shard_count
    assert [own.id async for own in rest.fetch_my_guilds()] == [guild().id]
    assert (await rest.fetch_user(me)).id == me.id
    await refuses(hikari.NotFoundError, 10013, rest.fetch_user(1))


async def message_steps():
    channel = general()
    sent = await rest.create_message(channel, "first")
    arrived = (await seen.expect(hikari.GuildMessageCreateEvent)).message
    assert arrived.id == sent.id and arrived.guild_id == guild().id
    assert arrived.member.id == bot.get_me().id and arrived.content == "first"

    second = await rest.create_message(channel, "second", embed=hikari.Embed(title="title", description="text"))
    assert second.embeds[0].title == "title"
    assert (await seen.expect(hikari.GuildMessageCreateEvent)).message.embeds[0].description == "text"
    edited = await rest.edit_message(channel, sent, "first, edited")
    assert edited.edited_timestamp is not None
    assert (await seen.expect(hikari.GuildMessageUpdateEvent)).message.content == "first, edited"
    await rest.delete_message(channel, second)
    assert (await seen.expect(hikari.GuildMessageDeleteEvent)).message_id == second.id
    await refuses(hikari.NotFoundError, 10008, rest.fetch_message(channel, second))
    await refuses(hikari.BadRequestError, 50035, rest.create_message(channel, "x" * 2001))
    await refuses(hikari.BadRequestError, 50006, rest.create_message(channel, ""))

    lines = [await rest.create_message(channel, f"line {number}") for number in range(8)]
    everything = [message.id async for message in rest.fetch_messages(channel)]
    assert everything == [message.id for message in reversed([sent] + lines)]
    older = [message.id async for message in rest.fetch_messages(channel, before=lines[2])]
    assert older == [lines[1].id, lines[0].id, sent.id]
    newer = [message.id async for message in rest.fetch_messages(channel, after=lines[5])]
    assert newer == [lines[6].id, lines[7].id]
    around = [message.id async for message in rest.fetch_messages(channel, around=lines[4]).limit(3)]
    assert lines[4].id in around or len(around) == 3
    await rest.delete_messages(channel, lines[:5])
    assert (await seen.expect(hikari.GuildBulkMessageDeleteEvent)).message_ids == {line.id for line in lines[:5]}

    answer = await rest.create_message(channel, "an answer", reply=sent, mentions_reply=True)
    assert answer.type is hikari.MessageType.REPLY and answer.referenced_message.id == sent.id
    live = await seen.expect(hikari.GuildMessageCreateEvent, lambda event: event.message_id == answer.id)
    assert live.message.message_reference.id == sent.id

    await rest.pin_message(channel, sent)
    await seen.expect(hikari.GuildPinsUpdateEvent)
    assert [pin.message.id async for pin in rest.fetch_pins(channel)] == [sent.id]
    await rest.unpin_message(channel, sent)
    await rest.trigger_typing(channel)
    assert (await seen.expect(hikari.GuildTypingEvent)).user_id == bot.get_me().id


async def reaction_steps():
    channel, me = general(), bot.get_me()
    message = await rest.create_message(channel, "what do you think?")
    await rest.add_reaction(channel, message, "👍")
    added = await seen.expect(hikari.GuildReactionAddEvent)
    assert added.member.id == me.id and added.emoji_name == "👍" and added.message_id == message.id
    await rest.add_reaction(channel, message, "❤️")
    fetched = await rest.fetch_message(channel, message)
    assert [(str(r.emoji), r.count, r.is_me) for r in fetched.reactions] == [("👍", 1, True), ("❤️", 1, True)]
    assert [user.id async for user in rest.fetch_reactions_for_emoji(channel, message, "👍")] == [me.id]
    await rest.delete_my_reaction(channel, message, "👍")
    assert (await seen.expect(hikari.GuildReactionDeleteEvent)).user_id == me.id
    await rest.delete_all_reactions_for_emoji(channel, message, "❤️")
    assert (await seen.expect(hikari.GuildReactionDeleteEmojiEvent)).emoji_name == "❤️"
    await rest.add_reaction(channel, message, "🎉")
    await rest.delete_all_reactions(channel, message)
    assert (await seen.expect(hikari.GuildReactionDeleteAllEvent)).message_id == message.id
    assert not (await rest.fetch_message(channel, message)).reactions


async def guild_steps():
    me = bot.get_me()
    own = await rest.create_guild_text_channel(guild(), "workshop", topic="tools", reason="für Grüße")
    assert own.topic == "tools"
    assert (await seen.expect(hikari.GuildChannelCreateEvent)).channel_id == own.id
    assert (await rest.edit_channel(own, name="atelier", topic="paint")).name == "atelier"
    assert (await seen.expect(hikari.GuildChannelUpdateEvent)).channel.topic == "paint"
    await rest.edit_permission_overwrite(own, guild().id, target_type=0, deny=hikari.Permissions.SEND_MESSAGES)
    overwritten = (await seen.expect(hikari.GuildChannelUpdateEvent)).channel
    assert overwritten.permission_overwrites[guild().id].deny == hikari.Permissions.SEND_MESSAGES
    await rest.delete_permission_overwrite(own, guild().id)
    assert (await rest.delete_channel(own)).id == own.id
    assert (await seen.expect(hikari.GuildChannelDeleteEvent)).channel_id == own.id
    await refuses(hikari.NotFoundError, 10003, rest.fetch_channel(own))

    fetched = await rest.fetch_guild(guild())
    assert fetched.name == os.environ["GUILD"] and fetched.approximate_member_count == 2
    names = {channel.name for channel in await rest.fetch_guild_channels(guild())}
    assert "general" in names and "atelier" not in names
    role = await rest.create_role(guild(), name="makers", color=0x336699, permissions=hikari.Permissions.VIEW_CHANNEL)
    assert (await seen.expect(hikari.RoleCreateEvent)).role.name == "makers"
    assert (await rest.edit_role(guild(), role, name="menders")).name == "menders"
    assert (await seen.expect(hikari.RoleUpdateEvent)).role.color == hikari.Color(0x336699)
    await rest.delete_role(guild(), role)
    assert (await seen.expect(hikari.RoleDeleteEvent)).role_id == role.id

    members = [member.id async for member in rest.fetch_members(guild())]
    assert members == sorted(members) and len(members) == 2 and me.id in members
    assert [found.username for found in await rest.search_members(guild(), "ad")] == ["ada"]
    await refuses(hikari.NotFoundError, 10007, rest.fetch_member(guild(), 1))
    await rest.edit_my_member(guild(), nickname="Robbie")
    assert (await seen.expect(hikari.MemberUpdateEvent)).member.nickname == "Robbie"
    assert (await rest.fetch_my_member(guild())).nickname == "Robbie"
    invite = await rest.create_invite(general(), max_age=3600)
    shown = await rest.fetch_invite(invite)
    assert shown.guild.id == guild().id and shown.approximate_member_count == 2

    places = [await rest.create_guild_text_channel(guild(), name) for name in ("first", "second")]
    await rest.reposition_channels(guild(), {12: places[0], 11: places[1]})
    for place, position in zip(places, (12, 11)):
        moved = await seen.expect(hikari.GuildChannelUpdateEvent, lambda event: event.channel_id == place.id)
        assert moved.channel.position == position
        await rest.delete_channel(place)


async def role_steps():
    """Who is what: roles in their order, nicks, and members brought in with both."""
    person = int(os.environ["PERSON"])
    low, high = [await rest.create_role(guild(), name=name) for name in ("low", "high")]
    await rest.reposition_roles(guild(), {2: high, 1: low})
    roles = {role.id: role for role in await rest.fetch_roles(guild())}
    assert (roles[low.id].position, roles[high.id].position) == (1, 2)
    await rest.add_role_to_member(guild(), person, low)
    assert (await seen.expect(hikari.MemberUpdateEvent)).member.role_ids == [low.id, guild().id]
    await rest.remove_role_from_member(guild(), person, low)
    assert (await rest.edit_member(guild(), person, nickname="Lady", roles=[high], mute=True)).nickname == "Lady"
    changed = (await seen.expect(hikari.MemberUpdateEvent, lambda event: event.member.nickname == "Lady")).member
    assert high.id in changed.role_ids and low.id not in changed.role_ids and changed.is_mute

    assert await rest.add_user_to_guild(os.environ["PERSON_TOKEN"], guild(), person) is None
    await rest.kick_user(guild(), person, reason="für Unfug")
    assert (await seen.expect(hikari.MemberDeleteEvent)).user_id == person
    added = await rest.add_user_to_guild(
        os.environ["PERSON_TOKEN"], guild(), person, nickname="Countess", roles=[low], deaf=True)
    assert added.id == person and added.nickname == "Countess" and low.id in added.role_ids and added.is_deaf
    heard = await seen.expect(hikari.MemberCreateEvent)
    assert heard.user_id == person and heard.member.nickname == "Countess"
    await rest.edit_member(guild(), person, nickname=None, roles=[], deaf=False)
    for role in (low, high):
        await rest.delete_role(guild(), role)


async def moderation_steps():
    person, channel = int(os.environ["PERSON"]), general()
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
    quiet = await rest.edit_member(guild(), person, communication_disabled_until=until, reason="cool down")
    assert quiet.communication_disabled_until() is not None
    heard = await seen.expect(hikari.MemberUpdateEvent, lambda event: event.member.communication_disabled_until())
    assert heard.user_id == person
    entry = (await seen.expect(hikari.AuditLogEntryCreateEvent, lambda event: event.entry.reason == "cool down")).entry
    assert entry.action_type is hikari.AuditLogEventType.MEMBER_UPDATE and entry.target_id == person
    assert entry.user_id == bot.get_me().id
    loud = await rest.edit_member(guild(), person, communication_disabled_until=None)
    assert loud.communication_disabled_until() is None

    slow = await rest.edit_channel(channel, rate_limit_per_user=datetime.timedelta(seconds=30))
    assert slow.rate_limit_per_user == datetime.timedelta(seconds=30)
    await seen.expect(hikari.GuildChannelUpdateEvent, lambda event: event.channel.rate_limit_per_user.seconds == 30)
    await rest.edit_channel(channel, rate_limit_per_user=0)

    await rest.ban_user(guild(), person, delete_message_seconds=60, reason="spam")
    assert (await seen.expect(hikari.BanCreateEvent)).user_id == person
    assert [(ban.user.id, ban.reason) async for ban in rest.fetch_bans(guild())] == [(person, "spam")]
    assert (await rest.fetch_ban(guild(), person)).user.id == person
    await refuses(hikari.ForbiddenError, 40007, rest.add_user_to_guild(os.environ["PERSON_TOKEN"], guild(), person))
    await rest.unban_user(guild(), person)
    assert (await seen.expect(hikari.BanDeleteEvent)).user_id == person
    await refuses(hikari.NotFoundError, 10026, rest.fetch_ban(guild(), person))
    assert (await rest.bulk_ban_users(guild(), [person])).banned_users == [person]
    await rest.unban_user(guild(), person)
    assert await rest.add_user_to_guild(os.environ["PERSON_TOKEN"], guild(), person)

    kinds, reasons = [], set()
    async for page in rest.fetch_audit_log(guild()):
        kinds += [entry.action_type for entry in page.entries.values()]
        reasons |= {entry.reason for entry in page.entries.values()}
        assert bot.get_me().id in page.users
    kind = hikari.AuditLogEventType
    expected = {kind.MEMBER_KICK, kind.MEMBER_BAN_ADD, kind.MEMBER_BAN_REMOVE, kind.MEMBER_UPDATE, kind.CHANNEL_UPDATE}
    assert expected <= set(kinds), kinds
    assert {"cool down", "spam", "für Unfug"} <= reasons, reasons
    bans = [page async for page in rest.fetch_audit_log(guild(), event_type=kind.MEMBER_BAN_ADD)]
    assert {entry.target_id for page in bans for entry in page.entries.values()} == {person}


async def webhook_steps():
    channel = general()
    hook = await rest.create_webhook(channel, "Herald", reason="news")
    assert hook.channel_id == channel.id and hook.token and hook.author.id == bot.get_me().id
    assert (await seen.expect(hikari.WebhookUpdateEvent)).channel_id == channel.id
    assert [found.id for found in await rest.fetch_channel_webhooks(channel)] == [hook.id]
    assert [found.name for found in await rest.fetch_guild_webhooks(guild())] == ["Herald"]
    assert (await rest.fetch_webhook(hook)).name == "Herald"
    assert (await rest.fetch_webhook(hook, token=hook.token)).id == hook.id

    embed = hikari.Embed(title="title")
    sent = await rest.execute_webhook(hook.id, hook.token, "from outside", username="Robin", embed=embed)
    assert sent.author.username == "Robin" and sent.webhook_id == hook.id and sent.embeds[0].title == "title"
    heard = await seen.expect(hikari.GuildMessageCreateEvent, lambda event: event.message_id == sent.id)
    assert heard.message.webhook_id == hook.id and heard.member is None
    edited = await rest.edit_webhook_message(hook.id, hook.token, sent, "from outside, edited")
    assert edited.content == "from outside, edited"
    assert (await seen.expect(hikari.GuildMessageUpdateEvent)).message.content == "from outside, edited"
    assert (await rest.fetch_webhook_message(hook.id, hook.token, sent)).content == "from outside, edited"
    await rest.delete_webhook_message(hook.id, hook.token, sent)
    assert (await seen.expect(hikari.GuildMessageDeleteEvent)).message_id == sent.id

    filed = await rest.execute_webhook(hook.id, hook.token, attachment=hikari.Bytes(b"all of it", "news.txt"))
    assert await filed.attachments[0].read() == b"all of it"
    assert (await rest.edit_webhook(hook, name="Crier")).name == "Crier"
    await refuses(hikari.NotFoundError, 10015, rest.execute_webhook(hook.id, "x" * 68, "not heard"))
    await rest.delete_webhook(hook)
    assert not await rest.fetch_channel_webhooks(channel)


async def gateway_steps():
    me, everybody = bot.get_me(), {member.id async for member in rest.fetch_members(guild())}
    await bot.request_guild_members(guild(), include_presences=True, nonce="all")
    chunk = await seen.expect(hikari.MemberChunkEvent, lambda event: event.nonce == "all")
    assert set(chunk.members) == everybody and chunk.chunk_index + 1 == chunk.chunk_count
    await bot.request_guild_members(guild(), users=[me, 1], nonce="some")
    chunk = await seen.expect(hikari.MemberChunkEvent, lambda event: event.nonce == "some")
    assert set(chunk.members) == {me.id} and chunk.not_found == [1]
    await bot.request_guild_members(guild(), query="ro", limit=1, nonce="named")
    chunk = await seen.expect(hikari.MemberChunkEvent, lambda event: event.nonce == "named")
    assert set(chunk.members) == {me.id}

    await bot.update_presence(status=hikari.Status.IDLE, activity=hikari.Activity(name="chess"))
    shown = await seen.expect(hikari.PresenceUpdateEvent, lambda event: event.presence.visible_status == "idle")
    assert shown.user_id == me.id and shown.presence.activities[0].name == "chess"

    room = await rest.create_guild_voice_channel(guild(), "room", user_limit=3)
    await bot.update_voice_state(guild(), room, self_deaf=True)
    heard = (await seen.expect(hikari.VoiceStateUpdateEvent)).state
    assert heard.user_id == me.id and heard.channel_id == room.id and heard.is_self_deafened
    await bot.update_voice_state(guild(), None)
    assert (await seen.expect(hikari.VoiceStateUpdateEvent)).state.channel_id is None


async def direct_steps():
    channel = await rest.create_dm_channel(int(os.environ["PERSON"]))
    assert channel.recipient.username == "ada"
    assert (await rest.create_dm_channel(int(os.environ["PERSON"]))).id == channel.id
    sent = await rest.create_message(channel, "between us")
    arrived = await seen.expect(hikari.DMMessageCreateEvent)
    assert arrived.message_id == sent.id and arrived.message.guild_id is None
    await rest.edit_message(channel, sent, "between us two")
    assert (await seen.expect(hikari.DMMessageUpdateEvent)).message.content == "between us two"
    await rest.add_reaction(channel, sent, "👍")
    assert (await seen.expect(hikari.DMReactionAddEvent)).user_id == bot.get_me().id
    await rest.delete_message(channel, sent)
    assert (await seen.expect(hikari.DMMessageDeleteEvent)).message_id == sent.id


async def search_steps():
    message = await rest.create_message(general(), "a needle in the hay")

    async def found():
        result = await rest.search_messages(guild(), content="needle", authors=[bot.get_me()], channels=[general()])
        return result.total_results == 1 and result

    result = await helpers.eventually("the message to be found", found)
    assert [hit.id for hit in result.messages] == [message.id]
    nothing = await rest.search_messages(guild(), content="nowhere to be found", limit=5)
    assert nothing.total_results == 0 and not nothing.messages


async def file_steps():
    channel = general()
    sent = await rest.create_message(channel, "a file", attachment=hikari.Bytes("Grüße".encode(), "röt ☃.txt"))
    assert [file.filename for file in sent.attachments] == ["röt ☃.txt"]
    assert await sent.attachments[0].read() == "Grüße".encode()
    heard = await seen.expect(hikari.GuildMessageCreateEvent, lambda event: event.message_id == sent.id)
    assert await heard.message.attachments[0].read() == "Grüße".encode()
    files = [hikari.Bytes(os.urandom(300_000), "large.bin"), hikari.Bytes(b"two", "two.txt")]
    several = await rest.create_message(channel, attachments=files)
    assert await several.attachments[0].read() == files[0].data
    edited = await rest.edit_message(
        channel, several, attachments=[several.attachments[1], hikari.Bytes(b"three", "three.txt")]
    )
    assert [await file.read() for file in edited.attachments] == [b"two", b"three"]
    assert not (await rest.edit_message(channel, several, "no files", attachments=None)).attachments


async def no_complaints():
    assert complaints.records == [], complaints.records
    # It slides where the node's windows do, but not as far: now and then it asks too early, and waits by the answer.
    assert complaints.refusals < 40, complaints.refusals


@bot.listen(hikari.StartedEvent)
async def started(event):
    async def everything():
        global status
        status = await helpers.judge(
            login_steps, message_steps, reaction_steps, file_steps, guild_steps, role_steps, moderation_steps,
            webhook_steps, gateway_steps, direct_steps, search_steps, no_complaints,
        )
        await bot.close()

    task.append(asyncio.create_task(everything()))


status = 2
task = []
bot.run(check_for_updates=False)
sys.exit(status)
