"""Takes the pictures of docs/browser.md: plays the demo, opens its archive in the history browser, and looks.

Needs Debian's chromium, and playwright from the development dependencies:

    python docs/make_browser_pictures.py
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent
COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]
POLICY = "/documents/example-network/privacy-policy"
PICTURES = (
    ("browser-overview.png", "/", 1180, 900, "light"),
    ("browser-diff.png", f"{POLICY}/diff?from=1&to=2", 1180, 1080, "light"),
    ("browser-search.png", "/search?q=%22artificial+intelligence%22", 1180, 900, "light"),
    ("browser-alerts.png", "/alerts", 1180, 800, "dark"),
    ("browser-phone.png", "/alerts/1", 390, 1000, "light"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "demo"
        subprocess.run([*COMMAND, "demo", "--folder", str(archive)], check=True)  # noqa: S603 (our own command)
        with served(archive / "policywatch.db") as origin, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            for name, path, width, height, scheme in PICTURES:
                draw(browser, origin + path, name, (width, height), dark=scheme == "dark")
            browser.close()


@contextmanager
def served(database: Path) -> Iterator[str]:
    """Where the history browser of the archive answers."""
    command = [*COMMAND, "--database", str(database), "serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 (likewise)
        for line in process.stderr or ():
            if found := re.search(r"address=(http://[\d.:]+)/", line):
                yield found[1]
                break
        process.terminate()


def draw(browser: Browser, address: str, name: str, size: tuple[int, int], *, dark: bool) -> None:
    tab = browser.new_page(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    tab.goto(address)
    tab.evaluate("document.fonts.ready")
    picture = tab.screenshot()
    tab.close()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(128).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
