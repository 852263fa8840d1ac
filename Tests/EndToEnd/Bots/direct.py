"""A bot in direct messages: it writes first, is answered, answers, reacts, pins, edits and deletes."""

import os

import aiohttp
import discord

import helpers

client = helpers.discord_client(discord.Intents.default())
seen = helpers.Seen()


@client.event
async def on_message(message):
    seen.note("create", message)


@client.event
async def on_message_edit(before, after):
    seen.note("edit", after)


@client.event
async def on_message_delete(message):
    seen.note("delete", message)


@client.event
async def on_raw_reaction_add(payload):
    seen.note("react", payload)


@client.event
async def on_private_channel_pins_update(channel, last_pin):
    seen.note("pins", last_pin)


async def say(channel, content):
    """What the person writes, with the person's own token."""
    url = f"{helpers.REST}/channels/{channel.id}/messages"
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
    arrived = await seen.expect_next("create")
    assert arrived.id == sent.id and arrived.guild is None
    assert isinstance(arrived.channel, discord.DMChannel)

    await say(channel, "hello, robot")
    heard = await seen.expect_next("create")
    assert heard.content == "hello, robot", "a bot reads its direct messages without the content intent"
    assert heard.author.id == person.id and heard.guild is None
    answer = await heard.channel.send("hello, person")
    assert (await seen.expect_next("create")).id == answer.id

    await answer.edit(content="hello again")
    edited = await seen.expect_next("edit")
    assert edited.content == "hello again" and edited.guild is None
    await answer.delete()
    assert (await seen.expect_next("delete")).id == answer.id

    reply = await heard.reply("an answer")
    quoted = (await seen.expect_next("create")).reference.resolved
    assert quoted.id == heard.id and quoted.content == "hello, robot"
    await reply.delete()
    assert (await seen.expect_next("delete")).id == reply.id
    await heard.add_reaction("👍")
    payload = await seen.expect_next("react")
    assert str(payload.emoji) == "👍" and payload.guild_id is None and payload.member is None
    assert (await channel.fetch_message(heard.id)).reactions[0].me
    await heard.pin()
    assert (await seen.expect_next("edit")).pinned
    assert await seen.expect_next("pins") is not None
    note = await seen.expect_next("create")
    assert note.type is discord.MessageType.pins_add
    assert [message.id async for message in channel.pins()] == [heard.id]
    await note.delete()
    assert (await seen.expect_next("delete")).id == note.id

    history = [message.content async for message in channel.history(limit=None)]
    assert history == ["hello, robot", "first"], history
    fetched = await client.fetch_channel(channel.id)
    assert isinstance(fetched, discord.DMChannel) and fetched.recipient.id == person.id
    try:
        await heard.delete()
        raise AssertionError("nobody deletes what the other said")
    except discord.Forbidden as error:
        assert error.code == 50003


helpers.run_discord(client, steps)
