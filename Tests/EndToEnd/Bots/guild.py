"""A bot that keeps house in its guild: roles, channels and invites, their order, and what it may read there without the content intent."""

import datetime
import os

import discord

import helpers

intents = discord.Intents.default()
intents.members = True
client = helpers.discord_client(intents)
seen = helpers.Seen()
helpers.listen(
    client, seen, "create", "edit", "channel", "update", "guild", "role", "role update", "role gone", "member", "member left", "member join",
    "left")


def guild():
    return discord.utils.get(client.guilds, name=os.environ["GUILD"])


async def role_steps():
    person = guild().get_member(int(os.environ["PERSON"]))
    makers = await guild().create_role(
        name="makers", colour=discord.Colour(0x336699), hoist=True, mentionable=True,
        permissions=discord.Permissions(manage_channels=True))
    heard = await seen.expect("role")
    assert heard.id == makers.id and heard.colour.value == 0x336699 and heard.permissions.manage_channels
    menders = await guild().create_role(name="menders")
    await seen.expect("role")
    await guild().edit_role_positions({makers: 2, menders: 1})
    assert (await seen.expect("role update", lambda role: role.id == makers.id)).position == 2
    roles = {role.id: role.position for role in await guild().fetch_roles()}
    assert (roles[menders.id], roles[makers.id]) == (1, 2), roles
    await guild().get_role(menders.id).edit(position=2, name="fixers")
    moved = await seen.expect("role update", lambda role: role.name == "fixers")
    assert moved.position == 2, moved.position

    await person.add_roles(makers, menders, reason="für Fleiß")
    await seen.expect("member", lambda member: {makers.id, menders.id} <= {role.id for role in member.roles})
    await person.edit(nick="Lady", roles=[makers])
    member = await seen.expect("member", lambda member: member.nick == "Lady")
    assert [role.id for role in member.roles[1:]] == [makers.id]
    assert (await guild().fetch_member(person.id)).nick == "Lady"
    await guild().me.edit(nick="Robbie")
    assert (await seen.expect("member", lambda member: member.id == client.user.id)).nick == "Robbie"

    channel = guild().text_channels[0]
    pinged = await channel.send(f"{makers.mention}, look")
    assert [role.id for role in pinged.role_mentions] == [makers.id]
    await person.remove_roles(makers)
    await makers.delete()
    assert (await seen.expect("role gone")).id == makers.id


async def channel_steps():
    box = await guild().create_category("box")
    await box.set_permissions(guild().default_role, add_reactions=False)
    first = await guild().create_text_channel("first", category=box, slowmode_delay=5, nsfw=True)
    assert first.category_id == box.id and first.overwrites_for(guild().default_role).add_reactions is False
    assert first.slowmode_delay == 5 and first.is_nsfw()
    second = await guild().create_text_channel("second")
    await seen.expect("channel", lambda channel: channel.id == second.id)
    await second.move(beginning=True, category=box, sync_permissions=True)
    moved = await seen.expect("update", lambda channel: channel.id == second.id and channel.category_id == box.id)
    assert moved.overwrites_for(guild().default_role).add_reactions is False
    order = [channel.name for channel in guild().get_channel(box.id).text_channels]
    assert order == ["second", "first"], order
    voice = await guild().create_voice_channel("room", user_limit=3, bitrate=32_000)
    assert (voice.user_limit, voice.bitrate) == (3, 32_000)
    copy = await first.clone(name="copy")
    assert copy.category_id == box.id and copy.slowmode_delay == 5
    assert {channel.name for channel in await guild().fetch_channels()} >= {"box", "first", "second", "room", "copy"}

    invite = await first.create_invite(max_age=3_600, max_uses=2, reason="guests")
    assert [found.code for found in await first.invites()] == [invite.code]
    assert invite.code in [found.code for found in await guild().invites()]
    shown = await client.fetch_invite(invite.code)
    assert shown.guild.id == guild().id and shown.channel.id == first.id and shown.approximate_member_count == 2
    person = guild().get_member(int(os.environ["PERSON"]))
    await person.kick()
    assert (await seen.expect("member left")).id == person.id
    await helpers.as_person("POST", f"/invites/{invite.code}")
    assert (await seen.expect("member join")).id == person.id
    await invite.delete()
    assert await first.invites() == []
    for channel in (first, second, voice, copy, box):
        await channel.delete()


async def content_steps():
    """What messages say is told to a bot without that intent only where it concerns the bot."""
    channel = guild().text_channels[0]
    await helpers.say(channel, "between persons")
    heard = await seen.expect("create", lambda message: message.author.id == int(os.environ["PERSON"]))
    assert heard.content == "" and heard.guild.id == guild().id
    assert (await channel.fetch_message(heard.id)).content == "between persons"
    await helpers.say(channel, f"hello, {client.user.mention}")
    heard = await seen.expect("create")
    assert heard.content == f"hello, {client.user.mention}"
    own = await channel.send("my own", embed=discord.Embed(title="title"))
    heard = await seen.expect("create")
    assert heard.content == "my own" and heard.embeds[0].title == "title"
    await own.edit(content="my own, edited")
    assert (await seen.expect("edit")).content == "my own, edited"
    quiet = await channel.send("hush", silent=True)
    assert quiet.flags.suppress_notifications


async def account_steps():
    info = await client.application_info()
    assert info.id == client.user.id and info.owner.id == int(os.environ["PERSON"])
    assert info.flags.gateway_message_content and info.flags.gateway_guild_members and info.flags.gateway_presence
    assert [found.id async for found in client.fetch_guilds()] == [guild().id]
    fetched = await client.fetch_guild(guild().id)
    assert fetched.owner_id == client.user.id and fetched.approximate_member_count == 2
    await guild().edit(name="Workshop", description="tools")
    assert (await seen.expect("guild")).name == "Workshop"
    renamed = await client.user.edit(username="robert")
    assert renamed.name == "robert"
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
    workshop = discord.utils.get(client.guilds, name="Workshop")
    assert [message async for message in workshop.text_channels[0].history(after=since, oldest_first=True)]
    await workshop.delete()
    assert (await seen.expect("left")).id == workshop.id


helpers.run_discord(client, role_steps, channel_steps, content_steps, account_steps)
