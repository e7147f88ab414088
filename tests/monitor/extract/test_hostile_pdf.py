"""PDFs that are made to harm whoever reads them, given to a real worker."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

import pytest

from monitor.extract import Extraction, ExtractionFailed, ExtractionRefused, Source
from monitor.extract.pool import ExtractionPool
from tests.monitor.extract.pdfs import A5, Block, Paper, Text, Typesetter, objects_to_pdf, pdf, stream

GOOD = pdf([[Text(60, 700, "We keep your data.")]])


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractionPool]:
    pool = ExtractionPool(workers=1, deadline=25)
    yield pool
    pool.close()


async def reading(pool: ExtractionPool, body: bytes) -> Extraction | ExtractionRefused | ExtractionFailed:
    """How reading `body` ends; afterwards the pool still reads."""
    try:
        ended: Extraction | ExtractionRefused | ExtractionFailed = await pool.extract(source(body))
    except (ExtractionRefused, ExtractionFailed) as failure:
        ended = failure
    assert (await pool.extract(source(GOOD))).clauses[0].text == "We keep your data."
    return ended


def source(body: bytes) -> Source:
    return Source(body, "application/pdf", "https://x.example/policy.pdf")


def one_page(content: bytes, entries: bytes) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R /Resources << >> >>"
    tree = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    return objects_to_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree, page, stream(content, entries)])


def deflated(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    chunk = b" " * 1024 * 1024
    return b"".join(packer.compress(chunk) for _ in range(megabytes)) + packer.flush()


async def test_stream_that_swells_harms_nobody(pool: ExtractionPool) -> None:
    bomb = one_page(zlib.compress(deflated(800)), b"/Filter [/FlateDecode /FlateDecode]")
    assert len(bomb) < 20_000
    assert not isinstance(await reading(pool, bomb), Extraction)


@pytest.mark.parametrize(
    "objects",
    [
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 5 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>",
        ],
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>",
        ],
        [b"<< /Type /Catalog /Pages 1 0 R >>"],
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 999999999 /Kids [] >>"],
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"[" * 100_000 + b"]" * 100_000],
    ],
    ids=["loop", "longer loop", "catalogue as tree", "endless count", "deep nesting"],
)
async def test_page_tree_that_leads_nowhere_is_refused(pool: ExtractionPool, objects: list[bytes]) -> None:
    assert isinstance(await reading(pool, objects_to_pdf(objects)), ExtractionRefused)


async def test_pdf_with_some_bytes_changed_is_read_or_refused_and_never_ends_the_pool(
    pool: ExtractionPool,
) -> None:
    text = [Block("h1", "Terms"), Block("p", "We keep your data for as long as we need it. " * 20)]
    body, chance = Typesetter(Paper(A5)).print(text), random.Random(4)
    for _ in range(60):
        changed = bytearray(body)
        for _ in range(chance.randint(1, 20)):
            changed[chance.randrange(len(body))] = chance.randrange(256)
        await reading(pool, bytes(changed))
