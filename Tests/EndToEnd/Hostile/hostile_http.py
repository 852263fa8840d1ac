"""Somebody who is hostile to the REST edge (S10): requests that two readers may read differently, too much of everything, and no hurry."""

import os
import socket
import threading
import time

import hostile

REST = hostile.place("REST")
# Seconds that a header may take, and those that a busy machine may add.
HEADER_SECONDS, HEADER_SECONDS_MAX = 10, 25

LOGIN = b"POST /api/v10/auth/login HTTP/1.1\r\nHost: x\r\n"
SECOND = b"GET /api/v10/gateway HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
SEND = (
    f"POST /api/v10/channels/{hostile.CHANNEL}/messages HTTP/1.1\r\nHost: x\r\nAuthorization: {hostile.TOKEN}\r\n"
).encode()

# What may hide a second request in one. All are refused, and nothing behind them is read.
SMUGGLED = {
    "a length and chunks": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n",
    "one length twice": b"Content-Length: 5\r\nContent-Length: 5\r\n",
    "a list of lengths": b"Content-Length: 5, 5\r\n",
    "a length with a sign": b"Content-Length: +5\r\n",
    "a length below zero": b"Content-Length: -5\r\n",
    "a length in base 16": b"Content-Length: 0x5\r\n",
    "a length beyond 64 bits": b"Content-Length: 18446744073709551621\r\n",
    "another coding": b"Transfer-Encoding: xchunked\r\n",
    "chunks inside another coding": b"Transfer-Encoding: chunked, identity\r\n",
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "a vertical tab before chunks": b"Transfer-Encoding: \x0bchunked\r\n",
    "a space before the colon": b"Transfer-Encoding : chunked\r\n",
    "a tab before the colon": b"Content-Length\t: 5\r\n",
    "a folded line": b"Transfer-Encoding:\r\n chunked\r\n",
    "a folded first line": b" X: y\r\n",
    "a bare LF": b"X: y\nTransfer-Encoding: chunked\r\n",
    "a bare CR": b"X: y\rTransfer-Encoding: chunked\r\n",
    "NUL in a value": b"X: y\x00z\r\n",
    "NUL in a name": b"X\x00: y\r\n",
    "no name": b": y\r\n",
    "no colon": b"X\r\n",
}

# What is not read, by the only answers that it may have.
REFUSED = {
    "no HTTP": (b"GARBAGE\r\n\r\n", 400),
    "a TLS handshake": (hostile.TLS_HELLO, 400),
    "no host": (b"GET /api/v10/gateway HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET /api/v10/gateway HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "a header of 256 KiB": (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (256 << 10) + b"\r\n\r\n", 431),
    "a name of 256 KiB": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"x" * (256 << 10) + b": y\r\n\r\n", 431),
    "10,000 headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", 431),
    "a long target": (b"GET /" + b"x" * 8_200 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "a body too long by its length": (SEND + b"Content-Length: 1048577\r\n\r\n", 413),
    "a body of 2^63 bytes": (SEND + b"Content-Length: 9223372036854775807\r\n\r\n", 413),
    "a body too long by its chunks": (
        SEND + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 17 + b"0\r\n\r\n",
        413,
    ),
    "a chunk of 2^64 bytes": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nx", 400),
    "a chunk of no number": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
    "an expectation": (SEND + b"Expect: tea\r\nContent-Length: 2\r\n\r\n{}", 417),
    "two expectations": (SEND + b"Expect: 100-continue, tea\r\nContent-Length: 2\r\n\r\n{}", 417),
}

# What is read, and not done. The connection ends because it is asked to.
NOT_DONE = {
    "TRACE": (b"TRACE /api/v10/gateway HTTP/1.1\r\nHost: x\r\n", b"", 405),
    "CONNECT": (b"CONNECT /api/v10/gateway HTTP/1.1\r\nHost: x\r\n", b"", 405),
    "PROPFIND": (b"PROPFIND /api/v10/gateway HTTP/1.1\r\nHost: x\r\n", b"", 404),
    "a compressed body": (SEND + b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", b"\x1f\x8b\x08", 415),
    "a form": (SEND + b"Content-Type: application/x-www-form-urlencoded\r\n", b"content=x", 400),
    "XML": (SEND + b"Content-Type: text/xml\r\n", b"<content>x</content>", 400),
    "parts without a boundary": (SEND + b"Content-Type: multipart/form-data\r\n", b"--x\r\n\r\nx\r\n--x--\r\n", 400),
    "parts without an end": (
        SEND + b"Content-Type: multipart/form-data; boundary=x\r\n",
        b'--x\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{}',
        400,
    ),
    "no body": (SEND, b"", 400),
}


def is_refused(data, *statuses):
    """One answer, which says that it is the last, and the end."""
    ((status, fields, _),) = hostile.split_answers(hostile.exchange(REST, data))
    assert status in statuses, f"{status} instead of {statuses}"
    assert fields.get("connection") == "close", fields


def is_not_done(head, body, expected):
    data = head + f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    ((status, fields, _),) = hostile.split_answers(hostile.exchange(REST, data))
    assert status == expected, f"{status} instead of {expected}"
    assert fields["cache-control"] == "no-store", fields


def is_invited():
    """The body is asked for before it comes, and of a client of HTTP/1.0, which does not know of that, it is not."""
    head = SEND + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    answers = hostile.split_answers(hostile.exchange(REST, head + b"{}"))
    assert [status for status, _, _ in answers] == [100, 400], answers
    answers = hostile.split_answers(hostile.exchange(REST, head.replace(b"HTTP/1.1", b"HTTP/1.0") + b"{}"))
    assert [status for status, _, _ in answers] == [400], answers


def is_answered_in_order(count):
    """Many requests before the first answer is read, of two kinds that are told apart by their status."""
    kinds = [(b"/api/v10/gateway", 200), (b"/api/v10/nothing", 404), (b"/api/v10/users/@me", 401)]
    asked = [kinds[number * number % 3] for number in range(count)]
    data = b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path, _ in asked)
    answers = hostile.split_answers(hostile.exchange(REST, data + SECOND))
    assert [status for status, _, _ in answers] == [status for _, status in asked] + [200]


def is_read_in_pieces(data, expected, size):
    ((status, _, _),) = hostile.split_answers(hostile.exchange(REST, data, size))
    assert status == expected, status


def leaves_early(data):
    """Gone before, while and after it was answered, with and without a word."""
    for length in {0, 1, len(data) // 2, len(data) - 1, len(data)}:
        for leave in (hostile.reset, socket.socket.close):
            connection = hostile.open_socket(REST)
            connection.sendall(data[:length])
            leave(connection)


class Crawlers:
    """Connections on which something comes all the time, and never all of it."""

    def __init__(self, text, count):
        self.text, self.start, self.ends = text, time.monotonic(), []
        self.connections = [hostile.open_socket(REST) for _ in range(count)]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.crawl)
        self.thread.start()

    def crawl(self):
        for connection in self.connections:
            connection.sendall(self.text)
            connection.setblocking(False)
        while self.connections and not self.over.wait(0.2):
            for connection in list(self.connections):
                try:
                    connection.send(b"a")
                    if connection.recv(1 << 16) == b"":
                        raise ConnectionResetError
                except BlockingIOError:
                    continue
                except OSError:
                    self.connections.remove(connection)
                    connection.close()
                    self.ends.append(time.monotonic() - self.start)

    def leave(self):
        self.over.set()
        self.thread.join()
        for connection in self.connections:
            connection.close()

    def are_cut(self):
        self.thread.join(HEADER_SECONDS_MAX)
        assert not self.connections, f"{len(self.connections)} are still open"
        assert min(self.ends) >= HEADER_SECONDS - 1 and max(self.ends) <= HEADER_SECONDS_MAX, self.ends


def behave():
    # As Discord's libraries do: a machine with far too much to do may not have stored it in time.
    body = {"content": "hello", "nonce": os.urandom(8).hex(), "enforce_nonce": True}
    for _ in range(3):
        status, message = hostile.call("POST", f"/channels/{hostile.CHANNEL}/messages", body)
        if status != 504:
            break
        time.sleep(message["retry_after"])
    assert status == 200 and message["content"] == "hello", (status, message)


def cases():
    for name, fields in SMUGGLED.items():
        yield name, is_refused, LOGIN + fields + b"\r\n0\r\n\r\n" + SECOND, 400, 501
    for name, (data, status) in REFUSED.items():
        yield name, is_refused, data, status
    for name, (head, body, status) in NOT_DONE.items():
        yield name, is_not_done, head, body, status
    yield "an expected body", is_invited
    yield "1,000 at once", is_answered_in_order, 1_000
    yield "byte by byte", is_read_in_pieces, SECOND, 200, 1
    yield "a long header in small pieces", is_read_in_pieces, REFUSED["10,000 headers"][0], 431, 512
    for number in range(20):
        yield f"an early end {number}", leaves_early, SECOND if number % 2 else SEND + b"Content-Length: 2\r\n\r\n{}"


def main():
    tally = hostile.Tally()
    for _ in range(20):
        behave()
    with hostile.Watch(behave):
        headers = Crawlers(LOGIN + b"X: ", 50)
        bodies = Crawlers(LOGIN + b"Content-Length: 100000\r\n\r\n", 50)
        hostile.together(tally, cases())
        tally.judge("slow headers", headers.are_cut)
        # Those that go on with a body have longer, and hold up nobody.
        bodies.leave()
    tally.judge("afterwards", behave)
    tally.finish()


if __name__ == "__main__":
    main()
