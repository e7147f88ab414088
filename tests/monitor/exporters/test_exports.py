"""An export is whole or not there, stays in its folder, and says plainly what it refuses."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from monitor.cli.commands import app
from monitor.errors import InputMissing, InputUnreadable, Unavailable, UsageError
from monitor.exporters.model import chosen
from monitor.exporters.names import archive_path_of, keys_of
from monitor.exporters.ota_versions import export_ota_versions
from monitor.exporters.target import new_file, new_folder
from monitor.exporters.warc import export_warc
from monitor.keys import archive_key
from storage import appearances, snapshots, versions
from storage.database import Database
from storage.records import Cause, Clause, Document, NewVersion, SnapshotMeta
from tests.storage.builders import a_document, plain_index

AT = datetime(2024, 9, 19, 10, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "policywatch.db")
    yield database
    database.close()


def policywatch(folder: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["--database", str(folder / "policywatch.db"), *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def stands(database: Database, *texts: str, key: str = "acme/privacy-policy", every: float = 1) -> Document:
    """A document whose texts stood for so many hours each; equal ones are one version."""
    with database.write() as transaction:
        document = a_document(transaction, key)
        for number, text in enumerate(texts):
            version = versions.with_fingerprint(transaction, document.id, text) or versions.save(
                transaction,
                document.id,
                NewVersion((Clause(text),), text, "test", 1, "", "en", None, None),
                base_id=None,
                index=plain_index,
            )
            at = AT + timedelta(hours=number * every)
            appearances.begin(transaction, version, captured_at=at, cause=Cause.PAGE_CHANGED)
    return document


def captured(
    database: Database, document: Document, url: str, *headers: tuple[str, str], asked: str | None = None
) -> None:
    meta = SnapshotMeta(
        asked or url, url, (), "192.0.2.7", 200, AT, 0.25, (), tuple(headers), "text/html"
    )  # fmt: skip
    with database.write() as transaction:
        snapshots.store(transaction, document.id, 0, b"<p>We store data.</p>", meta, None)


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_folder_holds_a_dated_file_for_each_appearance_and_a_list_of_them(
    database: Database, tmp_path: Path
) -> None:
    stands(database, "First.", "Second.", "First.")
    stands(database, "One.", "Two.", key="acme/terms/eu", every=0)
    done = policywatch(tmp_path, "export", "folder", str(tmp_path / "out"))
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'out'}: 5 texts of 2 documents\n")
    assert names_in(tmp_path / "out") == [
        "acme/privacy-policy/2024-09-19T10-00-00Z.md",
        "acme/privacy-policy/2024-09-19T11-00-00Z.md",
        "acme/privacy-policy/2024-09-19T12-00-00Z.md",
        "acme/terms/eu/2024-09-19T10-00-00Z-2.md",
        "acme/terms/eu/2024-09-19T10-00-00Z.md",
        "versions.jsonl",
    ]
    rows = [json.loads(line) for line in (tmp_path / "out" / "versions.jsonl").read_text().splitlines()]
    assert [(row["document"], row["number"]) for row in rows][:3] == [
        ("acme/privacy-policy", 1), ("acme/privacy-policy", 2), ("acme/privacy-policy", 1),
    ]  # fmt: skip
    assert (tmp_path / "out" / rows[2]["file"]).read_text() == "First.\n"
    assert rows[0]["sha256"] == rows[2]["sha256"]


def test_filters_and_keys_choose_the_documents(database: Database, tmp_path: Path) -> None:
    stands(database, "First.")
    stands(database, "One.", key="other/terms")
    assert "1 documents" in policywatch(tmp_path, "export", "folder", str(tmp_path / "a"), "other/terms").stdout
    assert (
        "1 documents"
        in policywatch(tmp_path, "export", "ota-versions", str(tmp_path / "b"), "--service", "other").stdout
    )
    with pytest.raises(InputMissing, match="there is no document acme/faq"):
        chosen(database, ["other/terms", "acme/faq"])
    with pytest.raises(InputMissing, match="no document to export"):
        chosen(database, service="nobody")


def test_what_is_there_already_is_never_replaced(database: Database, tmp_path: Path) -> None:
    stands(database, "First.")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    for name, form in (
        ("full", "folder"),
        ("link", "ota-versions"),
        ("empty", "warc"),
        ("policywatch.db", "warc"),
    ):
        with pytest.raises(UsageError, match="is there already; nothing is replaced"):
            policywatch(tmp_path, "export", form, str(tmp_path / name))
    with pytest.raises(InputMissing, match="there is no such folder"):
        policywatch(tmp_path, "export", "folder", str(tmp_path / "no" / "where"))
    assert names_in(tmp_path / "full") == ["mine.txt"]
    assert policywatch(tmp_path, "export", "folder", str(tmp_path / "empty")).exit_code == 0


def write_half_a_folder(place: Path) -> None:
    with new_folder(place) as folder:
        (folder / "half").write_text("half")
        raise KeyboardInterrupt


def write_half_a_file(place: Path) -> None:
    with new_file(place) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_an_export_that_fails_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    before = names_in(tmp_path)
    for failing in (write_half_a_folder, write_half_a_file):
        with pytest.raises(KeyboardInterrupt):
            failing(tmp_path / "out")
    assert names_in(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_what_came_there_meanwhile_is_kept(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is there already"), new_file(tmp_path / "a.warc.gz"):
        (tmp_path / "a.warc.gz").write_text("somebody else's")
    assert names_in(tmp_path) == ["a.warc.gz"]
    assert (tmp_path / "a.warc.gz").read_text() == "somebody else's"


def test_an_export_is_readable_by_its_owner_alone(database: Database, tmp_path: Path) -> None:
    stands(database, "First.")
    policywatch(tmp_path, "export", "folder", str(tmp_path / "out"))
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


@given(
    service=st.text(max_size=20)
    | st.sampled_from(["..", ".git", "../../etc", "Acme\nInc", "-x", "a" * 300, "CON:"]),
    source=st.none()
    | st.text(max_size=30)
    | st.sampled_from(["../Privacy Policy.md", "acme/../x.md", "/etc/p.md"]),
    key=st.sampled_from(["acme/privacy-policy", "acme/faq/eu", "acme/faq/eu/wayback", "a/b/c/d/e"]),
)
def test_no_name_leads_out_of_the_folder(service: str, source: str | None, key: str) -> None:
    document = Document(1, key, "made", service, "faq", None, None, ())
    inside = keys_of([document])[1]
    assert re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+(/[a-z0-9-]+)?", inside)
    path = archive_path_of(document, inside, source)
    assert archive_key(path) == inside
    parts = path.split("/")
    assert len(parts) == 2
    assert all(part.isprintable() and not part.startswith(".") and len(part.encode()) < 256 for part in parts)
    assert not Path(path).is_absolute()
    assert os.path.normpath(path) == path


def test_two_documents_never_share_a_place() -> None:
    keys = ("acme/faq/eu-made", "acme/faq/eu/made", "acme/faq/eu/made/made", "acme/faq")
    documents = [Document(n, key, "made", "Acme", "faq", None, None, ()) for n, key in enumerate(keys)]
    assert list(keys_of(documents).values()) == [
        "acme/faq/eu-made", "acme/faq/eu-made-2", "acme/faq/eu-made-made", "acme/faq",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["../../etc/passwd", "acme", "acme/../x", "Acme/FAQ", "acme/" + "x" * 300])
def test_a_key_that_is_none_is_refused(key: str, database: Database, tmp_path: Path) -> None:
    stands(database, "First.", key=key)
    with pytest.raises(InputUnreadable, match="has no proper key"):
        policywatch(tmp_path, "export", "folder", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_repository_needs_git(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands(database, "First.")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="install it"):
        export_ota_versions(database, chosen(database), tmp_path / "out", progress=lambda _done, _all: None)
    assert not (tmp_path / "out").exists()


def test_a_capture_keeps_its_headers_but_for_those_of_its_transport(database: Database, tmp_path: Path) -> None:
    document = stands(database, "First.")
    captured(
        database, document, "https://acme.test/privacy",
        ("Content-Encoding", "br"), ("Server", "x\r\nWARC-Type: warcinfo"), ("Content-Length", "9"),
        asked="http://acme.test/",
    )  # fmt: skip
    captured(database, document, "Acme/Privacy Policy #x.html")
    file = tmp_path / "a.warc"
    done = export_warc(database, chosen(database), file, progress=lambda _done, _all: None)
    assert (done.entries, done.left_out) == (
        1, ("acme/privacy-policy: 1 captures are of no address on the web",),
    )  # fmt: skip
    text = gunzipped(file)
    response, metadata = text.split("WARC/1.1\r\n")[1:]
    assert "WARC-Date: 2024-09-19T10:00:00.250000Z\r\n" in response
    assert "WARC-IP-Address: 192.0.2.7\r\n" in response
    assert (
        "HTTP/1.1 200 OK\r\nX-Archive-Orig-Content-Encoding: br\r\nServer: x WARC-Type: warcinfo\r\n"
        "X-Archive-Orig-Content-Length: 9\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n"
        "<p>We store data.</p>"
    ) in response
    assert "policywatch-document: acme/privacy-policy\r\n" in metadata
    assert "via: http://acme.test/\r\n" in metadata


def gunzipped(file: Path) -> str:

    return gzip.decompress(file.read_bytes()).decode()


def test_without_stored_pages_there_is_no_file(database: Database, tmp_path: Path) -> None:
    stands(database, "First.")
    with pytest.raises(InputMissing, match="none of these documents has a stored page"):
        policywatch(tmp_path, "export", "warc", str(tmp_path / "a.warc.gz"))
    assert not (tmp_path / "a.warc.gz").exists()
