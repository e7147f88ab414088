"""Read what nobody would write: pages of random structure, and pages, PDFs and texts with broken bytes.

    python benchmarks/fuzz.py [--minutes 30] [--seed 1] [--keep FOLDER]

Every input is read by a worker as the daemon has them, within its limits and ten seconds. What fails: a
worker that crashes, hangs or runs out of memory; a clause that is empty or has loose spaces; a second reading
that differs; a sentence of a page of random structure that is lost; a canonical form that has another one.
Failing inputs are kept in FOLDER. Prints what was tried; ends with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.pages.markup import Page, read_folder
from monitor.extract import Extraction, ExtractionFailed, ExtractionRefused, Source
from monitor.extract.normalise import canonical
from monitor.extract.pool import ExtractionPool
from tests.monitor.extract.pdfs import Block, Typesetter
from tests.monitor.extract.random_pages import random_page

DEADLINE = 10.0
SECOND_READING = 0.1
"""The share of inputs that are read twice."""

URL = "https://www.example.com/legal/privacy"
_MARKUP = """
<div> </div> <p> <table> <tr> <td> </table> <ul> <li> <details> <summary> <dl> <dt> <dd> <main> <nav> <h1>
</h1> <pre> <button> <script> </script> <style> <!-- --> <![CDATA[ ]]> <svg> <math> <template> <textarea>
<select> <form> <iframe> <noscript> <plaintext> <body> <html> &#0; &#xD800; &nbsp; &amp &lt; &NotEqualTilde;
&#1114112; hidden role="heading" aria-level="999" aria-controls="p" id="p" href="#p"
start="-9999999999999999999" reversed data-cfemail="00" acceptedAnswer shadowrootmode endobj stream endstream
/Type/Page /Kids[1 xref trailer %%EOF << >> /Filter/FlateDecode | # - 1. ``` ** \\ ... 2024 31.02.2024
02/30/2024 (( \u202e \u200d \u0301 \u0344 \u0345 \ufeff \x00
"""
_PHRASES = (
    "<meta charset=utf-16>",
    '<base href="//">',
    "Last updated: ",
    "\n\n",
    "\r",
    "\x0c",
    "\x85",
    "\u2028",
    " ",
)
_TOKENS = (*_MARKUP.split(), *_PHRASES)


class Input(NamedTuple):
    """What is read, as what it is declared, and the sentences that must be in a clause."""

    kind: str
    body: bytes
    content_type: str
    sentences: tuple[str, ...] = ()


def seeds() -> dict[str, list[bytes]]:
    """Sound documents of our own making, by their content types."""
    policies = read_folder("policies")
    pages = [Page(policy, landmarks=bool(at % 2)).html() for at, policy in enumerate(policies)]
    texts = ["\n\n".join("\n".join(block.parts) for block in policy.blocks) for policy in policies]
    prints = [
        Typesetter(columns=1 + at % 2, head="Acme, page {page}").print(_printed(text))
        for at, text in enumerate(texts)
    ]
    return {
        "text/html": [page.encode() for page in pages],
        "application/pdf": prints,
        "text/markdown": [f"# {text}".encode() for text in texts],
        "text/plain": [text.encode() for text in texts],
    }


def _printed(text: str) -> list[Block]:
    return [
        Block("p", block.replace("\n", " ")) for block in text.encode("ascii", "ignore").decode().split("\n\n")
    ]


def inputs(random: Random, known: dict[str, list[bytes]]) -> Iterator[Input]:
    """Inputs without end."""
    while True:
        if random.random() < 0.3:
            page = random_page(random)
            yield Input("random structure", page.html.encode(), "text/html; charset=utf-8", tuple(page.shown))
            continue
        content_type = random.choice(
            ("text/html", "text/html", "text/html", "application/pdf", "text/markdown", "text/plain")
        )
        body = _broken(random, random.choice(known[content_type]), known[content_type])
        charset = random.choice(
            ("", "", "; charset=utf-8", "; charset=utf-16", "; charset=gb18030", "; charset=windows-1252")
        )
        yield Input(f"broken {content_type}", body, content_type + charset)


def _broken(random: Random, body: bytes, others: list[bytes]) -> bytes:
    made = bytearray(body)
    for _ in range(random.choice((1, 2, 5, 20, 100))):
        random.choice(_MUTATIONS)(random, made, others)
    return bytes(made[: 2 * len(body) + 200_000])


def _flip(random: Random, body: bytearray, _others: list[bytes]) -> None:
    if body:
        body[random.randrange(len(body))] = random.randrange(256)


def _insert(random: Random, body: bytearray, _others: list[bytes]) -> None:
    at = random.randint(0, len(body))
    body[at:at] = random.choice(_TOKENS).encode() * random.choice((1, 1, 1, 3, 1000))


def _delete(random: Random, body: bytearray, _others: list[bytes]) -> None:
    at = random.randint(0, len(body))
    del body[at : at + random.choice((1, 1, 10, 1000))]


def _repeat(random: Random, body: bytearray, _others: list[bytes]) -> None:
    at = random.randint(0, len(body))
    body[at:at] = body[at : at + random.randint(1, 500)] * random.choice((1, 2, 50))


def _splice(random: Random, body: bytearray, others: list[bytes]) -> None:
    other = random.choice(others)
    at, start = random.randint(0, len(body)), random.randint(0, len(other))
    body[at : at + random.randint(0, 2000)] = other[start : start + random.randint(0, 2000)]


def _cut(random: Random, body: bytearray, _others: list[bytes]) -> None:
    if random.random() < 0.2:
        del body[random.randint(0, len(body)) :]


_MUTATIONS: list[Callable[[Random, bytearray, list[bytes]], None]] = [
    _flip,
    _insert,
    _delete,
    _repeat,
    _splice,
    _cut,
]


async def _judge(pool: ExtractionPool, given: Input, *, twice: bool) -> str | None:
    """What is wrong with the reading of an input; None if nothing is, "refused" if it was not read."""
    source = Source(given.body, given.content_type, URL)
    try:
        extraction = await pool.extract(source)
        if twice and await pool.extract(source) != extraction:
            return "a second reading differs"
    except ExtractionRefused:
        return "refused"
    except ExtractionFailed as failure:
        return f"{failure.error_class}: {failure.reason}"
    return _wrong(given, extraction)


def _wrong(given: Input, extraction: Extraction) -> str | None:
    texts = [clause.text for clause in extraction.clauses]
    if any(" ".join(text.split()) != text or not text for text in texts):
        return "a clause is empty or has loose spaces"
    if not all(any(sentence in text for text in texts) for sentence in given.sentences):
        return "a sentence is lost"
    text = given.body.decode("utf-8", "surrogateescape")
    return None if canonical(canonical(text)) == canonical(text) else "the canonical form is not stable"


async def _run(minutes: float, seed: int, keep: Path) -> int:
    tried: Counter[str] = Counter()
    refused, failed = 0, 0
    random, until, pool = Random(seed), time.monotonic() + 60 * minutes, ExtractionPool(1, DEADLINE)
    try:
        for given in inputs(random, seeds()):
            if time.monotonic() > until:
                break
            found = await _judge(pool, given, twice=random.random() < SECOND_READING)
            tried[given.kind] += 1
            refused += found == "refused"
            if found not in (None, "refused"):
                failed += 1
                _keep(keep, given, f"{seed}-{tried.total()}", found)
    finally:
        pool.close()
    for kind, count in sorted(tried.items()):
        print(f"{count:>9,}  {kind}")
    print(f"{tried.total():>9,}  inputs in {minutes:g} minutes, {refused:,} refused, {failed:,} failed")
    return 1 if failed else 0


def _keep(folder: Path, given: Input, name: str, found: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(given.body)
    print(f"{found}: {folder / name}, read as {given.content_type}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    given = parser.parse_args()
    return asyncio.run(_run(given.minutes, given.seed, given.keep))


if __name__ == "__main__":
    sys.exit(main())
