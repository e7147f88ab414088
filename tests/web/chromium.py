"""Debian's Chromium, driven by Playwright: what it asks for, says and shows is written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from monitor.fetch.browser.renderer import browser_problem, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

needs_browser = pytest.mark.skipif(browser_problem() is not None, reason=str(browser_problem()))

_REPORTS = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.reports.push(event.violatedDirective + " " + event.blockedURI);
});
"""


@dataclass
class Watched:
    """A page of a browser of ours, and all that happened on it that should not have."""

    page: Page
    origin: str
    incidents: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        answer = self.page.goto(self.origin + path)
        assert answer is not None
        return answer.status

    def reports(self) -> list[str]:
        """What the browser kept from happening, by our policy."""
        found: list[str] = self.page.evaluate("window.reports || []")
        return found


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root has no sandbox of Chromium's; nothing but our own pages is opened.
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def watched(
    browser: Browser, origin: str, *, width: int = 1280, scheme: str = "light", scripts: bool = True
) -> Iterator[Watched]:
    """A fresh visitor: no cookies, nothing remembered."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
    )
    page = context.new_page()
    seen = Watched(page, origin)
    page.add_init_script(_REPORTS)
    page.on("dialog", lambda dialog: _note_dialog(seen, dialog))
    page.on("pageerror", lambda error: seen.incidents.append(f"error {error}"))
    page.on("request", lambda request: _note(seen, request.url))
    page.on("console", lambda said: _note_console(seen, said.type, said.text))
    try:
        yield seen
    finally:
        context.close()


def _note_dialog(seen: Watched, dialog: Dialog) -> None:
    seen.incidents.append(f"dialog {dialog.message}")
    dialog.dismiss()


def _note(seen: Watched, url: str) -> None:
    if not url.startswith(seen.origin + "/"):
        seen.incidents.append(f"request {url}")


def _note_console(seen: Watched, kind: str, text: str) -> None:
    # A page that is refused by design (404) is told on the console as well.
    if kind == "error" and "the server responded with a status" not in text:
        seen.incidents.append(f"console {text}")
