"""Captures of web archives become looks of our own documents, whatever the files hold beside them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import Target
from monitor.errors import UsageError
from monitor.extract.read import BODY_LIMIT
from monitor.history import History
from monitor.importers import warc, wayback
from monitor.importers.addresses import Addresses
from monitor.importers.captures import import_captures
from monitor.importers.cdx import read_index
from monitor.importers.raw import RawCapture
from monitor.importers.recorded import Summary
from monitor.importers.spool import Spool
from monitor.refs import parse
from storage.database import Database
from storage.records import AlertStatus, Appearance, Cause, RecordFilter
from tests.monitor.importers.warcs import Warc, as_one_member, html
from tests.monitor.stage import FIRST_TEXT, KEY, STANDING, TRAINING, target, watch

URL = "https://acme.test/privacy"
OLD, NEW = html(FIRST_TEXT), html(FIRST_TEXT, TRAINING)
DERIVED = "acme-test/privacy"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "policywatch.db")
    yield database
    database.close()


@pytest.fixture
def file(tmp_path: Path) -> Warc:
    return Warc(tmp_path / "crawl.warc.gz")


def captures(
    *files: Path, targets: tuple[Target, ...] = (), key: str | None = None, only: str | None = None
) -> tuple[list[RawCapture], wayback.Captures]:
    with Spool() as spool:
        found = wayback.read(files, Addresses(targets, key=key, only=only), spool)
        return list(found), found


def run(database: Database, *files: Path, targets: tuple[Target, ...] = ()) -> Summary:
    with Spool() as spool:
        found = wayback.read(files, Addresses(targets), spool)
        return import_captures(
            database, found, found.described, watch(baseline="off"),
            origin="wayback", progress=lambda _done, _all: None, total=len(found), until=at("2030-01-01"),
        )  # fmt: skip


def appearances(database: Database, key: str = DERIVED) -> list[Appearance]:
    with History.open(database.path) as history:
        return [appearance for _, appearance, _, _ in history.appearances(key)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(found: list[RawCapture]) -> list[str]:
    return [f"{capture.captured_at:%Y-%m-%dT%H:%M:%SZ}" for capture in found]


def test_captures_become_appearances_at_their_own_times_with_alerts_of_the_past(
    database: Database, file: Warc
) -> None:
    file.answer(URL, "2024-01-01T10:00:00Z", OLD).answer(URL, "2024-02-01T10:00:00.5Z", NEW)
    path = file.answer(URL, "2024-02-02T10:00:00Z", NEW).answer(URL, "2024-03-01T10:00:00Z", OLD).done()
    summary = run(database, path)
    assert (summary.documents, summary.versions, summary.appearances, summary.alerts) == (1, 2, 3, 1)
    assert [(each.number, each.cause, each.looks) for each in appearances(database)] == [
        (1, Cause.FIRST, 1), (2, Cause.PAGE_CHANGED, 2), (1, Cause.RETURNED, 1),
    ]  # fmt: skip
    assert appearances(database)[1].captured_at == at("2024-02-01T10:00:00Z")
    with History.open(database.path) as history:
        (alert,) = history.alerts(RecordFilter())
        (state,) = history.documents()
        assert history.raw(DERIVED, parse("2024-02-15")) == NEW
    assert (alert.alert.origin, alert.alert.status, alert.deliveries) == ("imported", AlertStatus.RESOLVED, ())
    assert (state.document.origin, state.document.urls) == ("wayback", (URL,))


def test_a_second_import_adds_nothing_and_a_later_file_adds_what_is_new(
    database: Database, file: Warc, tmp_path: Path
) -> None:
    first = file.answer(URL, "2024-01-01T10:00:00Z", OLD).done()
    later = Warc(tmp_path / "later.warc").answer(URL, "2024-02-01T10:00:00Z", NEW).done()
    run(database, first)
    again = run(database, first)
    assert (again.versions, again.appearances, again.skipped) == (0, 0, 1)
    assert run(database, first, later).versions == 1
    assert len(appearances(database)) == 2


@pytest.mark.parametrize("form", ["gzipped", "plain", "whole"])
def test_a_file_may_be_compressed_by_record_as_a_whole_or_not_at_all(tmp_path: Path, form: str) -> None:
    file = Warc(tmp_path / "crawl.warc.gz", gzipped=form != "plain")
    path = file.answer(URL, "2024-01-01T10:00:00Z", OLD).answer(URL, "2024-02-01T10:00:00Z", NEW).done()
    found, told = captures(as_one_member(path) if form == "whole" else path)
    assert [capture.body for capture in found] == [OLD, NEW]
    assert (told.damaged, told.unreadable) == ([], [])


def test_only_pages_that_were_answered_with_200_are_captures(file: Warc) -> None:
    date = "2024-01-01T10:00:00Z"
    file.answer(URL, date, b"gone", status="404 Not Found").answer(
        f"{URL}.css", date, b"a{}", content_type="text/css"
    )
    file.answer("https://acme.test/robots.txt", date, b"User-agent: *", content_type="text/plain")
    file.other("metadata", URL, date, b"fetchTimeMs: 1").other("request", URL, date, b"GET / HTTP/1.1\r\n\r\n")
    file.answer("ftp://acme.test/x", date, OLD).answer(
        f"{URL}.txt", date, b"We sell nothing.", content_type="text/plain"
    )
    found, told = captures(file.done())
    assert [capture.url for capture in found] == [f"{URL}.txt"]
    assert (told.damaged, told.unreadable) == ([], [])


def test_damage_to_what_is_no_page_is_nobodys_loss(file: Warc) -> None:
    date = "2024-01-01T10:00:00Z"
    cut, brotli = {"WARC-Truncated": "length"}, (("Content-Encoding", "br"),)
    file.answer(f"{URL}.mp4", date, bytes(99), content_type="video/mp4", warc_headers=cut)
    file.answer(f"{URL}.mkv", date, bytes(warc.BLOCK_LIMIT), content_type="video/webm")
    file.answer(f"{URL}.css", date, bytes(99), content_type="text/css", more=brotli)
    found, told = captures(file.answer(URL, date, OLD).done())
    assert len(found) == 1
    assert (told.damaged, told.unreadable) == ([], [])


def test_two_different_pages_of_one_second_are_one_capture_and_the_other_is_told(
    file: Warc, tmp_path: Path
) -> None:
    other = Warc(tmp_path / "other.warc").answer(URL, "2024-01-01T10:00:00.7Z", NEW).done()
    found, told = captures(file.answer(URL, "2024-01-01T10:00:00Z", OLD).done(), other)
    assert [capture.body for capture in found] == [OLD]
    assert told.unreadable == [f"{URL}: other.warc has another page of the same second"]


def test_captures_of_each_document_follow_in_the_order_of_time_whatever_the_files_order(
    file: Warc, tmp_path: Path
) -> None:
    other = Warc(tmp_path / "other.warc").answer(URL, "2024-01-15T10:00:00Z", html(STANDING)).done()
    file.answer(URL, "2024-02-01T10:00:00Z", NEW).answer("https://acme.test/faq", "2024-01-20T10:00:00Z", OLD)
    found, _ = captures(file.answer(URL, "2024-01-01T10:00:00Z", OLD).done(), other)
    assert [(capture.key, capture.captured_at.day) for capture in found] == [
        ("acme-test/faq", 20), (DERIVED, 1), (DERIVED, 15), (DERIVED, 1),
    ]  # fmt: skip


def test_a_capture_in_two_files_is_one(file: Warc, tmp_path: Path) -> None:
    copy = Warc(tmp_path / "copy.warc").answer(URL, "2024-01-01T10:00:00Z", OLD).done()
    assert len(captures(file.answer(URL, "2024-01-01T10:00:00Z", OLD).done(), copy)[0]) == 1


def test_revisits_are_looks_with_the_bytes_that_they_repeat(file: Warc) -> None:
    file.answer(URL, "2024-01-01T10:00:00Z", OLD, warc_headers={"WARC-Payload-Digest": "sha1:ABC"})
    file.revisit(URL, "2024-01-02T10:00:00Z", WARC_Payload_Digest="sha1:ABC")
    file.revisit(
        URL, "2024-01-03T10:00:00Z",
        WARC_Refers_To_Target_URI=URL, WARC_Refers_To_Date="2024-01-01T10:00:00Z",
    )  # fmt: skip
    file.revisit(
        URL, "2024-01-04T10:00:00Z", WARC_Profile="http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    )
    found, told = captures(file.revisit(URL, "2024-01-05T10:00:00Z", WARC_Payload_Digest="sha1:LOST").done())
    assert [(capture.captured_at.day, capture.body) for capture in found] == [
        (1, OLD), (2, OLD), (3, OLD), (4, OLD),
    ]  # fmt: skip
    (line,) = told.unreadable
    assert line.startswith(f"{URL}: the record of 2024-01-05T10:00:00Z repeats one that is not in these files")


def test_addresses_of_the_configuration_lead_to_their_documents(file: Warc) -> None:
    date = "2024-01-01T10:00:00Z"
    file.answer("http://www.acme.test/privacy/", date, OLD).answer("https://acme.test/a", date, OLD)
    file.answer("https://acme.test/b", date, NEW).answer("https://acme.test/c?x=1", date, NEW)
    targets = (
        target("https://acme.test/privacy#top"),
        target("https://acme.test/a", "https://acme.test/b", key="acme/terms"),
    )
    found, told = captures(file.done(), targets=targets)
    assert [capture.key for capture in found] == ["acme-test/c/a813ffe8", KEY, "acme/terms/1", "acme/terms/2"]
    assert told.described[KEY].service == targets[0].service


def test_what_a_watched_address_redirects_to_is_its_document_and_only_then(file: Warc) -> None:
    moved = "https://acme.test/legal/privacy-2024"
    file.answer(moved, "2023-06-01T10:00:00Z", html("Not linked yet."))
    file.redirect(URL, "2024-01-01T10:00:00Z", "/hop").redirect(
        "https://acme.test/hop", "2024-01-01T10:00:01Z", moved
    )
    found, _ = captures(file.answer(moved, "2024-01-01T10:00:02Z", OLD).done(), targets=(target(URL),))
    assert [(capture.key, capture.url, capture.final_url) for capture in found] == [
        ("acme-test/privacy-2024/legal", moved, moved), (KEY, URL, moved),
    ]  # fmt: skip


def test_a_key_names_the_pages_of_one_address(file: Warc) -> None:
    file.answer(URL, "2024-01-01T10:00:00Z", OLD)
    path = file.answer("https://acme.test/faq", "2024-01-01T10:00:00Z", NEW).done()
    with pytest.raises(UsageError, match="say which one with --url"):
        captures(path, key=KEY)
    found, _ = captures(path, key=KEY, only=URL)
    assert [(capture.key, capture.body) for capture in found] == [(KEY, OLD)]
    with pytest.raises(UsageError, match="write the address of a page"):
        captures(path, only="acme.test")


def test_derived_keys_tell_addresses_apart(file: Warc) -> None:
    date = "2024-01-01T10:00:00Z"
    urls = [
        "",
        "/",
        "/a/b",
        "/a-b",
        "/b/a",
        "/Privacy",
        "/privacy.html",
        "/a?lang=de",
        "/a?lang=en",
        "/x/" + "y" * 300,
    ]
    for url in urls:
        file.answer(f"https://www.acme.test{url}", date, OLD)
    found, told = captures(file.done())
    keys = [capture.key for capture in found]
    assert len(set(keys)) == 9  # without and with the slash it is one page
    assert {"acme-test/home", "acme-test/b/a", "acme-test/a-b", "acme-test/a/b", DERIVED} <= set(keys)
    assert told.unreadable == []


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(OLD), (("Content-Encoding", "gzip"),)),
        (chunked(OLD), (("Transfer-Encoding", "chunked"),)),
        (chunked(gzip.compress(OLD)), (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))),
        (OLD, (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))),
    ],
    ids=["gzip", "chunked", "both", "headers alone"],
)
def test_encodings_of_the_transport_are_undone(
    file: Warc, body: bytes, headers: tuple[tuple[str, str], ...]
) -> None:
    (capture,), _ = captures(file.answer(URL, "2024-01-01T10:00:00Z", body, more=headers).done())
    assert capture.body == OLD


BOMB = gzip.compress(bytes(BODY_LIMIT + 1))


@pytest.mark.parametrize(
    ("body", "headers", "warc_headers", "reason", "damaged"),
    [
        (OLD, (("Content-Encoding", "br"),), {}, "encoded as 'br'", False),
        (BOMB, (("Content-Encoding", "gzip"),), {}, "larger than 20,000,000", False),
        (gzip.compress(OLD)[:-9], (("Content-Encoding", "gzip"),), {}, "damaged or cut body", True),
        (chunked(OLD)[:40], (("Transfer-Encoding", "chunked"),), {}, "chunks are cut", True),
        (OLD, (), {"WARC-Truncated": "length"}, "cut short when it was recorded", True),
        (OLD, (), {"WARC-Block-Digest": "sha1:" + "A" * 32}, "does not have the digest", True),
        (OLD, (), {"WARC-Segment-Number": "1"}, "one segment", False),
        (OLD, (), {"WARC-Date": "last week"}, "no readable WARC-Date", True),
        (b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->" + OLD, (), {}, "id_ behind the timestamp", False),
    ],
    ids=["brotli", "bomb", "cut gzip", "cut chunk", "truncated", "digest", "segment", "date", "toolbar"],
)  # fmt: skip
def test_what_cannot_be_used_is_left_out_with_its_reason_and_the_rest_is_kept(
    file: Warc,
    body: bytes,
    headers: tuple[tuple[str, str], ...],
    warc_headers: dict[str, str],
    reason: str,
    damaged: bool,
) -> None:
    file.answer(URL, "2024-01-01T10:00:00Z", body, more=headers, warc_headers=warc_headers)
    found, told = captures(file.answer(URL, "2024-02-01T10:00:00Z", NEW).done())
    assert times(found) == ["2024-02-01T10:00:00Z"]
    (line,) = told.damaged if damaged else told.unreadable
    assert line.startswith(URL)
    assert reason in line


def test_a_record_that_is_too_large_is_passed_over_and_the_next_is_read(file: Warc) -> None:
    file.answer(URL, "2024-01-01T10:00:00Z", bytes(warc.BLOCK_LIMIT))
    found, told = captures(file.answer(URL, "2024-02-01T10:00:00Z", NEW).done())
    assert len(found) == 1
    assert "the limit is" in told.unreadable[0]


def test_a_damaged_file_ends_where_it_is_damaged_and_the_other_files_go_on(tmp_path: Path) -> None:
    for gzipped in (True, False):
        file = Warc(tmp_path / f"cut-{gzipped}.warc", gzipped=gzipped)
        path = file.answer(URL, "2024-01-01T10:00:00Z", OLD).answer(URL, "2024-02-01T10:00:00Z", NEW).done()
        path.write_bytes(path.read_bytes()[:-40])
        good = Warc(tmp_path / "good.warc").answer(URL, "2024-03-01T10:00:00Z", NEW).done()
        found, told = captures(path, good)
        assert times(found) == ["2024-01-01T10:00:00Z", "2024-03-01T10:00:00Z"]
        (line,) = told.damaged
        assert path.name in line


def test_a_wrong_byte_or_length_is_damage_and_nothing_is_printed_beside_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = Warc(tmp_path / "crawl.warc", gzipped=False)
    path = file.answer(URL, "2024-01-01T10:00:00Z", OLD).answer(URL, "2024-02-01T10:00:00Z", NEW).done()
    content = path.read_bytes()
    second = file.offsets[1]
    damaged = {
        "length": content[:second] + content[second:].replace(b"Content-Length: 2", b"Content-Length: 1"),
        "type": content[:second] + b"x" + content[second + 1 :],
        "behind": content + b"nonsense without an end",
    }
    for name, changed in damaged.items():
        (tmp_path / name).write_bytes(changed)
        found, told = captures(tmp_path / name)
        assert times(found)[0] == "2024-01-01T10:00:00Z"
        assert name in " ".join(told.damaged)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither a WARC file nor an index"),
        (b"Dear all,\nno index.\n", "neither a WARC file nor an index"),
        (bytes(100), "neither a WARC file nor an index"),
        (gzip.compress(b"filedesc://x.arc 0.0.0.0 20240101000000 text/plain 10\n"), "neither"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "how long"),
        (b"WARC/1.0\r\nX: " + b"a" * 5_000_000, "headers have no end"),
        (b"WARC/1.0\r\n", "how long"),
        (gzip.compress(b"WARC/1.0\r\nX: " + b"a" * 5_000_000), "headers have no end"),
    ],
    ids=["empty", "letter", "zeros", "arc", "no length", "long head", "bare head", "long head, packed"],
)
def test_other_files_are_told_from_archives(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "file").write_bytes(content)
    found, told = captures(tmp_path / "file")
    assert found == []
    assert reason in " ".join(told.damaged)


@pytest.mark.parametrize("form", ["cdx", "cdxj", "cdx.gz"])
def test_an_index_picks_records_of_the_files_beside_it(tmp_path: Path, form: str) -> None:
    file = Warc(tmp_path / "crawl.warc.gz")
    file.answer(URL, "2024-01-01T10:00:00Z", OLD).answer(URL, "2024-02-01T10:00:00Z", NEW).done()
    if form == "cdxj":
        facts = {"url": URL, "status": "200", "offset": str(file.offsets[1]), "filename": "far/crawl.warc.gz"}
        text = f"test,acme)/privacy 20240201100000 {json.dumps(facts)}\n"
    else:
        line = (
            f"test,acme)/privacy 20240201100000 {URL} text/html 200 ABC - - 300 {file.offsets[1]} crawl.warc.gz"
        )
        text = f" CDX N b a m s k r M S V g\n{line}\n"
    index = tmp_path / f"index.{form}"
    index.write_bytes(gzip.compress(text.encode()) if form.endswith("gz") else text.encode())
    found, told = captures(index)
    assert [(capture.body, capture.source) for capture in found] == [(NEW, index.name)]
    assert told.damaged == []


def test_an_index_with_a_wrong_offset_file_or_line_says_so(tmp_path: Path) -> None:
    file = Warc(tmp_path / "crawl.warc.gz")
    file.answer(URL, "2024-01-01T10:00:00Z", OLD).done()
    head = f"test,acme)/privacy 20240201100000 {URL} text/html 200 ABC - - 300"
    index = tmp_path / "index.cdx"
    index.write_text(f" CDX N b a m s k r M S V g\n{head} 7 crawl.warc.gz\n{head} 0 gone.warc.gz\nnonsense\n")
    found, told = captures(index)
    assert found == []
    assert len(told.damaged) == 3
    assert "gone.warc.gz: there is no such file" in told.damaged[1]
    assert "line 4" in told.damaged[2]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_listing_of_a_server_describes_the_files_beside_it(tmp_path: Path, form: str) -> None:
    for day, path, body in (("01", "privacy", OLD), ("02", "privacy", NEW), ("03", "legal/index.html", OLD)):
        place = tmp_path / f"202401{day}100000" / "acme.test" / path
        place.parent.mkdir(parents=True)
        place.write_bytes(body)
    columns = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    rows = [
        ["test,acme)/privacy", "20240101100000", URL, "text/html", "200", "A", "1"],
        ["test,acme)/privacy", "20240102100000", URL, "text/html", "200", "B", "1"],
        ["test,acme)/legal", "20240103100000", "https://acme.test/legal/", "unk", "200", "A", "1"],
        ["test,acme)/privacy", "20240104100000", URL, "text/html", "404", "C", "1"],
        ["test,acme)/privacy", "20240105100000", "https://../../etc/passwd", "text/html", "200", "C", "1"],
    ]
    listing = json.dumps([columns, *rows]) if form == "json" else "\n".join(map(" ".join, rows))
    (tmp_path / "listing.cdx").write_text(listing)
    found, told = captures(tmp_path / "listing.cdx")
    assert [(capture.captured_at.day, capture.body) for capture in found] == [(3, OLD), (1, OLD), (2, NEW)]
    assert [line.partition(": ")[2] for line in told.damaged] == ["there is no file of it in 20240105100000/"]


def test_odd_addresses_are_told_or_have_a_key_and_never_stop_an_import(tmp_path: Path, file: Warc) -> None:
    for url in (
        "https://[::1/x",
        "https://__/_",
        "https://user@acme.test:99999/",
        f"https://a.test/{'x' * 400}/y",
    ):
        file.answer(url, "2024-01-01T10:00:00Z", OLD)
    found, told = captures(file.done())
    assert sorted(capture.key for capture in found)[1:] == ["site/page/d2874219"]
    assert len(told.unreadable) == 2
    rows = (
        f"x 20240101100000 {url} text/html 200 A 1" for url in ("https://[x", f"https://a.test/{'x' * 300}")
    )
    (tmp_path / "listing.cdx").write_text("\n".join(rows))
    assert len(captures(tmp_path / "listing.cdx")[1].damaged) == 2


WHOLE = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://acme.test/p\r\n\
WARC-Date: 2024-01-01T10:00:00Z\r\nContent-Length: 65\r\n\r\nHTTP/1.1 200 OK\r\n\
Transfer-Encoding: chunked\r\n\r\n5\r\n<p>Hi\r\n0\r\n\r\n....\r\n\r\n"


@settings(max_examples=150, deadline=None)
@given(st.data(), st.booleans())
def test_whatever_is_wrong_with_a_file_is_told_and_nothing_else_happens(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    packed: bool,
) -> None:
    content = bytearray(gzip.compress(WHOLE, mtime=0) + gzip.compress(WHOLE, mtime=0) if packed else WHOLE * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("mutated") / "crawl.warc"
    path.write_bytes(content)
    found, _ = captures(path)
    assert len(found) <= 2


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([" CDX N b a", "[", "]", "x 20240101000000 {}", "{", '"a"', "\n", " ", ","]) | st.text()
    )
)
def test_whatever_an_index_holds_is_an_entry_or_told(parts: list[str]) -> None:
    list(read_index("".join(parts)))


def test_a_page_that_cannot_be_read_is_left_out_and_the_next_look_goes_on(
    database: Database, file: Warc
) -> None:
    file.answer(URL, "2024-01-01T10:00:00Z", OLD).answer(URL, "2024-01-02T10:00:00Z", b"\x89PNG" + bytes(99))
    summary = run(database, file.answer(URL, "2024-01-03T10:00:00Z", NEW).done())
    assert summary.versions == 2
    assert summary.unreadable[0].startswith("crawl.warc.gz: the body is an image")


def test_selectors_of_the_configuration_hold_for_archived_pages(database: Database, file: Warc) -> None:
    body = OLD.replace(b"</body>", b"<div id=x><p>Something that is removed here.</p></div></body>")
    path = file.answer(URL, "2024-01-01T10:00:00Z", body).done()
    run(database, path, targets=(target(URL, remove=("#x",)),))
    with History.open(database.path) as history:
        assert "removed" not in " ".join(clause.text for clause in history.text(KEY, parse("latest")).clauses)
