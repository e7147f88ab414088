"""Writes the daemon's configuration of a long run: good, good in another way, or broken."""

from __future__ import annotations

from pathlib import Path

from tests.servers.smtp import HOST
from tests.soak.model import RECIPIENTS, Plan
from tests.soak.receivers import MailServer
from tests.soak.site import Sites

SLACK_VARIABLE = "SOAK_WEBHOOK"
FETCH_SECONDS = 3
"""For a page, and for the webhook's reply: a minute, at a scale of one day a minute, would be nothing."""

_BROKEN = ('[[rules]]\nid = "r"\npattern = "("\n', "[fetchh]\nx = 1\n", '[[routes\nto = ["mail"]\n')
RULE = """
[[rules]]
id = "training"
topic = "ai-training"
severity = "high"
near = { words = ["train|training|fine-tune", "AI|model|artificial"], within = 12 }
"""
"""Looks for words, so that each clause counts for itself: a topic passes over what was said before."""

_ANOTHER_RULE = '[[rules]]\nid = "zebra"\nphrases = ["zebra crossing"]\n'


class Configuration:
    """The file at `path`; every writing of it replaces it as a whole."""

    def __init__(self, path: Path, database: Path, plan: Plan, sites: Sites, mail: MailServer) -> None:
        self.path = path
        self._database = database
        self._documents = "".join(
            f'[[services.documents]]\nkind = "{document.kind}"\nurl = "{sites.url(document)}"\n'
            f'every = "{document.every:.0f}s"\nfresh_within = "{document.limit:.0f}s"\n'
            for document in plan.setting.watched
        )
        self._mail_port = mail.port
        self._turns = 0

    def write(self) -> None:
        """As it stood last when it was good."""
        self._write(self._good())

    def turn(self) -> None:
        """Good, and not what it was: another fetcher, one rule more or less."""
        self._turns += 1
        self.write()

    def spoil(self, number: int) -> None:
        self._write(self._good() + _BROKEN[number % len(_BROKEN)])

    def _good(self) -> str:
        other = self._turns % 2 == 1
        recipients = ", ".join(f'"{recipient}"' for recipient in RECIPIENTS)
        return f"""
baseline = "off"
rulebooks = []
[storage]
database = "{self._database}"
[fetch]
contact = "privacy-team@example.com"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0.0
confirm_after = "0s"
retries = 0
total_seconds = {FETCH_SECONDS}
connect_seconds = 2
max_redirects = {7 if other else 8}
max_download_bytes = 1_000_000
max_page_bytes = 2_000_000
[[services]]
name = "Soak"
{self._documents}
[channels.mail]
type = "email"
host = "{HOST}"
port = {self._mail_port}
tls = "none"
from = "policywatch@example.com"
to = [{recipients}]
[channels.chat]
type = "slack"
webhook_url_env = "{SLACK_VARIABLE}"
[[routes]]
to = ["mail", "chat"]
{RULE}{_ANOTHER_RULE if other else ""}"""

    def _write(self, text: str) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.path)
