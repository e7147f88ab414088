"""Captured bytes go when nothing needs them, and never take along what rests on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from storage import alerts, appearances, checks, retention, snapshots, versions
from storage.database import Database, Transaction
from storage.errors import BytesLetGo
from storage.records import AlertStatus, Cause, CheckOutcome, Document, Keep, Snapshot
from tests.storage.builders import (
    a_change,
    a_document,
    an_alert,
    capture_meta,
    clauses_of,
    fetch_state,
    hours,
    new_version,
    plain_index,
    undone,
)

NOW = hours(1000)


def a_look(
    transaction: Transaction,
    document: Document,
    body: bytes,
    hour: float,
    outcome: CheckOutcome,
    base: str | None,
) -> Snapshot:
    """A look whose bytes came at that hour, and which ended a minute later."""
    kept = snapshots.store(transaction, document.id, 0, body, capture_meta(at=hours(hour)), base)
    checks.record(transaction, document.id, outcome, hours(hour) + timedelta(minutes=1), reason=outcome.value)
    return kept


def a_version_read_from(transaction: Transaction, document: Document, kept: Snapshot, words: str) -> int:
    """A version that stands since that look; returns the id of its change."""
    previous = appearances.latest(transaction, document.id)
    new = replace(new_version(clauses_of(words)), snapshot_ids=(kept.id,))
    base = previous.version_id if previous else None
    version = versions.save(transaction, document.id, new, base_id=base, index=plain_index)
    begun = appearances.begin(
        transaction,
        version,
        captured_at=kept.meta.captured_at,
        cause=Cause.PAGE_CHANGED if previous else Cause.FIRST,
    )
    return a_change(transaction, begun, previous)


def prune_all(transaction: Transaction, keep: Keep) -> retention.Pruned:
    whole = retention.Pruned()
    while (pruned := retention.prune(transaction, keep, NOW)).captures:
        whole += pruned
    return whole


def readable(transaction: Transaction, looks: Sequence[tuple[Snapshot, bytes]]) -> set[int]:
    """The places of the looks whose bytes are there; they must be those that came."""
    found = set[int]()
    for place, (kept, body) in enumerate(looks):
        if transaction.scalar(text("SELECT count(*) FROM snapshots WHERE id = :id"), {"id": kept.id}):
            try:
                assert snapshots.read_body(transaction, kept.sha256) == body
            except BytesLetGo:
                continue
            found.add(place)
    return found


OUTCOMES = st.sampled_from(
    [CheckOutcome.CHANGED, CheckOutcome.UNCHANGED, CheckOutcome.UNCHANGED, CheckOutcome.HELD]
)


@given(outcomes=st.lists(OUTCOMES, min_size=1, max_size=30), days=st.integers(1, 45))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("mode", ["changed", "days"])
def test_what_must_be_kept_reads_back_byte_for_byte_and_the_rest_is_gone(
    shared_database: Database, mode: str, outcomes: list[CheckOutcome], days: int
) -> None:
    keep: Keep = "changed" if mode == "changed" else timedelta(days=days)
    with undone(shared_database) as transaction:
        document = a_document(transaction)
        looks: list[tuple[Snapshot, bytes]] = []
        standing: int | None = None
        for number, outcome in enumerate(outcomes):
            body = b"The page, long enough to be compressed. " * 20 + str(number).encode()
            base = looks[standing][0].sha256 if standing is not None else None
            looks.append((a_look(transaction, document, body, 24 * number, outcome, base), body))
            if outcome is CheckOutcome.CHANGED:
                a_version_read_from(transaction, document, looks[-1][0], f"Text {number}.")
                standing = number
        prune_all(transaction, keep)
        kept = {len(outcomes) - 1} | ({standing} if standing is not None else set())
        for number, outcome in enumerate(outcomes):
            young = NOW - hours(24 * number) <= timedelta(days=days)
            if (mode == "days" and young) or (mode == "changed" and outcome is not CheckOutcome.UNCHANGED):
                kept.add(number)
        assert readable(transaction, looks) == kept
        assert prune_all(transaction, keep) == retention.Pruned()


def test_an_open_alert_keeps_the_bytes_that_it_cites(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        looks: list[tuple[Snapshot, bytes]] = []
        for number in range(4):
            body = b"Page %d. " % number * 50
            base = looks[-1][0].sha256 if looks else None
            looks.append((a_look(transaction, document, body, number, CheckOutcome.CHANGED, base), body))
            change_id = a_version_read_from(transaction, document, looks[-1][0], f"Text {number}.")
            if number == 1:
                alert_id = an_alert(transaction, document, change_id)
        prune_all(transaction, timedelta(days=1))
        assert readable(transaction, looks) == {0, 1, 3}
        transaction.execute(
            text("UPDATE alerts SET status = :status WHERE id = :id"),
            {"status": AlertStatus.RESOLVED.value, "id": alert_id},
        )
        assert alerts.find(transaction, alert_id) is not None
        assert prune_all(transaction, timedelta(days=1)).captures == 2
        assert readable(transaction, looks) == {3}


def test_all_is_kept_where_all_is_asked_for_and_validators_keep_their_look(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        looks = [
            (a_look(transaction, document, b"Page %d." % n, n, CheckOutcome.UNCHANGED, None), b"Page %d." % n)
            for n in range(4)
        ]
        snapshots.replace_fetch_states(transaction, document.id, [fetch_state(looks[1][0])])
        assert prune_all(transaction, "all") == retention.Pruned()
        assert readable(transaction, looks) == {0, 1, 2, 3}
        assert prune_all(transaction, "changed").captures == 2
        assert readable(transaction, looks) == {1, 3}


def test_bytes_that_come_again_after_they_were_let_go_of_are_kept_again(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        first = a_look(transaction, document, b"Old page.", 0, CheckOutcome.CHANGED, None)
        a_version_read_from(transaction, document, first, "Old.")
        second = a_look(transaction, document, b"New page.", 1, CheckOutcome.CHANGED, first.sha256)
        a_version_read_from(transaction, document, second, "New.")
        prune_all(transaction, timedelta(days=1))
        with pytest.raises(BytesLetGo, match="keep"):
            snapshots.read_body(transaction, first.sha256)
        assert snapshots.get(transaction, first.id).sha256 == first.sha256  # what it was is still known
        a_look(transaction, document, b"Old page.", 2, CheckOutcome.UNCHANGED, second.sha256)
        assert snapshots.read_body(transaction, first.sha256) == b"Old page."
        assert snapshots.read_body(transaction, second.sha256) == b"New page."
