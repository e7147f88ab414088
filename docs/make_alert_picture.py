"""Draws docs/alert-mail.png: an alert on an invented company's policy, as a mail client shows it.

Needs Debian's chromium on the PATH. `python docs/make_alert_picture.py [PNG]`
"""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from monitor.messages.model import ChangeNotice, DocumentLabel, Envelope
from monitor.messages.names import title_of_change
from monitor.messages.render import render
from notifiers.base import Message
from storage.records import Direction, Finding, Severity

WIDTH, HEIGHT = 700, 1650
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    f"--window-size={WIDTH},{HEIGHT}",
)
FRAME_STYLE = """
.frame { font: 13px/1.6 Arial, sans-serif; color: #3c4248; background: #fff; padding: 18px 28px 14px;
         border-bottom: 1px solid #d9d9d4; }
.frame b { display: block; font-size: 17px; font-weight: 600; color: #16181b; margin-bottom: 8px; }
.frame span { display: inline-block; width: 56px; color: #80868e; }
"""
HEADING = ("1. Data We Collect", "1.2 How we use what you share")
BEFORE = (
    "We use the content that you post to show it to your network, to protect our services and to fix errors; "
    "we do not use it to train models."
)
AFTER = (
    "We use the content that you post to show it to your network, to protect our services and to fix errors; "
    "we and our affiliates may also use it to train artificial intelligence models."
)
ADDED = (
    "Turning this setting off does not affect training that has already taken place, and it does not apply to "
    "content that you shared in public groups."
)

DOCUMENT = DocumentLabel(
    key="example-network/privacy-policy",
    service="Example Network",
    kind="privacy-policy",
    region="eu",
    language="en",
    url="https://network.example.com/legal/privacy-policy",
)
FINDINGS = (
    Finding(
        rule="ai-training",
        topic="ai-training",
        effect="introduces",
        severity=Severity.HIGH,
        direction=Direction.EDITED,
        quote=AFTER,
        before=BEFORE,
        matched=("train artificial intelligence models",),
        heading=HEADING,
        reason="The clause spoke of not training models before and now speaks of training them.",
    ),
    Finding(
        rule="our-affiliates",
        topic="wording",
        effect="appears",
        severity=Severity.LOW,
        direction=Direction.ADDED,
        quote=AFTER,
        before=BEFORE,
        matched=("we and our affiliates",),
        heading=HEADING,
        reason="The clause holds the phrase and did not hold it before.",
    ),
    Finding(
        rule="ai-training",
        topic="ai-training",
        effect="opt-out-terms",
        severity=Severity.MEDIUM,
        direction=Direction.ADDED,
        quote=ADDED,
        before=None,
        matched=("training that has already taken place",),
        heading=("2. Your Choices",),
        reason="A clause on opting out of training was added.",
    ),
)


def example() -> Message:
    seen = datetime(2026, 11, 21, 8, 12, tzinfo=UTC)
    notice = ChangeNotice(
        alert_id=7,
        severity=Severity.HIGH,
        title=title_of_change(DOCUMENT, FINDINGS, seen.date()),
        document=DOCUMENT,
        findings=FINDINGS,
        version=13,
        previous=12,
        first_seen=seen,
        previous_seen=seen.replace(hour=7),
        stated_date=(date(2026, 6, 1), date(2026, 6, 1)),
        effective_date=(None, None),
        added=1,
        removed=0,
        edited=1,
        moved=0,
        words_added=33,
        words_removed=8,
        flags=("quiet",),
    )
    envelope = Envelope(
        "alert-7@policywatch.example", "team-mail", "privacy@example.org", seen, "Europe/Berlin"
    )
    return render(notice, envelope)


def framed(message: Message) -> str:
    """The mail below the lines that a mail client puts above it."""
    lines = {
        "From": "policywatch <watch@example.org>",
        "To": "privacy@example.org",
        "Date": f"{message.date:%a, %d %b %Y %H:%M} UTC",
    }
    rows = "".join(f"<div><span>{name}</span>{html.escape(value)}</div>" for name, value in lines.items())
    frame = f'<style>{FRAME_STYLE}</style><div class="frame"><b>{html.escape(message.subject)}</b>{rows}</div>'
    start, tag, rest = message.html.partition('<div class="page"')
    return start + frame + tag + rest


def draw(page: str, picture: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "mail.html")
        source.write_text(page, encoding="utf-8")
        flags = [*FLAGS, f"--user-data-dir={folder}/profile", f"--screenshot={picture}"]
        command = ["chromium", *flags, source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - fixed arguments


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("alert-mail.png")
    draw(framed(example()), target.resolve())
