"""Rows C1 to C4: the real daemon while its clock jumps, the machine sleeps, summer time begins and ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.monitor.shim import Shim
from tests.monitor.stage import FIRST_TEXT, page
from tests.servers.http import SiteServer
from tests.servers.slack import SlackServer

PATIENCE_SECONDS = 30.0
SETTLED_SECONDS = 1.5
"""After a request, for the check to end and to be planned anew, before the clock moves again."""

QUIET_SECONDS = 2.0
DOCUMENTS = 5
DAY = 86400

CONFIG = """
timezone = "Europe/Berlin"
baseline = "off"
[storage]
database = "{folder}/policywatch.db"
[fetch]
contact = "privacy@acme.test"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0
[channels.chat]
type = "slack"
webhook_url_env = "HOOK"
[[routes]]
to = ["chat"]
[[services]]
name = "Acme"
{documents}
"""
DOCUMENT = '[[services.documents]]\nkind = "terms"\nvariant = "r{number}"\nurl = "{url}"\n{cadence}\n'


class Site(SiteServer):
    """Pages, and how often each was looked at."""

    def looks(self) -> list[int]:
        return [len(self.requests_for(f"/terms/{number}")) for number in range(DOCUMENTS)]

    def wait_for(self, looks: list[int]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.looks() != looks:
            assert time.monotonic() < deadline, f"{self.looks()} looks instead of {looks}"
            time.sleep(0.02)
        time.sleep(SETTLED_SECONDS)

    def wait_for_another(self) -> None:
        looks = sum(self.looks())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(self.looks()) == looks:
            assert time.monotonic() < deadline, f"no look after {looks}"
            time.sleep(0.02)

    def stay_at(self, looks: list[int]) -> None:
        time.sleep(QUIET_SECONDS)
        assert self.looks() == looks


class Stage:
    """The daemon with a clock that can be set."""

    def __init__(self, shim: Shim, folder: Path, site: Site, slack: SlackServer) -> None:
        self.folder, self.site, self.slack = folder, site, slack
        self._shim, self._offset = shim, folder / "offset"

    def move_clock(self, seconds: float) -> None:
        self._write(seconds + (int(self._offset.read_text()) if self._offset.exists() else 0))

    def set_clock(self, at: datetime) -> None:
        self._write(at.timestamp() - time.time())

    def _write(self, seconds: float) -> None:
        aside = self.folder / "offset.new"
        aside.write_text(str(round(seconds)))
        aside.replace(self._offset)

    @contextmanager
    def daemon(self, cadence: str, count: int = DOCUMENTS) -> Iterator[subprocess.Popen[bytes]]:
        config = self.folder / "config.toml"
        listed = "".join(
            DOCUMENT.format(number=number, url=self.site.url(f"/terms/{number}"), cadence=cadence)
            for number in range(count)
        )
        config.write_text(CONFIG.format(folder=self.folder, documents=listed))
        program = "from monitor.cli import main; main()"
        command = [sys.executable, "-c", program, "--config", str(config), "run"]
        environment = self._shim.environ(self._offset, HOOK=self.slack.url)
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
            try:
                yield process
            finally:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                _, log = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, log.decode()
        assert b"level=error" not in log, log.decode()
        assert self.slack.posts == [], "nobody is told that a clock was set"


@pytest.fixture
def stage(shim: Shim, tmp_path: Path) -> Iterator[Stage]:
    pages = {f"/terms/{number}": page(FIRST_TEXT) for number in range(DOCUMENTS)}
    with Site(pages) as site, SlackServer() as slack:
        assert isinstance(site, Site)
        yield Stage(shim, tmp_path, site, slack)


def test_cadence_is_kept_after_the_clock_was_set_back_two_hours(stage: Stage) -> None:
    with stage.daemon('every = "1s"', count=1):
        for _ in range(2):
            stage.site.wait_for_another()
        stage.move_clock(-7200)
        for _ in range(3):  # the first of them may have been on its way
            stage.site.wait_for_another()


def test_clock_set_forward_a_month_brings_one_look_at_each_document(stage: Stage) -> None:
    with stage.daemon('every = "1h"'):
        stage.site.wait_for([1] * DOCUMENTS)
        stage.move_clock(30 * DAY)
        stage.site.wait_for([2] * DOCUMENTS)
        stage.site.stay_at([2] * DOCUMENTS)
        stage.move_clock(-30 * DAY)
        stage.site.stay_at([2] * DOCUMENTS)


@pytest.mark.soak
def test_machine_that_slept_for_eight_hours_looks_once_at_each_document(stage: Stage) -> None:
    with stage.daemon('every = "1h"') as process:
        stage.site.wait_for([1] * DOCUMENTS)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        stage.move_clock(8 * 3600)
        process.send_signal(signal.SIGCONT)
        stage.site.wait_for([2] * DOCUMENTS)
        stage.site.stay_at([2] * DOCUMENTS)


@pytest.mark.soak
def test_half_past_two_in_berlin_comes_once_on_the_day_that_has_it_twice(stage: Stage) -> None:
    stage.set_clock(datetime(2026, 10, 25, 0, 10, tzinfo=UTC))  # ten past two, summer time
    with stage.daemon('cron = "30 2 * * *"', count=1):
        stage.site.wait_for([1, 0, 0, 0, 0])  # never looked at before
        stage.set_clock(datetime(2026, 10, 25, 0, 30, 1, tzinfo=UTC))
        stage.site.wait_for([2, 0, 0, 0, 0])
        stage.set_clock(datetime(2026, 10, 25, 1, 30, 1, tzinfo=UTC))  # half past two again, winter time
        stage.site.stay_at([2, 0, 0, 0, 0])
        stage.set_clock(datetime(2026, 10, 26, 1, 30, 1, tzinfo=UTC))
        stage.site.wait_for([3, 0, 0, 0, 0])


@pytest.mark.soak
def test_half_past_two_in_berlin_comes_once_on_the_day_that_does_not_have_it(stage: Stage) -> None:
    stage.set_clock(datetime(2026, 3, 29, 0, 50, tzinfo=UTC))  # ten to two, winter time
    with stage.daemon('cron = "30 2 * * *"', count=1):
        stage.site.wait_for([1, 0, 0, 0, 0])
        stage.set_clock(datetime(2026, 3, 29, 1, 31, tzinfo=UTC))  # 03:31, summer time
        stage.site.wait_for([2, 0, 0, 0, 0])
        stage.site.stay_at([2, 0, 0, 0, 0])
        stage.set_clock(datetime(2026, 3, 30, 0, 31, tzinfo=UTC))
        stage.site.wait_for([3, 0, 0, 0, 0])
