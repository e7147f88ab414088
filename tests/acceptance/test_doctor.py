"""`doctor` on the real thing: what is fine, what is broken, and what a broken part must not hide."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.acceptance.world import World, wait_until
from tests.servers.http import Page
from tests.servers.slack import Answer

ROOT = Path(__file__).parents[2]

Rows = Mapping[str, Mapping[str, Any]]


def examined(world: World, *options: str, expect: int | None = None) -> Rows:
    done = world.run("doctor", "--format", "json", *options, expect=expect)
    return {row["check"]: row for row in json.loads(done.stdout)}


def results(rows: Rows) -> dict[str, str]:
    return {name: row["result"] for name, row in rows.items() if name not in ("clock", "disk", "file system")}


def test_before_the_first_start_doctor_finds_nothing_that_needs_a_person(world: World) -> None:
    rows = examined(world, expect=0)
    assert results(rows) == {
        "configuration": "ok",
        "daemon": "warning",
        "database": "warning",
        "dns": "ok",
        "channel mail": "ok",
        "channel chat": "ok",
    }
    assert "certificate verified, login accepted" in rows["channel mail"]["found"]
    assert not world.smtp.messages
    assert [post.payload for post in world.slack.posts] == [{}]


def test_daemon_at_work_is_fine_and_the_screen_says_so_in_a_row_for_each_check(world: World) -> None:
    with world.daemon():
        wait_until(lambda: world.log().count("event=delivery_sent") == 2, "the summary of first readings")
        rows = examined(world, expect=0)
        world.environment["COLUMNS"] = "120"
        screen = world.run("doctor").stdout.splitlines()
    assert set(results(rows).values()) == {"ok"}
    assert len(rows) == 16
    assert len(screen) <= 24
    assert sum(line.startswith(("ok ", "warning ", "unknown ")) for line in screen) == 16


def test_screen_in_the_manual_has_the_rows_of_a_real_one(world: World) -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    sample = text.partition("$ policywatch doctor\n")[2].partition("```")[0]
    world.environment["COLUMNS"] = "110"
    world.run("check")
    world.site.pages["/faq"] = Page("no", status=403, etag=False)
    with world.daemon():
        wait_until(lambda: "outcome=failed" in world.log(), "a failed check")
        real = world.run("doctor", expect=1).stdout
    rows = [[line.split()[0], line[8:26].strip()] for line in real.splitlines() if line[0] != " "]
    shown = [[line.split()[0], line[8:26].strip()] for line in sample.splitlines() if line[0] != " "]
    assert [name for _, name in shown] == [name for _, name in rows]
    of_this_machine = ("clock", "disk", "file system")
    assert [row for row in shown if row[1] not in of_this_machine] == [
        row for row in rows if row[1] not in of_this_machine
    ]
    for words in ("quick_check found no damage", "certificate verified, login accepted", "the webhook lives"):
        assert words in sample
        assert words in real


def test_everything_broken_at_once_is_told_row_by_row_without_secrets(world: World) -> None:
    world.run("check")
    world.site.pages["/faq"] = Page("\x1b[31mbusy", status=503, etag=False)
    world.run("check", expect=1)
    world.smtp.stop()
    world.slack.always = Answer(404, f"no_service {world.slack.url}")
    done = world.run("doctor", expect=1)
    rows = examined(world, expect=1)
    broken = {name for name, result in results(rows).items() if result == "error"}
    assert broken == {"channel mail", "channel chat", "documents"}
    assert "http_503" in rows["documents"]["details"][0] or "rate_limited" in rows["documents"]["details"][0]
    for secret in ("canary-password", "canarySecret", "\x1b"):
        assert secret not in done.stdout + done.stderr + json.dumps(rows)
    offline = examined(world, "--offline", expect=1)
    assert not {"dns", "channel mail", "channel chat"} & set(offline)


def test_every_problem_of_the_configuration_is_told_and_the_database_is_examined_nevertheless(
    world: World,
) -> None:
    world.run("check")
    (world.folder / "password").chmod(0o644)
    world.write_config(extra="[[rules]]\nid = 'r'\npattern = '('\n")
    (world.folder / "password").chmod(0o644)
    rows = examined(world, "--offline", expect=1)
    assert len(rows["configuration"]["details"]) == 2
    assert "chmod 600" in "".join(rows["configuration"]["details"])
    done = world.run("--database", str(world.database), "doctor", "--offline", "--format", "json", expect=1)
    assert {row["check"] for row in json.loads(done.stdout)} >= {"configuration", "integrity", "outbox"}


def test_damaged_database_is_an_error_that_leads_to_the_backup(world: World) -> None:
    world.run("check")
    content = bytearray(world.database.read_bytes())
    content[8192 : len(content) // 2] = b"\xa5" * (len(content) // 2 - 8192)
    world.database.write_bytes(content)
    rows = examined(world, "--offline", expect=1)
    assert rows["integrity"]["result"] == "error"
    assert "restore" in rows["integrity"]["found"] + rows["integrity"]["advice"]


def test_wal_removed_under_the_daemon_is_told_and_an_orderly_stop_loses_nothing(world: World) -> None:
    with world.daemon():
        wait_until(lambda: world.log().count("event=delivery_sent") == 2, "the summary of first readings")
        for suffix in ("-wal", "-shm"):
            world.database.with_name(world.database.name + suffix).unlink()
        rows = examined(world, "--offline", expect=1)
        assert rows["files in use"]["result"] == "error"
        assert "policywatch.db-wal" in rows["files in use"]["found"]
    with closing(sqlite3.connect(world.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM versions").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM deliveries WHERE state = 'sent'").fetchone() == (2,)


def test_database_replaced_under_the_daemon_is_told(world: World) -> None:
    world.run("check")
    with world.daemon() as process:
        wait_until(lambda: "event=started" in world.log(), "the start")
        other = world.folder / "other.db"
        shutil.copy(world.database, other)
        other.replace(world.database)
        rows = examined(world, "--offline", expect=1)
        assert "removed or replaced" in rows["files in use"]["found"]
        process.send_signal(signal.SIGKILL)


def test_backup_is_opened_and_read_back_and_a_copy_by_hand_is_told_from_it(world: World) -> None:
    world.run("check")
    good, by_hand, cut = (world.folder / name for name in ("good.db", "by-hand.db", "cut.db"))
    world.run("backup", str(good))
    shutil.copy(world.database, by_hand)
    cut.write_bytes(good.read_bytes()[:20_000])
    row = examined(world, "--offline", "--backup", str(good), expect=0)["backup"]
    assert row["result"] == "ok"
    assert "read back 2 of 2 versions" in row["found"]
    assert examined(world, "--offline", "--backup", str(by_hand))["backup"]["result"] == "warning"
    for bad in (cut, world.config, world.folder / "none.db"):
        row = examined(world, "--offline", "--backup", str(bad), expect=1)["backup"]
        assert row["result"] == "error", bad
