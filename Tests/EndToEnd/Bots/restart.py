"""A bot that says what happens to it, until it is told to stop by a message. It is never told that its node is restarted."""

import asyncio
import os

import discord
import yarl

discord.http.Route.BASE = os.environ["REST"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])

intents = discord.Intents.default()
intents.message_content = True
client = discord.Client(intents=intents)


@client.event
async def on_ready():
    print("ready", flush=True)


@client.event
async def on_resumed():
    print("resumed", flush=True)


@client.event
async def on_message(message):
    print("saw", message.content, flush=True)
    if message.content == "stop":
        await client.close()


discord.utils.setup_logging(level=30)
client.run(os.environ["TOKEN"], log_handler=None)
