"""A WebSocket client that was written for this alone (S09): RFC 6455 to the letter, and everything that it forbids."""

import base64
import hashlib
import json
import os
import ssl
import struct
import threading
import time

import hostile

GATEWAY = hostile.place("GATEWAY")
# Seconds that a handshake may take, and those that a busy machine may add.
HANDSHAKE_SECONDS, HANDSHAKE_SECONDS_MAX = 10, 25
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
BEAT = b'{"op":1,"d":null}'


def request(*changes, line="GET /?v=10&encoding=json HTTP/1.1", key=None):
    """A handshake. A change adds a field, replaces the one of that name, or takes it away when it ends with the colon."""
    key = key or base64.b64encode(os.urandom(16)).decode()
    fields = ["Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    fields.append(f"Sec-WebSocket-Key: {key}")
    for change in changes:
        name = change.split(":")[0] + ":"
        fields = [field for field in fields if not field.startswith(name)]
        if change != name:
            fields.append(change)
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1")


class Peer:
    """One connection, on which frames are read with the rules for a server's and written without any."""

    def __init__(self, greet=True):
        self.socket = hostile.open_socket(GATEWAY)
        self.received = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.write(request(key=key))
        head = self.take_until(b"\r\n\r\n").decode()
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        assert head.startswith("HTTP/1.1 101 "), head
        assert f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n" in head, head
        if greet:
            assert self.payload()["op"] == 10

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def write(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # What was refused meanwhile is seen when it is read.

    def read_more(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise EOFError
        self.received += got

    def take(self, count):
        while len(self.received) < count:
            self.read_more()
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def take_until(self, end):
        while end not in self.received:
            self.read_more()
        return self.take(self.received.index(end) + len(end))

    def frame(self):
        """The next frame as (opcode, payload). A server's frames are whole, unmasked and as short as they can be."""
        first, second = self.take(2)
        assert first & 0x70 == 0 and first & 0x80, "reserved bits, or a fragment"
        length = second
        assert length < 128, "a server's frame is not masked"
        if length == 126:
            (length,) = struct.unpack(">H", self.take(2))
            assert length > 125
        elif length == 127:
            (length,) = struct.unpack(">Q", self.take(8))
            assert length > 65_535
        return first & 0x0F, self.take(length)

    def payload(self):
        opcode, data = self.frame()
        assert opcode == TEXT, f"opcode {opcode}: {data!r}"
        return json.loads(data.decode())

    def payload_of(self, operation, event=None):
        while True:
            payload = self.payload()
            if payload["op"] == operation and event in (None, payload["t"]):
                return payload

    def send(self, opcode, data=b"", **how):
        self.write(frame(opcode, data, **how))

    def beats(self):
        """It is alive, and understands."""
        self.send(TEXT, BEAT)
        assert self.payload()["op"] == 11

    def is_closed(self, *codes):
        """A close frame with one of some codes, and when that is answered, the end. Other frames may come before it."""
        while True:
            opcode, data = self.frame()
            if opcode == CLOSE:
                break
        (code,) = struct.unpack(">H", data[:2])
        data[2:].decode()
        assert code in codes, f"closed with {code} instead of {codes}: {data[2:]!r}"
        self.send(CLOSE, struct.pack(">H", 1000))
        self.ends()

    def ends(self):
        """Nothing more comes but the end."""
        try:
            assert self.received == b"" and self.socket.recv(1 << 16) == b""
        except (ConnectionResetError, ssl.SSLError):
            pass


def frame(opcode, data=b"", fin=True, reserved=0, masked=True, length=None, wide=0):
    """A frame as it may be, or as it may not. `length` is claimed instead of the real one, in the 2 or 8 bytes of `wide` if given."""
    length = len(data) if length is None else length
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    mark = 0x80 if masked else 0
    if wide == 8 or wide == 0 and length > 65_535:
        head = struct.pack(">BBQ", first, mark | 127, length)
    elif wide == 2 or length > 125:
        head = struct.pack(">BBH", first, mark | 126, length)
    else:
        head = struct.pack(">BB", first, mark | length)
    if not masked:
        return head + data
    key = os.urandom(4)
    mask = (key * (len(data) // 4 + 1))[: len(data)]
    return head + key + (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(data), "big")


def padded(count):
    return BEAT + b" " * (count - len(BEAT))


# Handshakes, by the only answers that they may have.
HANDSHAKES = {
    "no HTTP": (b"GARBAGE\r\n\r\n", 400),
    "no end of a line": (request().replace(b"\r\n", b"\n"), 400),
    "no WebSocket": (request("Upgrade:"), 426),
    "another protocol": (request("Upgrade: h2c"), 426),
    "no upgrade": (request("Connection: keep-alive"), 400),
    "no version": (request("Sec-WebSocket-Version:"), 426),
    "an old version": (request("Sec-WebSocket-Version: 8"), 426),
    "no key": (request("Sec-WebSocket-Key:"), 400),
    "a short key": (request(key="AAAA"), 400),
    "a key that is none": (request(key="!" * 24), 400),
    "two keys": (request("X: y\r\nSec-WebSocket-Key: " + "A" * 22 + "=="), 400),
    "no host": (request("Host:"), 400),
    "two hosts": (request("X: y\r\nHost: y"), 400),
    "POST": (request(line="POST / HTTP/1.1"), 405),
    "HTTP/1.0": (request(line="GET / HTTP/1.0"), 505),
    "a body": (request("Content-Length: 5") + b"hello", 400),
    "chunks": (request("Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
    "a length and chunks": (request("Content-Length: 5", "Transfer-Encoding: chunked"), 400),
    "a space before the colon": (request("X : y"), 400),
    "a folded line": (request("X: y\r\n z"), 400),
    "a bare CR": (request("X: y\rz"), 400),
    "NUL": (request("X: y\0z"), 400),
    "a long target": (request(line="GET /?" + "x" * 8_200 + " HTTP/1.1"), 414),
    "a header of 256 KiB": (request("X: " + "x" * (256 << 10)), 431),
    "10,000 headers": (request("X: y" + "\r\nX: y" * 9_999), 431),
}

# What may be sent, and what is not closed for it.
ALLOWED = {
    "a length of 126": [frame(TEXT, padded(126))],
    "a length of 4,096": [frame(TEXT, padded(4_096))],
    "two fragments": [frame(TEXT, BEAT[:5], fin=False), frame(CONTINUATION, BEAT[5:])],
    "1,024 fragments": [frame(TEXT, b" ", fin=False)]
    + [frame(CONTINUATION, b" ", fin=False)] * 1_022
    + [frame(CONTINUATION, BEAT)],
    "empty fragments": [frame(TEXT, fin=False), frame(CONTINUATION, fin=False), frame(CONTINUATION, BEAT)],
    "a pong that nobody asked for": [frame(PONG, b"x" * 125), frame(TEXT, BEAT)],
    "an empty pong": [frame(PONG), frame(TEXT, BEAT)],
    "a character in two fragments": [
        frame(TEXT, b'{"op":1,"d":null,"x":"\xe2', fin=False),
        frame(CONTINUATION, b'\x82\xac"}'),
    ],
}

# What is closed for, by its code.
REFUSED = {
    "a frame without a mask": ([frame(TEXT, BEAT, masked=False)], 1002),
    "a ping without a mask": ([frame(PING, masked=False)], 1002),
    "a long ping": ([frame(PING, b"x" * 126)], 1002),
    "a long pong": ([frame(PONG, b"x" * 126)], 1002),
    "a long close": ([frame(CLOSE, struct.pack(">H", 1000) + b"x" * 124)], 1002),
    "a ping in fragments": ([frame(PING, fin=False)], 1002),
    "a pong in fragments": ([frame(PONG, fin=False)], 1002),
    "a close in fragments": ([frame(CLOSE, fin=False)], 1002),
    "a continuation of nothing": ([frame(CONTINUATION, BEAT)], 1002),
    "a continuation of what is whole": ([frame(TEXT, BEAT), frame(CONTINUATION, BEAT)], 1002),
    "a message in a message": ([frame(TEXT, b"{", fin=False), frame(TEXT, BEAT)], 1002),
    "bytes in a text": ([frame(TEXT, b"{", fin=False), frame(BINARY, BEAT)], 1002),
    "a short length in 2 bytes": ([frame(TEXT, BEAT, wide=2)], 1002),
    "a short length in 8 bytes": ([frame(TEXT, BEAT, wide=8)], 1002),
    "a length below zero": ([frame(TEXT, length=1 << 63, wide=8)], 1002),
    "a length beyond all": ([frame(TEXT, length=(1 << 64) - 1, wide=8)], 1002),
    "a length of 2^63 - 1": ([frame(TEXT, length=(1 << 63) - 1, wide=8)], 1009),
    "too long by its length": ([frame(TEXT, length=16_385)], 1009),
    "too long in bytes": ([frame(BINARY, length=1 << 20)], 1009),
    "too long in fragments": ([frame(TEXT, b" " * 8_192, fin=False), frame(CONTINUATION, b" " * 8_193)], 1009),
    "1,025 fragments": ([frame(TEXT, b" ", fin=False)] + [frame(CONTINUATION, b" ", fin=False)] * 1_024, 1008),
    "empty fragments without end": ([frame(TEXT, fin=False)] + [frame(CONTINUATION, fin=False)] * 1_024, 1008),
    "a close of one byte": ([frame(CLOSE, b"\x03")], 1002),
    "a close whose reason is no text": ([frame(CLOSE, struct.pack(">H", 1000) + b"\xff")], 1007),
    "a payload of 4,097 bytes": ([frame(TEXT, padded(4_097))], 4002),
    "no JSON": ([frame(TEXT, b"hello")], 4002),
    "an empty text": ([frame(TEXT)], 4002),
    "deep JSON": ([frame(TEXT, b"[" * 4_000)], 4002),
    "another op": ([frame(TEXT, b'{"op":99,"d":null}')], 4001),
    "a command of a stranger": ([frame(TEXT, b'{"op":3,"d":{}}')], 4003),
    "another token": ([frame(TEXT, b'{"op":2,"d":{"token":"x","intents":0,"properties":{}}}')], 4004),
}
for bit in (1, 2, 4, 7):
    REFUSED[f"reserved bits {bit}"] = ([frame(TEXT, BEAT, reserved=bit)], 1002)
    REFUSED[f"reserved bits {bit} of a ping"] = ([frame(PING, reserved=bit)], 1002)
for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
    REFUSED[f"opcode {opcode}"] = ([frame(opcode, BEAT)], 1002)
for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535):
    REFUSED[f"close code {code}"] = ([frame(CLOSE, struct.pack(">H", code))], 1002)
for number, text in enumerate(
    [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"a\x80b"]
):
    REFUSED[f"no UTF-8 {number}"] = ([frame(TEXT, text)], 1007)
    REFUSED[f"no UTF-8 {number} at the end"] = ([frame(TEXT, b"{", fin=False), frame(CONTINUATION, text)], 1007)
# What can be no text any more is not waited for.
REFUSED["no UTF-8 in a first fragment"] = ([frame(TEXT, b"\xff", fin=False)], 1007)


def is_refused(data, status):
    # Bytes of an early end may have been lost on the way, but not the answer.
    answer = hostile.exchange(GATEWAY, data)
    ((found, fields, _),) = hostile.split_answers(answer)
    assert found == status, f"{found} instead of {status}"
    assert "close" in fields["connection"], fields


def is_allowed(frames):
    with Peer() as peer:
        peer.write(b"".join(frames))
        assert peer.payload()["op"] == 11
        peer.beats()


def is_allowed_in_pieces(frames):
    with Peer() as peer:
        for data in frames:
            for index in range(len(data)):
                peer.write(data[index : index + 1])
        assert peer.payload()["op"] == 11


def is_closed(frames, code):
    with Peer() as peer:
        peer.write(b"".join(frames))
        peer.is_closed(code)


def closes(code):
    """A close frame is answered with its own code, and the node goes first (RFC 6455, 7.1.1)."""
    with Peer() as peer:
        peer.send(CLOSE, b"" if code is None else struct.pack(">H", code) + "fertig\u20ac".encode())
        opcode, data = peer.frame()
        assert opcode == CLOSE and struct.unpack(">H", data[:2])[0] == (code or 1000), data
        peer.ends()


def is_deaf_after_close():
    with Peer() as peer:
        peer.write(frame(CLOSE, struct.pack(">H", 1000)) + frame(TEXT, BEAT) * 10 + frame(TEXT, BEAT, masked=False))
        assert peer.frame()[0] == CLOSE
        peer.ends()


def is_cut_without_an_answer():
    """Whoever does not answer a close frame is not waited for."""
    with Peer() as peer:
        peer.send(TEXT, BEAT, masked=False)
        assert peer.frame()[0] == CLOSE
        start = time.monotonic()
        peer.ends()
        assert time.monotonic() - start < HANDSHAKE_SECONDS, "the connection stayed open"


def is_pinged(data):
    with Peer() as peer:
        peer.send(PING, data)
        assert peer.frame() == (PONG, data)
        # Between fragments, too.
        peer.write(frame(TEXT, BEAT[:5], fin=False) + frame(PING, data) + frame(CONTINUATION, BEAT[5:]))
        assert sorted([peer.frame()[0], peer.frame()[0]]) == [TEXT, PONG]


def floods(reads):
    """Pings without pause: the last is answered if the answers are read; if they are not, nothing piles up."""
    with Peer() as peer:
        peer.socket.settimeout(2 if not reads else hostile.DEADLINE)
        flood = b"".join(frame(PING, b"%0125d" % number) for number in range(200))
        try:
            for _ in range(100):
                peer.socket.sendall(flood)
        except (TimeoutError, BrokenPipeError, ConnectionResetError, ssl.SSLError):
            assert not reads
        if not reads:
            return
        peer.send(TEXT, BEAT)
        answers = []
        while True:
            opcode, data = peer.frame()
            if opcode == TEXT:
                break
            assert opcode == PONG
            answers.append(data)
        # The last may come behind the answer to the beat, with which it was read.
        if not answers or answers[-1] != b"%0125d" % 199:
            assert peer.frame() == (PONG, b"%0125d" % 199)
        assert len(answers) <= 20_000


def beats_too_fast():
    """Heartbeats are counted apart from commands: as many as those may be are answered, and not any number."""
    with Peer() as peer:
        peer.write(frame(TEXT, BEAT) * 1_000)
        for _ in range(120):
            assert peer.payload()["op"] == 11
        peer.is_closed(4008)


def leaves_early(data):
    """Gone in the middle of whatever it was, with and without a word."""
    for length in {0, 1, len(data) // 2, len(data)}:
        for is_abrupt in (True, False):
            with Peer(greet=False) as peer:
                peer.write(data[:length])
                if is_abrupt:
                    hostile.reset(peer.socket)


def speaks_another_protocol():
    """A node that expects TLS gets HTTP, and one that expects HTTP gets TLS."""
    with hostile.open_socket(GATEWAY, encrypted=False) as connection:
        connection.sendall(request() if hostile.CERTIFICATE else hostile.TLS_HELLO)
        answer = b""
        try:
            while got := connection.recv(1 << 16):
                answer += got
        except ConnectionResetError:
            pass
        assert not answer.startswith(b"HTTP/1.1 101"), answer


class HalfOpen:
    """Connections that begin a handshake, and go on with it a byte at a time without end."""

    def __init__(self, count):
        self.start, self.ends, self.over = time.monotonic(), [], threading.Event()
        # Of TLS, half do not even begin it.
        self.connections = [
            hostile.open_socket(GATEWAY, hostile.CERTIFICATE is not None and number % 2 == 0) for number in range(count)
        ]
        for connection in self.connections:
            connection.setblocking(False)
        self.thread = threading.Thread(target=self.crawl)
        self.thread.start()

    def crawl(self):
        text = b"GET / HTTP/1.1\r\nX: "
        index = 0
        while self.connections:
            for connection in list(self.connections):
                isolated = hostile.CERTIFICATE and not isinstance(connection, ssl.SSLSocket)
                try:
                    if not isolated:
                        connection.send(text[index : index + 1] or b"a")
                    # What says that it was too slow ends as well.
                    if connection.recv(1 << 16) == b"":
                        raise ConnectionResetError
                except (BlockingIOError, ssl.SSLWantReadError):
                    continue
                except OSError:
                    self.connections.remove(connection)
                    connection.close()
                    self.ends.append(time.monotonic() - self.start)
            index += 1
            if self.over.wait(0.2):
                return

    def are_cut(self):
        self.thread.join(HANDSHAKE_SECONDS_MAX)
        self.over.set()
        assert not self.connections, f"{len(self.connections)} are still open"
        assert min(self.ends) >= HANDSHAKE_SECONDS - 1 and max(self.ends) <= HANDSHAKE_SECONDS_MAX, self.ends


class Member:
    """Somebody with a session, who sends messages and gets them."""

    def __init__(self):
        self.number = 0
        self.peer = Peer()
        self.beat = time.monotonic()
        login = {"token": hostile.TOKEN.removeprefix("Bot "), "intents": 1 | 512 | 1 << 15, "properties": {}}
        self.peer.send(TEXT, json.dumps({"op": 2, "d": login}).encode())
        self.peer.payload_of(0, "READY")

    def behave(self):
        self.number += 1
        content = f"hello {self.number}"
        status, _ = hostile.call("POST", f"/channels/{hostile.CHANNEL}/messages", {"content": content})
        assert status == 200, status
        assert self.peer.payload_of(0, "MESSAGE_CREATE")["d"]["content"] == content
        if time.monotonic() - self.beat > 20:
            self.beat = time.monotonic()
            self.peer.send(TEXT, BEAT)
            self.peer.payload_of(11)


def cases():
    for name, (data, status) in HANDSHAKES.items():
        yield name, is_refused, data, status
    for name, frames in ALLOWED.items():
        yield name, is_allowed, frames
    for name in ("a length of 126", "two fragments", "a character in two fragments"):
        yield f"{name}, byte by byte", is_allowed_in_pieces, ALLOWED[name]
    for name, (frames, code) in REFUSED.items():
        yield name, is_closed, frames, code
    for code in (None, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield f"close with {code}", closes, code
    yield "frames after a close", is_deaf_after_close
    yield "a close without an answer", is_cut_without_an_answer
    for data in (b"", b"x", b"x" * 125):
        yield f"a ping of {len(data)}", is_pinged, data
    yield "a flood of pings", floods, True
    yield "a flood of pings whose answers nobody reads", floods, False
    yield "heartbeats without pause", beats_too_fast
    yield "another protocol", speaks_another_protocol
    for number in range(10):
        yield f"an early end {number}", leaves_early, frame(TEXT, BEAT) + frame(TEXT, b"{", fin=False)


def main():
    tally = hostile.Tally()
    member = Member()
    for _ in range(20):
        member.behave()
    with hostile.Watch(member.behave):
        slow = HalfOpen(50)
        hostile.together(tally, cases())
        tally.judge("half-open handshakes", slow.are_cut)
    tally.judge("afterwards", member.behave)
    tally.judge("somebody else afterwards", lambda: Member().behave())
    tally.finish()


if __name__ == "__main__":
    main()
