#!/usr/bin/env python3
"""What `bench fanout --floor` asks of a program: relays the text frames of /pub/N to all of /sub/N, and does nothing else."""

import asyncio
import base64
import hashlib
import sys

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
rooms = {}


async def next_frame(reader):
    first, length = await reader.readexactly(2)
    length &= 127
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(length)
    return first & 15, bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


async def serve(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    role, room = head.split(" ")[1].strip("/").split("/")
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    key = next(value for name, value in fields.items() if name.lower() == "sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
    writer.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )
    others = rooms.setdefault(room, [])
    if role == "sub":
        others.append(writer)
    try:
        while True:
            opcode, payload = await next_frame(reader)
            if opcode == 8:
                break
            header = [0x81, len(payload)] if len(payload) < 126 else [0x81, 126, *len(payload).to_bytes(2, "big")]
            for other in others if role == "pub" else []:
                other.write(bytes(header) + payload)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        if role == "sub":
            others.remove(writer)
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
