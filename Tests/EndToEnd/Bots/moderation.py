"""A bot that moderates: it times out, slows down, kicks, bans and looks at the audit log."""

import datetime
import os

import discord

import helpers

intents = discord.Intents.default()
intents.members = True
client = helpers.discord_client(intents)
seen = helpers.Seen()


helpers.listen(client, seen, "ban", "unban", "member", "entry")


async def steps():
    guild = discord.utils.get(client.guilds, name=os.environ["GUILD"])
    channel = discord.utils.get(guild.text_channels, name="general")
    eve = discord.utils.get(guild.members, name="eve")
    mallory = discord.utils.get(guild.members, name="mallory")

    await eve.timeout(datetime.timedelta(minutes=5), reason="cool döwn")
    updated = await seen.expect("member", lambda member: member.is_timed_out())
    assert updated.id == eve.id
    entry = await seen.expect("entry")
    assert entry.action is discord.AuditLogAction.member_update, entry
    assert entry.target.id == eve.id and entry.reason == "cool döwn"
    assert entry.after.timed_out_until is not None
    await eve.timeout(None)
    await seen.expect("member", lambda member: not member.is_timed_out())

    await channel.edit(slowmode_delay=30, reason="slow")
    entry = await seen.expect("entry", lambda entry: entry.action is discord.AuditLogAction.channel_update)
    assert (entry.before.slowmode_delay, entry.after.slowmode_delay) == (0, 30)

    await guild.ban(mallory, reason="spam", delete_message_seconds=60)
    assert (await seen.expect("ban")).id == mallory.id
    bans = [ban async for ban in guild.bans()]
    assert [(ban.user.id, ban.reason) for ban in bans] == [(mallory.id, "spam")], bans
    assert (await guild.fetch_ban(mallory)).user.id == mallory.id
    await guild.unban(mallory)
    assert (await seen.expect("unban")).id == mallory.id
    try:
        await guild.fetch_ban(mallory)
        raise AssertionError("who is let in again is not banned")
    except discord.NotFound as error:
        assert error.code == 10026

    result = await guild.bulk_ban([mallory, discord.Object(guild.owner_id)])
    assert [user.id for user in result.banned] == [mallory.id], result
    await guild.kick(eve, reason="bye")
    entry = await seen.expect("entry", lambda entry: entry.action is discord.AuditLogAction.kick)
    assert entry.target.id == eve.id and entry.user.id == client.user.id

    log = [entry async for entry in guild.audit_logs(limit=None)]
    actions = [entry.action.name for entry in log]
    updates = ["channel_update", "member_update", "member_update"]
    # The first is of whoever made the guild, who asked the others in.
    assert actions == ["kick", "ban", "unban", "ban", *updates, "invite_create"], actions
    oldest = [entry.action.name async for entry in guild.audit_logs(limit=2, oldest_first=True)]
    assert oldest == ["invite_create", "member_update"], oldest
    bans = [entry async for entry in guild.audit_logs(action=discord.AuditLogAction.ban)]
    assert [entry.reason for entry in bans] == [None, "spam"], bans
    assert all(entry.target.id == mallory.id for entry in bans)


helpers.run_discord(client, steps)
