"""Measures a storm: all documents change within one cycle of the installed daemon, at once.

    python benchmarks/storm.py [--documents N] [--minutes M] [--by-hand]

Generated pages of 70 kB, each on a loopback address of its own, are read once; then each gains a clause on
which a shipped rule fires, and every document is due. A mail server with two recipients and a Slack-like
endpoint, which refuses what Slack would refuse, take the messages. Ends when nothing waits any more, or M
minutes after the change. Memory is the peak of the daemon and its reading processes. With `--by-hand` the
command `check` does it, which waits for nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.policies import Site, address, generated, serving
from tests.servers.slack import SlackServer
from tests.servers.smtp import ScriptedSmtpServer

COMMAND = (sys.executable, "-c", "from monitor.cli import main; main()")
RECIPIENTS = ("privacy@example.com", "legal@example.com")

CONFIG = """
baseline = "off"
[storage]
database = "{database}"
[fetch]
contact = "benchmark@example.com"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0.0
confirm_after = "0s"
every = "{every}"
[channels.mail]
type = "email"
host = "127.0.0.1"
port = {smtp}
tls = "none"
from = "policywatch@example.com"
to = {recipients}
[channels.chat]
type = "slack"
webhook_url_env = "BENCHMARK_SLACK"
[[routes]]
to = ["mail", "chat"]
"""

DOCUMENT = """
[[services]]
name = "Company {number}"
  [[services.documents]]
  kind = "privacy-policy"
  url = "http://{address}:{port}/policy"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--by-hand", action="store_true")
    arguments = parser.parse_args()
    pages = [generated(number) for number in range(arguments.documents)]
    with (
        tempfile.TemporaryDirectory() as name,
        serving(pages) as site,
        ScriptedSmtpServer() as smtp,
        SlackServer() as slack,
    ):
        storm = Storm(Path(name), site, smtp, slack, len(pages))
        if arguments.by_hand:
            storm.by_hand()
        else:
            storm.of_the_daemon(arguments.minutes * 60)
        storm.report()


class Storm:
    """The daemon's world, and what it is seen to do."""

    def __init__(
        self, folder: Path, site: Site, smtp: ScriptedSmtpServer, slack: SlackServer, documents: int
    ) -> None:
        self._folder = folder
        self._site = site
        self._smtp = smtp
        self._slack = slack
        self._documents = documents
        self._began = 0.0
        self._seconds_to_record = 0.0
        self._seconds = 0.0
        self._memory = 0

    def by_hand(self) -> None:
        self._write_config("1d")
        self._check()
        self._site.change(self._documents)
        self._began = time.monotonic()
        self._check()
        self._seconds = self._seconds_to_record = time.monotonic() - self._began

    def of_the_daemon(self, most_seconds: float) -> None:
        self._write_config("2d")
        with (self._folder / "daemon.log").open("wb") as log:
            daemon = subprocess.Popen([*self._command(), "run"], env=self._environment(), stderr=log)
            try:
                self._wait(lambda: self._ask("SELECT count(*) FROM versions") >= self._documents, 900)
                self._site.change(self._documents)
                with closing(sqlite3.connect(self._database(), timeout=30)) as connection, connection:
                    connection.execute("UPDATE schedule SET next_due_at = 0")
                self._write_config("1d")  # for another cadence it reads the schedule anew
                self._began = time.monotonic()
                daemon.send_signal(signal.SIGHUP)
                self._wait(lambda: self._alerts() >= self._documents, most_seconds)
                self._seconds_to_record = time.monotonic() - self._began
                self._wait(lambda: not self._open(), most_seconds)
                self._seconds = time.monotonic() - self._began
                self._memory = sum(map(_peak_memory, _processes(daemon.pid)))
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(60)

    def report(self) -> None:
        lists = self._ask("SELECT count(*) FROM deliveries WHERE state = 'sent'")
        print(f"{self._documents} documents changed; recorded after {self._seconds_to_record:.0f} s")
        memory = f"; peak memory {self._memory / 1e6:.0f} MB" if self._memory else ""
        print(f"all told after {self._seconds:.0f} s{memory}")
        print(
            f"alerts: {self._alerts()}; deliveries sent: {lists} of {(len(RECIPIENTS) + 1) * self._documents}"
        )
        for recipient in RECIPIENTS:
            mails = [each for each in self._smtp.messages if each.recipients == (recipient,)]
            at = ", ".join(f"{each.at - self._began:.0f}" for each in mails)
            largest = max(len(each.content) for each in mails)
            listed = sum(_listed(each.part("plain")) for each in mails)
            print(
                f"{recipient}: {len(mails)} mails at {at} s, largest {largest / 1000:.0f} kB, {listed} listed"
            )
        posts = self._slack.accepted
        at = ", ".join(f"{each.at - self._began:.0f}" for each in posts)
        print(f"Slack: {len(posts)} messages at {at} s, {len(self._slack.posts) - len(posts)} refused")

    def _check(self) -> None:
        subprocess.run([*self._command(), "check"], env=self._environment(), check=True, capture_output=True)

    def _command(self) -> list[str]:
        return [*COMMAND, "--config", str(self._folder / "config.toml")]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "BENCHMARK_SLACK": self._slack.url,
        }

    def _write_config(self, every: str) -> None:
        recipients = "[" + ", ".join(f'"{each}"' for each in RECIPIENTS) + "]"
        text = CONFIG.format(
            database=self._database(), every=every, smtp=self._smtp.port, recipients=recipients
        )
        listed = "".join(
            DOCUMENT.format(number=number, address=address(number), port=self._site.port)
            for number in range(self._documents)
        )
        (self._folder / "config.toml").write_text(text + listed, encoding="utf-8")

    def _database(self) -> Path:
        return self._folder / "policywatch.db"

    def _alerts(self) -> int:
        return self._ask("SELECT count(*) FROM alerts WHERE kind = 'change'")

    def _open(self) -> int:
        return self._ask("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')")

    def _ask(self, question: str) -> int:
        if not self._database().exists():
            return 0
        try:
            with closing(sqlite3.connect(f"file:{self._database()}?mode=ro", uri=True)) as connection:
                found: int = connection.execute(question).fetchone()[0]
                return found
        except sqlite3.OperationalError:  # it is being made
            return 0

    def _wait(self, reached: Callable[[], bool], most_seconds: float) -> None:
        deadline = time.monotonic() + most_seconds
        while not reached():
            if time.monotonic() > deadline:
                raise SystemExit((self._folder / "daemon.log").read_text(encoding="utf-8")[-4000:])
            time.sleep(0.5)


def _listed(text: str) -> int:
    """How many alerts a mail names: itself, or those in its list."""
    return len(re.findall(r"^\* \[[A-Z]+\] .*\(alert \d+[^()]*\)$", text, re.MULTILINE)) or 1


def _processes(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task").glob("*/children")
    return [process, *(int(child) for each in children for child in each.read_text().split())]


def _peak_memory(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return 1000 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
