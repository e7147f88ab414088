"""Generated policy pages, and a site in its own process that serves each on a loopback address of its own."""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import multiprocessing
import random
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

PAGE_BYTES = 70_000
CLAUSE = "We may use what you post to develop and train artificial intelligence (AI) models."
"""What a changed page says anew; one shipped rule fires on it."""

SECTIONS = 24
WHO = ("We", "Our support team", "Our partners", "The company", "Its auditors", "Our hosting provider")
DOES = ("collect", "keep", "receive", "store", "review", "delete", "correct", "export", "disclose", "protect")
WHAT = (
    "the name on your account", "your delivery address", "the pages that you visit", "the time of each visit",
    "payment records", "messages to our support", "the model of your device", "your language settings",
    "the list of your orders", "cookies that your browser sends", "the address of your network", "invoices",
    "your date of birth", "returned goods",
)  # fmt: skip
WHY = (
    "to provide the service", "to answer your questions", "to prevent fraud", "because the law requires it",
    "to send invoices", "to keep the service secure", "for our accounts", "to measure how the site is used",
    "to settle disputes",
)  # fmt: skip
WHEN = (
    "for as long as your account exists", "for %d days", "until %d months after your last order",
    "where you agreed to it", "in %d countries of the region", "as described in section %d",
    "unless you object within %d days",
)  # fmt: skip


def address(number: int) -> str:
    """The loopback address of a page, from 127.1.0.1 on."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def generated(number: int) -> bytes:
    """A page of `PAGE_BYTES`, half of them text in some 300 clauses, the same on every run."""
    chance = random.Random(number)
    sections = "".join(_section(chance, at) for at in range(1, SECTIONS + 1))
    links = "".join(f'<li class="nav__item"><a href="/page/{at}">Page {at}</a></li>' for at in range(30))
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Policy {number}</title>'
    body = (
        f"</head><body><header><nav><ul>{links}</ul></nav></header><main>"
        f"<h1>Privacy Policy of Company {number}</h1>"
        f"<p>Last updated: 3 March 2024</p>{sections}</main><footer><ul>{links}</ul></footer></body></html>"
    )
    room = PAGE_BYTES - len(head) - len(body) - len("<script></script>")
    script = "".join(f'window.setting{at}="{chance.getrandbits(64):016x}";' for at in range(room // 30))[:room]
    return f"{head}<script>{script.ljust(room)}</script>{body}".encode()


def changed(page: bytes) -> bytes:
    """The page with one clause more, after the paragraph in its middle."""
    at = page.find(b"</p>", len(page) // 2)
    at = at + len(b"</p>") if at >= 0 else page.rfind(b"</body>")
    return page[:at] + f"<p>{CLAUSE}</p>".encode() + page[at:]


def captured(repository: Path, count: int, folder: Path) -> list[bytes]:
    """The last `count` captures of a repository or bundle of them."""
    clone = folder / "captures.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(repository), str(clone)], check=True)
    git = ["git", "-C", str(clone)]
    log = subprocess.run(
        [*git, "log", f"-{count}", "--no-renames", "--raw", "--no-abbrev", "--format="],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    blobs = [line.split()[3] for line in log.splitlines() if line.startswith(":") and line.split()[4] != "D"]
    return [
        subprocess.run([*git, "cat-file", "blob", blob], check=True, capture_output=True).stdout
        for blob in blobs[:count]
    ]


def _section(chance: random.Random, number: int) -> str:
    paragraphs = "".join(
        f'<p class="policy__text policy__text--{at}" data-block="{chance.getrandbits(40):010x}">'
        f"{_sentence(chance)} {_sentence(chance)} {_linked(chance)}</p>\n"
        for at in range(2)
    )
    items = "".join(f'<li class="policy__item"><span>{_sentence(chance)}</span></li>\n' for _ in range(3))
    title = f"{number}. How we {chance.choice(DOES)} {chance.choice(WHAT)}"
    opening = f'<section id="s{number}" class="policy__section"><h2>{title}</h2>'
    return f"{opening}{paragraphs}<ul>{items}</ul></section>\n"


def _sentence(chance: random.Random) -> str:
    objects = ", ".join(chance.sample(WHAT, 2))
    when = chance.choice(WHEN)
    when = when % chance.randrange(10, 999) if "%d" in when else when
    act = f"{chance.choice(WHO)} {chance.choice(DOES)}"
    return f"{act} {objects} and {chance.choice(WHAT)} {chance.choice(WHY)}, {when}."


def _linked(chance: random.Random) -> str:
    link = f'<a href="/more/{chance.randrange(99)}">more</a>'
    return f"<strong>Note:</strong> {_sentence(chance)[:-1]} (see {link})."


@dataclass(frozen=True, slots=True)
class Site:
    """A running site. `pages_served` counts answers to requests for a page, whole or 304."""

    port: int
    _served: Synchronized[int]
    _edition: Synchronized[int]

    @property
    def pages_served(self) -> int:
        return self._served.value

    def change(self, pages: int) -> None:
        """From now on the first `pages` pages hold one clause more."""
        self._edition.value = pages


@contextmanager
def serving(pages: Sequence[bytes]) -> Iterator[Site]:
    """Serve page n at /policy on `address(n)`, with an ETag; /slack takes whatever is posted; else 404."""
    context = multiprocessing.get_context("fork")
    served: Synchronized[int] = context.Value(ctypes.c_longlong, 0)
    edition: Synchronized[int] = context.Value(ctypes.c_longlong, 0)
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(pages, served, edition, there), daemon=True)
    process.start()
    try:
        yield Site(here.recv(), served, edition)
    finally:
        process.terminate()
        process.join()


def _serve(
    pages: Sequence[bytes], served: Synchronized[int], edition: Synchronized[int], ready: Connection
) -> None:
    async def run() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=1024)  # noqa: S104 (127.x.y.z, each)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                length = _header(request, b"content-length")
                await reader.readexactly(int(length or 0))
                writer.write(respond(request, writer.get_extra_info("sockname")[0]))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def respond(request: bytes, host: str) -> bytes:
        if request.startswith(b"POST /slack "):
            return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
        if not request.startswith(b"GET /policy "):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        served.value += 1
        _, second, third, fourth = (int(part) for part in host.split("."))
        number = (second - 1) * 62_500 + third * 250 + fourth - 1
        page = changed(pages[number]) if number < edition.value else pages[number]
        tag = f'"{hashlib.sha256(page).hexdigest()[:16]}"'.encode()
        if _header(request, b"if-none-match") == tag:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n"
        return head.encode() + b"ETag: " + tag + b"\r\n\r\n" + page

    asyncio.run(run())


def _header(request: bytes, name: bytes) -> bytes | None:
    for line in request.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.strip().lower() == name:
            return value.strip()
    return None
