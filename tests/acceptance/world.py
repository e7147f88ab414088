"""The world around the installed command: a site, a mail server with TLS and login, a Slack-like endpoint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.http import SiteServer
from tests.servers.program import Command, Program
from tests.servers.slack import SlackServer
from tests.servers.smtp import HOST, Certificates, SmtpServer

POLICY = """<!doctype html><html lang="en"><head><title>Privacy Policy</title></head><body>
<nav><a href="/">Home</a> <a href="/about">About</a></nav>
<main><h1>Privacy Policy</h1><p>Last updated: {date}</p>
<h2>How we use data</h2>
<p>We use your data to provide the service. We never sell it to anybody. {clause}</p>
<p>Our partners train AI models on public weather records only.</p>
<h2>Contact</h2><p>Write to our privacy team. We answer within thirty days.</p>
</main></body></html>"""

FAQ = """<!doctype html><html lang="en"><head><title>Questions</title></head><body><main>
<h1>Questions and answers</h1>
<details><summary>Can I opt out?</summary><p>Yes, in the settings.{sentence}</p></details>
<details><summary>Where is my data?</summary><p>In our own data centre in the city.</p></details>
</main></body></html>"""

NEW_CLAUSE = "We may use what you post to develop and train artificial intelligence (AI) models."
NEW_SENTENCE = " Opting out does not affect training of our AI models that has already taken place."
ELSEWHERE = "We answer within thirty days."
STAYED = "Our partners train AI models on public weather records only."

BEFORE = {"/privacy": POLICY.format(date="1 March 2024", clause=""), "/faq": FAQ.format(sentence="")}
AFTER = {
    "/privacy": POLICY.format(date="18 September 2024", clause=NEW_CLAUSE),
    "/faq": FAQ.format(sentence=NEW_SENTENCE),
}

COMMAND = (sys.executable, "-W", "ignore", "-c", "from monitor.cli import main; main()")


@dataclass
class World:
    """Servers on loopback and a configuration that points at them."""

    folder: Path
    site: SiteServer
    smtp: SmtpServer
    slack: SlackServer
    certificates: Certificates
    program: Program
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "policywatch.db"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def write_config(
        self, *, documents: str | None = None, extra: str = "", recipients: Sequence[str] = ("dpo@example.com",)
    ) -> None:
        (self.folder / "password").write_text("canary-password\n", encoding="utf-8")
        (self.folder / "password").chmod(0o600)
        self.environment["SLACK_URL"] = self.slack.url
        listed = ", ".join(f'"{recipient}"' for recipient in recipients)
        self.config.write_text(
            f"""
[storage]
database = "{self.database}"
[fetch]
contact = "privacy-team@example.com"
allow_private = ["127.0.0.0/8"]
host_delay_seconds = 0.0
confirm_after = "0s"
retries = 0
[[services]]
name = "Acme"
{documents if documents is not None else self._documents()}
[channels.mail]
type = "email"
host = "{HOST}"
port = {self.smtp.port}
tls = "starttls"
ca_file = "{self.certificates.ca_file}"
username = "watch"
password_file = "password"
from = "policywatch@example.com"
to = [{listed}]
[channels.chat]
type = "slack"
webhook_url_env = "SLACK_URL"
[[routes]]
to = ["mail", "chat"]
{extra}
""",
            encoding="utf-8",
        )

    def _documents(self) -> str:
        return f"""
[[services.documents]]
kind = "privacy-policy"
url = "{self.site.url("/privacy")}"
every = "1s"
[[services.documents]]
kind = "faq"
url = "{self.site.url("/faq")}"
every = "1s"
"""

    def run(
        self, *arguments: str, expect: int | None = 0, prefix: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end; its exit code must be `expect`, unless that is None."""
        line = ["--config", str(self.config), *arguments]
        done = self._under(prefix, line) if prefix else self.program.run(line, self.environ())
        assert expect is None or done.returncode == expect, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def _under(self, prefix: Sequence[str], line: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*prefix, *COMMAND, *line],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self.environ(),
        )

    @contextmanager
    def daemon(self) -> Iterator[Command]:
        """The daemon, stopped by SIGTERM at the end; it must then leave in time and with 0."""
        log = self.folder / "daemon.log"
        begun = len(self.log()) if log.exists() else 0
        line = ["--config", str(self.config), "run"]
        with log.open("a") as output, self.program.start(line, self.environ(), output, output) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    # A signal before the daemon listens to it ends the process by that signal.
                    wait_until(lambda: "event=started" in log.read_text(encoding="utf-8")[begun:], "the start")
                    process.send_signal(signal.SIGTERM)
                code = process.wait(timeout=20)
        assert code in (0, -signal.SIGKILL), (code, log.read_text(encoding="utf-8"))
        assert "Traceback" not in log.read_text(encoding="utf-8")

    def log(self) -> str:
        return (self.folder / "daemon.log").read_text(encoding="utf-8")

    def environ(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder)} | self.environment


@contextmanager
def a_world(folder: Path, program: Program) -> Iterator[World]:
    """The servers up, and the configuration written."""
    certificates = Certificates(folder)
    smtp = SmtpServer(context=certificates.server(HOST), username="watch", password="canary-password")
    with SiteServer(BEFORE) as site, smtp, SlackServer() as slack:
        world = World(folder, site, smtp, slack, certificates, program)
        world.write_config()
        yield world


def wait_until(reached: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)
