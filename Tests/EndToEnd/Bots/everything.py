"""A bot that does what bots do, and says which step failed. Only the two addresses differ from a bot for Discord."""

import asyncio
import os
import sys

import discord
import yarl

discord.http.Route.BASE = os.environ["REST"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])

intents = discord.Intents.default()
intents.message_content = True
intents.members = True
client = discord.Client(intents=intents)
seen = asyncio.Queue()


@client.event
async def on_message(message):
    await seen.put(("create", message))


@client.event
async def on_message_edit(before, after):
    await seen.put(("edit", after))


@client.event
async def on_message_delete(message):
    await seen.put(("delete", message))


@client.event
async def on_guild_channel_create(channel):
    await seen.put(("channel", channel))


@client.event
async def on_guild_join(guild):
    await seen.put(("join", guild))


@client.event
async def on_raw_reaction_add(payload):
    await seen.put(("react", payload))


@client.event
async def on_raw_reaction_remove(payload):
    await seen.put(("unreact", payload))


@client.event
async def on_raw_reaction_clear_emoji(payload):
    await seen.put(("clear emoji", payload))


@client.event
async def on_raw_reaction_clear(payload):
    await seen.put(("clear", payload))


@client.event
async def on_guild_channel_pins_update(channel, last_pin):
    await seen.put(("pins", last_pin))


async def expect(kind):
    while True:
        found, thing = await asyncio.wait_for(seen.get(), 20)
        if found == kind:
            return thing


async def steps():
    guild = discord.utils.get(client.guilds, name=os.environ["GUILD"])
    assert guild is not None, "the guild is there when the bot is ready"
    assert guild.me.id == client.user.id
    assert len(guild.members) == 2, f"both members are known: {guild.members}"
    channel = discord.utils.get(guild.text_channels, name="general")
    assert channel is not None
    assert channel.permissions_for(guild.me).send_messages

    sent = await channel.send("first")
    assert (await expect("create")).id == sent.id
    assert sent.author.id == client.user.id
    assert sent.guild.id == guild.id

    with_embed = await channel.send("second", embed=discord.Embed(title="title", description="text"))
    assert with_embed.embeds[0].title == "title"
    await expect("create")

    edited = await sent.edit(content="first, edited")
    assert edited.content == "first, edited" and edited.edited_at is not None
    assert (await expect("edit")).content == "first, edited"

    await with_embed.delete()
    assert (await expect("delete")).id == with_embed.id
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
    guild = await expect("join")
    channel = guild.text_channels[0]

    question = await channel.send(f"question for {client.user.mention} and @everyone")
    assert (await expect("create")).id == question.id
    assert [user.id for user in question.mentions] == [client.user.id] and question.mention_everyone
    quiet = await channel.send("@everyone", allowed_mentions=discord.AllowedMentions.none())
    assert not quiet.mention_everyone
    await expect("create")

    answer = await question.reply("answer")
    assert answer.type is discord.MessageType.reply
    assert answer.reference.message_id == question.id
    assert answer.reference.resolved.content == question.content
    live = await expect("create")
    assert live.id == answer.id and live.reference.resolved.id == question.id
    silent = await question.reply("quiet answer", mention_author=False)
    assert silent.mentions == []
    await expect("create")

    await question.add_reaction("👍")
    payload = await expect("react")
    assert str(payload.emoji) == "👍" and payload.message_id == question.id
    assert payload.member.id == client.user.id and payload.guild_id == guild.id
    reaction = (await channel.fetch_message(question.id)).reactions[0]
    assert reaction.count == 1 and reaction.me and reaction.emoji == "👍"
    assert [user.id async for user in reaction.users()] == [client.user.id]
    await question.remove_reaction("👍", client.user)
    assert str((await expect("unreact")).emoji) == "👍"
    await question.add_reaction("👍")
    await question.add_reaction("🎉")
    await question.clear_reaction("👍")
    assert str((await expect("clear emoji")).emoji) == "👍"
    assert [str(r.emoji) for r in (await channel.fetch_message(question.id)).reactions] == ["🎉"]
    await question.clear_reactions()
    assert (await expect("clear")).message_id == question.id
    assert (await channel.fetch_message(question.id)).reactions == []
    try:
        await question.add_reaction("nonsense")
        raise AssertionError("a word is no emoji")
    except discord.HTTPException as error:
        assert error.code == 10014

    await question.pin()
    assert await expect("pins") is not None
    assert [message.id async for message in channel.pins()] == [question.id]
    note = await expect("create")
    assert note.type is discord.MessageType.pins_add and note.reference.message_id == question.id
    assert (await channel.fetch_message(question.id)).pinned
    await question.unpin()
    assert [message.id async for message in channel.pins()] == []

    await question.delete()
    orphan = await channel.fetch_message(answer.id)
    assert isinstance(orphan.reference.resolved, discord.DeletedReferencedMessage)


@client.event
async def on_ready():
    try:
        await asyncio.wait_for(steps(), 120)
        await asyncio.wait_for(message_steps(), 60)
        print("all steps passed", flush=True)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    await client.close()
    global result
    result = code


result = 2
client.run(os.environ["TOKEN"], log_level=30)
sys.exit(result)
