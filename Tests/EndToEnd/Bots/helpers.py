"""What the bots share: where the server is, what they have seen, and how a run is judged."""

import asyncio
import os
import sys
import traceback

REST = os.environ["REST"]
GATEWAY = os.environ["GATEWAY"]

# Seconds in which an event has to come, and a part of a run has to be over.
EVENT_DEADLINE = 20
STEPS_DEADLINE = 120


class Seen:
    """What a bot was told, in the order in which it came."""

    def __init__(self):
        self.events = asyncio.Queue()

    def note(self, kind, thing):
        self.events.put_nowait((kind, thing))

    async def expect(self, kind, matches=lambda thing: True):
        """The next event of a kind that matches. What came before it is passed over."""
        while True:
            found, thing = await self._next(kind)
            if found == kind and matches(thing):
                return thing

    async def expect_next(self, kind):
        """The next event, which has to be of that kind."""
        found, thing = await self._next(kind)
        assert found == kind, f"{found} instead of {kind}"
        return thing

    async def _next(self, kind):
        try:
            return await asyncio.wait_for(self.events.get(), EVENT_DEADLINE)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {kind} came") from None


# The listeners of discord.py that the bots use, by what they note.
LISTENERS = {
    "create": "on_message",
    "edit": "on_message_edit",
    "delete": "on_message_delete",
    "bulk": "on_raw_bulk_message_delete",
    "react": "on_raw_reaction_add",
    "unreact": "on_raw_reaction_remove",
    "clear emoji": "on_raw_reaction_clear_emoji",
    "clear": "on_raw_reaction_clear",
    "pins": "on_guild_channel_pins_update",
    "private pins": "on_private_channel_pins_update",
    "channel": "on_guild_channel_create",
    "update": "on_guild_channel_update",
    "gone": "on_guild_channel_delete",
    "join": "on_guild_join",
    "left": "on_guild_remove",
    "guild": "on_guild_update",
    "role": "on_guild_role_create",
    "role update": "on_guild_role_update",
    "role gone": "on_guild_role_delete",
    "member": "on_member_update",
    "member join": "on_member_join",
    "member left": "on_member_remove",
    "ban": "on_member_ban",
    "unban": "on_member_unban",
    "entry": "on_audit_log_entry_create",
    "webhooks": "on_webhooks_update",
    "presence": "on_presence_update",
    "typing": "on_typing",
    "raw typing": "on_raw_typing",
    "voice": "on_voice_state_update",
}
# Those of which more than the last argument tells what happened.
WHOLE = {"typing", "voice"}


def listen(client, seen, *kinds):
    """Has a client of discord.py note what comes of these kinds: the newest state, which is the last argument."""

    def listener(kind):
        async def heard(*arguments):
            seen.note(kind, arguments if kind in WHOLE else arguments[-1])

        heard.__name__ = LISTENERS[kind]
        return heard

    for kind in kinds:
        client.event(listener(kind))


async def as_person(method, path, body=None):
    """What a person does, with the person's own token."""
    import aiohttp

    headers = {"Authorization": os.environ["PERSON_TOKEN"]}
    async with aiohttp.ClientSession() as session:
        async with session.request(method, REST + path, headers=headers, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json() if answer.status != 204 else None


async def say(channel, content):
    """What a person writes."""
    return await as_person("POST", f"/channels/{channel.id}/messages", {"content": content})


async def eventually(what, condition):
    """Waits until an asynchronous condition answers something true, and gives that."""
    for _ in range(EVENT_DEADLINE * 20):
        if answer := await condition():
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


async def judge(*steps):
    """Does the steps one after the other, says how that went, and gives the exit status."""
    try:
        for step in steps:
            await asyncio.wait_for(step(), STEPS_DEADLINE)
        print("all steps passed", flush=True)
        return 0
    except BaseException:
        traceback.print_exc()
        return 1


def discord_client(intents):
    """A client of discord.py that differs from a client of Discord in the two addresses alone."""
    import discord
    import yarl

    discord.http.Route.BASE = REST
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(GATEWAY)
    return discord.Client(intents=intents)


def run_discord(client, *steps):
    """Logs in, does the steps when the client is ready, and ends the process."""
    status = 2

    @client.event
    async def on_ready():
        nonlocal status
        status = await judge(*steps)
        await client.close()

    client.run(os.environ["TOKEN"], log_level=30)
    sys.exit(status)
