"""Whoever is connected while the node's certificate is replaced (S20): nobody is hostile here, and nobody is to be dropped."""

import os
import ssl
import time

import hostile
from hostile_websocket import BEAT, TEXT, Member, Peer

FILES = [(os.environ["CERTIFICATE"], os.environ["NEW_CERTIFICATE"]), (os.environ["KEY"], os.environ["NEW_KEY"])]
PLACES = [hostile.place("REST"), hostile.place("GATEWAY")]


def shown(where):
    """The certificate that a new connection gets."""
    return ssl.get_server_certificate(where, timeout=hostile.DEADLINE)


def is_shown_everywhere(certificate):
    end = time.monotonic() + hostile.DEADLINE
    while any(shown(where) != certificate for where in PLACES):
        assert time.monotonic() < end, "the new certificate is not shown"
        time.sleep(0.05)


def main():
    with open(FILES[0][0]) as file:
        old = file.read()
    with open(FILES[0][1]) as file:
        new = file.read()
    is_shown_everywhere(old)
    lines = [hostile.Line() for _ in range(10)]
    peers = [Peer() for _ in range(10)]
    member = Member()
    # The member's requests come on new connections: both certificates are trusted.
    with open(os.environ["TRUSTED"], "w") as file:
        file.write(old + new)
    hostile.CERTIFICATE = os.environ["TRUSTED"]
    with hostile.Watch(member.behave):
        for present, renewed in FILES:
            os.replace(renewed, present)
        is_shown_everywhere(new)
        for line in lines:
            assert line.ask("GET", "/users/@me", token=hostile.TOKEN)[0] == 200
        for peer in peers:
            peer.send(TEXT, BEAT)
            assert peer.payload()["op"] == 11
    print("all steps passed")


main()
