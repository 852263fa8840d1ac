"""Two bots that watch each other: presence, typing, voice states, and members asked for with their presences."""

import asyncio
import os
import sys

import discord

import helpers

intents = discord.Intents.default()
intents.members = True
intents.presences = True
watcher = helpers.discord_client(intents)
actor = helpers.discord_client(intents)
seen = helpers.Seen()


helpers.listen(watcher, seen, "presence", "typing", "voice")


async def steps():
    guild = discord.utils.get(watcher.guilds, name=os.environ["GUILD"])
    own = actor.get_guild(guild.id)
    me = actor.user.id
    assert guild.get_member(me).status == discord.Status.online, guild.get_member(me).status

    await actor.change_presence(status=discord.Status.idle, activity=discord.Game("chess"))
    member = await seen.expect("presence", lambda member: member.id == me and member.status == discord.Status.idle)
    assert member.activity.name == "chess", member.activity
    assert guild.get_member(me).raw_status == "idle"

    await actor.change_presence(status=discord.Status.dnd, activity=discord.CustomActivity("at lunch"))
    member = await seen.expect("presence", lambda member: member.id == me and member.status == discord.Status.dnd)
    assert isinstance(member.activity, discord.CustomActivity) and member.activity.name == "at lunch"

    channel = discord.utils.get(own.text_channels, name="general")
    await channel.typing()
    where, who, _ = await seen.expect("typing")
    assert where.id == channel.id and who.id == me

    room = own.voice_channels[0]
    await own.change_voice_state(channel=room, self_mute=True)
    heard, before, after = await seen.expect("voice")
    assert heard.id == me and before.channel is None and after.channel.id == room.id and after.self_mute
    assert [other.id for other in guild.get_channel(room.id).members] == [me]
    second = await own.create_voice_channel("second")
    await own.me.move_to(second)
    heard, before, after = await seen.expect("voice")
    assert heard.id == me and before.channel.id == room.id and after.channel.id == second.id
    await own.me.edit(mute=True, deafen=True)
    heard, before, after = await seen.expect("voice")
    assert after.mute and after.deaf and after.self_mute and after.channel.id == second.id
    assert (await own.me.fetch_voice()).channel.id == second.id
    await own.change_voice_state(channel=second, self_mute=False, self_deaf=True)
    heard, before, after = await seen.expect("voice")
    assert after.self_deaf and not after.self_mute
    await own.change_voice_state(channel=None)
    heard, before, after = await seen.expect("voice")
    assert before.channel.id == second.id and after.channel is None

    found = await guild.query_members("act", limit=5, presences=True)
    assert [(member.id, member.raw_status) for member in found] == [(me, "dnd")], found
    some = await guild.query_members(user_ids=[me, watcher.user.id], presences=True)
    assert sorted((m.id, m.raw_status) for m in some) == sorted([(me, "dnd"), (watcher.user.id, "online")]), some
    everybody = await guild.chunk()
    assert len(everybody) == guild.member_count

    await actor.change_presence(status=discord.Status.invisible)
    member = await seen.expect("presence", lambda member: member.id == me and member.status == discord.Status.offline)
    assert not member.activities


async def main():
    async with watcher, actor:
        running = [
            asyncio.create_task(watcher.start(os.environ["WATCHER"])),
            asyncio.create_task(actor.start(os.environ["ACTOR"])),
        ]
        await asyncio.sleep(0.1)
        await asyncio.wait_for(asyncio.gather(watcher.wait_until_ready(), actor.wait_until_ready()), 60)
        status = await helpers.judge(steps)
        await watcher.close()
        await actor.close()
        await asyncio.gather(*running, return_exceptions=True)
        return status


discord.utils.setup_logging(level=30)
sys.exit(asyncio.run(main()))
