"""Plays the demo: starts the real daemon on the demo's servers, changes the pages, waits for the messages."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.demo import story
from monitor.demo.servers import LOOPBACK, Surroundings, serving
from monitor.errors import Unavailable, UsageError
from monitor.history import History
from storage.errors import StorageError

PATIENCE_SECONDS = 40.0
MARKER = "# Written by `policywatch demo`."

_CONFIG = f"""{MARKER}
timezone = "Europe/Berlin"

[storage]
database = "{{folder}}/policywatch.db"

[fetch]
contact = "privacy-team@example.com"
allow_private = ["127.0.0.0/8"]     # the demo's site stands on this machine
host_delay_seconds = 0.0
confirm_after = "1s"

[[services]]
name = "Example Network"
  [[services.documents]]
  kind = "privacy-policy"
  url = "http://{LOOPBACK}:{{http}}/privacy"
  every = "1s"
  [[services.documents]]
  kind = "faq"
  url = "http://{LOOPBACK}:{{http}}/faq"
  every = "1s"

[[rules]]
id = "opting-out"
title = "Opting out"
severity = "medium"
phrases = ["opt out", "opting out"]

[channels.team-mail]
type = "email"
host = "{LOOPBACK}"
port = {{smtp}}
tls = "none"                        # on this machine alone
from = "policywatch@example.com"
to = ["privacy-team@example.com"]

[channels.team-slack]
type = "slack"
webhook_url_file = "slack-webhook"

[[routes]]
to = ["team-mail", "team-slack"]
"""

Tell = Callable[[str], None]


def play(folder: Path, tell: Tell) -> None:
    """Run the demo in `folder`, telling what happens; leaves everything there to look at.

    Raises:
        UsageError: `folder` holds something that is not an earlier demo's.
        Unavailable: the alert did not come in time.
    """
    _prepare(folder)
    pages = {"/privacy": story.POLICY_BEFORE, "/faq": story.FAQ_BEFORE, "/robots.txt": ""}
    with serving(pages) as around:
        config = _write_config(folder, around)
        tell("A site with a privacy policy and an FAQ, a mail server and a Slack-like endpoint are up.")
        with _daemon(config, folder / "daemon.log"):
            _wait("the first reading", lambda: _read_once(folder), folder)
            tell("The daemon read both pages for the first time: that is the baseline, nobody is bothered.")
            around.pages |= {"/privacy": story.POLICY_AFTER, "/faq": story.FAQ_AFTER}
            tell(
                "Now the policy gains a clause on training AI models, and the FAQ a sentence on opting out ..."
            )
            _wait("both alerts", lambda: len(_alert_mails(around)) >= 2 and len(around.posts) >= 2, folder)
        tell(f"... and {len(around.mails)} mails and {len(around.posts)} Slack messages have arrived.")
        _keep(folder, around)


def _prepare(folder: Path) -> None:
    config = folder / "config.toml"
    if config.exists() and config.read_text(encoding="utf-8").startswith(MARKER):
        for old in folder.iterdir():
            if old.is_file():
                old.unlink()
    elif folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty and no earlier demo's; name another with --folder")
    folder.mkdir(parents=True, exist_ok=True)


def _write_config(folder: Path, around: Surroundings) -> Path:
    webhook = folder / "slack-webhook"
    webhook.touch(mode=0o600)
    webhook.write_text(f"http://{LOOPBACK}:{around.http_port}/slack\n", encoding="utf-8")
    config = folder / "config.toml"
    filled = _CONFIG.format(folder=folder.absolute(), http=around.http_port, smtp=around.smtp_port)
    config.write_text(filled, encoding="utf-8")
    return config


@contextmanager
def _daemon(config: Path, log: Path) -> Iterator[None]:
    command = [sys.executable, "-c", "from monitor.cli import main; main()", "--config", str(config), "run"]
    with log.open("wb") as output, subprocess.Popen(command, stderr=output) as process:  # noqa: S603 (our own command)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=15)


def _wait(what: str, reached: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the demo waited {PATIENCE_SECONDS:.0f} seconds for {what}; see {folder}/daemon.log"
            )
        time.sleep(0.1)


def _read_once(folder: Path) -> bool:
    try:
        with History.open(folder / "policywatch.db") as history:
            states = history.documents()
    except StorageError:
        return False  # the daemon is still making it
    return len(states) == 2 and all(state.recorded for state in states)


def _alert_mails(around: Surroundings) -> list[str]:
    return [str(mail["Subject"]) for mail in around.mails]


def _keep(folder: Path, around: Surroundings) -> None:
    for number, mail in enumerate(around.mails, start=1):
        (folder / f"mail-{number}.eml").write_bytes(mail.as_bytes())
        html = mail.get_body(("html",))
        if html is not None:
            (folder / f"mail-{number}.html").write_text(html.get_content(), encoding="utf-8")
    (folder / "slack.json").write_text(json.dumps(around.posts, indent=2, ensure_ascii=False), encoding="utf-8")
