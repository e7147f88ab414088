"""What facts mean, without any machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.doctor import judge, watching
from monitor.doctor.model import Disk, Entry, Holder, Result
from monitor.views import iso
from storage.deliveries import OutboxDepth
from storage.files import WAL_BOUND_BYTES, Sizes
from storage.records import LIVE, AlertKind, ChannelTrouble, CheckOutcome, ClockState
from storage.standings import Standing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DATABASE = Entry("p.db", owner=998, mode=0o600, writable=True)
FOLDER = Entry("state", owner=998, mode=0o700, writable=True)
SEEN = Standing(
    document_id=1, key="acme/faq", origin=LIVE, next_due_at=NOON, told=None, outcome=CheckOutcome.UNCHANGED,
    error_class=None, reason="", last_good_at=NOON, since=None,
)  # fmt: skip


def unseen(key: str, error_class: str, outcome: CheckOutcome = CheckOutcome.FAILED) -> Standing:
    return replace(SEEN, key=key, outcome=outcome, error_class=error_class, reason="because", since=NOON)


def test_private_files_that_this_user_may_write_are_fine() -> None:
    assert judge.permissions(DATABASE, FOLDER, [replace(DATABASE, name="p.db-wal")], 998).result is Result.OK


@pytest.mark.parametrize(
    ("database", "folder", "beside", "result", "words"),
    [
        (replace(DATABASE, writable=False), FOLDER, [], Result.ERROR, "may not write p.db"),
        (DATABASE, replace(FOLDER, writable=False), [], Result.ERROR, "may not write state"),
        (DATABASE, FOLDER, [Entry("p.db-wal", 0, 0o644, True)], Result.ERROR, "p.db-wal belongs to user 0"),
        (replace(DATABASE, mode=0o640), FOLDER, [], Result.WARNING, "mode 640"),
        (DATABASE, replace(FOLDER, mode=0o777), [], Result.WARNING, "mode 777"),
    ],
)
def test_files_that_cannot_be_written_or_that_others_can_are_told(
    database: Entry, folder: Entry, beside: list[Entry], result: Result, words: str
) -> None:
    found = judge.permissions(database, folder, beside, 998)
    assert found.result is result
    assert words in found.found
    assert found.advice


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("ext4", Result.OK),
        ("nfs4", Result.ERROR),
        ("cifs", Result.ERROR),
        ("fuse.sshfs", Result.ERROR),
        ("fuse.unheard-of", Result.WARNING),
        (None, Result.UNKNOWN),
    ],
)
def test_database_on_a_network_filesystem_is_an_error(kind: str | None, result: Result) -> None:
    assert judge.filesystem(kind).result is result


@pytest.mark.parametrize(
    ("free", "inodes", "result"),
    [
        (judge.FREE_WARNING_BYTES, None, Result.OK),
        (judge.FREE_WARNING_BYTES - 1, 10**6, Result.WARNING),
        (judge.FREE_ERROR_BYTES - 1, 10**6, Result.ERROR),
        (10**12, judge.INODES_WARNING - 1, Result.WARNING),
        (10**12, judge.INODES_ERROR - 1, Result.ERROR),
    ],
)
def test_disk_is_judged_by_bytes_and_by_files(free: int, inodes: int | None, result: Result) -> None:
    assert judge.disk(Disk(free, inodes), 10**6).result is result


def test_disk_without_room_for_a_copy_of_the_database_is_a_warning() -> None:
    assert judge.disk(Disk(5 * 10**9, None), 6 * 10**9).result is Result.WARNING


def test_wal_over_its_bound_is_a_warning() -> None:
    assert judge.wal(Sizes(1, WAL_BOUND_BYTES)).result is Result.OK
    assert judge.wal(Sizes(1, WAL_BOUND_BYTES + 1)).result is Result.WARNING


@pytest.mark.parametrize(
    ("state", "result"),
    [
        (ClockState.SYNCED, Result.OK),
        (ClockState.UNSYNCED, Result.WARNING),
        (ClockState.UNKNOWN, Result.UNKNOWN),
    ],
)
def test_clock_that_the_kernel_does_not_vouch_for_is_told(state: ClockState, result: Result) -> None:
    assert judge.clock(state).result is result


@pytest.mark.parametrize(
    ("deleted", "has_wal", "result"),
    [
        ([], True, Result.OK),
        (["p.db"], True, Result.ERROR),
        (["p.db-wal"], True, Result.ERROR),
        ([], False, Result.ERROR),
        (None, False, Result.ERROR),
        (None, True, Result.UNKNOWN),
    ],
)
def test_daemon_that_writes_to_files_that_are_gone_is_an_error(
    deleted: list[str] | None, has_wal: bool, result: Result
) -> None:
    assert judge.together(Holder(7, deleted), "p.db", has_wal=has_wal).result is result


def test_documents_that_are_seen_are_fine_and_paused_ones_are_not_asked_about() -> None:
    failing = unseen("acme/terms", "dns")
    assert watching.documents([SEEN]).result is Result.OK
    assert watching.documents([SEEN, failing], paused=frozenset({"acme/terms"})).result is Result.OK


def test_documents_that_are_not_seen_are_named_with_class_time_and_reason() -> None:
    gone = replace(unseen("acme/dpa", "http_404"), told=AlertKind.WITHDRAWN)
    held = unseen("acme/terms", "too_few_words", CheckOutcome.HELD)
    found = watching.documents([SEEN, gone, held])
    assert (found.result, found.found) == (Result.ERROR, "1 held, 1 ok, 1 withdrawn")
    assert found.details == (
        "acme/dpa withdrawn since 2026-03-02T12:00:00Z (http_404): because",
        "acme/terms held since 2026-03-02T12:00:00Z (too_few_words): because",
    )


def test_advice_on_documents_goes_by_what_they_have_in_common() -> None:
    two = [unseen("acme/faq", "dns"), unseen("acme/terms", "connect")]
    assert "this machine" in watching.documents(two).advice
    assert "this machine" not in watching.documents([*two, replace(SEEN, key="acme/dpa")]).advice
    assert "allow_private" in watching.documents([unseen("acme/faq", "blocked_address")]).advice


def test_very_many_documents_that_are_not_seen_fit_one_screen() -> None:
    found = watching.documents([unseen(f"acme/{number}", "timeout") for number in range(1000)])
    assert len(found.details) == watching.MOST_NAMED + 1
    assert found.details[-1] == "and 990 more"


@pytest.mark.parametrize(
    ("depth", "result"),
    [
        (OutboxDepth(0, 0, None), Result.OK),
        (OutboxDepth(1, 0, NOON - timedelta(hours=1)), Result.OK),
        (OutboxDepth(1, 0, NOON - timedelta(hours=5)), Result.ERROR),
        (OutboxDepth(0, 1, None), Result.ERROR),
    ],
)
def test_outbox_is_judged_by_what_is_dead_and_by_its_age(depth: OutboxDepth, result: Result) -> None:
    assert watching.outbox(depth, NOON, timedelta(hours=4)).result is result


@pytest.mark.parametrize(("minutes", "result"), [(5, Result.WARNING), (31, Result.ERROR)])
def test_channel_that_gets_nothing_through_is_named_with_its_last_answer(minutes: int, result: Result) -> None:
    since = NOON - timedelta(minutes=minutes)
    found = watching.channels([ChannelTrouble("mail", since, NOON, "535 refused", told=False)], NOON)
    assert found.result is result
    assert found.details == (f"mail since {iso(since)}: 535 refused",)
    assert watching.channels([], NOON).result is Result.OK


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (999, "999 bytes"), (4_100_000, "4.1 MB"), (2.5e15, "2,500.0 TB")]
)
def test_sizes_are_told_for_people(count: float, words: str) -> None:
    assert judge.size(count) == words
