"""A bot in direct messages: it writes first, is answered, answers, reacts, pins, edits and deletes."""

import os

import discord

import helpers

client = helpers.discord_client(discord.Intents.default())
seen = helpers.Seen()


helpers.listen(client, seen, "create", "edit", "delete", "react", "private pins", "raw typing")


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

    await helpers.say(channel, "hello, robot")
    heard = await seen.expect_next("create")
    assert heard.content == "hello, robot", "a bot reads its direct messages without the content intent"
    assert heard.author.id == person.id and heard.guild is None
    await helpers.as_person("POST", f"/channels/{channel.id}/typing")
    typing = await seen.expect_next("raw typing")
    assert (typing.channel_id, typing.user_id, typing.guild_id) == (channel.id, person.id, None)
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
    assert await seen.expect_next("private pins") is not None
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


async def group_steps():
    """A group, which bots can be in as far as the library has kept its calls for them."""
    ids = [int(os.environ["PERSON"]), int(os.environ["OTHER"])]
    made = await client.http.start_group(client.user.id, ids)
    group = await client.fetch_channel(int(made["id"]))
    assert isinstance(group, discord.GroupChannel)
    assert sorted(user.id for user in group.recipients) == sorted(ids) and group.owner_id == client.user.id
    sent = await group.send("hello, all")
    assert (await seen.expect_next("create")).id == sent.id
    await helpers.say(group, "hello, robot")
    assert (await seen.expect_next("create")).content == "hello, robot"
    assert [message.content async for message in group.history()] == ["hello, robot", "hello, all"]
    await group.leave()
    try:
        await client.fetch_channel(group.id)
        raise AssertionError("who has left does not see the group")
    except (discord.Forbidden, discord.NotFound):
        pass


helpers.run_discord(client, steps, group_steps)
