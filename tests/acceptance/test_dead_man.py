"""The real daemon pings while all is well, and falls silent when it is not."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.acceptance.world import AFTER, World, wait_until
from tests.servers.http import Page, SiteServer
from tests.servers.slack import Answer

SECRET = "/ping/canary-address"


@pytest.fixture
def receiver() -> Iterator[SiteServer]:
    with SiteServer({SECRET: Page("OK", etag=False)}) as server:
        yield server


def configure(world: World, receiver: SiteServer, path: str = SECRET, within: str = "4h") -> None:
    (world.folder / "dead-man").write_text(receiver.url(path) + "\n", encoding="utf-8")
    (world.folder / "dead-man").chmod(0o600)
    world.write_config(
        extra=f'[dead_man]\nurl_file = "dead-man"\nevery = "1s"\ndelivered_within = "{within}"\n'
    )


@contextmanager
def pinging(world: World, receiver: SiteServer) -> Iterator[None]:
    with world.daemon() as process:
        wait_until(lambda: len(receiver.requests) >= 2, "pings")
        yield
        assert process.poll() is None
    assert "canary-address" not in world.log()


def test_ping_comes_while_all_is_well_and_a_reload_moves_and_ends_it(
    world: World, receiver: SiteServer
) -> None:
    configure(world, receiver)
    receiver.pages["/other"] = Page("OK", etag=False)
    with world.daemon() as process:
        wait_until(lambda: len(receiver.requests_for(SECRET)) >= 2, "pings")
        assert {request.method for request in receiver.requests} == {"GET"}
        configure(world, receiver, "/other")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(receiver.requests_for("/other")) >= 1, "pings of the new address")
        world.write_config()
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: world.log().count("event=reloaded") == 2, "the second reload")
        looks = len(world.site.requests)
        seen = len(receiver.requests)
        wait_until(lambda: len(world.site.requests) > looks + 6, "some seconds without pings")
        assert len(receiver.requests) <= seen + 1  # one may have been on its way
    assert "ping_" not in world.log()


def test_ping_stops_when_no_channel_delivers_any_more_and_resumes_when_one_does(
    world: World, receiver: SiteServer
) -> None:
    configure(world, receiver, within="2s")
    world.run("check")
    with pinging(world, receiver):
        world.smtp.stop()
        world.slack.always = Answer(503, "busy")
        world.site.pages |= AFTER
        wait_until(lambda: "event=ping_withheld" in world.log(), "the ping to be withheld")
        seen, tries = len(receiver.requests), world.log().count("event=delivery_retry")
        assert json.loads(world.run("status", "--format", "json", expect=1).stdout)["outbox"]["open"] == 4
        wait_until(lambda: world.log().count("event=delivery_retry") >= tries + 2, "more tries in vain")
        assert len(receiver.requests) == seen
        assert world.log().count("event=ping_withheld") == 1
        world.smtp.start()
        world.slack.always = None
        wait_until(lambda: "event=ping_resumed" in world.log(), "the ping to resume", seconds=60)
        wait_until(lambda: len(receiver.requests) > seen, "pings again")
    world.run("status")


def test_ping_stops_while_the_database_takes_no_writes(world: World, receiver: SiteServer) -> None:
    configure(world, receiver)
    with pinging(world, receiver), closing(sqlite3.connect(world.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        seen = len(receiver.requests)
        time.sleep(4)
        assert len(receiver.requests) <= seen + 1
        other.execute("ROLLBACK")
        wait_until(lambda: len(receiver.requests) > seen + 1, "pings again")


def test_receiver_that_fails_is_told_once_and_disturbs_nothing(world: World, receiver: SiteServer) -> None:
    configure(world, receiver)
    receiver.pages[SECRET] = Page("", status=302, headers={"Location": "/elsewhere"}, etag=False)
    with pinging(world, receiver):
        wait_until(lambda: len(receiver.requests) >= 4, "pings in vain")
        assert world.log().count("event=ping_failed") == 1
        assert not receiver.requests_for("/elsewhere")
        world.site.pages |= AFTER
        wait_until(lambda: world.log().count("event=delivery_sent") >= 4, "the alerts all the same")
    assert "answered with status 302" in world.log()
