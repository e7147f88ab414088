"""The real daemon goes blind: people are told once, over every channel, and once more when it sees again."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import time

from tests.acceptance.world import BEFORE, World, wait_until
from tests.servers.http import Page

DOCUMENTS = """
[[services.documents]]
kind = "privacy-policy"
url = "{privacy}"
every = "1s"
fresh_within = "3s"
[[services.documents]]
kind = "faq"
url = "{faq}"
every = "1s"
"""


def kinds(world: World) -> list[tuple[str, str]]:
    """The kind of every alert with its document, oldest first."""
    rows = [json.loads(line) for line in world.run("alerts", expect=None).stdout.splitlines()]
    return [(row["kind"], row["document"]) for row in sorted(rows, key=lambda row: row["id"])]


def states(world: World) -> dict[str, str]:
    rows = (json.loads(line) for line in world.run("documents", expect=None).stdout.splitlines())
    return {row["document"]: row["state"] for row in rows}


def test_outage_and_withdrawal_are_told_once_across_a_kill_and_their_end_as_well(world: World) -> None:
    documents = DOCUMENTS.format(privacy=world.site.url("/privacy"), faq=world.site.url("/faq"))
    world.write_config(documents=documents)
    world.config.write_text('baseline = "off"\n' + world.config.read_text(encoding="utf-8"), encoding="utf-8")
    world.run("check")
    world.site.pages["/privacy"] = Page("busy", status=500, etag=False)
    del world.site.pages["/faq"]
    with world.daemon() as process:
        world.smtp.wait_for(2)
        world.slack.wait_for(2)
        wait_until(lambda: world.log().count("delivery_sent") == 4, "two alerts over two channels")
        process.send_signal(signal.SIGKILL)
    assert states(world) == {"acme/privacy-policy": "stale", "acme/faq": "withdrawn"}
    status = world.run("status", expect=1).stdout
    assert "http_500" in status
    assert "http_404" in status
    with world.daemon():
        looks = len(world.site.requests)
        wait_until(lambda: len(world.site.requests) > looks + 6, "looks in vain after the restart")
        world.site.pages |= BEFORE
        world.smtp.wait_for(4)
        world.slack.wait_for(4)
        wait_until(lambda: world.log().count("delivery_sent") == 8, "two recoveries over two channels")
        time.sleep(4)  # a limit and a sweep more, in which nothing may be told
    assert sorted(kinds(world)) == [
        ("outage", "acme/privacy-policy"),
        ("recovery", "acme/faq"),
        ("recovery", "acme/privacy-policy"),
        ("withdrawn", "acme/faq"),
    ]
    subjects = sorted(str(mail.mail["Subject"]) for mail in world.smtp.messages)
    assert [subject.partition("] ")[2].partition(" 20")[0] for subject in subjects] == [
        "Acme – FAQ: withdrawn (http_404) –",
        "Acme – FAQ: back since",
        "Acme – Privacy Policy: readable again since",
        "Acme – Privacy Policy: not readable since",
    ]
    assert set(states(world).values()) == {"ok"}
    world.run("status")


def test_daemon_that_is_restarted_all_the_time_tells_of_blindness_at_its_start(world: World) -> None:
    document = DOCUMENTS.format(privacy=world.site.url("/privacy"), faq=world.site.url("/faq"))
    document = document.replace('"1s"', '"1h"').replace('"3s"', '"2h"')
    world.write_config(documents=document)
    world.config.write_text('baseline = "off"\n' + world.config.read_text(encoding="utf-8"), encoding="utf-8")
    world.run("check")
    world.site.pages["/privacy"] = Page("busy", status=500, etag=False)
    for _ in range(2):
        world.run("check", "acme/privacy-policy", expect=1)
    hours = 3 * 3600 * 1_000_000
    with contextlib.closing(sqlite3.connect(world.database)) as connection, connection:
        connection.execute("UPDATE checks SET last_at = last_at - ? WHERE outcome = 'first'", (hours,))
    assert kinds(world) == []
    with world.daemon():
        world.smtp.wait_for(1)  # the next sweep is a minute away
    assert kinds(world) == [("outage", "acme/privacy-policy")]
