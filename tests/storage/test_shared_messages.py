"""Deliveries that share a message: which do is settled by the first try, and they end as one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime

from storage import channels, deliveries, inbox
from storage.database import Database, Transaction
from storage.records import (
    ChannelTrouble,
    Delivery,
    DeliveryState,
    Document,
    Lately,
    NewDelivery,
    Severity,
    Waiting,
)
from tests.storage.builders import START, a_document, an_alert, hours

NOW = hours(1)


def waiting(
    transaction: Transaction,
    grouping: str = "",
    *,
    document: Document | None = None,
    due_at: datetime = START,
    recipient: str = "ann@reader.example",
    severity: Severity = Severity.MEDIUM,
) -> int:
    """A delivery of an alert of its own; its id."""
    alert_id = an_alert(transaction, document, severity=severity)
    new = NewDelivery("mail", recipient, f"<{alert_id}.{recipient}>", due_at, grouping)
    deliveries.add(transaction, alert_id, [new], START)
    return deliveries.of_alert(transaction, alert_id)[0].id


def beside(transaction: Transaction, leader: int, *, due_alone: bool = True) -> list[int]:
    found = deliveries.beside(transaction, deliveries.get(transaction, leader), NOW, due_alone=due_alone)
    return [each.id for each in found]


def states(transaction: Transaction, *ids: int) -> set[DeliveryState]:
    return {deliveries.get(transaction, each).state for each in ids}


def test_what_is_carried_ends_as_its_carrier_does(database: Database) -> None:
    with database.write() as transaction:
        first, second, third, other = (waiting(transaction, "daily") for _ in range(4))
        deliveries.claim(transaction, first, [second, third])
        assert deliveries.carried_by(transaction, first) == [1, 2, 3]
        assert deliveries.next_due(transaction, "mail", NOW) == other
        deliveries.retry_at(transaction, first, hours(2), "450 later")
        assert deliveries.take_back(transaction) == 0
        again = deliveries.claim(transaction, first)
        assert (again.attempts, deliveries.carried_by(transaction, first)) == (2, [1, 2, 3])
        deliveries.mark_sent(transaction, first, NOW)
        assert states(transaction, first, second, third) == {DeliveryState.SENT}
        assert states(transaction, other) == {DeliveryState.PENDING}


def test_a_crash_between_claim_and_mark_leaves_the_same_message(database: Database) -> None:
    with database.write() as transaction:
        first, second = waiting(transaction, "group"), waiting(transaction, "group")
        before = deliveries.claim(transaction, first, [second])
    with database.write() as transaction:  # the next process
        late = waiting(transaction, "group")
        assert deliveries.take_back(transaction) == 1
        assert deliveries.next_due(transaction, "mail", NOW) == first
        after = deliveries.claim(transaction, first)
        assert (after.message_id, after.attempts) == (before.message_id, 2)
        assert deliveries.carried_by(transaction, first) == [1, 2]
        assert states(transaction, late) == {DeliveryState.PENDING}


def test_what_is_carried_dies_with_its_carrier_and_is_reported_once(database: Database) -> None:
    with database.write() as transaction:
        first, second = waiting(transaction), waiting(transaction)
        deliveries.claim(transaction, first, [second])
        deliveries.retry_at(transaction, first, hours(2), "450")
        assert [each.id for each in deliveries.open_elsewhere(transaction, ["chat"])] == [first]
        deliveries.mark_dead(transaction, first, NOW, "550 no")
        assert states(transaction, first, second) == {DeliveryState.DEAD}
        assert deliveries.get(transaction, second).last_error == "550 no"


def test_only_what_was_never_tried_and_is_of_one_recipient_and_grouping_shares(database: Database) -> None:
    with database.write() as transaction:
        leader = waiting(transaction, "daily")
        same = waiting(transaction, "daily")
        later = waiting(transaction, "daily", due_at=hours(9))
        waiting(transaction, "weekly")
        waiting(transaction, "daily", recipient="bob@reader.example")
        tried = waiting(transaction, "daily")
        deliveries.claim(transaction, tried)
        deliveries.retry_at(transaction, tried, START, "450")
        assert beside(transaction, leader) == [same]
        assert beside(transaction, leader, due_alone=False) == [same, later]


def test_the_most_severe_come_first(database: Database) -> None:
    with database.write() as transaction:
        low, medium, high = (
            waiting(transaction, severity=severity)
            for severity in (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
        )
        assert deliveries.next_due(transaction, "mail", NOW) == high
        found = deliveries.beside(transaction, deliveries.get(transaction, high), NOW, due_alone=True)
        assert found == [Waiting(medium, Severity.MEDIUM), Waiting(low, Severity.LOW)]
        deliveries.claim(transaction, low, [medium, high])
        assert deliveries.carried_by(transaction, low) == [3, 2, 1]


def test_what_waits_for_its_digest_holds_up_nothing_of_its_document(database: Database) -> None:
    with database.write() as transaction:
        acme = a_document(transaction)
        waiting(transaction, "weekly", document=acme, due_at=hours(99))
        urgent = waiting(transaction, document=acme, severity=Severity.HIGH)
        assert deliveries.next_due(transaction, "mail", NOW) == urgent


def test_a_document_whose_last_message_is_on_its_way_waits_with_its_next(database: Database) -> None:
    with database.write() as transaction:
        acme = a_document(transaction)
        stuck = waiting(transaction, document=acme)
        deliveries.claim(transaction, stuck)
        deliveries.retry_at(transaction, stuck, hours(2), "450")
        other, follower = waiting(transaction), waiting(transaction, document=acme)
        assert deliveries.next_due(transaction, "mail", NOW) == other
        assert beside(transaction, other) == []
        assert states(transaction, follower) == {DeliveryState.PENDING}


def test_what_went_out_together_counts_as_one_message(database: Database) -> None:
    with database.write() as transaction:
        ids = [waiting(transaction) for _ in range(5)]
        deliveries.claim(transaction, ids[0], ids[1:4])
        deliveries.mark_sent(transaction, ids[0], hours(1))
        deliveries.claim(transaction, ids[4])
        deliveries.mark_sent(transaction, ids[4], hours(2))
        assert deliveries.lately(transaction, "mail", "ann@reader.example", START) == Lately(2, hours(2))
        assert deliveries.lately(transaction, "mail", "ann@reader.example", hours(1.5)) == Lately(1, hours(2))
        assert deliveries.lately(transaction, "mail", "bob@reader.example", START) == Lately(0, None)


def test_what_is_not_due_yet_is_open_and_not_late(database: Database) -> None:
    with database.write() as transaction:
        waiting(transaction, "weekly", due_at=hours(50))
        depth = deliveries.depth(transaction, NOW)
        assert (depth.open, depth.later, depth.oldest_open_at) == (1, 1, None)
        waiting(transaction, due_at=hours(0.5))
        depth = deliveries.depth(transaction, NOW)
        assert (depth.open, depth.later, depth.oldest_open_at) == (2, 1, hours(0.5))


def test_a_channel_rests_as_a_whole_whatever_came_up_meanwhile(database: Database) -> None:
    with database.write() as transaction:
        channels.hold(transaction, "mail", hours(2), "429", START)
        channels.hold(transaction, "mail", hours(3), "535 no", hours(1))
    with database.read() as transaction:
        assert channels.rests(transaction, "mail", hours(2.9))
        assert not channels.rests(transaction, "mail", hours(3))
        assert not channels.rests(transaction, "chat", NOW)
        assert channels.find(transaction, "mail") == ChannelTrouble(
            "mail", START, hours(3), "535 no", told=False
        )


def test_a_claimed_delivery_can_be_read_as_it_was_made(database: Database) -> None:
    with database.write() as transaction:
        found: Delivery = deliveries.get(transaction, waiting(transaction, "weekly", due_at=hours(5)))
    assert (found.due_at, found.grouping, found.carrier_id, found.reminder) == (hours(5), "weekly", None, 0)


def test_alerts_of_a_shared_message_are_found_by_its_number(database: Database) -> None:
    with database.write() as transaction:
        first, second, other = (waiting(transaction, "daily") for _ in range(3))
        deliveries.claim(transaction, first, [second])
    with closing(sqlite3.connect(database.path)) as reading:
        assert {each.id for each in inbox.page(reading, inbox.Wanted(message=first), 9)} == {first, second}
        assert [each.id for each in inbox.page(reading, inbox.Wanted(message=other), 9)] == [other]
