"""An archive that others made comes into the history with its own times, once, and tells nobody."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import InputMissing, InputUnreadable, Unavailable
from monitor.extract.read import extract_markdown
from monitor.history import AlertWithDeliveries, History
from monitor.importers.ota_versions import import_versions
from monitor.importers.recorded import Summary
from monitor.refs import parse
from storage import documents
from storage.database import Database
from storage.records import LIVE, AlertStatus, Appearance, Cause, RecordFilter
from tests.monitor.importers.archive import UPGRADE, Archive, at
from tests.monitor.stage import FIRST_TEXT, STANDING, TRAINING, watch

KEY = "acme/privacy-policy"
FILE = "Acme/Privacy Policy.md"


def text(*sentences: str) -> str:
    return "\n\n".join(["# Privacy Policy", *sentences]) + "\n"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """First text, training added, the archive's own upgrade, back again, gone; and other papers around it."""
    archive = Archive(tmp_path_factory.mktemp("made") / "pga-versions")
    archive.record("README.md", "# An archive", "2024-01-01")
    archive.record(".github/notes.md", "# Not a policy", "2024-01-01")
    archive.record(FILE, text(FIRST_TEXT), "2024-01-02", "First record of {}")
    archive.record(FILE, text(FIRST_TEXT, STANDING, TRAINING), "2024-03-01", UPGRADE)
    archive.record(FILE, text(FIRST_TEXT, TRAINING), "2024-02-01")  # recorded out of order
    archive.record(FILE, text(FIRST_TEXT), "2024-04-01")
    archive.record(FILE, None, "2024-05-01")
    archive.record("Acme/Terms #first.md", "# Terms\n\nBe kind.", "2024-01-03", "First record\x1e\x1f of {}")
    archive.record("acme/Terms #First.md", "# Terms\n\nBe very kind.", "2024-02-03")
    archive.record("***/….md", "# Nothing", "2024-01-04")
    return archive


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "policywatch.db")
    yield database
    database.close()


def run(database: Database, path: Path, *, origin: str | None = None) -> Summary:
    return import_versions(
        database, path, watch(baseline="off"), origin=origin, progress=lambda _done, _all: None
    )


def appearances(database: Database, key: str) -> list[Appearance]:
    with History.open(database.path) as history:
        return [appearance for _, appearance, _, _ in history.appearances(key)]


def alerts(database: Database) -> list[AlertWithDeliveries]:
    with History.open(database.path) as history:
        return history.alerts(RecordFilter())


def test_versions_stand_in_the_order_of_their_author_dates_with_their_causes(
    archive: Archive, database: Database
) -> None:
    summary = run(database, archive.folder)
    assert summary == Summary(
        documents=2, versions=5, appearances=6, alerts=1, unreadable=("***/….md: its path makes no key",)
    )
    assert [
        (each.number, each.captured_at, each.cause, each.source) for each in appearances(database, KEY)
    ] == [
        (1, at("2024-01-02"), Cause.FIRST, FILE),
        (2, at("2024-02-01"), Cause.PAGE_CHANGED, FILE),
        (3, at("2024-03-01"), Cause.REEXTRACTED, FILE),
        (1, at("2024-04-01"), Cause.RETURNED, FILE),
    ]
    with History.open(database.path) as history:
        assert (
            history.text(KEY, parse("2024-02-15")).clauses
            == extract_markdown(text(FIRST_TEXT, TRAINING)).clauses
        )
        (state,) = history.documents(kind="privacy-policy")
    assert (state.document.service, state.document.origin) == ("Acme", "pga-versions")


def test_an_import_records_alerts_as_resolved_in_their_own_time_and_delivers_nothing(
    archive: Archive, database: Database
) -> None:
    run(database, archive.folder)
    (alert,) = alerts(database)
    assert (alert.alert.origin, alert.alert.status) == ("imported", AlertStatus.RESOLVED)
    assert alert.alert.created_at == alert.alert.captured_at == at("2024-02-01")
    assert alert.deliveries == ()  # although the routes of `watch` lead to a channel
    assert alert.change is not None
    assert [finding.quote for finding in alert.change.findings] == [TRAINING]


def test_two_paths_of_one_key_are_one_document_that_names_its_sources(
    archive: Archive, database: Database
) -> None:
    run(database, archive.folder)
    assert [(each.number, each.source) for each in appearances(database, "acme/terms/first")] == [
        (1, "Acme/Terms #first.md"), (2, "acme/Terms #First.md"),
    ]  # fmt: skip


def test_a_second_import_adds_nothing(archive: Archive, database: Database) -> None:
    run(database, archive.folder)
    again = run(database, archive.folder)
    assert (again.versions, again.appearances, again.alerts, again.skipped) == (0, 0, 0, 6)
    assert len(appearances(database, KEY)) == 4


def test_a_work_tree_a_bare_repository_and_a_bundle_are_the_same_archive(
    archive: Archive, database: Database, tmp_path: Path
) -> None:
    bare = archive.bare(tmp_path / "pga-versions.git")
    bundle = archive.bundle(tmp_path / "pga-versions.bundle")
    (tmp_path / "a").mkdir()
    branch_alone = archive.bundle(tmp_path / "a" / "pga-versions.bundle", "main")
    first = run(database, bundle)
    assert first.versions == 5
    for path in (bare, archive.folder, archive.folder / ".git", branch_alone):
        again = run(database, path, origin="pga-versions")
        assert (again.versions, again.skipped) == (0, 6)


def test_the_origin_is_the_name_of_the_repository_unless_given(
    archive: Archive, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archive.folder)
    run(database, Path())
    with History.open(database.path) as history:
        assert {state.document.origin for state in history.documents()} == {"pga-versions"}


def test_a_version_added_later_is_the_only_new_one(database: Database, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "growing")
    archive.record(FILE, text(FIRST_TEXT), "2024-01-02")
    run(database, archive.folder)
    archive.record(FILE, text(FIRST_TEXT, TRAINING), "2024-02-02")
    summary = run(database, archive.folder)
    assert (summary.versions, summary.alerts, summary.skipped) == (1, 1, 1)
    assert len(alerts(database)) == 1
    archive.record(FILE, text(FIRST_TEXT), "2024-03-02")
    assert run(database, archive.folder).versions == 0
    assert [each.cause for each in appearances(database, KEY)] == [
        Cause.FIRST, Cause.PAGE_CHANGED, Cause.RETURNED,
    ]  # fmt: skip


def test_a_key_that_another_origin_holds_is_left_to_it(
    archive: Archive, database: Database, tmp_path: Path
) -> None:
    with database.write() as transaction:
        documents.ensure(
            transaction, key=KEY, origin=LIVE, service="Acme", kind="privacy-policy", region=None,
            language=None, urls=(), now=at("2026-01-01"),
        )  # fmt: skip
    run(database, archive.folder)
    run(database, archive.folder, origin="twin")
    again = run(database, archive.folder)
    assert again.versions == 0
    assert appearances(database, KEY) == []
    assert len(appearances(database, f"{KEY}/pga-versions")) == len(appearances(database, f"{KEY}/twin")) == 4


def test_odd_bytes_in_a_recorded_version_are_read_as_far_as_they_go(database: Database, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "odd")
    archive.record(FILE, b"# Caf\xe9\n\nWe \x00 keep \xff\xfe it.\n", "2024-01-02")
    archive.record(FILE, b"", "2024-02-02")
    assert run(database, archive.folder).appearances == 2


SIGNER = """#!/bin/sh
touch {mark}
echo "[GNUPG:] SIG_CREATED " >&2
echo "-----BEGIN PGP SIGNATURE-----"
echo "-----END PGP SIGNATURE-----"
"""


def test_settings_of_a_repository_run_no_program(database: Database, tmp_path: Path) -> None:
    archive, mark, program = Archive(tmp_path / "hostile"), tmp_path / "mark", tmp_path / "program"
    program.write_text(SIGNER.format(mark=mark))
    program.chmod(0o755)
    archive.configure("gpg.program", str(program))
    archive.configure("commit.gpgSign", "true")
    archive.record(FILE, text(FIRST_TEXT), "2024-01-02")
    mark.unlink()
    for setting in ("core.fsmonitor", "core.pager", "core.sshCommand"):
        archive.configure(setting, str(program))
    archive.configure("log.showSignature", "true")
    assert run(database, archive.folder).versions == 1
    assert not mark.exists()


def test_a_missing_path_is_missing_and_other_files_are_unreadable(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="nowhere"):
        run(database, tmp_path / "nowhere")
    (tmp_path / "notes.bundle").write_text("no bundle at all")
    (tmp_path / "empty.bundle").write_bytes(b"")
    (tmp_path / "plain").mkdir()
    Archive(tmp_path / "unborn")
    for name in ("notes.bundle", "empty.bundle", "plain", "unborn"):
        with pytest.raises(InputUnreadable, match=name):
            run(database, tmp_path / name)


def test_a_damaged_bundle_is_unreadable(archive: Archive, database: Database, tmp_path: Path) -> None:
    bundle = archive.bundle(tmp_path / "damaged.bundle")
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 0xFF
    bundle.write_bytes(content)
    with pytest.raises(InputUnreadable, match=r"damaged\.bundle"):
        run(database, bundle)
    bundle.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputUnreadable, match=r"damaged\.bundle"):
        run(database, bundle)


def test_a_bundle_of_several_branches_and_no_head_asks_which(database: Database, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "forked")
    archive.record(FILE, text(FIRST_TEXT), "2024-01-02")
    archive.branch("other")
    with pytest.raises(InputUnreadable, match="refs/heads/main, refs/heads/other"):
        run(database, archive.bundle(tmp_path / "forked.bundle", "main", "other"))


def test_a_folder_inside_a_repository_is_not_an_archive(archive: Archive, database: Database) -> None:
    with pytest.raises(InputUnreadable, match="inside a git repository"):
        run(database, archive.folder / "acme")


def test_a_lost_object_is_unreadable_and_keeps_what_was_imported_before(
    database: Database, tmp_path: Path
) -> None:
    archive = Archive(tmp_path / "lossy")
    archive.record(FILE, text(FIRST_TEXT), "2024-01-02")
    before = set((archive.folder / ".git" / "objects").rglob("??????*"))
    archive.record("Zeta/Terms.md", "# Lost", "2024-01-03")
    blob = max(set((archive.folder / ".git" / "objects").rglob("??????*")) - before, key=_is_blob)
    blob.unlink()
    with pytest.raises(InputUnreadable, match="missing or damaged"):
        run(database, archive.folder)
    assert len(appearances(database, KEY)) == 1


def _is_blob(path: Path) -> bool:
    return zlib.decompress(path.read_bytes()).startswith(b"blob")


def test_without_the_program_git_the_import_is_unavailable(
    archive: Archive, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="install it"):
        run(database, archive.folder)


def test_progress_is_told_to_the_end(archive: Archive, database: Database) -> None:
    told: list[tuple[int, int]] = []
    import_versions(
        database, archive.folder, watch(), origin=None, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(4, 6), (6, 6)]


def test_changes_of_an_import_are_listed_like_our_own(archive: Archive, database: Database) -> None:
    run(database, archive.folder)
    with History.open(database.path) as history:
        changes = history.changes(RecordFilter(since=at("2024-02-01")))
    assert [(change.document, change.number) for change in changes] == [
        (KEY, 1), (KEY, 3), ("acme/terms/first", 2), (KEY, 2),
    ]  # fmt: skip
