"""A bot that moderates: it times out, slows down, kicks, bans and looks at the audit log."""

import asyncio
import datetime
import os
import sys

import discord
import yarl

discord.http.Route.BASE = os.environ["REST"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])

intents = discord.Intents.default()
intents.members = True
client = discord.Client(intents=intents)
seen = asyncio.Queue()


@client.event
async def on_member_ban(guild, user):
    await seen.put(("ban", user))


@client.event
async def on_member_unban(guild, user):
    await seen.put(("unban", user))


@client.event
async def on_member_update(before, after):
    await seen.put(("member", after))


@client.event
async def on_audit_log_entry_create(entry):
    await seen.put(("entry", entry))


async def expect(kind, claim=lambda thing: True):
    while True:
        found, thing = await asyncio.wait_for(seen.get(), 20)
        if found == kind and claim(thing):
            return thing


async def steps():
    guild = discord.utils.get(client.guilds, name=os.environ["GUILD"])
    channel = discord.utils.get(guild.text_channels, name="general")
    eve = discord.utils.get(guild.members, name="eve")
    mallory = discord.utils.get(guild.members, name="mallory")

    await eve.timeout(datetime.timedelta(minutes=5), reason="cool döwn")
    updated = await expect("member", lambda member: member.is_timed_out())
    assert updated.id == eve.id
    entry = await expect("entry")
    assert entry.action is discord.AuditLogAction.member_update, entry
    assert entry.target.id == eve.id and entry.reason == "cool döwn"
    assert entry.after.timed_out_until is not None
    await eve.timeout(None)
    await expect("member", lambda member: not member.is_timed_out())

    await channel.edit(slowmode_delay=30, reason="slow")
    entry = await expect("entry", lambda entry: entry.action is discord.AuditLogAction.channel_update)
    assert (entry.before.slowmode_delay, entry.after.slowmode_delay) == (0, 30)

    await guild.ban(mallory, reason="spam", delete_message_seconds=60)
    assert (await expect("ban")).id == mallory.id
    bans = [ban async for ban in guild.bans()]
    assert [(ban.user.id, ban.reason) for ban in bans] == [(mallory.id, "spam")], bans
    assert (await guild.fetch_ban(mallory)).user.id == mallory.id
    await guild.unban(mallory)
    assert (await expect("unban")).id == mallory.id
    try:
        await guild.fetch_ban(mallory)
        raise AssertionError("who is let in again is not banned")
    except discord.NotFound as error:
        assert error.code == 10026

    result = await guild.bulk_ban([mallory, discord.Object(guild.owner_id)])
    assert [user.id for user in result.banned] == [mallory.id], result
    await guild.kick(eve, reason="bye")
    entry = await expect("entry", lambda entry: entry.action is discord.AuditLogAction.kick)
    assert entry.target.id == eve.id and entry.user.id == client.user.id

    log = [entry async for entry in guild.audit_logs(limit=None)]
    actions = [entry.action.name for entry in log]
    assert actions == ["kick", "ban", "unban", "ban", "channel_update", "member_update", "member_update"], actions
    oldest = [entry.action.name async for entry in guild.audit_logs(limit=2, oldest_first=True)]
    assert oldest == ["member_update", "member_update"], oldest
    bans = [entry async for entry in guild.audit_logs(action=discord.AuditLogAction.ban)]
    assert [entry.reason for entry in bans] == [None, "spam"], bans
    assert all(entry.target.id == mallory.id for entry in bans)


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
