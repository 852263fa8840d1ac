"""What the hostile clients share: raw sockets, what the node takes of the machine, somebody who behaves meanwhile, and how a run is judged.

Nothing but the standard library, so that no parser is shared with the node.
"""

import json
import os
import select
import socket
import ssl
import struct
import sys
import threading
import time
import traceback
import urllib.parse

TOKEN = os.environ["TOKEN"]
CHANNEL = os.environ["CHANNEL"]
PROCESS = os.environ["PROCESS"]
CERTIFICATE = os.environ.get("CERTIFICATE")

# Seconds in which an answer has to come on a machine that is busy with other things.
DEADLINE = 30
GROWTH_MAX = 64 << 20
# How a handshake of TLS begins.
TLS_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(501)


def place(variable):
    url = urllib.parse.urlsplit(os.environ[variable])
    return url.hostname, url.port


def open_socket(where, encrypted=CERTIFICATE is not None):
    """A connection, over TLS where the node has it: with a certificate that is verified, as a client would."""
    plain = socket.create_connection(where, timeout=DEADLINE)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not encrypted:
        return plain
    context = ssl.create_default_context(cafile=CERTIFICATE)
    return context.wrap_socket(plain, server_hostname=where[0])


def reset(connection):
    """Ends a connection as a machine that crashes does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def exchange(where, data, pieces=1 << 20):
    """Sends bytes while it reads, and returns everything that came until the node closed."""
    with open_socket(where) as connection:
        answer, rest, end = b"", memoryview(data), time.monotonic() + DEADLINE
        connection.setblocking(False)
        while True:
            readable, writable, _ = select.select(
                [connection], [connection] if rest else [], [], max(0, end - time.monotonic())
            )
            assert readable or writable, f"neither an answer nor an end: {answer[:200]}"
            try:
                if writable:
                    rest = rest[connection.send(rest[:pieces]) :]
                if readable:
                    got = connection.recv(1 << 16)
                    answer += got
                    if not got:
                        return answer
            except ssl.SSLWantReadError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                # It may close before it has read everything: what counts is what it said.
                rest = b""
                if not readable:
                    continue
                return answer


def split_answers(data):
    """The answers in some bytes as (status, fields, body)."""
    answers = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ")
        assert version == "HTTP/1.1", lines
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        assert "transfer-encoding" not in fields, fields
        length = int(fields.get("content-length", "0"))
        assert len(data) >= length, f"{lines[0]} is cut short"
        answers.append((int(status), fields, data[:length]))
        data = data[length:]
    return answers


def call(method, path, body=None):
    """One request of somebody who behaves, on a connection of its own. Returns the status and the document."""
    text = json.dumps(body).encode() if body is not None else b""
    head = f"{method} /api/v10{path} HTTP/1.1\r\nHost: chat\r\nAuthorization: {TOKEN}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    ((status, _, answer),) = split_answers(exchange(place("REST"), head.encode() + text))
    return status, json.loads(answer) if answer else None


class Line:
    """A connection on which one request follows another."""

    def __init__(self):
        self.socket = open_socket(place("REST"))
        # Until a hash has been made by a machine that is busy with others.
        self.socket.settimeout(4 * DEADLINE)

    def ask(self, method, path, body=None, token=None):
        """The status and body of the answer, and the seconds that it took."""
        text = json.dumps(body).encode() if body is not None else b""
        head = f"{method} /api/v10{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        if token:
            head += f"Authorization: {token}\r\n"
        data = head.encode() + f"Content-Length: {len(text)}\r\n\r\n".encode() + text
        start = time.perf_counter()
        self.socket.sendall(data)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.more()
        seconds = time.perf_counter() - start
        head, _, rest = received.partition(b"\r\n\r\n")
        fields = head.decode().lower().split("\r\n")[1:]
        length = int(next(field.partition(":")[2] for field in fields if field.startswith("content-length:")))
        while len(rest) < length:
            rest += self.more()
        return int(head.split(b" ")[1]), rest, seconds

    def more(self):
        got = self.socket.recv(1 << 16)
        assert got, "the node has closed the connection"
        return got


class Watch:
    """What the node takes, and how somebody who behaves fares, until the end of the block."""

    def __init__(self, behave, growth=GROWTH_MAX):
        self.behave, self.growth, self.over = behave, growth, threading.Event()
        self.times, self.failure, self.most = [], None, 0

    def __enter__(self):
        self.before, self.descriptors = self.resident(), self.open_descriptors()
        self.threads = [threading.Thread(target=run) for run in (self.sample, self.serve)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self.over.set()
        for thread in self.threads:
            thread.join()
        if failure[0] is not None:
            return
        if self.failure:
            raise AssertionError("somebody who behaves was not served") from self.failure
        growth = max(self.most, self.resident()) - self.before
        times = sorted(self.times)
        print(f"{len(times)} served meanwhile, p99 {times[len(times) * 99 // 100] * 1000:.0f} ms, +{growth >> 10} KiB")
        assert growth < self.growth, f"the node grew by {growth >> 20} MiB"
        # All connections are gone, and nothing is kept for them.
        end = time.monotonic() + DEADLINE
        while self.open_descriptors() > self.descriptors + 8:
            assert time.monotonic() < end, f"{self.descriptors} descriptors have become {self.open_descriptors()}"
            time.sleep(0.05)

    def sample(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, self.resident())

    def serve(self):
        try:
            while not self.over.is_set():
                start = time.monotonic()
                self.behave()
                self.times.append(time.monotonic() - start)
        except Exception as failure:
            self.failure = failure

    @staticmethod
    def resident():
        with open(f"/proc/{PROCESS}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @staticmethod
    def open_descriptors():
        return len(os.listdir(f"/proc/{PROCESS}/fd"))


class Tally:
    """Cases that were tried, and what went wrong."""

    def __init__(self):
        self.passed, self.failed, self.lock = 0, [], threading.Lock()

    def judge(self, name, case, *arguments):
        try:
            case(*arguments)
            with self.lock:
                self.passed += 1
        except Exception:
            with self.lock:
                self.failed.append(f"{name}: {traceback.format_exc()}")

    def finish(self):
        for failure in self.failed:
            print(failure, file=sys.stderr)
        print(f"{self.passed} passed, {len(self.failed)} failed")
        if not self.failed:
            print("all steps passed")
        sys.exit(1 if self.failed else 0)


def together(tally, cases, workers=8):
    """Tries cases, several at once: most of each is waiting."""
    waiting, lock = iter(cases), threading.Lock()

    def work():
        while True:
            with lock:
                case = next(waiting, None)
            if case is None:
                return
            tally.judge(*case)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
