"""`policywatch demo`: the main job on this machine alone."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.output import safe


def register(app: typer.Typer) -> None:
    app.command("demo", epilog="Example: policywatch demo --folder /tmp/policywatch-demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where everything is left to look at.")] = Path(
        "demo"
    ),
) -> None:
    """Watch a policy and an FAQ change, and see the alerts arrive; ends by itself in under a minute."""
    from monitor.demo.play import play

    play(folder, _tell)
    _tell("")
    _print_alert(folder)
    database = folder / "policywatch.db"
    _tell(f"Everything is in {folder}/: the database, the mails (.eml, and .html to open), the Slack messages.")
    _tell("Ask it something:")
    for question in (
        "search '\"train artificial intelligence\"'",
        "diff example-network/privacy-policy",
        "show example-network/faq",
        "alerts --format table",
        "explain 1",
        "serve",
    ):
        _tell(f"  {_called()} --database {database} {question}")


def _print_alert(folder: Path) -> None:
    """The text of the mail about the policy, as it came over SMTP."""
    from email import message_from_bytes, policy

    for path in sorted(folder.glob("mail-*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        if body is not None and "Privacy" in str(mail["Subject"]):
            _tell(f"Subject: {mail['Subject']}\n\n{body.get_content().rstrip()}\n")
            return


def _tell(line: str) -> None:
    sys.stdout.write(safe(line) + "\n")
    sys.stdout.flush()


def _called() -> str:
    """The command as its caller can type it again: `make demo` has it on no PATH."""
    return "policywatch" if shutil.which("policywatch") else sys.argv[0]
