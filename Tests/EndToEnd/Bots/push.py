"""A push service of one's own: it decrypts what a node sends and checks who signed it, with another library than the node's."""

import base64
import http.server
import json
import os
import queue
import sys
import threading
import urllib.request

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

port = int(os.environ["PORT"])
received = queue.Queue()
answers = queue.Queue()


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 201 if answers.empty() else answers.get()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        received.put((status, self.path, dict(self.headers), body))

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()

agent = ec.generate_private_key(ec.SECP256R1())
agent_key = agent.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
secret = os.urandom(16)


def call(method, path, token, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(os.environ["REST"] + path, data=data, method=method)
    request.add_header("Authorization", token)
    if data:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def code(key, *parts):
    digest = hmac.HMAC(key, hashes.SHA256())
    for part in parts:
        digest.update(part)
    return digest.finalize()


def decrypt(body):
    """RFC 8291, 3.4, and RFC 8188, 2."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender_key, sealed = body[21:21 + length], body[21 + length:]
    assert size == 4096 and length == 65 and len(sealed) <= size
    sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender_key)
    agreed = agent.exchange(ec.ECDH(), sender)
    material = code(code(secret, agreed), b"WebPush: info\0" + agent_key + sender_key + b"\1")
    pseudorandom = code(salt, material)
    key = code(pseudorandom, b"Content-Encoding: aes128gcm\0\1")[:16]
    nonce = code(pseudorandom, b"Content-Encoding: nonce\0\1")[:12]
    plain = AESGCM(key).decrypt(nonce, sealed, None)
    assert plain[-1] == 2
    return json.loads(plain[:-1])


def verify(header):
    """RFC 8292, 2 and 3."""
    scheme, rest = header.split(" ", 1)
    assert scheme == "vapid"
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert fields["k"] == node_key, "the key that was subscribed with"
    signed, signature = fields["t"].rsplit(".", 1)
    raw = decode(signature)
    assert len(raw) == 64
    numbers = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(node_key))
    key.verify(numbers, signed.encode(), ec.ECDSA(hashes.SHA256()))
    head, claims = (json.loads(decode(part)) for part in signed.split("."))
    assert head["alg"] == "ES256"
    assert claims["aud"] == f"http://127.0.0.1:{port}", claims
    assert claims["sub"] == "mailto:ops@example.org"


def expect(status=201):
    found, path, headers, body = received.get(timeout=60)
    assert (found, path) == (status, "/ada"), (found, path)
    assert headers["Content-Encoding"] == "aes128gcm"
    assert 0 < int(headers["TTL"]) <= 14400
    verify(headers["Authorization"])
    return decrypt(body)


ada, robot, channel, person = (os.environ[name] for name in ["ADA", "ROBOT", "CHANNEL", "PERSON"])
node_key = call("GET", "/users/@me/push-key", ada)["public_key"]
subscription = {
    "endpoint": f"http://127.0.0.1:{port}/ada", "expirationTime": None,
    "keys": {"p256dh": encode(agent_key), "auth": encode(secret)},
}
made = call("POST", "/users/@me/push-subscriptions", ada, subscription)

call("POST", f"/channels/{channel}/messages", robot, {"content": "nobody in particular"})
sent = call("POST", f"/channels/{channel}/messages", robot, {"content": f"look, <@{person}>"})
letter = expect()
assert letter["message_id"] == sent["id"] and letter["channel_id"] == channel, letter
assert letter["content"] == f"look, <@{person}>" and letter["author"]["username"] == "robot", letter

direct = call("POST", "/users/@me/channels", robot, {"recipient_id": person})
answers.put(503)
call("POST", f"/channels/{direct['id']}/messages", robot, {"content": "only you"})
assert expect(503)["content"] == "only you"
assert expect()["content"] == "only you"

answers.put(410)
call("POST", f"/channels/{direct['id']}/messages", robot, {"content": "the last one"})
assert expect(410)["content"] == "the last one"
for _ in range(100):
    if call("GET", "/users/@me/push-subscriptions", ada) == []:
        break
    threading.Event().wait(0.1)
else:
    sys.exit("the subscription was not forgotten")
assert received.empty()
print("all steps passed")
