"""A bot that sends files, reads them back, and changes which ones a message has."""

import io
import os
import struct
import zlib

import aiohttp
import discord

import helpers

client = helpers.discord_client(discord.Intents.default())
seen = helpers.Seen()


helpers.listen(client, seen, "create")


def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def gone(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            return answer.status == 404


async def steps():
    channel = next(channel for guild in client.guilds for channel in guild.text_channels)

    image = png(7, 5)
    sent = await channel.send(
        "a picture", file=discord.File(io.BytesIO(image), filename="röt ☃.png", description="red"))
    [picture] = sent.attachments
    assert picture.filename == "röt ☃.png", picture.filename
    assert (picture.width, picture.height) == (7, 5)
    assert picture.content_type == "image/png"
    assert picture.description == "red"
    assert await picture.read() == image
    heard = await seen.expect_next("create")
    assert heard.id == sent.id
    assert await heard.attachments[0].read() == image

    large = os.urandom(9 << 20)
    several = await channel.send(
        files=[discord.File(io.BytesIO(large), filename="large.bin"), discord.File(io.BytesIO(b"two"), "two.txt")])
    assert [file.filename for file in several.attachments] == ["large.bin", "two.txt"]
    assert several.content == ""
    assert await several.attachments[0].read() == large
    await seen.expect_next("create")

    old = several.attachments[0]
    edited = await several.edit(
        attachments=[several.attachments[1], discord.File(io.BytesIO(b"three"), filename="three.txt")])
    assert [file.filename for file in edited.attachments] == ["two.txt", "three.txt"]
    assert await edited.attachments[1].read() == b"three"
    assert await gone(old.url)

    less = await edited.remove_attachments(edited.attachments[0])
    assert [file.filename for file in less.attachments] == ["three.txt"]
    more = await less.add_files(discord.File(io.BytesIO(b"four"), filename="four.txt"))
    assert [file.filename for file in more.attachments] == ["three.txt", "four.txt"]

    fetched = await channel.fetch_message(more.id)
    assert [await file.read() for file in fetched.attachments] == [b"three", b"four"]
    await fetched.delete()
    assert await gone(fetched.attachments[0].url)

    try:
        await channel.send(file=discord.File(io.BytesIO(os.urandom(26 << 20)), filename="too-large.bin"))
        raise AssertionError("26 MiB were taken")
    except discord.HTTPException as error:
        assert (error.status, error.code) == (413, 40005), error

    person = await client.fetch_user(int(os.environ["PERSON"]))
    direct = await (await person.create_dm()).send(file=discord.File(io.BytesIO(b"for you"), filename="x.txt"))
    assert await direct.attachments[0].read() == b"for you"


helpers.run_discord(client, steps)
