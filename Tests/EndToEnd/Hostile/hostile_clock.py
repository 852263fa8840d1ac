"""Somebody who hopes to learn from the time that answers take: what is hidden (S01) and whom there is (S07)."""

import json
import os
import statistics
import threading
import time

import hostile

REST = hostile.place("REST")
# What two medians may differ by, as a part of the smaller one or in seconds; and how often chance is given the blame.
PART, SECONDS, TRIES = 0.25, 0.001, 5
# A login takes long, so that there can be few, which a busy machine spreads. Without a hash it would take a hundredth.
LOGIN_PART, LOGINS = 0.5, 5
# Two hashes at once take 128 MiB each.
LOGIN_GROWTH = hostile.GROWTH_MAX + (256 << 20)
PARALLEL = 200


def take_as_long(first, second, count, part):
    """Two things take the same time, as far as one can tell. They alternate, so that both have the machine's good and bad moments."""
    seen = []
    for _ in range(TRIES):
        times = ([], [])
        for _ in range(count):
            for kind, ask in enumerate((first, second)):
                times[kind].append(ask())
        medians = [statistics.median(kind) for kind in times]
        seen.append([f"{median * 1000:.2f} ms" for median in medians])
        if max(medians) - min(medians) <= max(part * min(medians), SECONDS):
            return
    raise AssertionError(f"one takes longer: {seen}")


def is_hidden_like_unknown(line, method, path, hidden, unknown, body, token):
    def ask(thing):
        status, answer, seconds = line.ask(method, path.format(thing), body, token)
        answers.add((status, answer))
        return seconds

    answers = set()
    ask(hidden), ask(unknown)
    take_as_long(lambda: ask(hidden), lambda: ask(unknown), 100, PART)
    ((status, _),) = answers
    assert status == 404, status


def log_in(line, login):
    status, _, seconds = line.ask("POST", "/auth/login", {"login": login, "password": "not the right one"})
    assert status == 401, status
    return seconds


def is_busy_beyond_the_pool():
    """Many at once: those whom the pool has room for are answered by it, the others at once, and nobody else waits."""
    found, lock = [], threading.Lock()

    def knock(number):
        body = {"login": f"nobody{number}", "password": "not the right one"}
        status, answer, _ = hostile.Line().ask("POST", "/auth/login", body)
        with lock:
            found.append(status)
            if status == 429:
                assert json.loads(answer)["retry_after"] > 0, answer

    threads = [threading.Thread(target=knock, args=(number,)) for number in range(PARALLEL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == PARALLEL and set(found) == {401, 429}, found
    assert found.count(429) >= PARALLEL // 2, found.count(429)


def behave():
    status, _ = hostile.call("GET", f"/channels/{hostile.CHANNEL}")
    assert status == 200, status


def main():
    tally, line = hostile.Tally(), hostile.Line()
    things = os.environ
    for kind, method, path, body in (
        ("HIDDEN_CHANNEL", "GET", "/channels/{}/messages", None),
        ("HIDDEN_CHANNEL", "POST", "/channels/{}/messages", {"content": "x"}),
        ("HIDDEN_CHANNEL", "GET", "/channels/{}/messages/search?content=x", None),
        ("HIDDEN_GUILD", "GET", "/guilds/{}", None),
    ):
        hidden = int(things[kind])
        arguments = (line, method, path, hidden, hidden + 7, body, things["STRANGER"])
        tally.judge(f"{method} {path}", is_hidden_like_unknown, *arguments)
    tally.judge(
        "who there is", take_as_long, lambda: log_in(line, "ada"), lambda: log_in(line, "nobody"), LOGINS, LOGIN_PART
    )
    with hostile.Watch(behave, LOGIN_GROWTH):
        tally.judge("many logins", is_busy_beyond_the_pool)
    tally.finish()


if __name__ == "__main__":
    main()
