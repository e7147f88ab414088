"""Draws docs/alert-mail.png: a mail that the demo received, as a mail client shows it.

Needs Debian's chromium on the PATH:

    policywatch demo --folder demo
    python docs/make_alert_picture.py demo/mail-1.eml
"""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

PICTURE = Path(__file__).with_name("alert-mail.png")
WIDTH, HEIGHT = 700, 1320
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    f"--window-size={WIDTH},{HEIGHT}",
)  # fmt: skip
FRAME = """<style>
.frame { font: 13px/1.6 Arial, sans-serif; color: #3c4248; background: #fff; padding: 18px 28px 14px;
         border-bottom: 1px solid #d9d9d4; }
.frame b { display: block; font-size: 17px; font-weight: 600; color: #16181b; margin-bottom: 8px; }
.frame span { display: inline-block; width: 56px; color: #80868e; }
</style>"""


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    mail = message_from_bytes(Path(sys.argv[1]).read_bytes(), policy=policy.default)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "mail.html"
        page.write_text(framed(mail), encoding="utf-8")
        command = [
            "chromium",
            *FLAGS,
            f"--user-data-dir={folder}/profile",
            f"--screenshot={PICTURE}",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (fixed arguments)


def framed(mail: EmailMessage) -> str:
    """The mail's HTML below the lines that a client shows above it."""
    body = mail.get_body(("html",))
    if body is None:
        raise SystemExit("this mail has no HTML part")
    lines = "".join(
        f"<div><span>{name}</span> {html.escape(str(mail[name]))}</div>" for name in ("From", "To", "Date")
    )
    frame = f'{FRAME}<div class="frame"><b>{html.escape(str(mail["Subject"]))}</b>{lines}</div>'
    head, opening, rest = body.get_content().partition("<body")
    attributes, end, content = rest.partition(">")
    return head + opening + attributes + end + frame + content


if __name__ == "__main__":
    main()
