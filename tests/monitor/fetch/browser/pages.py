"""Pages whose text only scripts write, and whether this machine can open them."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.fetch.browser.renderer import browser_problem
from tests.servers.http import response

needs_browser = pytest.mark.skipif(browser_problem() is not None, reason=f"no browser: {browser_problem()}")


def shell(script: str, body: str = "") -> bytes:
    """A page of nothing but a script."""
    return response(
        f"<!doctype html><html lang=en><title>Shell</title><body>{body}<script>{script}</script></html>"
    )


def data(text: str) -> bytes:
    return response(text, headers={"Content-Type": "application/json"})


def is_running(process: int) -> bool:
    """Whether `process` is there and has not ended."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
