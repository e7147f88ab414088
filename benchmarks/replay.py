"""Replays two recorded versions of a document through the whole watch, at the times they were captured.

A real HTTP server serves the first text and then the second; the pipeline, the outbox, the mail server and the
Slack-like endpoint are real, only the clock is the archive's. Prints the mail, then what was to be shown.

    python benchmarks/replay.py --archive versions-pga-dev.bundle
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.app import running
from monitor.clauses import to_markdown
from monitor.config import Settings, load_config
from monitor.demo.servers import LOOPBACK, Surroundings, serving
from monitor.extract.read import extract_markdown
from monitor.history import History
from monitor.importers.git import FileCommit, opened
from monitor.keys import archive_key
from monitor.log import make_log
from monitor.refs import parse
from storage.database import Database

PATH = "LinkedIn/Privacy Policy.md"
BEFORE, AFTER = "2024-08-01T00:32", "2024-09-19T00:32"
PHRASE = "train artificial intelligence"
KEY = archive_key(PATH)

CONFIG = f"""
[fetch]
contact = "replay@example.com"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0.0
confirm_after = "0s"
[[services]]
name = "LinkedIn"
  [[services.documents]]
  kind = "privacy-policy"
  url = "http://{LOOPBACK}:{{http}}/privacy-policy.md"
[channels.mail]
type = "email"
host = "{LOOPBACK}"
port = {{smtp}}
tls = "none"
from = "policywatch@example.com"
to = ["privacy-team@example.com"]
[channels.slack]
type = "slack"
webhook_url_env = "REPLAY_SLACK"
[[routes]]
to = ["mail", "slack"]
"""


@dataclass(slots=True)
class Clock:
    """A clock that stands where it is set."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--archive", type=Path, required=True, help="a versions repository or bundle with LinkedIn"
    )
    arguments = parser.parse_args()
    texts = list(_recorded(arguments.archive))
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "replay.db"
        with serving({"/robots.txt": ""}) as around:
            config = Path(folder) / "config.toml"
            config.write_text(CONFIG.format(http=around.http_port, smtp=around.smtp_port), encoding="utf-8")
            environment = {"REPLAY_SLACK": f"http://{LOOPBACK}:{around.http_port}/slack", "HOME": folder}
            asyncio.run(_replay(load_config(config, environment), database, texts, around))
        sys.exit(_report(database, around, texts))


def _recorded(archive: Path) -> Iterator[tuple[datetime, str]]:
    """The two recorded texts with their capture times."""
    with opened(archive) as repository, repository.blobs() as blobs:
        commits = [commit for commit in repository.commits() if commit.path == PATH]
        for minute in (BEFORE, AFTER):
            commit = _at(commits, minute)
            yield commit.authored_at, blobs.read(commit.blob).decode("utf-8")


def _at(commits: list[FileCommit], minute: str) -> FileCommit:
    for commit in commits:
        if commit.authored_at.astimezone(UTC).isoformat().startswith(minute):
            return commit
    raise SystemExit(f"{PATH} has no version captured at {minute}Z in this archive")


async def _replay(
    settings: Settings, path: Path, texts: list[tuple[datetime, str]], around: Surroundings
) -> None:
    database, clock = Database.open(path), Clock(texts[0][0])
    target = settings.targets[0]
    async with running(settings, database, make_log(), clock) as app:
        for captured_at, text in texts:
            clock.at = captured_at
            around.pages["/privacy-policy.md"] = text
            report = await app.pipeline.check(target)
            print(f"{captured_at.isoformat()}  {report.outcome.value}  findings: {len(report.findings)}")
        await app.dispatcher.drain()
    database.close()


def _report(database: Path, around: Surroundings, texts: list[tuple[datetime, str]]) -> int:
    mail = around.mails[0].get_body(("plain",)) if around.mails else None
    told = mail.get_content() if mail else ""
    print("\n" + told)
    with History.open(database) as history:
        day_before = to_markdown(history.text(KEY, parse("2024-09-18")).clauses)
        hits = history.search(f'"{PHRASE}"')
        first_seen = hits[0].first_seen.date().isoformat() if hits else "never"
    facts = {
        "one mail and one Slack message": (len(around.mails), len(around.posts)) == (1, 1),
        f"the mail quotes “{PHRASE}”": PHRASE in told,
        "it quotes no clause that stayed, but what stands beside in brackets": not _stayed_and_told(
            texts, told
        ),
        "show @2024-09-18 does not have the words": PHRASE not in day_before,
        f"search says first seen {first_seen}": first_seen == "2024-09-19",
    }
    for fact, holds in facts.items():
        print(f"{'yes' if holds else 'NO ':<4}{fact}")
    return 0 if all(facts.values()) else 1


def _stayed_and_told(texts: list[tuple[datetime, str]], told: str) -> list[str]:
    """Clauses of some length that stand in both versions and yet in the mail; headings are named as places."""
    before, after = (
        {clause.text for clause in extract_markdown(text).clauses if len(clause.text) > 40} for _, text in texts
    )
    flat = " ".join(told.split())
    return [text for text in before & after if text in flat.replace(f"({text})", "")]


if __name__ == "__main__":
    main()
