"""Draws the pictures of docs/alerts.md from the code: one alert as mail and in Slack, and a weekly digest.

Needs Debian's chromium, and playwright from the development dependencies:

    python docs/make_message_pictures.py
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from monitor.messages import render
from monitor.messages.model import (
    Around,
    ChangeNotice,
    Company,
    DocumentLabel,
    Envelope,
    Evidence,
    GroupNotice,
    Headline,
    StoredPage,
)
from monitor.messages.report import Counted, Deadline, Report, ReportedChange, Silenced, Unseen
from notifiers.base import Message
from storage.records import Direction, Finding, Severity

FOLDER = Path(__file__).parent
SEEN = datetime(2026, 11, 21, 8, 12, tzinfo=UTC)
ACME = DocumentLabel(
    "acme/privacy-policy/eu", "Acme", "privacy-policy", "eu", "en", "https://www.acme.example/privacy"
)
BOLT = DocumentLabel("bolt/faq", "Bolt", "faq", None, "en", "https://help.bolt.example/ai")
BEFORE = "We do not use the content of your messages to train AI models."
AFTER = "Unless you opt out, we may use the content of your messages to train AI models."
FINDINGS = (
    Finding(
        "ai-training/permission", "ai-training", "introduces", Severity.HIGH, Direction.EDITED, AFTER, BEFORE,
        ("train AI models",), ("2. How we use data", "2.3 Messages"),
        "The clause denied training before and allows it now.",
    ),
    Finding(
        "consent-optout/opt-out", "consent-optout", "introduces", Severity.MEDIUM, Direction.ADDED,
        "You can opt out in Settings > Data and AI.", None, ("opt out",), ("5. Your choices",),
        "The wording is new.",
    ),
)  # fmt: skip
TITLE = "Acme – Privacy Policy (EU): AI-training wording edited, consent and opt-out wording added – 2026-11-21"
CHANGE = ChangeNotice(
    alert_id=412, severity=Severity.HIGH, title=TITLE, document=ACME, findings=FINDINGS, version=13,
    previous=12, first_seen=SEEN,
    previous_seen=SEEN - timedelta(hours=6), stated_date=(date(2026, 6, 1), date(2026, 6, 1)),
    effective_date=(None, date(2026, 12, 31)), added=1, removed=0, edited=1, moved=0, words_added=14,
    words_removed=3, flags=("quiet", "default-flip"),
    around=(
        Around(AFTER, "We keep your messages while your account exists.", "We remove names and numbers first."),
    ),
    evidence=(
        Evidence("5f0c" * 16, (StoredPage("91aa" * 16, 200),)),
        Evidence("c3d7" * 16, (StoredPage("04be" * 16, 200),)),
    ),
    company=Company(same_day=("Bolt",), incident=6, also_changed=("FAQ (alert 6)",), same_topic=("Bolt",)),
)  # fmt: skip
CHANGED = ReportedChange(ACME, SEEN, 13, 12, Severity.HIGH, FINDINGS, ("quiet",), 14, 3)
REPORT = Report(
    since=SEEN - timedelta(days=5),
    until=SEEN + timedelta(days=2),
    changes=(CHANGED, ReportedChange(BOLT, SEEN, 4, 3, None, (), (), 40, 2)),
    deadlines=(Deadline(ACME, date(2026, 12, 31), 13),),
    unseen=(Unseen(BOLT, SEEN - timedelta(days=3), "challenge"),),
    silenced=(Silenced("service dune", "ann", "they move their site", SEEN + timedelta(days=9), 3),),
    dead=(),
    weeks=tuple(
        Counted(
            date(2026, 9, 7) + timedelta(weeks=week),
            (
                (Severity.HIGH, week % 3),
                (Severity.MEDIUM, week % 5),
                (Severity.LOW, week % 2),
                (None, 5 + week % 7),
            ),
        )
        for week in range(12)
    ),
)
DIGEST = GroupNotice(
    message=77,
    grouping="weekly",
    headlines=(
        Headline(412, Severity.HIGH, TITLE, ACME.key, SEEN),
        Headline(413, Severity.MEDIUM, "Bolt – FAQ: not readable since 2026-11-18 (challenge)", BOLT.key, SEEN),
    ),
    whole=(),
    report=REPORT,
)
ENVELOPE = Envelope(
    "5f0c1d.a1b2c3@example.com", "team-mail", "privacy-team@example.com", SEEN, "Europe/Berlin",
    public_url="https://policies.example.com", routes=(2,),
)  # fmt: skip
SLACK = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 20px; width: 620px; color: #1d1c1d; font: 15px/1.46 Arial, sans-serif; }
.from { font-weight: 700; margin-bottom: 4px; }
.from span { font-weight: 400; font-size: 12px; color: #616061; }
.header { font-size: 18px; font-weight: 700; margin: 8px 0; } hr { border: 0; border-top: 1px solid #ddd; }
.section { margin: 8px 0; overflow-wrap: anywhere; } .context { font-size: 13px; color: #616061; }
blockquote { margin: 2px 0; padding-left: 12px; border-left: 4px solid #ddd; } a { color: #1264a3; }
code { border: 1px solid #ddd; border-radius: 3px; padding: 1px 3px; font-size: 12px; color: #e01e5a; }
</style><div class="from">policywatch <span>APP 09:12</span></div>"""


def main() -> None:
    alert, digest = render(CHANGE, ENVELOPE), render(DIGEST, ENVELOPE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        draw(browser, in_client(alert), "message-desktop.png", 700)
        draw(browser, in_client(alert), "message-phone.png", 375)
        draw(browser, in_client(alert), "message-dark.png", 375, dark=True)
        draw(browser, in_client(digest), "message-digest.png", 700)
        draw(browser, SLACK + "".join(block(each) for each in alert.blocks), "message-slack.png", 660)
        browser.close()


def draw(browser: Browser, page: str, name: str, width: int, *, dark: bool = False) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 400}, color_scheme="dark" if dark else "light")
    tab.set_content(page)
    picture = tab.screenshot(full_page=True)
    tab.close()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(128).save(FOLDER / name, optimize=True)


def in_client(message: Message) -> str:
    """The mail's HTML with its pictures where a client would show them."""
    shown = message.html
    for attachment in message.attachments:
        if attachment.content_id:
            inline = base64.b64encode(attachment.content).decode()
            shown = shown.replace(
                f"cid:{attachment.content_id}", f"data:{attachment.media_type};base64,{inline}"
            )
    return shown


def block(node: dict[str, Any]) -> str:
    """A Slack block, about as Slack's own client shows it."""
    if node["type"] == "divider":
        return "<hr>"
    if node["type"] == "header":
        return f'<div class="header">{html.escape(node["text"]["text"])}</div>'
    texts = node["elements"] if node["type"] == "context" else [node["text"]]
    return f'<div class="section {node["type"]}">{"".join(lines(each["text"]) for each in texts)}</div>'


def lines(mrkdwn: str) -> str:
    return "".join(_line(line) for line in mrkdwn.split("\n"))


def _line(line: str) -> str:
    quoted = line.startswith("> ")
    shown = "".join(_pieces(line[2:] if quoted else line))
    return f"<blockquote>{shown}</blockquote>" if quoted else f"<div>{shown}</div>"


def _pieces(line: str) -> Iterator[str]:
    """Slack's marks as HTML; `&`, `<` and `>` of the text are entities already."""
    marks = {"*": "b", "~": "s", "_": "i", "`": "code"}
    for piece in re.split(r"(<[^>]+>|\*[^*]+\*|~[^~]+~|`[^`]+`|(?<!\w)_[^_]+_(?!\w))", line):
        if piece.startswith("<"):
            url, _, words = piece[1:-1].partition("|")
            yield f'<a href="{url}">{words or url}</a>'
        elif len(piece) > 2 and piece[0] in marks and piece[0] == piece[-1]:
            name = marks[piece[0]]
            yield f"<{name}>{piece[1:-1]}</{name}>"
        else:
            yield piece


if __name__ == "__main__":
    main()
