"""A bot whose webhooks send files and have avatars, and that bears an image itself."""

import io
import os

import aiohttp
import discord

import helpers

intents = discord.Intents.default()
intents.message_content = True
client = helpers.discord_client(intents)
# Where images are: Discord's are on a host of their own.
discord.Asset.BASE = helpers.REST.removesuffix("/api/v10")
seen = helpers.Seen()

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08"
GIF = b"GIF89a\x02\x00\x03\x00"


@client.event
async def on_message(message):
    seen.note("message", message)


@client.event
async def on_audit_log_entry_create(entry):
    seen.note("entry", entry)


def text(name, content):
    return discord.File(io.BytesIO(content), filename=name, description="a text")


async def file_steps():
    guild = discord.utils.get(client.guilds, name=os.environ["GUILD"])
    channel = discord.utils.get(guild.text_channels, name="general")
    hook = await channel.create_webhook(name="Herald", avatar=PNG, reason="news")
    entry = await seen.expect("entry")
    assert entry.action is discord.AuditLogAction.webhook_create and entry.reason == "news", entry
    assert entry.target.id == hook.id and entry.after.name == "Herald", entry
    assert not hook.avatar.is_animated() and await hook.avatar.read() == PNG

    async with aiohttp.ClientSession() as session:
        outside = discord.Webhook.from_url(f"https://discord.com/api/webhooks/{hook.id}/{hook.token}", session=session)
        sent = await outside.send(
            "two files",
            username="Robin",
            files=[text("a.txt", b"alpha"), text("b b.txt", b"beta")],
            embed=discord.Embed(title="an embed"),
            allowed_mentions=discord.AllowedMentions.none(),
            wait=True,
        )
        assert [file.filename for file in sent.attachments] == ["a.txt", "b b.txt"], sent.attachments
        assert sent.attachments[0].description == "a text" and sent.author.name == "Robin"
        live = await seen.expect("message", lambda message: message.id == sent.id)
        assert await live.attachments[1].read() == b"beta"
        assert await live.author.avatar.read() == PNG
        edited = await sent.edit(
            content="one left", attachments=[sent.attachments[1], discord.File(io.BytesIO(b"gamma"), "c.txt")]
        )
        assert [file.filename for file in edited.attachments] == ["b b.txt", "c.txt"], edited.attachments
        assert (await outside.fetch_message(sent.id)).content == "one left"
        # Nobody waits for this one.
        assert await outside.send(file=text("d.txt", b"delta")) is None
        live = await seen.expect("message", lambda message: message.attachments)
        assert await live.attachments[0].read() == b"delta"
        await sent.delete()

    hook = await hook.edit(avatar=GIF, reason="it moves")
    entry = await seen.expect("entry")
    assert entry.action is discord.AuditLogAction.webhook_update and entry.reason == "it moves", entry
    assert hook.avatar.is_animated() and await hook.avatar.read() == GIF
    assert [found.avatar.key for found in await channel.webhooks()] == [hook.avatar.key]
    gone = hook.avatar
    await hook.delete(reason="over")
    entry = await seen.expect("entry")
    assert entry.action is discord.AuditLogAction.webhook_delete and entry.target.id == hook.id, entry
    try:
        await gone.read()
        raise AssertionError("an image goes with who bore it")
    except discord.NotFound:
        pass


async def deletion_steps():
    """What a moderator deletes of one author is one entry, with a count."""
    guild = discord.utils.get(client.guilds, name=os.environ["GUILD"])
    channel = discord.utils.get(guild.text_channels, name="general")
    hook = await channel.create_webhook(name="Chatter")
    for number in range(3):
        sent = await hook.send(f"line {number}", wait=True)
        await (await channel.fetch_message(sent.id)).delete()
    entries = [entry async for entry in guild.audit_logs(action=discord.AuditLogAction.message_delete)]
    assert [(entry.extra.count, entry.extra.channel.id) for entry in entries] == [(3, channel.id)], entries
    await hook.delete()


async def image_steps():
    me = await client.user.edit(avatar=PNG)
    assert await me.avatar.read() == PNG
    assert (await client.fetch_user(me.id)).avatar.key == me.avatar.key
    me = await client.user.edit(avatar=None)
    assert me.avatar is None
    guild = await discord.utils.get(client.guilds, name=os.environ["GUILD"]).edit(icon=PNG)
    assert await guild.icon.read() == PNG
    assert (await guild.edit(icon=None)).icon is None


helpers.run_discord(client, file_steps, deletion_steps, image_steps)
