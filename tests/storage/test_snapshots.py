from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from storage import compression, snapshots
from storage.database import Database
from storage.errors import DataDamaged
from storage.records import Snapshot
from tests.storage.builders import a_document, capture_meta, fetch_state, hours, undone

DICTIONARY_MAGIC = (0xEC30A437).to_bytes(4, "little")
BODIES = st.binary(max_size=300) | st.sampled_from(
    [b"", b"x", b"<p>We sell nothing.</p>" * 400, DICTIONARY_MAGIC + bytes(range(256)), bytes(5000)]
)


@given(bodies=st.lists(BODIES, min_size=1, max_size=2 * compression.KEY_FRAME_EVERY + 3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_bodies_come_back_byte_for_byte_and_are_kept_once(
    shared_database: Database, bodies: list[bytes]
) -> None:
    with undone(shared_database) as transaction:
        document, stored = a_document(transaction), list[Snapshot]()
        for body in bodies:
            base = stored[-1].sha256 if stored else None
            stored.append(snapshots.store(transaction, document.id, 0, body, capture_meta(), base))
        for body, snapshot in zip(bodies, stored, strict=True):
            assert snapshot.sha256 == hashlib.sha256(body).hexdigest()
            assert snapshot.size == len(body)
            assert snapshots.read_body(transaction, snapshot.sha256) == body
        assert transaction.scalar(text("SELECT count(*) FROM bodies")) == len(set(bodies))
        depths = transaction.scalars(text("SELECT depth FROM bodies")).all()
        assert max(depths) < compression.KEY_FRAME_EVERY


def test_a_small_edit_of_a_large_page_costs_little(database: Database) -> None:
    page = b"".join(hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(40_000))
    edited = page[:1_000_000] + b"an added sentence" + page[1_000_000:]
    with database.write() as transaction:
        document = a_document(transaction)
        base = snapshots.store(transaction, document.id, 0, page, capture_meta(), None)
        snapshots.store(transaction, document.id, 0, edited, capture_meta(), base.sha256)
        sizes = transaction.scalars(text("SELECT length(data) FROM bodies ORDER BY depth")).all()
        assert snapshots.read_body(transaction, hashlib.sha256(edited).hexdigest()) == edited
    assert sizes[0] > 1_000_000
    assert sizes[1] < 1_000


def test_how_a_capture_was_obtained_is_kept_with_it(database: Database) -> None:
    meta = replace(capture_meta(at=hours(3)), address=None, content_type=None)
    with database.write() as transaction:
        document = a_document(transaction)
        stored = snapshots.store(transaction, document.id, 2, b"body", meta, None)
    with database.read() as transaction:
        found = snapshots.get(transaction, stored.id)
    assert found == stored
    assert found.meta == meta
    assert (found.part, found.document_id) == (2, document.id)


def damaged(data: bytes, how: str) -> bytes:
    return {
        "cut": data[: len(data) // 2],
        "replaced": zstandard.compress(b"something else"),
        "flipped": data[:10] + bytes([data[10] ^ 1]) + data[11:],
        "emptied": b"",
        "not a frame": b"not a frame at all",
        "huge": zstandard.compress(b"")[:4] + b"\xe0" + (1 << 60).to_bytes(8, "little") + b"\x01\x00\x00",
    }[how]


@pytest.mark.parametrize("how", ["cut", "replaced", "flipped", "emptied", "not a frame", "huge"])
@pytest.mark.parametrize("which", ["base", "body"])
def test_a_damaged_body_is_named_and_never_returned(database: Database, how: str, which: str) -> None:
    page = b"".join(b"<p>Sentence %d.</p>" % (number * 7919) for number in range(200))
    with database.write() as transaction:
        document = a_document(transaction)
        base = snapshots.store(transaction, document.id, 0, page, capture_meta(), None)
        body = snapshots.store(transaction, document.id, 0, page + b"<p>New.</p>", capture_meta(), base.sha256)
        harmed = base if which == "base" else body
        data = transaction.scalar(text("SELECT data FROM bodies WHERE sha256 = :of"), {"of": harmed.sha256})
        transaction.execute(
            text("UPDATE bodies SET data = :data WHERE sha256 = :of"),
            {"data": damaged(bytes(data or b""), how), "of": harmed.sha256},
        )
    with database.read() as transaction, pytest.raises(ValueError, match=body.sha256) as caught:
        snapshots.read_body(transaction, body.sha256)
    assert isinstance(caught.value, DataDamaged)


def test_more_than_the_limit_is_refused() -> None:
    class Huge(bytes):
        def __len__(self) -> int:
            return compression.MAX_SIZE + 1

    with pytest.raises(ValueError, match="too many"):
        compression.compress(Huge(), None)


def test_fetch_states_come_back_in_the_order_of_their_parts(database: Database) -> None:
    with database.write() as transaction:
        document, other = a_document(transaction), a_document(transaction, "other/terms")
        stored = [
            snapshots.store(transaction, document.id, part, b"part %d" % part, capture_meta(), None)
            for part in range(3)
        ]
        states = tuple(fetch_state(snapshot, part) for part, snapshot in enumerate(stored))
        snapshots.replace_fetch_states(transaction, document.id, states[::-1])
        snapshots.replace_fetch_states(transaction, other.id, [])
    with database.read() as transaction:
        assert snapshots.fetch_states_of(transaction, document.id) == states
        assert snapshots.fetch_states_of(transaction, other.id) == ()
    with database.write() as transaction:
        snapshots.replace_fetch_states(transaction, document.id, states[:1])
        assert snapshots.fetch_states_of(transaction, document.id) == states[:1]


def test_a_pending_look_waits_until_it_is_cleared(database: Database) -> None:
    with database.write() as transaction:
        document, other = a_document(transaction), a_document(transaction, "other/terms")
        stored = snapshots.store(transaction, document.id, 0, b"body", capture_meta(), None)
        assert snapshots.pending(transaction, document.id) is None
        snapshots.set_pending(transaction, document.id, hours(1), [fetch_state(stored)])
        snapshots.set_pending(transaction, document.id, hours(2), [fetch_state(stored)])
    with database.write() as transaction:
        look = snapshots.pending(transaction, document.id)
        assert look is not None
        assert (look.document_id, look.observed_at) == (document.id, hours(2))
        assert look.parts == (fetch_state(stored),)
        assert snapshots.pending(transaction, other.id) is None
        snapshots.clear_pending(transaction, document.id)
        assert snapshots.pending(transaction, document.id) is None
