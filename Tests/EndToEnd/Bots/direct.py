"""A bot in direct messages: it writes first, is answered, answers, reacts, pins, edits and deletes."""

import asyncio
import os
import sys

import aiohttp
import discord
import yarl

discord.http.Route.BASE = os.environ["REST"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])

client = discord.Client(intents=discord.Intents.default())
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
async def on_raw_reaction_add(payload):
    await seen.put(("react", payload))


@client.event
async def on_private_channel_pins_update(channel, last_pin):
    await seen.put(("pins", last_pin))


async def expect(kind):
    found, thing = await asyncio.wait_for(seen.get(), 20)
    assert found == kind, f"{found} instead of {kind}"
    return thing


async def say(channel, content):
    """What the person writes, with the person's own token."""
    url = f"{os.environ['REST']}/channels/{channel.id}/messages"
    headers = {"Authorization": os.environ["PERSON_TOKEN"]}
    async with aiohttp.ClientSession() as session:
        async with session.post(url, headers=headers, json={"content": content}) as answer:
            assert answer.status == 200, await answer.text()


async def steps():
    person = await client.fetch_user(int(os.environ["PERSON"]))
    channel = await person.create_dm()
    assert isinstance(channel, discord.DMChannel)
    assert channel.recipient.id == person.id
    assert (await person.create_dm()).id == channel.id

    sent = await person.send("first")
    arrived = await expect("create")
    assert arrived.id == sent.id and arrived.guild is None
    assert isinstance(arrived.channel, discord.DMChannel)

    await say(channel, "hello, robot")
    heard = await expect("create")
    assert heard.content == "hello, robot", "a bot reads its direct messages without the content intent"
    assert heard.author.id == person.id and heard.guild is None
    answer = await heard.channel.send("hello, person")
    assert (await expect("create")).id == answer.id

    await answer.edit(content="hello again")
    edited = await expect("edit")
    assert edited.content == "hello again" and edited.guild is None
    await answer.delete()
    assert (await expect("delete")).id == answer.id

    reply = await heard.reply("an answer")
    quoted = (await expect("create")).reference.resolved
    assert quoted.id == heard.id and quoted.content == "hello, robot"
    await reply.delete()
    assert (await expect("delete")).id == reply.id
    await heard.add_reaction("👍")
    payload = await expect("react")
    assert str(payload.emoji) == "👍" and payload.guild_id is None and payload.member is None
    assert (await channel.fetch_message(heard.id)).reactions[0].me
    await heard.pin()
    assert (await expect("edit")).pinned
    assert await expect("pins") is not None
    note = await expect("create")
    assert note.type is discord.MessageType.pins_add
    assert [message.id async for message in channel.pins()] == [heard.id]
    await note.delete()
    assert (await expect("delete")).id == note.id

    history = [message.content async for message in channel.history(limit=None)]
    assert history == ["hello, robot", "first"], history
    fetched = await client.fetch_channel(channel.id)
    assert isinstance(fetched, discord.DMChannel) and fetched.recipient.id == person.id
    try:
        await heard.delete()
        raise AssertionError("nobody deletes what the other said")
    except discord.Forbidden as error:
        assert error.code == 50003


@client.event
async def on_ready():
    try:
        await asyncio.wait_for(steps(), 120)
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
