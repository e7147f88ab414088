"""What is exported comes back through our own importers as the same history."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.clauses import exact_fingerprint
from monitor.exporters.folder import export_folder
from monitor.exporters.model import Exported, chosen
from monitor.exporters.ota_versions import export_ota_versions
from monitor.exporters.warc import export_warc
from monitor.extract.model import Extraction
from monitor.extract.read import extract_markdown
from monitor.history import History
from monitor.importers import wayback
from monitor.importers.addresses import Addresses
from monitor.importers.captures import import_captures
from monitor.importers.chronicler import import_document
from monitor.importers.folder import import_folder
from monitor.importers.ota_versions import import_versions
from monitor.importers.recorded import Described, Record
from monitor.importers.spool import Spool
from monitor.refs import Reference
from monitor.views import version_row
from storage.database import Database
from tests.monitor.stage import FIRST_TEXT, KEY, STANDING, TRAINING, Stage, watch

BEGIN = datetime(2024, 3, 1, 9, 30, 5, tzinfo=UTC)
WATCH = watch(baseline="off")
TEXTS = (
    "# Privacy *Policy*\n\nWe store data. You may object.\n\n- names\n  - first_name\n- ages > 18\n",
    "# Privacy *Policy*\n\nWe train \\[our\\] models.\n\n| What | Why |\n|---|---|\n| Mail | We must. |\n",
    "# Other\n\n1\\. No item, but <we> say so & more.\n\n## Sub #2\n\nÜber uns: a_b_c.\n",
    "",
)


def nothing(_done: int, _all: int) -> None:
    return None


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    opened: list[Database] = []

    def open_one(name: str) -> Database:
        opened.append(Database.open(tmp_path / f"{name}.db"))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


def read(text: str) -> tuple[Extraction, None]:
    found = extract_markdown(text)
    return replace(found, fingerprint=exact_fingerprint(found.clauses)), None


def record(database: Database, key: str, recorded: Sequence[tuple[int, bool]], every: timedelta) -> None:
    """Texts in a row, each by its number, and whether our reading changed and not the page."""
    records = [
        Record(
            BEGIN + every * number,
            f"Acme Inc./{key.split('/')[1]}.md",
            partial(read, TEXTS[text]),
            reextracted=upgraded and number > 0,
        )
        for number, (text, upgraded) in enumerate(recorded)
    ]
    import_document(database, Described(key, "Acme Inc.", key.split("/")[1]), records, WATCH, "made")


def history(database: Database) -> list[dict[str, Any]]:
    """All that is told of every appearance, with its text, but for how often it was seen."""
    with History.open(database.path) as archive:
        rows = []
        for found in archive.appearances():
            row = version_row(*found)
            text = archive.text(row["document"], Reference(number=row["number"]))
            clauses = [clause for clause in text.clauses if not clause.soft]
            rows.append(
                {name: row[name] for name in row if name not in ("source", "looks", "observed_until")}
                | {"clauses": clauses, "service": found[0].service, "kind": found[0].kind}
            )
        return rows


def ota(database: Database, place: Path) -> Exported:
    return export_ota_versions(database, chosen(database), place, progress=nothing)


def head(repository: Path) -> str:
    command = ["git", "-C", str(repository), "rev-parse", "main"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=3),
)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_recorded_history_comes_back_from_a_repository_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[int, bool]],
    second: list[tuple[int, bool]],
) -> None:
    folder = tmp_path_factory.mktemp("ota")
    there, here = Database.open(folder / "there.db"), Database.open(folder / "here.db")
    record(there, "acme-inc/privacy-policy", first, timedelta(days=1))
    record(there, "acme-inc/terms/eu", second, timedelta(hours=7))
    ota(there, folder / "archive.git")
    import_versions(here, folder / "archive.git", WATCH, origin="made", progress=nothing)
    assert history(here) == history(there)
    there.close()
    here.close()


def test_recorded_history_comes_back_from_a_folder_the_same(
    databases: Callable[[str], Database], tmp_path: Path
) -> None:
    there, here = databases("there"), databases("here")
    record(
        there, "acme-inc/privacy-policy", [(0, False), (1, False), (0, False), (2, False)], timedelta(days=1)
    )
    done = export_folder(there, chosen(there), tmp_path / "made", progress=nothing)
    assert done == Exported(documents=1, entries=4)
    summary = import_folder(here, tmp_path / "made", WATCH, origin="made", progress=nothing)
    assert [line.split(":")[0] for line in summary.unreadable] == ["versions.jsonl"]
    for row, back in zip(history(there), history(here), strict=True):
        assert back | {"service": "Acme Inc."} == row


def test_the_same_history_makes_the_same_commits(databases: Callable[[str], Database], tmp_path: Path) -> None:
    database = databases("there")
    record(database, "acme-inc/privacy-policy", [(0, False), (1, True), (0, False)], timedelta(days=1))
    assert ota(database, tmp_path / "one.git") == ota(database, tmp_path / "other.git")
    assert head(tmp_path / "one.git") == head(tmp_path / "other.git")
    log = ["git", "-C", str(tmp_path / "one.git"), "log", "--reverse", "--name-only", "--format=%s"]
    listing = subprocess.run(log, capture_output=True, text=True, check=True).stdout.split("\n")
    assert [line for line in listing if line] == [
        "First record of Acme Inc. privacy-policy", "Acme Inc./privacy-policy.md",
        "Apply technical or declaration upgrade on Acme Inc. privacy-policy", "Acme Inc./privacy-policy.md",
        "Record new changes of Acme Inc. privacy-policy", "Acme Inc./privacy-policy.md",
    ]  # fmt: skip


async def test_our_own_looks_come_back_with_texts_times_and_bytes(stage: Stage, tmp_path: Path) -> None:
    for sentences in ([FIRST_TEXT], [FIRST_TEXT, TRAINING], [FIRST_TEXT, TRAINING, STANDING], [FIRST_TEXT]):
        stage.show(*sentences)
        for _ in range(2):
            await stage.check(hours=30)
    own = history(stage.database)
    assert [row["cause"] for row in own] == ["first", "page_changed", "page_changed", "returned"]

    ota(stage.database, tmp_path / "archive.git")
    here = Database.open(tmp_path / "here.db")
    import_versions(here, tmp_path / "archive.git", WATCH, origin=None, progress=nothing)
    told = ("document", "number", "captured_at", "cause", "clauses", "service", "kind")
    assert [[row[name] for name in told] for row in history(here)] == [
        [row[name] for name in told] for row in own
    ]
    here.close()

    done = export_warc(stage.database, chosen(stage.database), tmp_path / "a.warc.gz", progress=nothing)
    export_warc(stage.database, chosen(stage.database), tmp_path / "b.warc.gz", progress=nothing)
    assert (tmp_path / "a.warc.gz").read_bytes() == (tmp_path / "b.warc.gz").read_bytes()
    again, bodies = await asyncio.to_thread(read_captures, tmp_path / "a.warc.gz")
    assert [row["clauses"] for row in again if row["cause"] != "returned"] == [
        row["clauses"] for row in own[:3]
    ]
    with History.open(stage.database.path) as archive:
        assert bodies[0] == archive.raw(KEY, Reference(number=1))
    assert len(bodies) == done.entries


def read_captures(file: Path) -> tuple[list[dict[str, Any]], list[bytes]]:
    """The history that our own import makes of a WARC file, and the pages in it; other tools find it whole."""
    check = [str(Path(sys.executable).with_name("warcio")), "check", str(file)]
    assert subprocess.run(check, check=False).returncode == 0
    database = Database.open(file.with_name("captures.db"))
    with Spool() as spool:
        captures = wayback.read([file], Addresses((), key=KEY), spool)
        assert (captures.damaged, captures.unreadable) == ([], [])
        import_captures(
            database, captures, captures.described, WATCH, origin="wayback", progress=nothing,
            total=len(captures), until=datetime.max.replace(tzinfo=UTC),
        )  # fmt: skip
        bodies = [capture.body for capture in captures]
    database.close()
    return history(database), bodies
