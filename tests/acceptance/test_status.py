"""`status` tells a daemon that runs from one that was stopped, and both from one that died."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from tests.acceptance.world import World, wait_until
from tests.servers.http import Page

ROOT = Path(__file__).parents[2]


def facts(world: World, expect: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.run("status", "--format", "json", expect=expect).stdout)
    return found


def test_daemon_at_work_stopped_and_dead_are_three_things(world: World) -> None:
    world.run("check")
    assert "none ever ran here" in world.run("status").stdout
    with world.daemon() as process:
        wait_until(lambda: facts(world, 0)["daemon"]["started_at"] is not None, "the first sign of life")
        daemon = facts(world, 0)["daemon"]
        assert (daemon["running"], daemon["process"], daemon["result"]) == (True, process.pid, "ok")
    daemon = facts(world, 0)["daemon"]
    assert (daemon["running"], daemon["process"]) == (False, None)
    assert daemon["stopped_at"] >= daemon["started_at"]
    assert "stopped in order" in world.run("status").stdout
    with world.daemon() as process:
        wait_until(lambda: facts(world, 0)["daemon"]["stopped_at"] is None, "the next sign of life")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=15)
    assert "ended without a word" in world.run("status", expect=1).stdout
    assert facts(world, 1)["daemon"]["result"] == "error"


def test_document_that_is_not_seen_is_told_with_class_since_when_and_reason_safe_for_a_terminal(
    world: World,
) -> None:
    world.run("check")
    world.site.pages["/faq"] = Page("no", status=403, etag=False)
    world.run("check", expect=1)
    found = facts(world, 1)
    (trouble,) = found["trouble"]
    assert (trouble["document"], trouble["state"], trouble["error_class"]) == (
        "acme/faq",
        "failing",
        "http_403",
    )
    assert trouble["since"] == trouble["last_check"] > trouble["last_success"]
    assert found["documents"] == {"failing": 1, "ok": 1}
    assert {each["document"] for each in found["next_checks"]} == {"acme/faq", "acme/privacy-policy"}
    assert found["outbox"] == {"open": 0, "later": 0, "dead": 0, "oldest_open": None}
    assert (found["channels"], found["work"]["silences"]) == ([], 0)
    assert found["database"]["size_bytes"] > 10_000
    screen = world.run("status", expect=1).stdout
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    manual = text.partition("$ policywatch status\n")[2].partition("```")[0].splitlines()
    assert [line.partition(":")[0] for line in manual[:5]] == [
        line.partition(":")[0] for line in screen.splitlines()[:5]
    ]
    assert manual[6].split() == screen.splitlines()[6].split()
    for words in ("http_403", "acme/faq", "outbox: 0 open, 0 dead", "next checks: acme/"):
        assert words in screen
