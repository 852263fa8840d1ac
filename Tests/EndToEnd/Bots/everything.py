"""A bot that does what bots do, and says which step failed. Only the two addresses differ from a bot for Discord."""

import asyncio
import datetime
import os

import aiohttp
import discord

import helpers

intents = discord.Intents.default()
intents.message_content = True
intents.members = True
client = helpers.discord_client(intents)
seen = helpers.Seen()


helpers.listen(
    client, seen, "create", "edit", "delete", "bulk", "channel", "update", "gone", "join", "react", "unreact", "clear emoji", "clear",
    "pins", "webhooks")


async def steps():
    guild = discord.utils.get(client.guilds, name=os.environ["GUILD"])
    assert guild is not None, "the guild is there when the bot is ready"
    assert guild.me.id == client.user.id
    assert len(guild.members) == 2, f"both members are known: {guild.members}"
    channel = discord.utils.get(guild.text_channels, name="general")
    assert channel is not None
    assert channel.permissions_for(guild.me).send_messages

    sent = await channel.send("first")
    assert (await seen.expect("create")).id == sent.id
    assert sent.author.id == client.user.id
    assert sent.guild.id == guild.id

    with_embed = await channel.send("second", embed=discord.Embed(title="title", description="text"))
    assert with_embed.embeds[0].title == "title"
    await seen.expect("create")

    edited = await sent.edit(content="first, edited")
    assert edited.content == "first, edited" and edited.edited_at is not None
    assert (await seen.expect("edit")).content == "first, edited"

    await with_embed.delete()
    assert (await seen.expect("delete")).id == with_embed.id
    try:
        await channel.fetch_message(with_embed.id)
        raise AssertionError("a deleted message is gone")
    except discord.NotFound as error:
        assert error.code == 10008

    for number in range(120):
        await channel.send(f"line {number}")
    history = [message.content async for message in channel.history(limit=None)]
    assert history == [f"line {n}" for n in reversed(range(120))] + ["first, edited"], history[:5]
    oldest = [message.content async for message in channel.history(limit=3, oldest_first=True)]
    assert oldest == ["first, edited", "line 0", "line 1"], oldest
    middle = [m.content async for m in channel.history(limit=5, around=(await anext(channel.history(limit=1))))]
    assert "line 119" in middle

    fetched = await channel.fetch_message(sent.id)
    assert fetched.content == "first, edited"
    try:
        await channel.send("x" * 2001)
        raise AssertionError("2,001 characters are too many")
    except discord.HTTPException as error:
        assert error.status == 400 and error.code == 50035

    me = await client.fetch_user(client.user.id)
    assert me.name == "robot" and me.bot
    members = [member.id async for member in guild.fetch_members(limit=None)]
    assert sorted(members) == sorted(member.id for member in guild.members)


async def message_steps():
    """Replies, mentions, reactions and pins, in a guild of the bot's own."""
    await client.create_guild(name="Parts")
    guild = await seen.expect("join")
    channel = guild.text_channels[0]

    question = await channel.send(f"question for {client.user.mention} and @everyone")
    assert (await seen.expect("create")).id == question.id
    assert [user.id for user in question.mentions] == [client.user.id] and question.mention_everyone
    quiet = await channel.send("@everyone", allowed_mentions=discord.AllowedMentions.none())
    assert not quiet.mention_everyone
    await seen.expect("create")

    answer = await question.reply("answer")
    assert answer.type is discord.MessageType.reply
    assert answer.reference.message_id == question.id
    assert answer.reference.resolved.content == question.content
    live = await seen.expect("create")
    assert live.id == answer.id and live.reference.resolved.id == question.id
    silent = await question.reply("quiet answer", mention_author=False)
    assert silent.mentions == []
    await seen.expect("create")

    await question.add_reaction("👍")
    payload = await seen.expect("react")
    assert str(payload.emoji) == "👍" and payload.message_id == question.id
    assert payload.member.id == client.user.id and payload.guild_id == guild.id
    reaction = (await channel.fetch_message(question.id)).reactions[0]
    assert reaction.count == 1 and reaction.me and reaction.emoji == "👍"
    assert [user.id async for user in reaction.users()] == [client.user.id]
    await question.remove_reaction("👍", client.user)
    assert str((await seen.expect("unreact")).emoji) == "👍"
    await question.add_reaction("👍")
    await question.add_reaction("🎉")
    await question.clear_reaction("👍")
    assert str((await seen.expect("clear emoji")).emoji) == "👍"
    assert [str(r.emoji) for r in (await channel.fetch_message(question.id)).reactions] == ["🎉"]
    await question.clear_reactions()
    assert (await seen.expect("clear")).message_id == question.id
    assert (await channel.fetch_message(question.id)).reactions == []
    try:
        await question.add_reaction("nonsense")
        raise AssertionError("a word is no emoji")
    except discord.HTTPException as error:
        assert error.code == 10014

    await question.pin()
    assert await seen.expect("pins") is not None
    assert [message.id async for message in channel.pins()] == [question.id]
    note = await seen.expect("create")
    assert note.type is discord.MessageType.pins_add and note.reference.message_id == question.id
    assert (await channel.fetch_message(question.id)).pinned
    await question.unpin()
    assert [message.id async for message in channel.pins()] == []

    await question.delete()
    orphan = await channel.fetch_message(answer.id)
    assert isinstance(orphan.reference.resolved, discord.DeletedReferencedMessage)


async def webhook_steps():
    """Webhooks, managed by the bot and used by who has their token."""
    guild = discord.utils.get(client.guilds, name="Parts")
    channel = guild.text_channels[0]
    hook = await channel.create_webhook(name="Herald")
    assert hook.channel_id == channel.id and hook.user.id == client.user.id
    assert (await seen.expect("webhooks")).id == channel.id
    assert [found.id for found in await channel.webhooks()] == [hook.id]
    assert [found.name for found in await guild.webhooks()] == ["Herald"]
    assert (await client.fetch_webhook(hook.id)).name == "Herald"

    sent = await hook.send(
        "from outside", username="Robin", avatar_url="https://cdn.test/robin.png",
        embed=discord.Embed(title="title"), wait=True)
    live = await seen.expect("create")
    assert live.id == sent.id and live.webhook_id == hook.id
    assert live.author.name == "Robin" and live.author.bot and live.author.id == hook.id
    edited = await sent.edit(content="from outside, edited")
    assert edited.content == "from outside, edited" and edited.author.name == "Robin"
    assert (await seen.expect("edit")).content == "from outside, edited"
    assert (await hook.fetch_message(sent.id)).content == "from outside, edited"
    await sent.delete()
    assert (await seen.expect("delete")).id == sent.id

    async with aiohttp.ClientSession() as session:
        outside = discord.Webhook.from_url(f"https://discord.com/api/webhooks/{hook.id}/{hook.token}", session=session)
        assert (await outside.fetch(prefer_auth=False)).name == "Herald"
        assert await outside.send("nobody waits") is None
        assert (await seen.expect("create")).content == "nobody waits"
        wrong = discord.Webhook.partial(hook.id, "x" * 68, session=session)
        try:
            await wrong.send("not heard")
            raise AssertionError("a wrong token is refused")
        except discord.NotFound as error:
            assert error.code == 10015

    renamed = await hook.edit(name="Crier")
    assert renamed.name == "Crier"
    await hook.delete()
    assert await channel.webhooks() == []


async def channel_steps():
    """A channel's life, its history in all directions, and what the library does with it."""
    guild = discord.utils.get(client.guilds, name="Parts")
    archive = await guild.create_text_channel("archive", topic="what was", reason="für später")
    assert (await seen.expect("channel")).id == archive.id
    await archive.set_permissions(guild.default_role, add_reactions=False)
    assert (await seen.expect("update")).overwrites_for(guild.default_role).add_reactions is False
    lines = [await archive.send(str(number)) for number in range(12)]
    assert [line.content async for line in archive.history(before=lines[5], limit=3)] == ["4", "3", "2"]
    assert [line.content async for line in archive.history(after=lines[5], limit=3)] == ["6", "7", "8"]
    assert sorted([int(line.content) async for line in archive.history(around=lines[5], limit=5)]) == [3, 4, 5, 6, 7]
    since = lines[9].created_at
    assert "11" in [line.content async for line in archive.history(after=since - datetime.timedelta(seconds=1))]

    await archive.delete_messages(lines[:4])
    assert (await seen.expect("bulk")).message_ids == {line.id for line in lines[:4]}
    purged = await archive.purge(limit=3)
    assert [line.content for line in purged] == ["11", "10", "9"]
    assert [line.content async for line in archive.history()] == ["8", "7", "6", "5", "4"]

    waiting = asyncio.create_task(client.wait_for("message", check=lambda message: message.content == "now"))
    async with archive.typing():
        await archive.send("now")
    assert (await asyncio.wait_for(waiting, helpers.EVENT_DEADLINE)).channel.id == archive.id
    await archive.edit(name="attic", topic=None)
    assert (await seen.expect("update", lambda channel: channel.name == "attic")).topic is None
    await archive.delete()
    assert (await seen.expect("gone")).id == archive.id


async def resume_steps():
    """A connection that breaks: the session goes on with the next one, and nothing is missing or twice."""
    channel = discord.utils.get(client.guilds, name="Parts").text_channels[0]
    for number in range(2):
        resumed = asyncio.create_task(client.wait_for("resumed"))
        await asyncio.sleep(0)
        await client.ws.close(code=4000)
        sent = [await channel.send(f"{number}, {line}, while the bot was away") for line in range(3)]
        await asyncio.wait_for(resumed, helpers.EVENT_DEADLINE)
        last = await channel.send("back")
        for message in sent + [last]:
            assert (await seen.expect("create")).id == message.id


async def intent_steps():
    """The same bot a second time, which asks for events of guilds and nothing else."""
    channel = discord.utils.get(client.guilds, name="Parts").text_channels[0]
    second, heard = helpers.discord_client(discord.Intents(guilds=True)), helpers.Seen()

    helpers.listen(second, heard, "create", "update")
    async with second:
        running = asyncio.create_task(second.start(os.environ["TOKEN"]))
        await asyncio.wait_for(second.wait_until_ready(), helpers.STEPS_DEADLINE)
        await channel.send("unheard")
        await channel.edit(topic="heard")
        assert (await heard.expect_next("update")).topic == "heard"
        await second.close()
        await asyncio.gather(running, return_exceptions=True)


helpers.run_discord(client, steps, message_steps, webhook_steps, channel_steps, resume_steps, intent_steps)
