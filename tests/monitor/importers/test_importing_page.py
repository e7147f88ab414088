"""The examples of docs/importing.md run as they stand there, twice, on archives that look as the page says."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from tests.monitor.importers.archive import Archive
from tests.monitor.importers.warcs import Warc, html
from tests.monitor.stage import FIRST_TEXT, STANDING, TRAINING
from tests.servers.program import Program

PAGE = (Path(__file__).parents[3] / "docs" / "importing.md").read_text()
URL = "https://acme.example/privacy"
OLD, NEW = html(FIRST_TEXT), html(FIRST_TEXT, TRAINING)


def examples() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return "".join(blocks).splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the page names: the files of its lists, a repository, a crawl."""
    for name in re.findall(r"^(?:recorded|\d{14})/.*$", PAGE, re.MULTILINE):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(NEW if "0918" in name or "09-18" in name else OLD)
    rows = (
        f"example,acme)/privacy {at} {URL} text/html 200 A 1\n" for at in ("20240102000000", "20240918000000")
    )
    (tmp_path / "listing.cdx").write_text("".join(rows))
    archive = Archive(tmp_path / "work")
    archive.record("Acme/Terms.md", f"# Terms\n\n{STANDING}\n", "2024-01-02")
    archive.bundle(tmp_path / "pga-versions.bundle")
    (tmp_path / "pga-declarations" / "declarations").mkdir(parents=True)
    terms = {"name": "Acme", "terms": {"Privacy Policy": {"fetch": URL, "select": "main"}}}
    (tmp_path / "pga-declarations" / "declarations" / "Acme.json").write_text(json.dumps(terms))
    crawl = Warc(tmp_path / "crawl.warc.gz").answer(URL, "2024-01-02T00:00:00Z", OLD)
    crawl.answer("https://acme.example/faq", "2024-01-02T00:00:00Z", OLD)
    return tmp_path


@pytest.mark.parametrize("line", examples())
def test_example_of_the_page_works_and_a_second_time_adds_nothing(
    line: str, folder: Path, program: Program
) -> None:
    before = examples()[: examples().index(line)]
    if "import" not in line:
        _run(program, before[-1], folder)
    first = _run(program, line, folder)
    assert first.strip()
    if " import " in line and "declarations" not in line:
        assert " 0 new versions" not in first
        assert ": 0 new versions in 0 appearances, 0 alerts recorded" in _run(program, line, folder)


def _run(program: Program, line: str, folder: Path) -> str:
    done = program.run(shlex.split(line)[1:], os.environ, folder=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout
