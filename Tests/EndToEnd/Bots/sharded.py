"""A bot in two shards: each has the guilds that are its own, and between them they see everything once."""

import os

import discord
import yarl

import helpers

discord.http.Route.BASE = helpers.REST
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(helpers.GATEWAY)
client = discord.AutoShardedClient(shard_count=2, intents=discord.Intents.default())
seen = helpers.Seen()
helpers.listen(client, seen, "create")


async def steps():
    assert len(client.shards) == 2
    # A second guild is as likely as not on the same shard: more are made until there are two kinds.
    shards = {guild.shard_id: guild for guild in client.guilds}
    for number in range(20):
        if len(shards) == 2:
            break
        made = await client.create_guild(name=f"Guild {number}")
        await helpers.eventually("the guild to be known", lambda: known(made.id))
        guild = client.get_guild(made.id)
        shards[guild.shard_id] = guild
    assert set(shards) == {0, 1}, shards
    for shard, guild in shards.items():
        assert guild.id >> 22 & 1 == shard
        sent = await guild.text_channels[0].send(f"to shard {shard}")
        assert (await seen.expect_next("create")).id == sent.id
    person = await client.fetch_user(int(os.environ["PERSON"]))
    sent = await person.send("to shard 0")
    assert (await seen.expect_next("create")).id == sent.id


async def known(guild):
    found = client.get_guild(guild)
    return found is not None and found.text_channels


helpers.run_discord(client, steps)
