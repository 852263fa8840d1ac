"""A client without a library, with the habits of those in other languages: discord.js, JDA, serenity and the like."""

import asyncio
import json
import os
import random
import sys
import zlib

import aiohttp

import helpers

TOKEN = os.environ["TOKEN"]
AGENT = "DiscordBot (https://discord.js.org, 14.28.1) Node.js/20.20.2"
GUILDS, MEMBERS, PRESENCES, MESSAGES, DIRECTS, CONTENT = 1, 1 << 1, 1 << 8, 1 << 9, 1 << 12, 1 << 15


class Connection:
    """One connection to the gateway. Whatever comes waits in a queue; the end of the connection comes as its close code."""

    def __init__(self, http, url, query):
        self.http, self.url, self.compressed = http, url.rstrip("/") + "/" + query, "zlib-stream" in query
        self.frames, self.sequence, self.dispatches = asyncio.Queue(), None, []

    async def __aenter__(self):
        self.socket = await self.http.ws_connect(self.url, max_msg_size=0, headers={"User-Agent": AGENT})
        self.reading = asyncio.create_task(self.read())
        hello = await self.next(10)
        self.interval = hello["d"]["heartbeat_interval"]
        # The first beat comes at some moment of the first interval, before or after IDENTIFY.
        await self.send(1, None)
        assert (await self.next(11)) == {"op": 11, "d": None, "s": None, "t": None}
        return self

    async def __aexit__(self, *_):
        await self.close(1000)

    async def read(self):
        inflater, pending = zlib.decompressobj(), b""
        async for message in self.socket:
            data = message.data
            assert message.type is (aiohttp.WSMsgType.BINARY if self.compressed else aiohttp.WSMsgType.TEXT), message
            if self.compressed:
                pending += data
                if not pending.endswith(b"\x00\x00\xff\xff"):
                    continue
                data, pending = inflater.decompress(pending), b""
            frame = json.loads(data)
            assert set(frame) == {"op", "d", "s", "t"}, frame
            if frame["op"] == 0:
                self.sequence = frame["s"]
                self.dispatches.append(frame["s"])
            self.frames.put_nowait(frame)
        self.frames.put_nowait({"op": "close", "d": self.socket.close_code})

    async def send(self, operation, data):
        await self.socket.send_str(json.dumps({"op": operation, "d": data}))

    async def next(self, operation, event=None, matches=lambda data: True):
        """The next frame with this op and event. What came before it is passed over."""
        while True:
            frame = await asyncio.wait_for(self.frames.get(), helpers.EVENT_DEADLINE)
            if frame["op"] == operation and event in (None, frame.get("t")) and matches(frame["d"]):
                return frame
            assert frame["op"] != "close", f"closed with {frame['d']} instead of {event or operation}"

    async def event(self, name, matches=lambda data: True):
        return (await self.next(0, name, matches))["d"]

    async def identify(self, intents, **more):
        properties = {"os": "linux", "browser": "discord.js", "device": "discord.js"}
        await self.send(2, {"token": TOKEN, "properties": properties, "intents": intents, "compress": False, **more})
        self.ready = await self.event("READY")
        self.guilds = [await self.event("GUILD_CREATE") for _ in self.ready["guilds"]]
        return self.ready

    async def close(self, code):
        await self.socket.close(code=code)
        self.reading.cancel()


class Plain:
    """What the steps share."""

    http = None
    gateway = None

    @classmethod
    async def call(cls, method, path, body=None, token=TOKEN):
        headers = {"Authorization": f"Bot {token}", "User-Agent": AGENT}
        async with cls.http.request(method, helpers.REST + path, headers=headers, json=body) as answer:
            assert answer.headers.get("Content-Type", "application/json") == "application/json", answer.headers
            return answer.status, await answer.json() if answer.status != 204 else None

    @classmethod
    def connect(cls, query="?v=10&encoding=json", url=None):
        return Connection(cls.http, url or cls.gateway, query)

    @classmethod
    async def channel(cls):
        _, guilds = await cls.call("GET", "/users/@me/guilds")
        guild = next(guild["id"] for guild in guilds if guild["name"] == os.environ["GUILD"])
        _, channels = await cls.call("GET", f"/guilds/{guild}/channels")
        return guild, next(channel["id"] for channel in channels if channel["name"] == "general")


async def discovery_steps():
    status, bot = await Plain.call("GET", "/gateway/bot")
    limit = bot["session_start_limit"]
    assert status == 200 and bot["shards"] >= 1 and limit["remaining"] >= bot["shards"], bot
    assert {type(limit[key]) for key in ("total", "remaining", "reset_after", "max_concurrency")} == {int}, limit
    Plain.gateway = bot["url"]
    _, me = await Plain.call("GET", "/users/@me")
    for path in ("/oauth2/applications/@me", "/applications/@me"):
        status, application = await Plain.call("GET", path)
        assert status == 200 and application["id"] == me["id"], application
    assert (await Plain.call("GET", "/users/@me", token="nonsense")) == (401, {"message": "401: Unauthorized", "code": 0})


async def discord_js_steps():
    """Compressed, one shard of one, a presence at once, and resuming where READY says."""
    query = "?v=10&encoding=json&compress=zlib-stream"
    activity = {"name": "chess", "type": 0, "url": None, "state": None}
    presence = {"status": "idle", "since": None, "afk": False, "activities": [activity]}
    intents = GUILDS | MEMBERS | PRESENCES | MESSAGES | CONTENT
    _, channel = await Plain.channel()
    connection = Plain.connect(query)
    await connection.__aenter__()
    ready = await connection.identify(intents, shard=[0, 1], presence=presence, large_threshold=50)
    assert ready["shard"] == [0, 1] and ready["v"] == 10
    me = ready["user"]["id"]
    guild = next(guild for guild in connection.guilds if guild["name"] == os.environ["GUILD"])
    assert guild["unavailable"] is False
    shown = {presence["user"]["id"]: presence["status"] for presence in guild["presences"]}
    if me not in shown:
        update = await connection.event("PRESENCE_UPDATE", lambda data: data["user"]["id"] == me)
        shown[me] = update["status"]
    assert shown[me] == "idle", shown
    last = connection.sequence
    await connection.close(4200)
    missed = [await Plain.call("POST", f"/channels/{channel}/messages", {"content": str(n)}) for n in range(3)]
    async with Plain.connect(query, ready["resume_gateway_url"]) as resumed:
        await resumed.send(6, {"token": TOKEN, "session_id": ready["session_id"], "seq": last})
        for _, message in missed:
            assert (await resumed.event("MESSAGE_CREATE"))["content"] == message["content"]
        assert (await resumed.next(0, "RESUMED"))["d"] == {}
        assert resumed.dispatches == list(range(last + 1, last + 1 + len(resumed.dispatches))), resumed.dispatches
        await resumed.send(1, resumed.sequence)
        await resumed.next(11)
    # Closed with 1000, it is over.
    async with Plain.connect(query) as late:
        await late.send(6, {"token": TOKEN, "session_id": ready["session_id"], "seq": last})
        assert (await late.next(9))["d"] is False
        # Those that keep the connection identify on it.
        assert (await late.identify(GUILDS))["session_id"] != ready["session_id"]


async def jda_steps():
    """Members in chunks, by name, by id and all of them, with nonces."""
    guild, _ = await Plain.channel()
    async with Plain.connect() as connection:
        me = (await connection.identify(GUILDS | MEMBERS))["user"]["id"]
        for number, (request, count, absent) in enumerate(
            [
                ({"query": "", "limit": 0}, 2, None),
                ({"query": "", "limit": 1}, 1, None),
                ({"query": "rob", "limit": 5}, 1, None),
                ({"query": "nobody", "limit": 5}, 0, None),
                ({"user_ids": [me, "1"], "presences": True}, 1, ["1"]),
                ({"user_ids": int(me), "query": "", "limit": 0}, 1, None),
            ]
        ):
            nonce = f"{number:032}"
            await connection.send(8, {"guild_id": guild, "nonce": nonce, **request})
            chunk = await connection.event("GUILD_MEMBERS_CHUNK")
            assert chunk["nonce"] == nonce and chunk["guild_id"] == guild, chunk
            assert len(chunk["members"]) == count and chunk.get("not_found") == absent, (request, chunk)
            assert (chunk["chunk_index"], chunk["chunk_count"]) == (0, 1)
        # Understood, and of no effect.
        await connection.send(31, {"guild_ids": [guild]})
        await connection.send(1, connection.sequence)
        await connection.next(11)


async def serenity_steps():
    """Two shards, each with its own guilds; what is of no guild goes to the first."""
    seen = {}
    for shard in (0, 1):
        async with Plain.connect() as connection:
            ready = await connection.identify(GUILDS | DIRECTS, shard=[shard, 2])
            assert ready["shard"] == [shard, 2]
            seen[shard] = {int(guild["id"]) for guild in ready["guilds"]}
            assert all(guild >> 22 & 1 == shard for guild in seen[shard]), seen
            _, direct = await Plain.call("POST", "/users/@me/channels", {"recipient_id": os.environ["PERSON"]})
            content = f"shard {shard} {random.random()}"
            await Plain.call("POST", f"/channels/{direct['id']}/messages", {"content": content})
            if shard == 0:
                assert (await connection.event("MESSAGE_CREATE"))["content"] == content
            await connection.send(1, connection.sequence)
            frame = await connection.next(11)
            assert frame and connection.frames.empty()
    _, guilds = await Plain.call("GET", "/users/@me/guilds")
    assert seen[0] | seen[1] == {int(guild["id"]) for guild in guilds}


async def refusal_steps():
    """What is wrong on the gateway ends with the code that libraries decide by."""
    token = {"token": TOKEN, "properties": {}, "intents": GUILDS}
    for expected, frame in [
        (4001, {"op": 99, "d": None}), (4002, {"op": 2}), (4002, {"d": 1}), (4003, {"op": 8, "d": {}}),
        (4004, {"op": 2, "d": token | {"token": "nonsense"}}), (4010, {"op": 2, "d": token | {"shard": [2, 2]}}),
        (4013, {"op": 2, "d": token | {"intents": None}}),
    ]:
        connection = Plain.connect()
        await connection.__aenter__()
        await connection.socket.send_str(json.dumps(frame))
        assert (await connection.next("close"))["d"] == expected, (expected, frame)
    connection = Plain.connect()
    await connection.__aenter__()
    await connection.identify(GUILDS)
    await connection.send(2, token)
    assert (await connection.next("close"))["d"] == 4005
    async with Plain.http.ws_connect(Plain.gateway + "/?v=9&encoding=json") as socket:
        await socket.receive()
        assert socket.close_code == 4012, socket.close_code


async def main():
    async with aiohttp.ClientSession() as Plain.http:
        return await helpers.judge(discovery_steps, discord_js_steps, jda_steps, serenity_steps, refusal_steps)


sys.exit(asyncio.run(main()))
